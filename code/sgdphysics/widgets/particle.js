import { live } from "./shared/host.js";
import { axes, bar, curve, dot, grid, label, record } from "./shared/plot.js";
import { fillNormals } from "./shared/random.js";
import { jostle, wellEnergy } from "./shared/well.js";

const EVERY = 4; // steps between two points of the trace
const REMEMBERED = 2500; // its points
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
  const state = { ...data, q: new Float64Array(data.particles), normals: new Float64Array(data.particles), steps: 0 };
  restart(state);
  return state;
}

// All particles at the bottom of the left well.
export function restart(state) {
  state.q.fill(-1);
  state.steps = 0;
  state.trace = [0];
}

export function simulate(state, { temperature }, random) {
  jostle(state.q, state.barrier, state.dt, temperature, fillNormals(state.normals, random));
  state.steps += 1;
  if (state.steps % EVERY === 0) record(state.trace, crossed(state), REMEMBERED);
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

export function describe(state, { temperature }) {
  const share = Math.round(100 * crossed(state));
  const { kl, noise } = distance(state, temperature);
  const at = `At temperature ${temperature.toFixed(2)}`;
  if (kl < 2 * noise) return `${at} the histogram has reached exp(\u2212E/T): ${share}\u00a0% of the particles are in the right well, and half of them is exact.`;
  return `${at}, ${share}\u00a0% of the particles are in the right well; in equilibrium it is half. The histogram is on its way to exp(\u2212E/T): KL = ${kl.toFixed(2)}.`;
}

export function height(width) {
  return width >= 560 ? 400 : 560;
}

export function draw(surface, state, parameters) {
  const wide = surface.width >= 560;
  const split = wide ? surface.width * 0.56 : surface.width;
  const rows = wide ? surface.height / 2 : surface.height / 3;
  const width = split - 52;
  drawLandscape(surface, state, { x: 36, y: 26, width, height: rows - 44 });
  drawHistogram(surface, state, parameters, { x: 36, y: rows + 26, width, height: rows - 68 });
  const trace = wide
    ? { x: split + 36, y: 26, width: surface.width - split - 92, height: surface.height - 68 }
    : { x: 36, y: 2 * rows + 26, width: surface.width - 96, height: rows - 66 };
  drawTrace(surface, state, trace);
}

function drawLandscape(surface, { q, barrier }, box) {
  const { colors, context } = surface;
  const scale = axes(surface, box, { x: [LEFT, RIGHT], y: [-0.05 * barrier, 2.6 * barrier], yTicks: [0, 1, 2], title: "Energy E(q), and the particles" });
  const places = grid(LEFT, RIGHT, 160);
  curve(surface, scale, places, places.map((place) => wellEnergy(place, barrier)), { color: colors.energy, width: 2.5 });
  context.save();
  context.beginPath();
  context.rect(box.x, box.y, box.width, box.height + 3);
  context.clip();
  context.fillStyle = colors.simulation;
  context.globalAlpha = 0.5;
  q.forEach((place, i) => {
    context.beginPath();
    const lift = 4 + 2.4 * (i % 9); // a heap rather than a string of pearls
    context.arc(scale.x(place), scale.y(wellEnergy(place, barrier)) - lift, 2.4, 0, 2 * Math.PI);
    context.fill();
  });
  context.restore();
}

function drawHistogram(surface, state, { temperature }, box) {
  const { colors } = surface;
  const places = grid(LEFT, RIGHT, 160);
  const exact = density(places, state.barrier, temperature);
  const width = (RIGHT - LEFT) / BINS;
  const scale = axes(surface, box, {
    x: [LEFT, RIGHT], y: [0, Math.max(1.2, 1.15 * Math.max(...exact))], xTicks: [-2, -1, 0, 1, 2], yTicks: [0, 1],
    title: `Where they are; KL from equilibrium ${distance(state, temperature).kl.toFixed(2)}`, xLabel: "position q",
  });
  histogram(state.q).forEach((share, bin) => {
    const from = LEFT + bin * width;
    bar(surface, scale, from + 0.1 * width, from + 0.9 * width, share / width, colors.simulation);
  });
  curve(surface, scale, places, exact, { color: colors.theory, width: 2.5 });
  const at = { x: scale.x(0), y: box.y + 10 };
  dot(surface, { x: at.x - 42, y: at.y }, { color: colors.theory, radius: 4 });
  label(surface, "exp(\u2212E/T)/Z", at, { size: 12, align: "center" });
}

function drawTrace(surface, { trace, steps, dt }, box) {
  const { colors } = surface;
  const span = REMEMBERED * EVERY * dt;
  const end = Math.max(span, steps * dt);
  const ticks = [];
  for (let time = 10 * Math.ceil((end - span) / 10 - 1e-9); time <= end; time += 10) ticks.push(time);
  const scale = axes(surface, box, {
    x: [end - span, end], y: [0, 0.7], xTicks: ticks, yTicks: [0, 0.25, 0.5], title: "Share in the right well", xLabel: "time",
  });
  const start = Math.floor(steps / EVERY) - trace.length + 1;
  curve(surface, scale, trace.map((_, i) => (start + i) * EVERY * dt), trace, { color: colors.simulation });
  curve(surface, scale, [end - span, end], [0.5, 0.5], { color: colors.theory, dash: [7, 4] });
  const x = box.x + box.width + 9;
  dot(surface, { x, y: scale.y(0.5) }, { color: colors.theory, radius: 4 });
  label(surface, "exact", { x: x + 8, y: scale.y(0.5) }, { size: 12 });
}

export default live({
  name: "particle", height, setup, simulate, draw, describe,
  pace: 700, settle: 6000, actions: { restart },
});
