import { live } from "./shared/host.js";
import { axes, bar, curve, dot, grid, legend, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { fillNormals } from "./shared/random.js";

const [BINS, REACH] = [56, 8]; // bins of the histograms; half their range in posterior standard deviations
const BLEND = 0.04; // how fast a drawn histogram follows the runs
const LINES = 14; // straight lines that are shown of all the runs

// The mode and the stiffness A of E(q) = sum (y - q x)^2 / 2, the posterior of a slope with unit noise and no prior.
export function slope({ x, y }) {
  const stiffness = x.reduce((sum, value) => sum + value * value, 0);
  return { mode: x.reduce((sum, value, i) => sum + value * y[i], 0) / stiffness, stiffness };
}

// q' = q - (epsilon/2) g + sqrt(epsilon T) xi, g = N/n times the sum over the run's batch; in place.
// sgdphysics.dynamics.sgld with energies.LinearRegression; T = 0 is SGD. rows[i * batch ...] is the batch of run i.
export function step(q, { x, y }, { epsilon, temperature, batch }, rows, normals) {
  const heat = Math.sqrt(epsilon * temperature);
  for (let i = 0; i < q.length; i += 1) {
    let gradient = 0;
    for (let k = i * batch; k < (i + 1) * batch; k += 1) gradient += (q[i] * x[rows[k]] - y[rows[k]]) * x[rows[k]];
    q[i] = q[i] - ((epsilon / 2) * gradient * x.length) / batch + heat * normals[i];
  }
}

// (T + epsilon V/4) / (A (1 - epsilon A/4)): exact where all x^2 are equal; V = N^2/n times the variance of a case's gradient.
export function variance(cases, { epsilon, temperature, batch }) {
  const { mode, stiffness } = slope(cases);
  const pulls = cases.x.map((x, i) => (mode * x - cases.y[i]) * x);
  const noise = (cases.x.length * pulls.reduce((sum, pull) => sum + pull * pull, 0)) / batch;
  return (temperature + (epsilon * noise) / 4) / (stiffness * (1 - (epsilon * stiffness) / 4));
}

// data: { x, y, runs }
export function setup(data) {
  const { mode, stiffness } = slope(data);
  const state = { ...data, y: [...data.y], mode, stiffness, posterior: 1 / Math.sqrt(stiffness), normals: new Float64Array(data.runs) };
  state.kinds = ["sgd", "sgld"].map((name) => ({ name, q: new Float64Array(data.runs).fill(mode) }));
  changed(state);
  return state;
}

// The drawn histograms remember a while of the old setting: they begin anew from where the runs are.
export function changed(state) {
  for (const kind of state.kinds) kind.bars = histogram(state, kind.q);
}

// The sliders' values in the terms of `step`: the step size slider is epsilon A.
export function settings({ stiffness }, { step: size, batch, temperature }, name) {
  return { epsilon: size / stiffness, batch, temperature: name === "sgd" ? 0 : temperature };
}

export function simulate(state, parameters, random) {
  const rows = new Int32Array(state.runs * parameters.batch);
  for (const kind of state.kinds) {
    for (let k = 0; k < rows.length; k += 1) rows[k] = Math.floor(random() * state.x.length);
    step(kind.q, state, settings(state, parameters, kind.name), rows, fillNormals(state.normals, random));
    const now = histogram(state, kind.q);
    for (let bin = 0; bin < BINS; bin += 1) kind.bars[bin] += BLEND * (now[bin] - kind.bars[bin]);
  }
}

// Shares of the runs in bins of the slope, in posterior standard deviations from the mode; what lies outside is left out.
export function histogram({ mode, posterior }, q) {
  const shares = new Array(BINS).fill(0);
  for (const place of q) {
    const bin = Math.floor((((place - mode) / posterior + REACH) / (2 * REACH)) * BINS);
    if (bin >= 0 && bin < BINS) shares[bin] += 1 / q.length;
  }
  return shares;
}

// Standard deviations over the posterior's at T = 1: measured now, and exact.
export function spread(state, parameters, kind) {
  const measured = Math.sqrt(kind.q.reduce((sum, place) => sum + (place - state.mode) ** 2, 0) / kind.q.length);
  return { measured: measured / state.posterior, exact: Math.sqrt(variance(state, settings(state, parameters, kind.name))) / state.posterior };
}

// The histograms as they are drawn, places in posterior standard deviations from the mode.
export function table({ kinds: [sgd, sgld] }) {
  const edge = (bin) => -REACH + (bin * 2 * REACH) / BINS;
  return { columns: ["slope from", "slope to", "share of SGD", "share of SGLD"], rows: sgd.bars.map((share, bin) => [edge(bin), edge(bin + 1), share, sgld.bars[bin]]) };
}

export function describe(state, parameters) {
  const [sgd, sgld] = state.kinds.map((kind) => spread(state, parameters, kind));
  const said = ({ measured, exact }) => `${measured.toFixed(2)} (${exact.toFixed(2)} once settled)`;
  const batch = `batches of ${parameters.batch} of ${state.x.length} cases`;
  return `With ${batch} the spread of the slope in units of the posterior's is ${said(sgld)} for SGLD and ${said(sgd)} for SGD; ${Math.sqrt(parameters.temperature).toFixed(2)} would be right at temperature ${parameters.temperature.toFixed(1)}.`;
}

const DATA = { x: [-1.6, 1.6], y: [-3.6, 3.6], xTicks: [-1, 0, 1], yTicks: [-2, 0, 2], title: "Cases, and slopes of some runs", xLabel: "x" };

function dataBox(frame) {
  return inset(frame, { left: 36, top: 28, right: 16, bottom: 46 });
}

function drawData(surface, { x, y, kinds }, parameters, frame) {
  const { colors, context } = surface;
  const scale = axes(surface, dataBox(frame), DATA);
  context.globalAlpha = 0.55;
  for (const { name, q } of kinds) {
    for (const place of q.slice(0, LINES)) {
      curve(surface, scale, [-1.6, 1.6], [-1.6 * place, 1.6 * place], { color: name === "sgd" ? colors.energy : colors.simulation, width: 1 });
    }
  }
  context.globalAlpha = 1;
  x.forEach((value, i) => dot(surface, { x: scale.x(value), y: scale.y(y[i]) }, { color: colors.neutral, radius: 3.5 }));
}

function drawLaws(surface, state, parameters, frame) {
  const { colors } = surface;
  const box = inset(frame, { left: 20, top: 28, right: 16, bottom: 46 });
  const places = grid(-REACH, REACH, 240);
  const bell = (sd) => places.map((place) => Math.exp((-place * place) / (2 * sd * sd)) / (sd * Math.sqrt(2 * Math.PI)));
  const spreads = state.kinds.map((kind) => spread(state, parameters, kind));
  const right = Math.sqrt(parameters.temperature);
  const top = 1.3 * Math.max(0.4 / Math.max(right, 0.5), Math.min(0.4 / Math.min(...spreads.map((one) => one.exact)), 1.2));
  const scale = axes(surface, box, { x: [-REACH, REACH], y: [0, top], xTicks: [-6, -3, 0, 3, 6], title: "Law of the slope", xLabel: "slope, in posterior standard deviations" });
  const width = (2 * REACH) / BINS;
  const look = [{ color: colors.energy, words: "SGD" }, { color: colors.simulation, words: "SGLD" }];
  state.kinds.forEach((kind, i) => {
    surface.context.globalAlpha = 0.45;
    kind.bars.forEach((share, bin) => bar(surface, scale, -REACH + bin * width, -REACH + (bin + 1) * width, share / width, look[i].color));
    surface.context.globalAlpha = 1;
    curve(surface, scale, places, bell(spreads[i].exact), { color: look[i].color, width: 2 });
  });
  if (right > 0) curve(surface, scale, places, bell(right), { color: colors.theory, width: 2.5, dash: [7, 4] });
  else curve(surface, scale, [0, 0], [0, top], { color: colors.theory, width: 2.5, dash: [7, 4] });
  legend(surface, { x: box.x + 8, y: box.y + 12 }, [...look.map(({ words, color }) => [words, color]), ["exp(\u2212E/T)/Z", colors.theory]]);
}

// The case nearest to the hand, if it is within reach.
function grip(state, parameters, frame, { x, y }) {
  const scale = scaleOf(dataBox(frame), DATA);
  const away = state.x.map((value, i) => Math.hypot(scale.x(value) - x, scale.y(state.y[i]) - y));
  const nearest = away.indexOf(Math.min(...away));
  return away[nearest] < 22 ? nearest : null;
}

// A case follows the hand up and down; all x^2 are equal, so the law of the slope stays exact for any targets.
function drag(state, parameters, frame, at) {
  if (at.first) state.held = grip(state, parameters, frame, at);
  if (state.held === null) return false;
  state.y[state.held] = Math.min(Math.max(scaleOf(dataBox(frame), DATA).valueOfY(at.y), DATA.y[0]), DATA.y[1]);
  state.mode = slope(state).mode;
  changed(state);
  return true;
}

export default live({
  name: "minibatch", setup, changed, simulate, describe, table, pace: 90, settle: 500,
  panels: [
    { tab: "Cases", place: [0, 0, 0.4, 1], draw: drawData, grip, drag },
    { tab: "Law of the slope", place: [0.4, 0, 0.6, 1], draw: drawLaws },
  ],
});
