import { live } from "./shared/host.js";
import { axes, curve, dot, grid, label, legend, number, roundTicks, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { orderParameter } from "./shared/onsager.js";
import { betheLogZ, betheMean, enumerate, logSumExp, meanBound, meanField, torusOf } from "./shared/spins.js";

const SIDES = [[3, 3], [3, 4], [4, 4]];
const COLD = 0.3;
const HOT = 1.4;
const TEMPERATURES = grid(COLD, HOT, 110).map((t) => Number(t.toFixed(2)));
const TRIALS = grid(0, 0.999, 120);

// How many of all states have each sum of s s' over the bonds, and the mean |sum of s| of those.
export function levels(rows, columns) {
  const { bonds, total } = enumerate(torusOf(rows, columns));
  const found = new Map();
  bonds.forEach((sum, state) => {
    const level = found.get(sum) ?? { bonds: sum, states: 0, order: 0 };
    level.states += 1;
    level.order += Math.abs(total[state]);
    found.set(sum, level);
  });
  return [...found.values()].map(({ bonds: sum, states, order }) => ({ bonds: sum, states, order: order / states }));
}

// Of a torus of so many sites, exactly: ln Z and the mean of |m|.
export function exact(counts, sites, temperature) {
  const terms = counts.map(({ bonds, states }) => Math.log(states) + bonds / (4 * temperature));
  const logZ = logSumExp(terms);
  return { logZ, order: counts.reduce((sum, { order }, i) => sum + order * Math.exp(terms[i] - logZ), 0) / sites };
}

export function setup(data, parameters) {
  const state = { known: {} };
  changed(state, parameters);
  return state;
}

// A lattice is enumerated when it is first chosen.
export function changed(state, { lattice, temperature }) {
  if (!state.known[lattice]) {
    const [rows, columns] = SIDES[lattice];
    const [sites, counts] = [rows * columns, levels(rows, columns)];
    const along = TEMPERATURES.map((t) => ({ ...exact(counts, sites, t), mean: meanField(t), bethe: sites * betheLogZ(t) }));
    state.known[lattice] = { sites, counts, along: along.map((one, i) => ({ ...one, bound: sites * meanBound(one.mean, TEMPERATURES[i]) })) };
  }
  Object.assign(state, state.known[lattice], { here: exact(state.known[lattice].counts, SIDES[lattice][0] * SIDES[lattice][1], temperature) });
}

// The trial m against what is exact: gap = ln Z - bound = KL(trial || exact), in nats of the whole torus; free energies a site.
export function seen({ sites, here }, { temperature: t, trial }) {
  const gap = here.logZ - sites * meanBound(trial, t);
  return { gap, free: -t * meanBound(trial, t), least: (-t * here.logZ) / sites, best: meanField(t) };
}

export function describe(state, parameters) {
  const { gap, free, least, best } = seen(state, parameters);
  const at = `T = ${parameters.temperature.toFixed(2)}, m = ${parameters.trial.toFixed(2)}: F = ${number(free, 3)}, exact ${number(least, 3)}; KL = ${gap.toFixed(3)}`;
  return Math.abs(parameters.trial - best) <= 0.005 ? `${at}, the least.` : `${at}; best m = ${best.toFixed(3)}.`;
}

export function table({ along }) {
  return {
    columns: ["temperature", "exact order", "mean field order", "Bethe order", "infinite order", "exact ln Z", "mean field bound", "Bethe ln Z"],
    rows: along.map(({ order, mean, logZ, bound, bethe }, i) => [TEMPERATURES[i], order, mean, betheMean(TEMPERATURES[i]), orderParameter(TEMPERATURES[i]), logZ, bound, bethe]),
  };
}

// To the best trial m that the slider has.
function best(state, { temperature }) {
  return { trial: Math.round(100 * meanField(temperature)) / 100 };
}

function trialBox(frame) {
  return inset(frame, { left: 52, top: 30, right: 16, bottom: 46 });
}

function drawTrial(surface, state, parameters, frame) {
  const { colors } = surface;
  const { temperature: t, trial } = parameters;
  const { free, least, gap } = seen(state, parameters);
  const costs = TRIALS.map((m) => -t * meanBound(m, t));
  const bethe = -t * betheLogZ(t);
  const [low, high] = [Math.min(least, bethe), Math.max(...costs)];
  const room = 0.12 * (high - low);
  const range = [low - 1.4 * room, high + room];
  const scale = axes(surface, trialBox(frame), {
    x: [0, 1], y: range, xTicks: [0, 0.25, 0.5, 0.75, 1], yTicks: roundTicks(...range, 5), title: "Free energy a site", xLabel: "mean m of each spin",
  });
  curve(surface, scale, [0, 1], [bethe, bethe], { color: colors.energy, width: 1.5, dash: [2, 3] });
  curve(surface, scale, [0, 1], [least, least], { color: colors.theory, width: 2, dash: [7, 4] });
  curve(surface, scale, TRIALS, costs, { color: colors.freeEnergy, width: 3 });
  curve(surface, scale, [trial, trial], [free, least], { color: colors.simulation, width: 3 });
  dot(surface, { x: scale.x(trial), y: scale.y(free) }, { color: colors.simulation, radius: 7 });
  const left = trial > 0.5;
  const [align, end] = left ? ["right", 0.02] : ["left", 0.98];
  // Beside the bar, between the curve and Bethe's line.
  const [near, far] = [10, 88].map((side) => scale.valueOfX(scale.x(trial) + (left ? -side : side)));
  const lowest = Math.min(...costs.filter((_, i) => TRIALS[i] >= Math.min(near, far) && TRIALS[i] <= Math.max(near, far)));
  label(surface, `KL = ${gap.toFixed(3)}`, { x: scale.x(near), y: scale.y((lowest + bethe) / 2) }, { align, bold: true });
  const words = (text, value, down) => label(surface, text, { x: scale.x(end), y: Math.max(scale.y(value) + down, scale.box.y + 8) }, { size: 12, align: left ? "left" : "right" });
  words("exact", least, 11);
  words("Bethe", bethe, -10);
  // In the cold F[q] ends at Bethe's line: there it is named on its slope.
  if (left || scale.y(bethe) - scale.y(costs.at(-1)) > 26) words("F[q]", costs.at(left ? 0 : -1), -11);
  else label(surface, "F[q]", { x: scale.x(0.7) + 8, y: scale.y(-t * meanBound(0.7, t)) - 6 }, { size: 12 });
}

// The dot on F[q] follows the hand sideways.
function dragTrial(state, parameters, frame, { x }) {
  return { trial: Math.min(Math.max(scaleOf(trialBox(frame), { x: [0, 1], y: [0, 1] }).valueOfX(x), 0), 1) };
}

function heatBox(frame) {
  return inset(frame, { left: 40, top: 28, right: 16, bottom: 42 });
}

function drawOrder(surface, { along, here }, { temperature: t }, frame) {
  const { colors } = surface;
  const scale = axes(surface, heatBox(frame), {
    x: [COLD, HOT], y: [0, 1.06], xTicks: [0.4, 0.6, 0.8, 1, 1.2, 1.4], yTicks: [0, 0.5, 1], title: "Order m", xLabel: "temperature T",
  });
  const fine = grid(COLD, HOT, 440);
  curve(surface, scale, fine, fine.map(orderParameter), { color: colors.neutral, width: 1.5 });
  curve(surface, scale, fine, fine.map(betheMean), { color: colors.energy, width: 2 });
  curve(surface, scale, fine, fine.map(meanField), { color: colors.freeEnergy, width: 2.5 });
  curve(surface, scale, TEMPERATURES, along.map(({ order }) => order), { color: colors.theory, width: 2.5 });
  for (const [value, color] of [[betheMean(t), colors.energy], [meanField(t), colors.freeEnergy], [here.order, colors.theory]]) {
    dot(surface, { x: scale.x(t), y: scale.y(value) }, { color, radius: 5 });
  }
  legend(surface, { x: scale.box.x + scale.box.width - 100, y: scale.box.y + 10 }, [
    ["exact, mean |m|", colors.theory], ["mean field", colors.freeEnergy], ["Bethe", colors.energy], ["exact, infinite", colors.neutral],
  ]);
}

function drawGap(surface, state, parameters, frame) {
  const { colors } = surface;
  const { along } = state;
  const { gap } = seen(state, parameters);
  const scale = axes(surface, heatBox(frame), {
    x: [COLD, HOT], y: [0, 1.6], xTicks: [0.4, 0.6, 0.8, 1, 1.2, 1.4], yTicks: [0, 0.5, 1, 1.5], title: "Gap to the exact ln Z", xLabel: "temperature T",
  });
  legend(surface, { x: scale.box.x + scale.box.width - 100, y: scale.box.y + 10 }, [["mean field", colors.freeEnergy], ["Bethe", colors.energy], ["trial m", colors.simulation]]);
  curve(surface, scale, [COLD, HOT], [Math.LN2, Math.LN2], { color: colors.neutral, width: 1, dash: [2, 3] });
  label(surface, "ln 2", { x: scale.box.x + scale.box.width - 4, y: scale.y(Math.LN2) - 8 }, { size: 12, align: "right" });
  curve(surface, scale, TEMPERATURES, along.map(({ logZ, bethe }) => logZ - bethe), { color: colors.energy, width: 2 });
  curve(surface, scale, TEMPERATURES, along.map(({ logZ, bound }) => logZ - bound), { color: colors.freeEnergy, width: 2.5 });
  const [x, y] = [scale.x(parameters.temperature), scale.y(gap)];
  if (y >= scale.box.y) dot(surface, { x, y }, { color: colors.simulation, radius: 6.5 });
  else label(surface, `\u2191 trial m: ${gap.toFixed(1)}`, { x: Math.min(x - 4, scale.box.x + scale.box.width - 190), y: scale.box.y + 8 }, { size: 12 });
}

function heat(state, parameters, frame, { x }) {
  return { temperature: Math.min(Math.max(scaleOf(heatBox(frame), { x: [COLD, HOT], y: [0, 1] }).valueOfX(x), COLD), HOT) };
}

export default live({
  name: "average", setup, changed, describe, table, actions: { best },
  panels: [
    { tab: "Trial m", place: [0, 0, 0.46, 1], draw: drawTrial, drag: dragTrial },
    { tab: "Order", place: [0.46, 0, 0.54, 0.5], draw: drawOrder, drag: heat },
    { tab: "Gap", place: [0.46, 0.5, 0.54, 0.5], draw: drawGap, drag: heat },
  ],
});
