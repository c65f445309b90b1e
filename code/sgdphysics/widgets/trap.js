import { live } from "./shared/host.js";
import { axes, bar, counted, curve, dot, grid, label, number } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { drawParticles } from "./shared/well.js";
import { fillNormals } from "./shared/random.js";

const [LEAST, MOST, BINS] = [-4, 8, 48]; // works that the histogram shows
const PAUSE = 25; // steps between two pulls, in which the picture rests

// The trap jumps from one centre to the next, the particles stay: the work of each.
export function switchTrap(q, work, stiffness, before, after) {
  for (let i = 0; i < q.length; i += 1) work[i] += 0.5 * stiffness * ((q[i] - after) ** 2 - (q[i] - before) ** 2);
}

// The trap stays, the particles move by the exact law of Langevin dynamics; sgdphysics.work.exact_move.
export function moveInTrap(q, stiffness, center, dt, temperature, normals) {
  const decay = Math.exp(-stiffness * dt);
  const spread = Math.sqrt((-Math.expm1(-2 * stiffness * dt) * temperature) / stiffness);
  for (let i = 0; i < q.length; i += 1) q[i] = center + decay * (q[i] - center) + spread * normals[i];
}

// <W> - Delta F of an even pull; sgdphysics.work.dragging_dissipation.
export function draggingDissipation(distance, duration, stiffness) {
  return (distance / duration) ** 2 * (duration + Math.expm1(-stiffness * duration) / stiffness);
}

// -T ln <exp(-W/T)> from the sum of exp(-W/T), and its standard error; sgdphysics.work.jarzynski.
export function jarzynskiEstimate({ count, weights, squares }, temperature) {
  const mean = weights / count;
  const variance = (squares - count * mean * mean) / (count - 1);
  return { value: -temperature * Math.log(mean), error: (temperature * Math.sqrt(Math.max(variance, 0) / count)) / mean };
}

// data: { stiffness, distance, dt, particles }
export function setup(data, parameters, random) {
  const fresh = () => new Float64Array(data.particles);
  const state = { ...data, q: fresh(), work: fresh(), normals: fresh() };
  clear(state, parameters, random);
  return state;
}

// An empty histogram for a new speed or temperature.
export function clear(state, parameters, random) {
  Object.assign(state, { ...parameters, count: 0, total: 0, weights: 0, squares: 0, lucky: 0, bins: new Array(BINS).fill(0) });
  begin(state, random);
}

// All particles in equilibrium in the trap at its start.
function begin(state, random) {
  fillNormals(state.q, random);
  const spread = Math.sqrt(state.temperature / state.stiffness);
  state.q.forEach((x, i) => (state.q[i] = spread * x));
  state.work.fill(0);
  Object.assign(state, { step: 0, steps: Math.max(1, Math.round(state.duration / state.dt)) });
}

export function simulate(state, parameters, random) {
  if (state.step >= state.steps + PAUSE) begin(state, random);
  const place = (step) => (state.distance * Math.min(step, state.steps)) / state.steps;
  if (state.step < state.steps) switchTrap(state.q, state.work, state.stiffness, place(state.step), place(state.step + 1));
  state.step += 1;
  moveInTrap(state.q, state.stiffness, place(state.step), state.dt, state.temperature, fillNormals(state.normals, random));
  if (state.step === state.steps) collect(state);
}

// The works of a finished pull go into the histogram and the averages.
export function collect(state) {
  for (const work of state.work) {
    const weight = Math.exp(-work / state.temperature);
    state.count += 1;
    state.total += work;
    state.weights += weight;
    state.squares += weight * weight;
    state.lucky += work < 0;
    const bin = Math.floor(((work - LEAST) / (MOST - LEAST)) * BINS);
    if (bin >= 0 && bin < BINS) state.bins[bin] += 1;
  }
}

// Bring the pull under way to its end, and make one more.
export function pull(state, parameters, random) {
  const wanted = state.count + state.particles;
  while (state.count < wanted) simulate(state, parameters, random);
}

// What the histogram's works say: their mean, the share below zero, and Jarzynski's average.
export function seen(state) {
  const { value, error } = jarzynskiEstimate(state, state.temperature);
  return { count: state.count, mean: state.total / state.count, lucky: state.lucky / state.count, value, error };
}

