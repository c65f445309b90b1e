import { live } from "./shared/host.js";
import { axes, channels, counted, curve, dot, grid, label, nameEnds, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";

// A target is a number of 8 bits: bit x is its value at the input x, whose three coordinates are the bits of x.
const INPUTS = [0, 1, 2, 3, 4, 5, 6, 7];
const ALL = Array.from({ length: 256 }, (_, target) => target);
const LEARNERS = ["nearest", "majority", "anti", "constant", "bayes"];
const NAMES = ["nearest", "majority", "anti-majority", "constant 0", "Bayes"];
const LONG = ["nearest neighbour", "majority", "anti-majority", "constant 0", "Bayes with this prior"];
const PRIORS = ["all 256 targets", "the 104 threshold functions", "the 70 with as many 0s as 1s", "the 9 with at most one 1"];

export function ones(set) {
  return INPUTS.reduce((sum, x) => sum + ((set >> x) & 1), 0);
}

// Targets that a prior takes for possible, all alike.
export function priorOf(place) {
  if (place === 0) return ALL;
  if (place === 1) return thresholds();
  if (place === 2) return ALL.filter((target) => ones(target) === 4);
  return ALL.filter((target) => ones(target) <= 1);
}

// One where w x exceeds a threshold; with three inputs, weights up to 2 give all there are.
function thresholds() {
  const found = new Set();
  const weights = [-2, -1, 0, 1, 2];
  for (const a of weights) for (const b of weights) for (const c of weights) {
    for (let cut = -6.5; cut < 7; cut += 1) {
      found.add(INPUTS.reduce((target, x) => target | (a * (x & 1) + b * ((x >> 1) & 1) + c * (x >> 2) > cut ? 1 << x : 0), 0));
    }
  }
  return ALL.filter((target) => found.has(target));
}

// 0, 1, 2 for "no", a toss of a coin, "yes": what most of `of` votes say.
function verdict(yes, of) {
  return 1 + Math.sign(2 * yes - of);
}

// What each learner says of the input x, once it saw the values `labels` at the inputs of the set `known`.
const RULES = {
  nearest: (x, known, labels) => {
    const near = INPUTS.filter((y) => (known >> y) & 1);
    const least = Math.min(...near.map((y) => ones(x ^ y)));
    const asked = near.filter((y) => ones(x ^ y) === least);
    return verdict(asked.filter((y) => (labels >> y) & 1).length, asked.length);
  },
  majority: (x, known, labels) => verdict(ones(labels), ones(known)),
  anti: (x, known, labels) => 2 - verdict(ones(labels), ones(known)),
  constant: () => 0,
  bayes: (x, known, labels, prior) => {
    const left = prior.filter((target) => (target & known) === labels);
    return verdict(left.filter((target) => (target >> x) & 1).length, left.length);
  },
};

// Mistakes of a learner about each target off its examples, in halves, summed over all sets of m different inputs:
// [m][target]. Of how many, `cases(m)` tells.
export function mistakes(learner, prior) {
  const halves = Array.from({ length: 8 }, () => new Int32Array(256));
  for (let known = 0; known < 255; known += 1) {
    const rest = INPUTS.filter((x) => !((known >> x) & 1));
    const said = {};
    for (const target of ALL) {
      const labels = target & known;
      said[labels] ??= rest.map((x) => RULES[learner](x, known, labels, prior));
      halves[8 - rest.length][target] += rest.reduce((sum, x, i) => sum + Math.abs(said[labels][i] - 2 * ((target >> x) & 1)), 0);
    }
  }
  return halves;
}

// Halves of a mistake that a learner can make about one target, over all sets of m inputs.
export function cases(m) {
  let sets = 1;
  for (let k = 0; k < m; k += 1) sets = (sets * (8 - k)) / (k + 1);
  return 2 * sets * (8 - m);
}

// Mean error off the examples over the targets, as a fraction in its lowest terms.
export function meanError(halves, m, targets) {
  const [above, below] = [targets.reduce((sum, target) => sum + halves[m][target], 0), cases(m) * targets.length];
  let [a, b] = [above, below];
  while (b) [a, b] = [b, a % b];
  return { above: above / a, below: below / a };
}

export function setup(data, parameters) {
  const state = { known: {} };
  changed(state, parameters);
  return state;
}

// All learners under a prior are enumerated when it is first chosen.
export function changed(state, { prior }) {
  if (!state.known[prior]) {
    const targets = priorOf(prior);
    const errors = LEARNERS.map((learner) => mistakes(learner, targets));
    const means = errors.map((halves) => grid(0, 7, 7).map((m) => meanError(halves, m, targets)));
    state.known[prior] = { targets, errors, means, possible: new Set(targets) };
  }
  Object.assign(state, state.known[prior]);
}

const ratio = ({ above, below }) => above / below;

export function table({ means }) {
  return { columns: ["examples", "nearest neighbour", "majority", "anti majority", "constant 0", "Bayes"], rows: grid(0, 7, 7).map((m) => [m, ...means.map((one) => ratio(one[m]))]) };
}

export function describe({ means, errors }, { learner, prior, examples: m }) {
  const mean = means[learner][m];
  const value = mean.below === 1 ? ["none", "all"][mean.above] : mean.below === 2 ? "1/2" : `${mean.above}/${mean.below} = ${ratio(mean).toFixed(3)}`;
  const [best, worst] = [Math.min, Math.max].map((most) => most(...errors[learner][m]) / cases(m));
  const spread = best === worst ? "the same for every target" : `${best.toFixed(2)} to ${worst.toFixed(2)} by target, of all`;
  const everyone = prior === 0 ? "So does every learner." : "Over all 256 it is 1/2, for any learner.";
  return `With ${counted(m, "input")} of 8 seen, ${LONG[learner]} errs on ${value} of the others on average over ${PRIORS[prior]}; ${spread}. ${everyone}`;
}

// From blue, never wrong, over the background's colour at one half to orange, always wrong.
function shade({ colors }, error) {
  const [from, to] = [colors.background, error < 0.5 ? colors.simulation : colors.theory].map(channels);
  const share = Math.abs(2 * error - 1);
  return `rgb(${from.map((value, i) => Math.round(value + share * (to[i] - value))).join(",")})`;
}

// Neighbours differ in one value: four of them choose the row and four the column, in Gray's order.
export function placeOf(target) {
  const rank = (gray) => gray ^ (gray >> 1) ^ (gray >> 2) ^ (gray >> 3);
  return { column: rank(target >> 4), row: rank(target & 15) };
}

function drawTargets(surface, { errors, possible }, { learner, prior, examples: m }, frame) {
  const { context, colors } = surface;
  const room = inset(frame, { left: 14, top: 30, right: 14, bottom: 40 });
  const side = Math.min(room.width, room.height) / 16;
  const corner = { x: room.x + (room.width - 16 * side) / 2, y: room.y };
  label(surface, `Error on inputs not seen${prior ? "; framed: the prior" : ", by target"}`, { x: Math.min(corner.x, room.x + room.width - 250), y: room.y - 9 }, { baseline: "bottom", within: room.width });
  for (const target of ALL) {
    const { column, row } = placeOf(target);
    const [x, y] = [corner.x + column * side, corner.y + row * side];
    context.fillStyle = shade(surface, errors[learner][m][target] / cases(m));
    context.fillRect(x + 1, y + 1, side - 2, side - 2);
    const inside = possible.has(target);
    context.lineWidth = inside ? 1.6 : 0.6;
    context.strokeStyle = prior && inside ? colors.text : colors.grid;
    context.strokeRect(x + 1.2, y + 1.2, side - 2.4, side - 2.4);
  }
  drawKey(surface, { x: corner.x, y: corner.y + 16 * side + 10 });
}

function drawKey(surface, { x, y }) {
  const { context, colors } = surface;
  const small = { color: colors.neutral, size: 12 };
  const steps = grid(0, 1, 10);
  label(surface, "never", { x, y: y + 6 }, small);
  steps.forEach((error, i) => {
    context.fillStyle = shade(surface, error);
    context.fillRect(x + 40 + 6 * i, y, 6, 12);
  });
  label(surface, "always wrong", { x: x + 112, y: y + 6 }, small);
}

const RANGE = { x: [0, 7], y: [0, 1] };

function meansBox(frame) {
  return inset(frame, { left: 42, top: 30, right: 116, bottom: 46 });
}

function drawMeans(surface, { means }, { learner, examples: m }, frame) {
  const { colors } = surface;
  const scale = axes(surface, meansBox(frame), {
    ...RANGE, xTicks: INPUTS, yTicks: [0, 0.25, 0.5, 0.75, 1], title: "Mean error over the prior", xLabel: "examples m, of 8 inputs",
  });
  const shades = [colors.simulation, colors.entropy, colors.freeEnergy, colors.energy, colors.theory];
  const order = [...LEARNERS.keys()].sort((a, b) => (a === learner) - (b === learner));
  for (const i of order) curve(surface, scale, INPUTS, means[i].map(ratio), { color: shades[i], width: i === learner ? 4 : 1.8 });
  nameEnds(surface, scale, NAMES.map((words, i) => ({ y: scale.y(ratio(means[i][7])), words, color: shades[i], bold: i === learner })));
  dot(surface, { x: scale.x(m), y: scale.y(ratio(means[learner][m])) }, { color: shades[learner], radius: 7 });
}

// The dot follows the hand sideways.
function drag(state, parameters, frame, { x }) {
  return { examples: Math.min(Math.max(scaleOf(meansBox(frame), RANGE).valueOfX(x), 0), 7) };
}

export default live({
  name: "targets", setup, changed, describe, table,
  panels: [
    { tab: "256 targets", place: [0, 0, 0.46, 1], draw: drawTargets },
    { tab: "Mean over the prior", place: [0.46, 0, 0.54, 1], draw: drawMeans, drag },
  ],
});
