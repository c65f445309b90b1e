import { live } from "./shared/host.js";
import { axes, curve, dot, grid, label, number, record, roundTicks, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { crossing } from "./shared/roots.js";

const WEIGHTS = ["ising", "sphere"];
const OUTPUTS = ["sign", "linear"];
const MOST = 4; // of alpha = (P/N)/T
const TOP = 1 - 1e-12; // as near as the ball comes to the teacher
const NEAR = 1 - 1e-6; // there it is with the teacher
const DT = 0.05;
const STILL = 1e-3; // as near to a minimum the ball rests
const KEPT = 600; // places of the ball that are remembered

export function kindOf({ weights, output }) {
  return { weights: WEIGHTS[weights], output: OUTPUTS[output] };
}

// Of a student at overlap R with its teacher: the share of signs that it gets wrong, or half the mean squared difference.
export function errorOf(r, { output }) {
  return output === "sign" ? Math.acos(r) / Math.PI : 1 - r;
}

// Nats a weight of all students at overlap R.
export function entropyOf(r, { weights }) {
  if (weights === "sphere") return 0.5 * Math.log1p(-r * r);
  return -[(1 + r) / 2, (1 - r) / 2].reduce((sum, share) => sum + (share ? share * Math.log(share) : 0), 0);
}

export function freeEnergy(r, alpha, kind) {
  return alpha * errorOf(r, kind) - entropyOf(r, kind);
}

// How fast the ball rolls; the sign is that of -df/dR. Ising: R' = tanh(h) - R, each weight in the mean field h = -alpha
// d(error)/dR; sphere: -(1 - R^2) df/dR.
export function speed(r, alpha, { weights, output }) {
  const field = output === "sign" ? alpha / (Math.PI * Math.sqrt(1 - r * r)) : alpha;
  return (weights === "ising" ? Math.tanh(field) : (1 - r * r) * field) - r;
}

// Ising and sign: the alpha at which R is stationary, artanh R = alpha / (pi sqrt(1 - R^2)).
export function stationaryAlpha(r) {
  return Math.PI * Math.sqrt(1 - r * r) * Math.atanh(r);
}

// Where that is largest, R artanh R = 1, the branch that begins at R = 0 ends; where f on it is that of the teacher, 0, the
// balance tips.
export const SPINODAL = crossing((r) => r * Math.atanh(r) - 1, 0.5, 0.99);
export const TRANSITION = crossing((r) => freeEnergy(r, stationaryAlpha(r), { weights: "ising", output: "sign" }), 0.1, SPINODAL);
const [TIPS, FALLS] = [TRANSITION, SPINODAL].map(stationaryAlpha);

// Overlaps at which f is least, and, of Ising weights and a sign, the other minimum if there is one.
export function minima(alpha, kind) {
  if (kind.weights === "sphere" && kind.output === "sign") return [Math.cos(Math.atan2(Math.PI, alpha))];
  if (kind.weights === "sphere") return [(2 * alpha) / (1 + Math.sqrt(1 + 4 * alpha * alpha))];
  if (kind.output === "linear") return [Math.tanh(alpha)];
  if (alpha === 0) return [0];
  if (alpha >= FALLS) return [1];
  const branch = crossing((r) => stationaryAlpha(r) - alpha, 0, SPINODAL);
  return alpha < TIPS ? [branch, 1] : [1, branch];
}

export function setup(data, parameters) {
  const state = { trace: [] };
  changed(state, parameters);
  return state;
}

// Another landscape under the same ball; other weights or another output begin with one that knows nothing.
export function changed(state, parameters) {
  const { weights, output } = kindOf(parameters);
  if (state.weights !== weights || state.output !== output) Object.assign(state, { weights, output, r: 0, trace: [], steps: 0, held: false });
  note(state, parameters);
}

function note(state, { alpha }) {
  const last = state.trace.at(-1);
  if (!last || last[0] !== alpha || Math.abs(last[1] - state.r) > 2e-3) record(state.trace, [alpha, state.r], KEPT);
}

export function simulate(state, parameters) {
  if (state.held) return;
  state.r = Math.min(Math.max(state.r + DT * speed(state.r, parameters.alpha, state), -TOP), TOP);
  state.steps += 1;
  note(state, parameters);
}

function put(r) {
  return (state, parameters) => {
    state.r = r;
    note(state, parameters);
  };
}

export function table(state) {
  return { columns: ["alpha over T", "overlap", "error", "free energy"], rows: state.trace.map(([alpha, r]) => [alpha, r, errorOf(r, state), freeEnergy(r, alpha, state)]) };
}

// Where the ball is, whether it rests there, and what else there is.
export function seen(state, { alpha }) {
  const { r } = state;
  const taught = r > NEAR;
  const rests = minima(alpha, state).some((one) => Math.abs(one - r) < STILL);
  return { r, taught, rests, error: errorOf(r, state), f: freeEnergy(r, alpha, state) };
}

export function describe(state, parameters) {
  const { taught, rests, r, error, f } = seen(state, parameters);
  const kind = `${state.weights === "ising" ? "Ising weights" : "a sphere of weights"} and ${state.output} output`;
  const at = `At \u03b1/T = ${parameters.alpha.toFixed(2)}, ${kind}, the ball`;
  if (taught) return `${at} is with the teacher: R = 1, error 0. ${aboutTeacher(parameters.alpha, state)}`;
  return `${at} ${rests ? "rests" : "rolls on"} at R = ${number(r, 3)}: error ${number(error, 3)}, f = ${number(f, 3)}. ${aboutRest(rests, parameters.alpha, state)}`;
}

function aboutTeacher(alpha, { weights, output }) {
  if (weights !== "ising" || output !== "sign" || alpha === 0) return "Nothing holds it there.";
  if (alpha >= TIPS) return "No place is lower.";
  return `Below ${TIPS.toFixed(3)} another place is lower, but a barrier is in the way at every \u03b1/T above zero.`;
}

function aboutRest(rests, alpha, { weights, output }) {
  if (weights !== "ising" || output !== "sign") return "There is one minimum, at any \u03b1/T.";
  if (!rests) return alpha > FALLS ? `Beyond ${FALLS.toFixed(3)} the teacher is the only minimum.` : "It goes downhill.";
  if (alpha < TIPS) return `No place is lower; from ${TIPS.toFixed(3)} on the teacher\u2019s is.`;
  return `The teacher\u2019s place is lower, f = 0, but a barrier holds the ball here up to ${FALLS.toFixed(3)}.`;
}

const PLACES = { from: -0.4, to: 1 };

function landscapeBox(frame) {
  return inset(frame, { left: 46, top: 30, right: 20, bottom: 46 });
}

function drawLandscape(surface, state, { alpha }, frame) {
  const { colors } = surface;
  const rs = [...grid(PLACES.from, 0.98, 220), ...grid(0.981, TOP, 60)];
  const heights = rs.map((r) => freeEnergy(r, alpha, state));
  const least = Math.min(...heights);
  const f = freeEnergy(state.r, alpha, state);
  const range = [least - 0.06, Math.max(least + 0.5, Math.min(f, least + 3) + 0.1)];
  const scale = axes(surface, landscapeBox(frame), {
    x: [PLACES.from, PLACES.to + 0.04], y: range, xTicks: [0, 0.5, 1], yTicks: roundTicks(...range, 5),
    title: "f(R) = \u03b1/T \u00d7 error \u2212 entropy", xLabel: "overlap R with the teacher",
  });
  curve(surface, scale, rs, heights, { color: colors.freeEnergy, width: 3 });
  const [best] = minima(alpha, state);
  const low = { x: scale.x(best), y: scale.y(freeEnergy(Math.min(best, TOP), alpha, state)) };
  label(surface, "lowest", { x: Math.min(low.x, scale.box.x + scale.box.width - 4), y: low.y + 13 }, { size: 12, align: best > 0.9 ? "right" : "center" });
  dot(surface, { x: scale.x(Math.max(state.r, PLACES.from)), y: Math.max(scale.y(f) - 7, scale.box.y) }, { color: colors.simulation, radius: 7.5 });
  // A ball at rest is seen to rest while time goes on.
  label(surface, `time ${(state.steps * DT).toFixed(1)}`, { x: scale.box.x + scale.box.width - 6, y: scale.box.y + 11 }, { size: 12, align: "right" });
}

// The ball follows the hand and rolls on when it is let go.
function drag(state, parameters, frame, { x }) {
  const r = scaleOf(landscapeBox(frame), { x: [PLACES.from, PLACES.to + 0.04], y: [0, 1] }).valueOfX(x);
  state.held = true;
  put(Math.min(Math.max(r, PLACES.from), TOP))(state, parameters);
  return true;
}

function release(state) {
  state.held = false;
}

function learningBox(frame) {
  return inset(frame, { left: 46, top: 30, right: 20, bottom: 46 });
}

function drawLearning(surface, state, { alpha }, frame) {
  const { colors } = surface;
  const sign = state.output === "sign";
  const scale = axes(surface, learningBox(frame), {
    x: [0, MOST], y: [0, sign ? 0.56 : 1.12], xTicks: [0, 1, 2, 3, 4], yTicks: sign ? [0, 0.1, 0.2, 0.3, 0.4, 0.5] : [0, 0.25, 0.5, 0.75, 1],
    title: sign ? "Error: share of signs wrong" : "Error: 1 \u2212 R", xLabel: "\u03b1/T: examples a weight, over temperature",
  });
  const theory = { color: colors.theory, width: 2.5 };
  if (state.weights === "ising" && sign) {
    const below = grid(0, TRANSITION, 120);
    const errors = (rs) => rs.map((r) => errorOf(r, state));
    curve(surface, scale, below.map(stationaryAlpha), errors(below), theory);
    curve(surface, scale, [TIPS, MOST], [0, 0], theory);
    const held = grid(TRANSITION, SPINODAL, 60);
    curve(surface, scale, held.map(stationaryAlpha), errors(held), { ...theory, dash: [7, 4] });
    curve(surface, scale, [0, TIPS], [0, 0], { ...theory, dash: [7, 4] });
    const barrier = [...grid(SPINODAL, 0.9999, 200), ...grid(0.9999, TOP, 50)];
    curve(surface, scale, barrier.map(stationaryAlpha), errors(barrier), { color: colors.neutral, width: 1.2, dash: [2, 3] });
    for (const [at, words, y] of [[TIPS, "balance tips", 0.54], [FALLS, "ball falls", 0.5]]) {
      curve(surface, scale, [at, at], [0, y - 0.02], { color: colors.neutral, width: 1, dash: [2, 3] });
      label(surface, `${words}, ${at.toFixed(3)}`, { x: scale.x(at) + 5, y: scale.y(y - 0.02) }, { size: 12 });
    }
  } else {
    const alphas = grid(0, MOST, 160);
    curve(surface, scale, alphas, alphas.map((one) => errorOf(minima(one, state)[0], state)), theory);
  }
  curve(surface, scale, state.trace.map(([one]) => one), state.trace.map(([, r]) => errorOf(r, state)), { color: colors.simulation, width: 1.5 });
  dot(surface, { x: scale.x(alpha), y: Math.max(scale.y(errorOf(state.r, state)), scale.box.y) }, { color: colors.simulation, radius: 6.5 });
}

function load(state, parameters, frame, { x }) {
  return { alpha: Math.min(Math.max(scaleOf(learningBox(frame), { x: [0, MOST], y: [0, 1] }).valueOfX(x), 0), MOST) };
}

export default live({
  name: "landscape", setup, changed, simulate, describe, table, pace: 60, stride: 20, settle: 4000, actions: { forget: put(0), teach: put(TOP) },
  panels: [
    { tab: "Landscape", place: [0, 0, 0.5, 1], draw: drawLandscape, drag, release },
    { tab: "Learning curve", place: [0.5, 0, 0.5, 1], draw: drawLearning, drag: load },
  ],
});
