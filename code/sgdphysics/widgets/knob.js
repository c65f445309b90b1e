import { live } from "./shared/host.js";
import { axes, bar, curve, dot, grid, label, number } from "./shared/plot.js";
import { boltzmann, entropy, equilibriumFreeEnergy, freeEnergy, kullbackLeibler, meanEnergy } from "./shared/gibbs.js";

const HOTTEST = 4; // trial temperature at the right end of the curve

// data: { levels }
export function setup(data) {
  return data;
}

// The reader's p: Boltzmann's at the trial temperature, of which a share is moved to the last state.
export function trial(levels, { trial: temperature, moved }) {
  return boltzmann(levels, temperature).map((share, i) => (1 - moved) * share + (i === levels.length - 1 ? moved : 0));
}

export function describe({ levels }, parameters) {
  const { temperature } = parameters;
  const p = trial(levels, parameters);
  const [cost, least] = [freeEnergy(p, levels, temperature), equilibriumFreeEnergy(levels, temperature)];
  const excess = temperature * kullbackLeibler(p, boltzmann(levels, temperature));
  const at = `At temperature ${temperature.toFixed(2)} this p has F = ${number(cost, 3)}`;
  if (excess < 5e-4) return `${at}, the least there is: p is Boltzmann\u2019s distribution.`;
  return `${at}: ${number(excess, 3)} above the least, ${number(least, 3)}, and that is exactly T times its KL distance from Boltzmann\u2019s distribution.`;
}

export function height(width) {
  return width >= 560 ? 340 : 560;
}

export function draw(surface, { levels }, parameters) {
  const wide = surface.width >= 560;
  const half = wide ? surface.width / 2 : surface.width;
  const tall = wide ? surface.height : surface.height * 0.45;
  drawShares(surface, levels, parameters, { x: 40, y: 34, width: half - 56, height: tall - 84 });
  const x = wide ? half + 46 : 40;
  const y = wide ? 34 : tall + 34;
  drawCosts(surface, levels, parameters, { x, y, width: surface.width - x - 58, height: surface.height - y - 50 });
}

function drawShares(surface, levels, parameters, box) {
  const { colors, context } = surface;
  const [p, equilibrium] = [trial(levels, parameters), boltzmann(levels, parameters.temperature)];
  const scale = axes(surface, box, {
    x: [-0.6, levels.length - 0.4], y: [0, Math.max(0.6, ...p, ...equilibrium)], yTicks: [0, 0.25, 0.5],
    title: "Share p of each state", xLabel: "energy of the state", xTicks: levels.map((_, i) => i), xName: (i) => number(levels[i]),
  });
  p.forEach((share, i) => {
    bar(surface, scale, i - 0.34, i + 0.34, share, colors.simulation);
    context.fillStyle = colors.theory;
    context.fillRect(scale.x(i - 0.44), scale.y(equilibrium[i]) - 1.5, scale.x(i + 0.44) - scale.x(i - 0.44), 3);
  });
  const x = box.x + box.width - 118;
  dot(surface, { x, y: box.y + 10 }, { color: colors.simulation, radius: 4 });
  label(surface, "yours", { x: x + 9, y: box.y + 10 }, { size: 12 });
  dot(surface, { x, y: box.y + 28 }, { color: colors.theory, radius: 4 });
  label(surface, "Boltzmann", { x: x + 9, y: box.y + 28 }, { size: 12 });
}

// Along Boltzmann's family: energy rises with the trial temperature, -TS falls, and their sum F is least at T.
function drawCosts(surface, levels, parameters, box) {
  const { colors } = surface;
  const { temperature } = parameters;
  const trials = grid(0.05, HOTTEST, 160);
  const family = trials.map((value) => boltzmann(levels, value));
  const costs = family.map((p) => freeEnergy(p, levels, temperature));
  const energies = family.map((p) => meanEnergy(p, levels));
  const heats = family.map((p) => -temperature * entropy(p));
  const mine = { x: parameters.trial, y: freeEnergy(trial(levels, parameters), levels, temperature) };
  const least = equilibriumFreeEnergy(levels, temperature);
  const [low, high] = [Math.min(...heats), Math.max(mine.y, ...energies)];
  const scale = axes(surface, box, {
    x: [0, HOTTEST], y: [low - 0.06 * (high - low), high + 0.06 * (high - low)], xTicks: [0, 1, 2, 3, 4],
    yTicks: [-6, -5, -4, -3, -2, -1, 0, 1, 2].filter((tick) => tick >= low && tick <= high),
    title: "Energy, entropy and their sum F", xLabel: "trial temperature of p",
  });
  curve(surface, scale, trials, energies, { color: colors.energy, width: 1.5 });
  curve(surface, scale, trials, heats, { color: colors.entropy, width: 1.5 });
  curve(surface, scale, trials, costs, { color: colors.freeEnergy, width: 3 });
  curve(surface, scale, [0, HOTTEST], [least, least], { color: colors.theory, dash: [7, 4], width: 1.5 });
  const right = box.x + box.width + 6;
  label(surface, "\u27e8E\u27e9", { x: right, y: scale.y(energies.at(-1)) }, { size: 13 });
  label(surface, "F[p]", { x: right, y: scale.y(costs.at(-1)) }, { size: 13, bold: true });
  label(surface, "\u2212TS", { x: right, y: scale.y(heats.at(-1)) }, { size: 13 });
  drawExcess(surface, scale, mine, least);
  dot(surface, { x: scale.x(temperature), y: scale.y(least) }, { color: colors.theory });
  label(surface, "Boltzmann, at T", { x: scale.x(temperature), y: scale.y(least) + 16 }, { size: 12 });
  dot(surface, { x: scale.x(mine.x), y: scale.y(mine.y) }, { color: colors.simulation, radius: 7 });
}

// The gap between the reader's F and the least one, with its name.
function drawExcess(surface, scale, mine, least) {
  const gap = scale.y(least) - scale.y(mine.y);
  if (gap < 3) return;
  const x = scale.x(mine.x);
  curve(surface, scale, [mine.x, mine.x], [mine.y, least], { color: surface.colors.simulation, width: 3 });
  const toLeft = mine.x > HOTTEST / 2;
  const words = `T\u00b7KL = ${(mine.y - least).toFixed(2)}`;
  label(surface, words, { x: x + (toLeft ? -10 : 10), y: scale.y(mine.y) - 14 }, { align: toLeft ? "right" : "left", bold: true });
}

export default live({ name: "knob", height, setup, draw, describe });
