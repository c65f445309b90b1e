import { live } from "./shared/host.js";
import { axes, counted, curve, dot, label, number, record, roundTicks, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";

const RESIDUALS = [0, 1, -1, 0]; // of the four points; the best line is zero wherever they stand
const FAR = 1e100; // no run is followed farther
const REMEMBERED = 300; // steps of the one run that are drawn
const JUMP = 20; // how far out is a jump
const PATIENCE = 20000; // steps in which it may come
const ANCHOR = { share: 0.02, nearest: 100 }; // the exact law is laid on where that share of the runs is beyond, or nearer
const DATA = { x: [0, 2.6], y: [-1.8, 1.8] };
const LOGS = { x: [-1, 4], y: [-4.6, 0.2] }; // powers of ten

// Inputs of the four points, of which the sliders set the squares.
export function inputs({ odd, others }) {
  return [odd, others, others, others].map(Math.sqrt);
}

// What a step with each case does to the weight: w' = factor w + rate x r.
export function factors(xs, rate) {
  return xs.map((x) => 1 - rate * x * x);
}

// Mean growth of ln|w| a step; the chain has a steady state where it is negative.
export function growth(all) {
  return all.reduce((sum, factor) => sum + Math.log(Math.abs(factor)) / all.length, 0);
}

// Kesten's exponent: the mean of |factor|^alpha is one. Infinity where no factor expands, NaN where there is no steady state.
export function tailExponent(all) {
  if (growth(all) >= 0) return NaN;
  const logs = all.map(Math.abs).filter((size) => size > 0).map(Math.log);
  const most = Math.max(...logs);
  if (most <= 0) return Infinity;
  const excess = (alpha) => Math.log(logs.reduce((sum, one) => sum + Math.exp(alpha * (one - most)), 0) / all.length) + alpha * most;
  let high = 1;
  while (excess(high) <= 0) high *= 2;
  let low = high / 2;
  while (excess(low) >= 0) low /= 2;
  for (;;) {
    const middle = (low + high) / 2;
    if (middle <= low || middle >= high) return middle;
    if (excess(middle) < 0) low = middle;
    else high = middle;
  }
}

// One step of every run with a case of its own.
export function step(weights, xs, rate, random) {
  for (let i = 0; i < weights.length; i += 1) {
    const c = Math.floor(random() * xs.length);
    const w = weights[i] - rate * xs[c] * (xs[c] * weights[i] - RESIDUALS[c]);
    weights[i] = Math.min(Math.max(w, -FAR), FAR);
  }
}

// data: { runs }
export function setup(data, parameters) {
  const state = { ...data, weights: new Float64Array(data.runs), one: new Float64Array(1) };
  changed(state, parameters);
  return state;
}

// Another setting, another law: all runs begin at the answer again.
export function changed(state, parameters) {
  state.xs = inputs(parameters);
  state.factors = factors(state.xs, parameters.rate);
  state.alpha = tailExponent(state.factors);
  state.weights.fill(0);
  state.one.fill(0);
  Object.assign(state, { steps: 0, lonely: 0, trace: [0], sorted: null, jumped: null });
}

export function simulate(state, { rate }, random) {
  step(state.weights, state.xs, rate, random);
  state.steps += 1;
  state.sorted = null;
  stepOne(state, rate, random);
  if (state.jumped && state.lonely - state.jumped.at > REMEMBERED) state.jumped = null;
}

function stepOne(state, rate, random) {
  step(state.one, state.xs, rate, random);
  state.lonely += 1;
  record(state.trace, state.one[0], REMEMBERED);
}

// The run that is drawn goes on alone until it is far out.
export function jump(state, { rate }, random) {
  const from = state.lonely;
  do stepOne(state, rate, random);
  while (Math.abs(state.one[0]) < JUMP && state.lonely - from < PATIENCE);
  state.jumped = { far: Math.abs(state.one[0]) >= JUMP, steps: state.lonely - from, at: state.lonely };
}

function ordered(state) {
  state.sorted ??= Float64Array.from(state.weights, Math.abs).sort();
  return state.sorted;
}

// Share of the runs beyond the distance u.
export function beyond(state, u) {
  const sorted = ordered(state);
  let [low, high] = [0, sorted.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (sorted[middle] > u) high = middle;
    else low = middle + 1;
  }
  return (sorted.length - low) / sorted.length;
}

// A distance that few of the runs have passed, their share, and the share of these that are beyond twice that, with its error.
export function doubling(state) {
  const u = Math.min(ordered(state)[Math.floor((1 - ANCHOR.share) * state.runs)], ANCHOR.nearest);
  const few = beyond(state, u);
  const twice = beyond(state, 2 * u) / few;
  return { u, few, twice, error: Math.sqrt((twice * (1 - twice)) / (few * state.runs)) };
}

// [distance, share of the runs at least as far] from the farthest run on; of the many near the answer only some.
function survival(state) {
  const [sorted, rows] = [ordered(state), []];
  for (let rank = 1; rank <= state.runs; rank = Math.max(rank + 1, Math.floor(rank * 1.02))) rows.push([sorted[state.runs - rank], rank / state.runs]);
  return rows;
}

export function table(state) {
  return { columns: ["distance", "share as far"], rows: survival(state) };
}

function verdict({ alpha, factors: all }) {
  if (Number.isNaN(alpha)) return `no steady state: ln|w| grows by ${number(growth(all), 2)} a step`;
  if (alpha === Infinity) return "no case expands: no tail";
  return `a tail of exponent ${alpha.toFixed(3)}, ${alpha <= 2 ? "infinite" : "finite"} variance`;
}

export function describe(state, { rate }) {
  const at = `At rate ${rate.toFixed(2)} the cases multiply the weight by ${number(state.factors[0], 2)} and ${number(state.factors[1], 2)}: ${verdict(state)}.`;
  return `${at}${aboutRuns(state)}${aboutJump(state)}`;
}

function aboutRuns(state) {
  if (!state.steps) return "";
  const after = ` After ${counted(state.steps, "step")}`;
  if (!Number.isFinite(state.alpha)) {
    const [middle, farthest] = [ordered(state)[state.runs / 2], ordered(state).at(-1)];
    if (state.alpha === Infinity) return `${after} the farthest of ${state.runs.toLocaleString("en")} runs is at ${size(farthest)}.`;
    return `${after} half of the runs are beyond ${size(middle)}.`;
  }
  const { u, few, twice, error } = doubling(state);
  if (!few) return ""; // after a step or two many runs are equally far
  return `${after} ${Math.round(100 * few)}\u00a0% of the runs are beyond ${size(u)}, and of these ${Math.round(100 * twice)} \u00b1 ${Math.ceil(100 * error)}\u00a0% beyond twice that; far out the law says ${Math.round(100 * 2 ** -state.alpha)}\u00a0%.`;
}

function aboutJump({ jumped }) {
  if (!jumped) return "";
  const after = counted(jumped.steps, "more step");
  return jumped.far ? ` The run that is drawn jumped beyond ${JUMP} after ${after}.` : ` The run that is drawn was never beyond ${JUMP} in ${after}.`;
}

function size(value) {
  if (value < 1000) return value.toFixed(value < 100 ? 1 : 0);
  return value < 1e6 ? Math.round(value).toLocaleString("en") : `10^${Math.floor(Math.log10(value))}`;
}

function power(exponent) {
  if (exponent >= 0) return String(10 ** exponent);
  return (10 ** exponent).toFixed(-exponent);
}

function drawTail(surface, state, parameters, frame) {
  const { colors } = surface;
  const title = Number.isNaN(state.alpha) ? "No steady state" : state.alpha === Infinity ? "Every case contracts: no tail" : `Share of runs beyond u; exponent ${state.alpha.toFixed(3)}`;
  const box = inset(frame, { left: 56, top: 28, right: 24, bottom: 46 });
  const scale = axes(surface, box, { ...LOGS, xTicks: [-1, 0, 1, 2, 3, 4], title, xLabel: "distance u from the answer", xName: power });
  for (const exponent of [0, -1, -2, -3, -4]) {
    curve(surface, scale, LOGS.x, [exponent, exponent], { color: colors.grid, width: 1 });
    label(surface, power(exponent), { x: box.x - 7, y: scale.y(exponent) }, { color: colors.neutral, size: 12, align: "right" });
  }
  drawSurvival(surface, scale, state);
  if (!state.steps || !Number.isFinite(state.alpha)) return;
  const { u, few } = doubling(state);
  const law = (x) => Math.log10(few) - state.alpha * (x - Math.log10(u));
  const [from, to] = [Math.max(LOGS.x[0], Math.log10(u) - 0.7), Math.min(LOGS.x[1], Math.log10(u) + (LOGS.y[1] - LOGS.y[0]) / state.alpha)];
  curve(surface, scale, [from, to], [law(from), law(to)], { color: colors.theory, width: 2.5, dash: [7, 4] });
  const middle = (from + to) / 2;
  label(surface, "exact slope", { x: scale.x(middle) + 10, y: scale.y(law(middle)) - 10 }, { size: 12 });
}

function drawSurvival(surface, scale, state) {
  const [xs, ys] = [[], []];
  for (const [distance, share] of survival(state)) {
    const value = Math.log10(Math.max(distance, 1e-3));
    const above = ys.length ? ys.at(-1) : LOGS.y[0];
    xs.push(value, value);
    ys.push(above, Math.log10(share));
  }
  curve(surface, scale, [...xs, -3], [...ys, 0], { color: surface.colors.simulation, width: 2.5 });
}

function dataBox(frame) {
  return inset(frame, { left: 54, top: 28, right: 18, bottom: 44 });
}

function drawData(surface, { xs, one, factors: all }, parameters, frame) {
  const { colors } = surface;
  const scale = axes(surface, dataBox(frame), { ...DATA, xTicks: [0, 1, 2], yTicks: [-1, 0, 1], title: "Four points, and one run\u2019s line", xLabel: "input x" });
  curve(surface, scale, [0, 3], [0, 3 * one[0]], { color: colors.simulation });
  xs.forEach((x, c) => dot(surface, { x: scale.x(x), y: scale.y(RESIDUALS[c]) }, { color: Math.abs(all[c]) > 1 ? colors.theory : colors.text, radius: 6.5 }));
}

// The odd point is the one at height zero that is nearest to the hand there; the others move together.
function grip({ xs }, parameters, frame, { x, y }) {
  const scale = scaleOf(dataBox(frame), DATA);
  const away = xs.map((place, c) => Math.hypot(scale.x(place) - x, scale.y(RESIDUALS[c]) - y));
  const nearest = away.indexOf(Math.min(...away));
  return away[nearest] < 24 ? nearest : null;
}

function drag(state, parameters, frame, at) {
  if (at.first) state.held = grip(state, parameters, frame, at);
  if (state.held === null) return false;
  const square = Math.max(scaleOf(dataBox(frame), DATA).valueOfX(at.x), 0) ** 2;
  return state.held === 0 ? { odd: square } : { others: square };
}

function drawRun(surface, { trace, lonely }, parameters, frame) {
  const { colors } = surface;
  const reach = Math.min(Math.max(5, ...trace.map(Math.abs)), FAR);
  const end = Math.max(lonely, REMEMBERED);
  const box = inset(frame, { left: 54, top: 28, right: 18, bottom: 44 });
  const ticks = reach < 1e5 ? roundTicks(-reach, reach, 4) : [0];
  const scale = axes(surface, box, { x: [end - REMEMBERED, end], y: [-1.05 * reach, 1.05 * reach], xTicks: roundTicks(end - REMEMBERED, end, 3), yTicks: ticks, title: "One run: its weight", xLabel: "steps" });
  curve(surface, scale, trace.map((_, i) => lonely - trace.length + 1 + i), trace, { color: colors.simulation, width: 1.5 });
}

export default live({
  name: "tail", setup, changed, simulate, describe, table, pace: 20, stride: 10, settle: 300, actions: { jump },
  panels: [
    { tab: "Tail", place: [0.42, 0, 0.58, 1], draw: drawTail },
    { tab: "Points and a run", place: [0, 0, 0.42, 0.5], draw: drawData, grip, drag },
    { tab: "Points and a run", place: [0, 0.5, 0.42, 0.5], draw: drawRun },
  ],
});
