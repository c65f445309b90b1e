import { live } from "./shared/host.js";
import { axes, counted, curve, dot, grid, label, nameEnds, number, roundTicks, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";

const LINES = 25; // runs whose lines are drawn
const TRAIL = 25; // steps of one run that are drawn
const POINTS = 400; // of the meter's trace; beyond them every second is dropped
const REACH = 3.2; // of the cloud's axes, in standard deviations
const DATA = { x: [-2.4, 2.4], y: [-5, 5] };

// The four cases (1, t) and their targets, of which the best line is zero.
export function fourPoints({ half, left, right }) {
  return { cases: [[1, -half], [1, -half], [1, half], [1, half]], targets: [left, -left, right, -right] };
}

// A and the exact second moment of the weights of a line fit, one case a step: A S + S A - rate N sum (x.S x) x x^T =
// rate N sum r^2 x x^T, for [S11, S12, S22]; the residuals are those of the best line.
export function stationary(cases, residuals, rate) {
  const total = (of) => cases.reduce((sum, x, c) => sum + of(x, residuals[c]), 0);
  const hessian = [total(([a]) => a * a), total(([a, b]) => a * b), total(([, b]) => b * b)];
  const [h, k, l] = hessian;
  const pull = [[2 * h, 2 * k, 0], [k, h + l, k], [0, 2 * k, 2 * l]];
  const parts = [([a]) => a * a, ([a, b]) => a * b, ([, b]) => b * b];
  const heat = rate * cases.length;
  const matrix = parts.map((part, i) => [1, 2, 1].map((times, j) => pull[i][j] - heat * times * total((x) => part(x) * parts[j](x))));
  return { hessian, cloud: solve(matrix, parts.map((part) => heat * total((x, r) => r * r * part(x)))) };
}

// The area that the weights enclose a step: (rate/2) [A S - S A]_12.
export function enclosed({ hessian: [h, k, l], cloud: [p, q, r] }, rate) {
  return (rate / 2) * (h * q + k * r - p * k - q * l);
}

// Gauss's elimination with the largest pivot.
function solve(matrix, right) {
  const rows = matrix.map((row, i) => [...row, right[i]]);
  rows.forEach((_, i) => {
    const best = rows.slice(i).reduce((most, row, j) => (Math.abs(row[i]) > Math.abs(rows[most][i]) ? i + j : most), i);
    [rows[i], rows[best]] = [rows[best], rows[i]];
    rows.forEach((row, j) => {
      const times = j === i ? 0 : row[i] / rows[i][i];
      for (let c = i; times && c < row.length; c += 1) row[c] -= times * rows[i][c];
    });
  });
  return rows.map((row, i) => row.at(-1) / row[i]);
}

// One case a step for each run, w -= rate N (x.w - y) x; adds half of w x w' to the run's area.
export function step(weights, area, { cases, targets }, rate, random) {
  for (let i = 0; i < area.length; i += 1) {
    const c = Math.floor(random() * cases.length);
    const [x, t] = cases[c];
    const [a, b] = [weights[2 * i], weights[2 * i + 1]];
    const pull = rate * cases.length * (x * a + t * b - targets[c]);
    weights[2 * i] = a - pull * x;
    weights[2 * i + 1] = b - pull * t;
    area[i] += (a * weights[2 * i + 1] - b * weights[2 * i]) / 2;
  }
}

// data: { rate, runs }
export function setup(data, parameters, random) {
  const state = { ...data, weights: new Float64Array(2 * data.runs), area: new Float64Array(data.runs) };
  changed(state, parameters, random);
  return state;
}

// Another setting has another cloud: the runs are brought into it before they are shown.
export function changed(state, parameters, random) {
  state.points = fourPoints(parameters);
  Object.assign(state, stationary(state.points.cases, state.points.targets, state.rate));
  state.exact = enclosed(state, state.rate);
  const settling = Math.ceil(6 / (state.rate * Math.min(state.hessian[0], state.hessian[2])));
  for (let k = 0; k < settling; k += 1) step(state.weights, state.area, state.points, state.rate, random);
  state.area.fill(0);
  Object.assign(state, { steps: 0, every: 1, trace: [0], trail: [[state.weights[0], state.weights[1]]] });
}

export function simulate(state, parameters, random) {
  step(state.weights, state.area, state.points, state.rate, random);
  state.steps += 1;
  state.trail.push([state.weights[0], state.weights[1]]);
  if (state.trail.length > TRAIL) state.trail.shift();
  if (state.steps % state.every === 0) state.trace.push(mean(state.area));
  if (state.trace.length <= POINTS) return;
  state.trace = state.trace.filter((_, i) => i % 2 === 0);
  state.every *= 2;
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

// Area a step that the runs enclosed, with the standard error that their differences tell.
export function measured({ area, steps }) {
  const middle = mean(area);
  const variance = area.reduce((sum, one) => sum + (one - middle) ** 2, 0) / (area.length - 1);
  return { rate: middle / steps, error: Math.sqrt(variance / area.length) / steps };
}

export function table({ trace, every, exact }) {
  return { columns: ["steps", "area", "exact area"], rows: trace.map((area, i) => [i * every, area, i * every * exact]) };
}

function turning(state) {
  if (Math.abs(state.exact) < 1e-9) return "nothing turns";
  return state.exact > 0 ? "counterclockwise" : "clockwise";
}

export function describe(state, parameters) {
  const at = `Points at t = \u00b1${parameters.half.toFixed(2)}, noise ${parameters.left.toFixed(1)} left and ${parameters.right.toFixed(1)} right`;
  const reason = parameters.half === 1 ? "t is standardised" : "both sides are noisy alike";
  const why = turning(state) === "nothing turns" ? `nothing turns, since ${reason}` : `the weights turn ${turning(state)}`;
  if (!state.steps) return `${at}: ${why}; exact area ${number(state.exact, 4)} a step.`;
  const { rate, error } = measured(state);
  return `${at}: ${why}. ${state.runs} runs of ${counted(state.steps, "step")} enclosed ${number(rate, 4)} \u00b1 ${error.toFixed(4)} a step; exact is ${number(state.exact, 4)}.`;
}

function dataBox(frame) {
  return inset(frame, { left: 34, top: 28, right: 14, bottom: 46 });
}

function drawData(surface, { points: { cases, targets }, weights }, parameters, frame) {
  const { colors, context } = surface;
  const scale = axes(surface, dataBox(frame), { ...DATA, xTicks: [-2, -1, 0, 1, 2], yTicks: [-4, -2, 0, 2, 4], title: "Four points, and lines fitted to them", xLabel: "t" });
  context.globalAlpha = 0.4;
  for (let i = 0; i < LINES; i += 1) {
    curve(surface, scale, DATA.x, DATA.x.map((t) => weights[2 * i] + weights[2 * i + 1] * t), { color: colors.simulation, width: 1 });
  }
  context.globalAlpha = 1;
  cases.forEach(([, t], c) => dot(surface, { x: scale.x(t), y: scale.y(targets[c]) }, { color: colors.text, radius: 6.5 }));
}

// The point nearest to the hand, if it is within reach.
function grip({ points: { cases, targets } }, parameters, frame, { x, y }) {
  const scale = scaleOf(dataBox(frame), DATA);
  const away = cases.map(([, t], c) => Math.hypot(scale.x(t) - x, scale.y(targets[c]) - y));
  const nearest = away.indexOf(Math.min(...away));
  return away[nearest] < 24 ? nearest : null;
}

// All four follow the hand sideways, its own side also up and down.
function drag(state, parameters, frame, at) {
  if (at.first) state.held = grip(state, parameters, frame, at);
  if (state.held === null) return false;
  const scale = scaleOf(dataBox(frame), DATA);
  const sign = state.held % 2 ? -1 : 1;
  const noise = sign * scale.valueOfY(at.y);
  return state.held < 2 ? { half: -scale.valueOfX(at.x), left: noise } : { half: scale.valueOfX(at.x), right: noise };
}

// In standard deviations: the runs, the way of one of them, and the exact mean motion a (-z2, z1), z = S^-1 w, which is half of
// the step that leaves w and of the one that led there, as far as it is linear in w.
function drawCloud(surface, state, parameters, frame) {
  const { colors, context } = surface;
  const side = Math.min(frame.width - 50, frame.height - 74);
  const box = { x: frame.x + 34 + (frame.width - 50 - side) / 2, y: frame.y + 28, width: side, height: side };
  const scale = axes(surface, box, {
    x: [-REACH, REACH], y: [-REACH, REACH], xTicks: [-2, 0, 2], yTicks: [-2, 0, 2],
    title: `Weights: ${turning(state)}`, xLabel: "intercept, and slope upwards, in sd",
  });
  const [p, q, r] = state.cloud;
  const [one, other] = [Math.sqrt(p), Math.sqrt(r)];
  context.globalAlpha = 0.35;
  for (let i = 0; i < state.runs; i += 1) {
    const [x, y] = [state.weights[2 * i] / one, state.weights[2 * i + 1] / other];
    if (Math.max(Math.abs(x), Math.abs(y)) < REACH) dot(surface, { x: scale.x(x), y: scale.y(y) }, { color: colors.simulation, radius: 3 });
  }
  context.globalAlpha = 1;
  curve(surface, scale, state.trail.map(([a]) => a / one), state.trail.map(([, b]) => b / other), { color: colors.simulation, width: 1.5 });
  const [head, tilt] = [state.trail.at(-1), q / (one * other)];
  dot(surface, { x: scale.x(head[0] / one), y: scale.y(head[1] / other) }, { color: colors.simulation, radius: 5 });
  const speed = state.exact / (one * other * Math.sqrt(1 - tilt * tilt));
  for (const radius of [1, 1.9]) {
    for (const angle of grid(0, 2 * Math.PI, 10).slice(1)) drawArrow(surface, scale, { radius, angle, tilt, speed });
  }
}

// Along the ellipse of equal density: half a dozen steps of the mean motion, or a hundred where it is slow.
function drawArrow({ context, colors }, scale, { radius, angle, tilt, speed }) {
  const sweep = Math.sign(speed) * Math.min(0.5, 20 * Math.abs(speed));
  const place = (phase) => {
    const [a, b] = [radius * Math.cos(phase), radius * Math.sin(phase)];
    return { x: scale.x(a), y: scale.y(tilt * a + Math.sqrt(1 - tilt * tilt) * b) };
  };
  if (Math.abs(sweep) < 0.02) return;
  const [start, near, end] = [angle, angle + 0.8 * sweep, angle + sweep].map(place);
  const way = Math.atan2(end.y - near.y, end.x - near.x);
  context.strokeStyle = context.fillStyle = colors.theory;
  context.lineWidth = 2;
  context.setLineDash([]);
  context.beginPath();
  context.moveTo(start.x, start.y);
  for (const part of grid(0, 1, 6)) {
    const { x, y } = place(angle + part * sweep);
    context.lineTo(x, y);
  }
  context.stroke();
  const size = 7 * Math.min(1, 4 * Math.abs(sweep));
  context.beginPath();
  context.moveTo(end.x + size * Math.cos(way), end.y + size * Math.sin(way));
  for (const turn of [2.3, -2.3]) context.lineTo(end.x + size * Math.cos(way + turn), end.y + size * Math.sin(way + turn));
  context.fill();
}

function drawMeter(surface, state, parameters, frame) {
  const { colors } = surface;
  const end = Math.max(200, state.steps);
  const sure = Math.max(Math.abs(state.exact) * end, ...state.trace.map(Math.abs), 0.5);
  const range = [state.exact < -1e-9 || Math.abs(state.exact) < 1e-9 ? -1.1 * sure : -0.15 * sure, state.exact < -1e-9 ? 0.15 * sure : 1.1 * sure];
  const scale = axes(surface, inset(frame, { left: 44, top: 28, right: 62, bottom: 46 }), {
    x: [0, end], y: range, xTicks: roundTicks(0, end, 4), yTicks: roundTicks(...range, 5),
    title: "Area enclosed, mean of the runs", xLabel: "steps",
  });
  curve(surface, scale, [0, end], [0, 0], { color: colors.neutral, width: 1 });
  curve(surface, scale, state.trace.map((_, i) => i * state.every), state.trace, { color: colors.simulation, width: 3 });
  curve(surface, scale, [0, end], [0, state.exact * end], { color: colors.theory, dash: [7, 4] });
  nameEnds(surface, scale, [{ y: scale.y(state.exact * end), words: "exact", color: colors.theory }]);
  const above = state.exact < -1e-9 ? scale.box.height - 14 : 12;
  label(surface, `exact: ${number(state.exact, 4)} a step`, { x: scale.box.x + 10, y: scale.box.y + above }, { size: 12 });
}

export default live({
  name: "circle", setup, changed, simulate, describe, table, pace: 30, stride: 10, settle: 400,
  panels: [
    { tab: "Cloud", place: [0.31, 0, 0.35, 1], draw: drawCloud },
    { tab: "Points", place: [0, 0, 0.31, 1], draw: drawData, grip, drag },
    { tab: "Area", place: [0.66, 0, 0.34, 1], draw: drawMeter },
  ],
});