export function describe(state, { duration, temperature }) {
  const at = `Pulled in a time of ${duration.toFixed(2)} at temperature ${temperature.toFixed(2)}`;
  const exact = number(draggingDissipation(state.distance, duration, state.stiffness), 2);
  if (!state.count) return `${at}, the mean work will be ${exact}, though the free energy does not change.`;
  const { count, mean, lucky, value, error } = seen(state);
  return `${at}: after ${counted(count, "path")} the mean work is ${number(mean, 2)} (exact ${exact}), ${Math.round(100 * lucky)}\u00a0% of the paths gave work back, and Jarzynski\u2019s average finds \u0394F = ${number(value, 2)} \u00b1 ${error.toFixed(2)} (exact 0).`;
}

function drawTrap(surface, { q, stiffness, distance, step, steps }, parameters, frame) {
  const center = (distance * Math.min(step, steps)) / steps;
  const look = {
    x: [-1.6, 1.6 + distance], y: [-0.2, 5], yTicks: [0, 2, 4], xTicks: [0, distance],
    title: "The trap, and the particles in it", xLabel: "position q",
  };
  const energy = (place) => 0.5 * stiffness * (place - center) ** 2;
  const scale = drawParticles(surface, inset(frame, { left: 36, top: 26, right: 20, bottom: 48 }), look, { q, energy, layers: 7 });
  dot(surface, { x: scale.x(center), y: scale.y(0) }, { color: surface.colors.energy, radius: 5 });
}

function drawWorks(surface, state, parameters, frame) {
  const { colors } = surface;
  const box = inset(frame, { left: 26, top: 26, right: 18, bottom: 48 });
  const { temperature, duration, stiffness, distance, bins, count } = state;
  const exact = draggingDissipation(distance, duration, stiffness);
  const top = 1 / Math.sqrt(4 * Math.PI * temperature * exact);
  const scale = axes(surface, box, {
    x: [LEAST, MOST], y: [0, 1.6 * top], xTicks: [-4, -2, 0, 2, 4, 6, 8], xLabel: "work W",
    title: `Work of ${counted(count, "path")}`,
  });
  const step = (MOST - LEAST) / BINS;
  bins.forEach((tally, i) => {
    const from = LEAST + i * step;
    if (tally) bar(surface, scale, from + 0.06 * step, from + 0.94 * step, tally / (count * step), colors.simulation);
  });
  const works = grid(LEAST, MOST, 240);
  curve(surface, scale, works, works.map((work) => top * Math.exp(-((work - exact) ** 2) / (4 * temperature * exact))), { color: colors.theory, width: 2.5 });
  curve(surface, scale, [0, 0], [0, 1.6 * top], { color: colors.neutral, width: 1.5, dash: [5, 4] });
  label(surface, "\u0394F", { x: scale.x(0) - 6, y: box.y + 8 }, { align: "right", size: 13 });
  drawAverages(surface, state, scale, top);
}

// The mean work on the exact curve's axis, and Jarzynski's average, which belongs on the dashed line.
function drawAverages(surface, state, scale, top) {
  if (!state.count) return;
  const { colors } = surface;
  const { value, error, mean } = seen(state);
  curve(surface, scale, [value - error, value + error], [1.44 * top, 1.44 * top], { color: colors.freeEnergy, width: 2.5 });
  dot(surface, { x: scale.x(value), y: scale.y(1.44 * top) }, { color: colors.freeEnergy, radius: 6 });
  dot(surface, { x: scale.x(mean), y: scale.y(1.28 * top) }, { color: colors.energy, radius: 6 });
  const x = Math.min(Math.max(scale.x(value + error), scale.x(mean)) + 12, scale.box.x + scale.box.width - 150);
  label(surface, `Jarzynski: ${number(value, 2)} \u00b1 ${error.toFixed(2)}`, { x, y: scale.y(1.44 * top) }, { bold: true });
  label(surface, `mean work: ${number(mean, 2)}`, { x, y: scale.y(1.28 * top) }, { bold: true });
}

export default live({
  name: "trap", setup, changed: clear, simulate, describe, pace: 120, settle: 1500, actions: { pull, clear },
  panels: [
    { tab: "Trap", place: [0, 0, 0.44, 1], draw: drawTrap },
    { tab: "Works", place: [0.44, 0, 0.56, 1], draw: drawWorks },
  ],
});
