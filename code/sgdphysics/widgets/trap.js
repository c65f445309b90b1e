import { live } from "./shared/host.js";
import { axes, bar, counted, curve, dot, grid, label, number, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { drawParticles } from "./shared/well.js";
import { fillNormals } from "./shared/random.js";

const [LEAST, MOST, BINS] = [-4, 8, 48]; // works that the histogram shows
const TRACK = [-1.6, 2.6]; // places that the picture shows
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
  Object.assign(state, { step: 0, steps: Math.max(1, Math.round(state.duration / state.dt)), hand: null });
}

export function simulate(state, parameters, random) {
  if (state.hand) return followHand(state, random);
  if (state.step >= state.steps + PAUSE) begin(state, random);
  const place = (step) => (state.distance * Math.min(step, state.steps)) / state.steps;
  if (state.step < state.steps) switchTrap(state.q, state.work, state.stiffness, place(state.step), place(state.step + 1));
  state.step += 1;
  moveInTrap(state.q, state.stiffness, place(state.step), state.dt, state.temperature, fillNormals(state.normals, random));
  if (state.step === state.steps) collect(state);
}

// The works of a finished pull go into the histogram and the averages.
export function collect(state) {
  addWorks(state, state.work, state.temperature);
  for (const work of state.work) {
    const bin = Math.floor(((work - LEAST) / (MOST - LEAST)) * BINS);
    if (bin >= 0 && bin < BINS) state.bins[bin] += 1;
  }
}

function addWorks(sums, works, temperature) {
  for (const work of works) {
    const weight = Math.exp(-work / temperature);
    sums.count += 1;
    sums.total += work;
    sums.weights += weight;
    sums.squares += weight * weight;
    sums.lucky += work < 0;
  }
  return sums;
}

// A pull by hand: the particles start in equilibrium, the trap goes where the hand goes. Its works stay in sight for a
// while after it lets go, but out of the histogram, which belongs to even pulls.
export function takeHold(state, random) {
  begin(state, random);
  state.hand = { held: true, center: 0, rest: 4 * PAUSE };
}

export function pullTo(state, center) {
  switchTrap(state.q, state.work, state.stiffness, state.hand.center, center);
  state.hand.center = center;
}

function followHand(state, random) {
  moveInTrap(state.q, state.stiffness, state.hand.center, state.dt, state.temperature, fillNormals(state.normals, random));
  if (!state.hand.held) state.hand.rest -= 1;
  if (state.hand.rest < 0) begin(state, random);
}

// Bring the pull under way to its end, and make one more.
export function pull(state, parameters, random) {
  if (state.hand) begin(state, random);
  const wanted = state.count + state.particles;
  while (state.count < wanted) simulate(state, parameters, random);
}

// What the histogram's works say, or those of a pull by hand: their mean, the share below zero, and Jarzynski's average.
export function seen(state) {
  const { hand, work, temperature } = state;
  const sums = hand ? addWorks({ count: 0, total: 0, weights: 0, squares: 0, lucky: 0 }, work, temperature) : state;
  const { count, total, lucky } = sums;
  return { count, mean: total / count, lucky: lucky / count, ...jarzynskiEstimate(sums, temperature) };
}

// The histogram of the works.
export function table({ bins }) {
  const edge = (i) => LEAST + (i * (MOST - LEAST)) / BINS;
  return { columns: ["work from", "work to", "paths"], rows: bins.map((tally, i) => [edge(i), edge(i + 1), tally]) };
}

export function describe(state, { duration, temperature }) {
  const at = state.hand ? "Pulled by hand" : `Pulled in a time of ${duration.toFixed(2)}`;
  const exact = number(draggingDissipation(state.distance, duration, state.stiffness), 2);
  const { count, mean, lucky, value, error } = seen(state);
  if (!count) return `${at} at temperature ${temperature.toFixed(2)}, the mean work will be ${exact}, though the free energy does not change.`;
  const known = state.hand ? "" : ` (exact ${exact})`;
  return `${at} at temperature ${temperature.toFixed(2)}: after ${counted(count, "path")} the mean work is ${number(mean, 2)}${known}, ${Math.round(100 * lucky)}\u00a0% of the paths gave work back, and Jarzynski\u2019s average finds \u0394F = ${number(value, 2)} \u00b1 ${error.toFixed(2)} (exact 0).`;
}

function drawTrap(surface, state, parameters, frame) {
  const { q, stiffness, distance, step, steps, hand } = state;
  const center = hand ? hand.center : (distance * Math.min(step, steps)) / steps;
  const look = {
    x: TRACK, y: [-0.2, 5], yTicks: [0, 2, 4], xTicks: [0, distance],
    title: hand ? `By hand: mean work ${number(seen(state).mean, 2)}` : "The trap, and the particles in it", xLabel: "position q",
  };
  const energy = (place) => 0.5 * stiffness * (place - center) ** 2;
  const scale = drawParticles(surface, trapBox(frame), look, { q, energy, layers: 7 });
  dot(surface, { x: scale.x(center), y: scale.y(0) }, { color: surface.colors.energy, radius: 7 });
}

function trapBox(frame) {
  return inset(frame, { left: 36, top: 26, right: 20, bottom: 48 });
}

function drag(state, parameters, frame, { x, first }, random) {
  const place = scaleOf(trapBox(frame), { x: TRACK, y: [0, 1] }).valueOfX(x);
  if (first || !state.hand) {
    takeHold(state, random);
    state.hand.from = place;
  }
  pullTo(state, Math.min(Math.max(place - state.hand.from, TRACK[0]), TRACK[1]));
  return true;
}

function release(state) {
  if (state.hand) state.hand.held = false;
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
  const { value, error, mean } = seen({ ...state, hand: null }); // of the histogram
  curve(surface, scale, [value - error, value + error], [1.44 * top, 1.44 * top], { color: colors.freeEnergy, width: 2.5 });
  dot(surface, { x: scale.x(value), y: scale.y(1.44 * top) }, { color: colors.freeEnergy, radius: 6 });
  dot(surface, { x: scale.x(mean), y: scale.y(1.28 * top) }, { color: colors.energy, radius: 6 });
  const x = Math.min(Math.max(scale.x(value + error), scale.x(mean)) + 12, scale.box.x + scale.box.width - 150);
  label(surface, `Jarzynski: ${number(value, 2)} \u00b1 ${error.toFixed(2)}`, { x, y: scale.y(1.44 * top) }, { bold: true });
  label(surface, `mean work: ${number(mean, 2)}`, { x, y: scale.y(1.28 * top) }, { bold: true });
}

export default live({
  name: "trap", setup, changed: clear, simulate, describe, table, pace: 120, settle: 1500, actions: { pull, clear },
  panels: [
    { tab: "Trap", place: [0, 0, 0.44, 1], draw: drawTrap, drag, release },
    { tab: "Works", place: [0.44, 0, 0.56, 1], draw: drawWorks },
  ],
});
