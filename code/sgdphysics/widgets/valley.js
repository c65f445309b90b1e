import { live } from "./shared/host.js";
import { axes, counted, curve, dot, grid, label, nameEnds, number, record, roundTicks, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";

const OFF = 0.01; // error at the start: nobody stands exactly on the floor
const LOST = 100; // a weight beyond it has left the valley
const PATH = 800; // places of the ball that are drawn
const POINTS = 500; // of the traces; beyond them every second is dropped
const MAP = { x: [0, 4.6], y: [-1.4, 3.2] };
const LEVELS = [2, 1.5, 1, 0.6, 0.3]; // errors at which the map changes its shade

// Gradient descent on (uv - 1 - noise xi)^2/2 with xi = -1 or 1: u' = u - rate e v, v' = v - rate e u; returns e too.
export function step({ u, v }, { noise, rate }, random) {
  const error = u * v - 1 - noise * (random() < 0.5 ? -1 : 1);
  return { u: u - rate * error * v, v: v - rate * error * u, error };
}

// The mean imbalance of a ball on the floor after a step: there <e^2> = 2 s^2/(2 - rate S), S^2 = D^2 + 4. NaN beyond the edge.
export function drift(imbalance, { noise, rate }) {
  const edge = 2 - rate * Math.hypot(imbalance, 2);
  return edge > 0 ? imbalance * (1 - (2 * (rate * noise) ** 2) / edge) : NaN;
}

export function setup(data, parameters) {
  const state = {};
  changed(state, parameters);
  return state;
}

// Every setting begins anew, on the floor.
export function changed(state, { start }) {
  const [u, v] = [start, (1 + OFF) / start];
  Object.assign(state, { u, v, steps: 0, every: 1, lost: false, first: u * u - v * v, product: u * u - v * v, law: u * u - v * v, path: [[u, v]] });
  state.traces = [measures(state)];
}

// Sharpness, imbalance, what the product of all 1 - rate^2 e^2 makes of the first imbalance, and the law's sharpness.
export function measures({ u, v, product, law }) {
  return { sharpness: u * u + v * v, imbalance: u * u - v * v, product, law: Math.hypot(law, 2) };
}

export function simulate(state, parameters, random) {
  if (state.lost) return;
  const { u, v, error } = step(state, parameters, random);
  const { rate } = parameters;
  Object.assign(state, { u, v, steps: state.steps + 1, product: state.product * (1 - (rate * error) ** 2), law: drift(state.law, parameters) });
  state.lost = Math.max(Math.abs(u), Math.abs(v)) > LOST;
  record(state.path, [u, v], PATH);
  if (state.steps % state.every === 0) state.traces.push(measures(state));
  if (state.traces.length <= POINTS) return;
  state.traces = state.traces.filter((_, i) => i % 2 === 0);
  state.every *= 2;
}

// When each point of the traces was measured, in steps.
function times({ traces, every }) {
  return traces.map((_, i) => i * every);
}

export function table(state) {
  const rows = times(state).map((when, i) => [when, ...["sharpness", "law", "imbalance", "product"].map((key) => state.traces[i][key])]);
  return { columns: ["steps", "sharpness", "mean law of the sharpness", "imbalance", "exact product"], rows };
}

export function describe(state, parameters) {
  const { noise, rate } = parameters;
  const at = `Label noise ${noise.toFixed(2)}, learning rate ${rate.toFixed(2)}`;
  if (state.lost) return `${at}: the step is too large here, and the ball has flown out of the valley after ${counted(state.steps, "step")}.`;
  const { sharpness, imbalance, product } = measures(state);
  const after = `After ${counted(state.steps, "step")} the sharpness is ${number(sharpness, 2)}; the edge 2/\u03b7 is ${number(2 / rate, 1)}`;
  const law = `The imbalance u\u00b2 \u2212 v\u00b2 is ${number(imbalance, 3)}, and the product of all 1 \u2212 \u03b7\u00b2e\u00b2 makes it ${number(product, 3)}`;
  return `${at}: ${what(state, noise, rate)}.${whither(state)} ${after}. ${law}.`;
}

function what(state, noise, rate) {
  const [before, now] = [state.traces[0].sharpness, measures(state).sharpness];
  if (before > 2 / rate) {
    if (!state.steps) return "the floor is too steep here for this step, and the ball cannot stay";
    if (now > 2 / rate) return "the floor is too steep for this step, and the ball swings from wall to wall";
    return "the floor was too steep for this step; the ball swung from wall to wall, and is now where it is flatter";
  }
  if (before < 2.1) return "the ball is where the floor is flattest, and stays about there";
  return noise > 0 ? "noise in the labels pushes the ball to the flat" : "without noise the ball stays where it is";
}

// Where a ball is that the map does not show.
function whither({ u, v }) {
  if (shown(u, MAP.x) === u && shown(v, MAP.y) === v) return "";
  const valley = u < 0 && v < 0 ? ", in the valley\u2019s other half" : "";
  return ` It has left the picture${valley}: u is ${number(u, 1)}, v is ${number(v, 1)}.`;
}

// The value of the range that is nearest.
function shown(value, [low, high]) {
  return Math.min(Math.max(value, low), high);
}

function mapBox(frame) {
  return inset(frame, { left: 36, top: 28, right: 14, bottom: 44 });
}

function drawMap(surface, { path }, parameters, frame) {
  const { colors, context } = surface;
  const scale = axes(surface, mapBox(frame), { ...MAP, xTicks: [0, 1, 2, 3, 4], yTicks: [-1, 0, 1, 2, 3], title: "Loss \u00bd(uv \u2212 1)\u00b2, and the ball", xLabel: "u, and v upwards" });
  for (const level of LEVELS) fillBelow(surface, scale, level);
  const us = grid(0.25, MAP.x[1], 120);
  curve(surface, scale, us, us.map((u) => 1 / u), { color: colors.theory, width: 2 });
  label(surface, "flattest", { x: scale.x(1) + 8, y: scale.y(1) - 14 }, { size: 12 });
  dot(surface, { x: scale.x(1), y: scale.y(1) }, { color: colors.theory, radius: 4 });
  context.globalAlpha = 0.6;
  curve(surface, scale, path.map(([u]) => u), path.map(([, v]) => v), { color: colors.simulation, width: 1 });
  context.globalAlpha = 1;
  const [u, v] = path.at(-1);
  const at = { x: scale.x(shown(u, MAP.x)), y: scale.y(shown(v, MAP.y)) };
  dot(surface, at, { color: colors.simulation, radius: 8 });
  if (!whither({ u, v })) return;
  dot(surface, at, { color: colors.background, radius: 5 }); // a ring at the edge
  const right = u > 2;
  const y = Math.min(Math.max(at.y, scale.box.y + 12), scale.box.y + scale.box.height - 12);
  label(surface, "outside", { x: at.x + (right ? -13 : 13), y }, { size: 12, align: right ? "right" : "left" });
}

// Where |uv - 1| is below a level, between two hyperbolas.
function fillBelow({ context, colors }, scale, level) {
  const us = grid(0.02, MAP.x[1], 150);
  const inside = (v) => scale.y(shown(v, MAP.y));
  context.globalAlpha = 0.14;
  context.fillStyle = colors.water;
  context.beginPath();
  for (const u of us) context.lineTo(scale.x(u), inside((1 + level) / u));
  for (const u of us.reverse()) context.lineTo(scale.x(u), inside((1 - level) / u));
  context.fill();
  context.globalAlpha = 1;
}

// The ball follows the hand along the floor, if the hand is near it or near the floor.
function grip({ u, v }, parameters, frame, { x, y }) {
  const scale = scaleOf(mapBox(frame), MAP);
  const floor = scale.y(1 / Math.max(scale.valueOfX(x), 0.1));
  return Math.hypot(scale.x(u) - x, scale.y(v) - y) < 24 || Math.abs(floor - y) < 16 ? true : null;
}

function drag(state, parameters, frame, at) {
  if (at.first) state.held = grip(state, parameters, frame, at);
  return state.held ? { start: scaleOf(mapBox(frame), MAP).valueOfX(at.x) } : false;
}

function timeAxes(surface, state, frame, { top, low = 0, title, xLabel }) {
  const end = Math.max(state.steps, 300);
  const box = inset(frame, { left: 44, top: 28, right: 104, bottom: xLabel ? 44 : 24 });
  const scale = axes(surface, box, { x: [0, end], y: [low, top], xTicks: roundTicks(0, end, 5), yTicks: roundTicks(low, top, 4), title, xLabel });
  return { scale, end };
}

function drawSharpness(surface, state, { rate }, frame) {
  const { colors } = surface;
  const most = Math.min(Math.max(...state.traces.map((one) => one.sharpness)), 60);
  const [edge, top] = [2 / rate, Math.min(1.15 * Math.max(most, 2 / rate), 3 * most)];
  const words = edge > top ? `Sharpness u\u00b2 + v\u00b2; 2/\u03b7 = ${number(edge, 1)} far above` : "Sharpness u\u00b2 + v\u00b2";
  const { scale, end } = timeAxes(surface, state, frame, { top, title: words });
  const lawful = state.traces.filter((one) => !Number.isNaN(one.law));
  curve(surface, scale, times(state), state.traces.map((one) => one.sharpness), { color: colors.simulation });
  curve(surface, scale, times(state).slice(0, lawful.length), lawful.map((one) => one.law), { color: colors.theory, width: 2.5, dash: [7, 4] });
  if (edge <= top) curve(surface, scale, [0, end], [edge, edge], { color: colors.neutral, dash: [3, 3] });
  const last = Math.min(state.traces.at(-1).sharpness, top);
  const names = [{ y: scale.y(last), words: "one ball", color: colors.simulation }];
  if (lawful.length > 1) names.push({ y: scale.y(lawful.at(-1).law) + 1, words: "mean law", color: colors.theory });
  if (edge <= top) names.push({ y: scale.y(edge), words: "2/\u03b7", color: colors.neutral });
  nameEnds(surface, scale, names);
}

function drawImbalance(surface, state, parameters, frame) {
  const { colors } = surface;
  const values = state.traces.map((one) => Math.min(Math.max(one.imbalance, -60), 60));
  const top = 1.15 * Math.max(...values, 1);
  const low = Math.min(-0.1 * top, ...values); // zero keeps off the names of the ticks
  const { scale } = timeAxes(surface, state, frame, { low, top, title: "Imbalance u\u00b2 \u2212 v\u00b2, times 1 \u2212 \u03b7\u00b2e\u00b2 a step", xLabel: "steps" });
  curve(surface, scale, times(state), values, { color: colors.simulation, width: 4 });
  curve(surface, scale, times(state), state.traces.map((one) => one.product), { color: colors.theory, width: 2, dash: [7, 4] });
  const y = scale.y(Math.min(Math.max(values.at(-1), low), top));
  nameEnds(surface, scale, [{ y, words: "one ball", color: colors.simulation }, { y: y + 1, words: "exact product", color: colors.theory }]);
}

// Back to the start.
function restart(state, parameters) {
  changed(state, parameters);
}

export default live({
  name: "valley", setup, changed, simulate, describe, table, pace: 60, stride: 10, settle: 600, actions: { restart },
  panels: [
    { tab: "Valley", place: [0, 0, 0.48, 1], draw: drawMap, grip, drag },
    { tab: "Over time", place: [0.48, 0, 0.52, 0.49], draw: drawSharpness },
    { tab: "Over time", place: [0.48, 0.49, 0.52, 0.51], draw: drawImbalance },
  ],
});
