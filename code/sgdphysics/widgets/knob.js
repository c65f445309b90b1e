import { live } from "./shared/host.js";
import { axes, bar, curve, dot, grid, label, legend, nameEnds, number, roundTicks, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { boltzmann, entropy, equilibriumFreeEnergy, freeEnergy, kullbackLeibler, meanEnergy } from "./shared/gibbs.js";

const HOTTEST = 4; // trial temperature where the curves end
const RANGE = [0, 4.1];

// data: { levels }
export function setup(data) {
  return data;
}

// The reader's p: Boltzmann's at the trial temperature, of which a share is moved to the last state.
export function trial(levels, { trial: temperature, moved }) {
  return boltzmann(levels, temperature).map((share, i) => (1 - moved) * share + (i === levels.length - 1 ? moved : 0));
}

// F of the reader's p, the least there is, and by how much the one exceeds the other.
export function seen({ levels }, parameters) {
  const { temperature } = parameters;
  const p = trial(levels, parameters);
  const [cost, least] = [freeEnergy(p, levels, temperature), equilibriumFreeEnergy(levels, temperature)];
  return { p, cost, least, excess: temperature * kullbackLeibler(p, boltzmann(levels, temperature)) };
}

// The shares of each state.
export function table({ levels }, parameters) {
  const [p, equilibrium] = [trial(levels, parameters), boltzmann(levels, parameters.temperature)];
  return { columns: ["energy", "yours", "Boltzmann"], rows: levels.map((level, i) => [level, p[i], equilibrium[i]]) };
}

export function describe(state, parameters) {
  const { cost, least, excess } = seen(state, parameters);
  const at = `At temperature ${parameters.temperature.toFixed(2)} this p has F = ${number(cost, 3)}`;
  if (excess < 5e-4) return `${at}, the least there is: p is Boltzmann\u2019s distribution.`;
  return `${at}: ${number(excess, 3)} above the least, ${number(least, 3)}, and that is exactly T times its KL distance from Boltzmann\u2019s distribution.`;
}

function drawShares(surface, { levels }, parameters, frame) {
  const { colors, context } = surface;
  const box = inset(frame, { left: 40, top: 70, right: 16, bottom: 50 });
  const [p, equilibrium] = [trial(levels, parameters), boltzmann(levels, parameters.temperature)];
  legend(surface, { x: box.x + 5, y: frame.y + 36 }, [["yours", colors.simulation], ["Boltzmann", colors.theory]]);
  label(surface, "Share p of each state", { x: box.x, y: frame.y + 22 }, { baseline: "bottom" });
  const scale = axes(surface, box, {
    x: [-0.6, levels.length - 0.4], y: [0, Math.max(0.6, ...p, ...equilibrium)], yTicks: [0, 0.25, 0.5, 0.75, 1],
    xLabel: "energy of the state", xTicks: levels.map((_, i) => i), xName: (i) => number(levels[i]),
  });
  p.forEach((share, i) => {
    bar(surface, scale, i - 0.34, i + 0.34, share, colors.simulation);
    context.fillStyle = colors.theory;
    context.fillRect(scale.x(i - 0.44), scale.y(equilibrium[i]) - 1.5, scale.x(i + 0.44) - scale.x(i - 0.44), 3);
  });
}

// Along Boltzmann's family: energy rises with the trial temperature, -TS falls, and their sum F is least at T.
function drawCosts(surface, { levels }, parameters, frame) {
  const { colors } = surface;
  const { temperature } = parameters;
  const box = costsBox(frame);
  const trials = grid(0.05, HOTTEST, 160);
  const family = trials.map((value) => boltzmann(levels, value));
  const costs = family.map((p) => freeEnergy(p, levels, temperature));
  const energies = family.map((p) => meanEnergy(p, levels));
  const heats = family.map((p) => -temperature * entropy(p));
  const { cost, least, excess } = seen({ levels }, parameters);
  const [low, high] = [Math.min(...heats), Math.max(cost, ...energies)];
  const room = 0.08 * (high - low);
  const scale = axes(surface, box, {
    x: RANGE, y: [low - room, high + 2 * room], xTicks: [0, 1, 2, 3, 4], yTicks: roundTicks(low, high),
    title: "Energy, entropy and their sum F", xLabel: "trial temperature of p",
  });
  curve(surface, scale, trials, energies, { color: colors.energy, width: 1.5 });
  curve(surface, scale, trials, heats, { color: colors.entropy, width: 1.5 });
  curve(surface, scale, trials, costs, { color: colors.freeEnergy, width: 3 });
  curve(surface, scale, RANGE, [least, least], { color: colors.theory, dash: [7, 4], width: 1.5 });
  nameEnds(surface, scale, [
    { y: scale.y(energies.at(-1)), words: "\u27e8E\u27e9", color: colors.energy },
    { y: scale.y(costs.at(-1)), words: "F[p]", color: colors.freeEnergy, bold: true },
    { y: scale.y(heats.at(-1)), words: "\u2212TS", color: colors.entropy },
  ]);
  dot(surface, { x: scale.x(temperature), y: scale.y(least) }, { color: colors.theory });
  label(surface, "Boltzmann, at T", { x: Math.max(scale.x(temperature), box.x + 48), y: scale.y(least) + 16 }, { size: 12, align: "center" });
  drawExcess(surface, scale, { x: parameters.trial, cost, least, excess });
}

// The gap between the reader's F and the least one, with its name.
function drawExcess(surface, scale, { x, cost, least, excess }) {
  const { colors } = surface;
  curve(surface, scale, [x, x], [cost, least], { color: colors.simulation, width: 3 });
  dot(surface, { x: scale.x(x), y: scale.y(cost) }, { color: colors.simulation, radius: 7 });
  const toLeft = x > HOTTEST / 2;
  const at = { x: scale.x(x) + (toLeft ? -12 : 12), y: Math.max(scale.y(cost) - 14, scale.box.y + 8) };
  if (excess >= 5e-4) label(surface, `T\u00b7KL = ${number(excess, 3)}`, at, { align: toLeft ? "right" : "left", bold: true });
}

function costsBox(frame) {
  return inset(frame, { left: 42, top: 34, right: 60, bottom: 50 });
}

// The dot on F[p] follows the hand sideways.
function drag(state, parameters, frame, { x }) {
  return { trial: scaleOf(costsBox(frame), { x: RANGE, y: [0, 1] }).valueOfX(x) };
}

export default live({
  name: "knob", setup, describe, table,
  panels: [
    { tab: "Shares", place: [0, 0, 0.48, 1], draw: drawShares },
    { tab: "Energy and entropy", place: [0.48, 0, 0.52, 1], draw: drawCosts, drag },
  ],
});
