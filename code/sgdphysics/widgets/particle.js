import { live } from "./shared/host.js";
import { axes, bar, curve, grid, legend, nameEnds, number, record, roundTicks, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { fillNormals } from "./shared/random.js";
import { drawParticles, jostle, wellEnergy } from "./shared/well.js";

const EVERY = 4; // steps between two points of the trace
const REMEMBERED = 2500; // its points
const EVIDENCE = 600; // of them, on which the sentence relies when it says that equilibrium is reached
const [LEFT, RIGHT, BINS] = [-2.2, 2.2, 44];
const REACH = 3; // beyond it the density is nothing

// exp(-E/T)/Z at the given places, Z by Simpson's rule.
export function density(places, barrier, temperature) {
  const weight = (q) => Math.exp(-wellEnergy(q, barrier) / temperature);
  const nodes = grid(-REACH, REACH, 600);
  const sum = nodes.reduce((total, q, i) => total + weight(q) * (i === 0 || i === 600 ? 1 : i % 2 ? 4 : 2), 0);
  const z = (sum * (nodes[1] - nodes[0])) / 3;
  return places.map((q) => weight(q) / z);
}

// data: { barrier, dt, particles }
export function setup(data) {
  const state = { ...data, q: new Float64Array(data.particles), normals: new Float64Array(data.particles) };
  restart(state);
  return state;
}

// All particles at one place, at the bottom of the left well unless told.
export function restart(state, parameters, random, place = -1) {
  state.q.fill(place);
  state.steps = 0;
  state.trace = [crossed(state)];
  changed(state);
}

// What was reached before was reached at another temperature.
export function changed(state) {
  Object.assign(state, { reached: false, since: 0 });
}

export function simulate(state, { temperature }, random) {
  jostle(state.q, state.barrier, state.dt, temperature, fillNormals(state.normals, random));
  state.steps += 1;
  if (state.steps % EVERY) return;
  record(state.trace, crossed(state), REMEMBERED);
  state.since += 1;
  if (!state.reached && state.since % 50 === 0) state.reached = isReached(state, temperature);
}

// The histogram is the exact one but for the noise of counting, and the trace has stood at one half for a while.
function isReached(state, temperature) {
  if (state.since < EVIDENCE) return false;
  const { kl, noise } = distance(state, temperature);
  const near = (part) => Math.abs(part.reduce((sum, share) => sum + share, 0) / part.length - 0.5) < 2 * countingError(state);
  const last = state.trace.slice(-EVIDENCE);
  return kl < 2 * noise && near(last.slice(0, EVIDENCE / 2)) && near(last.slice(EVIDENCE / 2));
}

// Standard error of a share of one half.
function countingError({ q }) {
  return 0.5 / Math.sqrt(q.length);
}

export function crossed({ q }) {
  return q.reduce((count, place) => count + (place > 0), 0) / q.length;
}

// Shares of the particles in each bin; what lies outside counts in the end bins.
export function histogram(q) {
  const shares = new Array(BINS).fill(0);
  for (const place of q) {
    const bin = Math.floor(((place - LEFT) / (RIGHT - LEFT)) * BINS);
    shares[Math.min(Math.max(bin, 0), BINS - 1)] += 1 / q.length;
  }
  return shares;
}

// KL(histogram || exp(-E/T)/Z), and what it would be in equilibrium from counting a finite number of particles alone.
export function distance({ q, barrier }, temperature) {
  const width = (RIGHT - LEFT) / BINS;
  const edges = grid(LEFT, RIGHT, 4 * BINS);
  const fine = density(edges, barrier, temperature);
  const expected = histogram([]).map((_, bin) => {
    const [a, b, c, d, e] = fine.slice(4 * bin, 4 * bin + 5);
    return ((a + 4 * b + 2 * c + 4 * d + e) * width) / 12;
  });
  const kl = histogram(q).reduce((sum, share, bin) => sum + (share > 0 ? share * Math.log(share / expected[bin]) : 0), 0);
  const filled = expected.filter((share) => share * q.length > 0.5).length;
  return { kl, noise: (filled - 1) / (2 * q.length) };
}

// When each point of the trace was measured.
function times({ trace, steps, dt }) {
  const start = Math.floor(steps / EVERY) - trace.length + 1;
  return trace.map((_, i) => (start + i) * EVERY * dt);
}

export function table(state) {
  return { columns: ["time", "share right"], rows: times(state).map((time, i) => [time, state.trace[i]]) };
}

export function describe(state, { temperature }) {
  const share = `${Math.round(100 * crossed(state))}\u00a0% of the particles are in the right well`;
  const kl = `KL = ${number(distance(state, temperature).kl, 2)}`;
  const at = `At temperature ${temperature.toFixed(2)}`;
  if (state.reached) return `${at} the histogram has reached exp(\u2212E/T), ${kl} being the noise of counting: ${share}; exact is half, give or take ${Math.round(100 * countingError(state))}\u00a0%.`;
  return `${at}, ${share}; in equilibrium it is half. The histogram is on its way to exp(\u2212E/T): ${kl}.`;
}

function wellsBox(frame) {
  return inset(frame, { left: 36, top: 26, right: 16, bottom: 10 });
}

function drawWells(surface, { q, barrier }, parameters, frame) {
  const look = { x: [LEFT, RIGHT], y: [-0.05 * barrier, 2.6 * barrier], yTicks: [0, 1, 2], title: "Energy E(q), and the particles" };
  drawParticles(surface, wellsBox(frame), look, { q, energy: (place) => wellEnergy(place, barrier) });
}

// All particles follow the hand, and are free again when it lets go.
function drag(state, parameters, frame, { x }, random) {
  const place = scaleOf(wellsBox(frame), { x: [LEFT, RIGHT], y: [0, 1] }).valueOfX(x);
  restart(state, parameters, random, Math.min(Math.max(place, LEFT), RIGHT));
  return true;
}

function drawHistogram(surface, state, { temperature }, frame) {
  const { colors } = surface;
  const places = grid(LEFT, RIGHT, 160);
  const exact = density(places, state.barrier, temperature);
  const width = (RIGHT - LEFT) / BINS;
  const box = inset(frame, { left: 36, top: 26, right: 16, bottom: 42 });
  const scale = axes(surface, box, {
    x: [LEFT, RIGHT], y: [0, Math.max(1.2, 1.15 * Math.max(...exact))], xTicks: [-2, -1, 0, 1, 2], yTicks: [0, 1],
    title: `Where they are; KL from equilibrium ${number(distance(state, temperature).kl, 2)}`, xLabel: "position q",
  });
  histogram(state.q).forEach((share, bin) => {
    const from = LEFT + bin * width;
    bar(surface, scale, from + 0.1 * width, from + 0.9 * width, share / width, colors.simulation);
  });
  curve(surface, scale, places, exact, { color: colors.theory, width: 2.5 });
  legend(surface, { x: scale.x(0) - 42, y: box.y + 10 }, [["exp(\u2212E/T)/Z", colors.theory]]);
}

function drawTrace(surface, state, parameters, frame) {
  const { colors } = surface;
  const { trace, steps, dt } = state;
  const span = REMEMBERED * EVERY * dt;
  const end = Math.max(span, steps * dt);
  const scale = axes(surface, inset(frame, { left: 42, top: 26, right: 56, bottom: 42 }), {
    x: [end - span, end], y: [0, 1], xTicks: roundTicks(end - span, end, 4), yTicks: [0, 0.25, 0.5, 0.75, 1],
    title: "Share in the right well", xLabel: "time",
  });
  curve(surface, scale, times(state), trace, { color: colors.simulation });
  curve(surface, scale, [end - span, end], [0.5, 0.5], { color: colors.theory, dash: [7, 4] });
  nameEnds(surface, scale, [{ y: scale.y(0.5), words: "exact", color: colors.theory }]);
}

export default live({
  name: "particle", setup, changed, simulate, describe, table, pace: 700, stride: 25, settle: 12000, actions: { restart },
  panels: [
    { tab: "Particles", place: [0, 0, 0.56, 0.48], draw: drawWells, drag },
    { tab: "Particles", place: [0, 0.48, 0.56, 0.52], draw: drawHistogram },
    { tab: "Over time", place: [0.56, 0, 0.44, 1], draw: drawTrace },
  ],
});
