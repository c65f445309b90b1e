import { live } from "./shared/host.js";
import { axes, bar, curve, grid, label, legend, number, record, roundTicks } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { fillNormals } from "./shared/random.js";
import { evolveDensity, fokkerPlanck } from "./shared/fokker-planck.js";
import { kullbackLeibler } from "./shared/gibbs.js";
import { drawParticles, jostle, wellEnergy } from "./shared/well.js";

const [WALL, CELLS, GROUP] = [3, 120, 4]; // cells between the walls, and how many of them make a bar
const WIDTH = (2 * WALL) / CELLS;
const CENTERS = grid(-WALL + WIDTH / 2, WALL - WIDTH / 2, CELLS - 1);
const [LEFT, RIGHT] = [-2.2, 2.2]; // of the picture
const EVERY = 5; // steps of the particles for one of the density
const REMEMBERED = 1500; // values of the divergence
const [HIGH, LOW] = [1, -2.3]; // powers of ten between which it is drawn

// The density of all particles at -1, each thrown by a normal number times the strength of the shake.
export function shakenDensity(strength) {
  const weights = CENTERS.map((q) => Math.exp(-(((q + 1) / strength) ** 2) / 2));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  return Float64Array.from(weights, (weight) => weight / total);
}

export function inBars(shares) {
  return Array.from({ length: CELLS / GROUP }, (_, i) => shares.slice(GROUP * i, GROUP * (i + 1)).reduce((sum, share) => sum + share, 0));
}

export function fractions(q) {
  const bars = new Array(CELLS / GROUP).fill(0);
  for (const place of q) {
    const i = Math.floor((place + WALL) / (GROUP * WIDTH));
    bars[Math.min(Math.max(i, 0), bars.length - 1)] += 1 / q.length;
  }
  return bars;
}

// data: { barrier, dt, particles }
export function setup(data, parameters, random) {
  const state = { ...data, q: new Float64Array(data.particles), normals: new Float64Array(data.particles) };
  shake(state, parameters, random);
  return state;
}

// All particles to the left hollow, and each thrown from there.
export function shake(state, { shake: strength, temperature }, random) {
  fillNormals(state.q, random);
  state.q.forEach((x, i) => (state.q[i] = Math.min(Math.max(-1 + strength * x, -WALL), WALL)));
  Object.assign(state, { strength, steps: 0, density: shakenDensity(strength), traces: { density: [], particles: [] } });
  warm(state, temperature);
  remember(state);
}

// The rates and the equilibrium of a temperature; the particles and the density stay where they are.
function warm(state, temperature) {
  if (state.temperature === temperature && state.equation) return;
  const energies = CENTERS.map((q) => wellEnergy(q, state.barrier));
  Object.assign(state, { temperature, equation: fokkerPlanck(energies, WIDTH, temperature) });
}

// Another strength shakes at once; another temperature finds the particles where they are.
export function changed(state, parameters, random) {
  if (parameters.shake !== state.strength) shake(state, parameters, random);
  warm(state, parameters.temperature);
}

export function simulate(state, parameters, random) {
  jostle(state.q, state.barrier, state.dt, state.temperature, fillNormals(state.normals, random));
  state.steps += 1;
  if (state.steps % EVERY) return;
  state.density = evolveDensity(state.equation, state.density, EVERY * state.dt);
  remember(state);
}

// Divergence of the density, and that of the histogram less what counting a finite number of particles adds to it.
export function divergences({ q, density, equation }) {
  const expected = inBars(equation.equilibrium);
  const filled = expected.filter((share) => share * q.length > 0.5).length;
  return {
    density: kullbackLeibler(inBars(Array.from(density)), expected),
    particles: kullbackLeibler(fractions(q), expected) - (filled - 1) / (2 * q.length),
  };
}

function remember(state) {
  const now = divergences(state);
  for (const key of Object.keys(state.traces)) record(state.traces[key], now[key], REMEMBERED);
}

// When each divergence was measured.
function times({ traces, steps, dt }) {
  const start = Math.floor(steps / EVERY) - traces.density.length + 1;
  return traces.density.map((_, i) => (start + i) * EVERY * dt);
}

export function table(state) {
  const { density, particles } = state.traces;
  return { columns: ["time", "divergence of the density", "divergence of the particles"], rows: times(state).map((time, i) => [time, density[i], particles[i]]) };
}

export function describe(state, { temperature }) {
  const { density } = divergences(state);
  const left = Math.round((100 * state.q.filter((place) => place < 0).length) / state.q.length);
  const at = `At temperature ${temperature.toFixed(2)}, after a shake of ${state.strength.toFixed(2)}`;
  const there = `${left}\u00a0% of the particles are in the left hollow`;
  if (density < 0.01) return `${at}, the bottle has settled: ${there}, and the divergence of the density from equilibrium is below 0.01.`;
  return `${at}, ${there}, in equilibrium half; the divergence of the density from equilibrium is ${number(density, 2)}.`;
}

function drawHollows(surface, { q, barrier }, parameters, frame) {
  const look = { x: [LEFT, RIGHT], y: [-0.05 * barrier, 2.6 * barrier], yTicks: [0, 1, 2], title: "Energy E(q), and the particles" };
  drawParticles(surface, inset(frame, { left: 36, top: 26, right: 16, bottom: 10 }), look, { q, energy: (place) => wellEnergy(place, barrier) });
}

function drawDensity(surface, { q, density, equation }, parameters, frame) {
  const { colors } = surface;
  const box = inset(frame, { left: 36, top: 26, right: 16, bottom: 42 });
  const most = Math.max(...density, ...equation.equilibrium) / WIDTH;
  const scale = axes(surface, box, {
    x: [LEFT, RIGHT], y: [0, Math.max(1.2, 1.1 * most)], xTicks: [-2, -1, 0, 1, 2], yTicks: [0, 1],
    title: "Where they are", xLabel: "position q",
  });
  const step = GROUP * WIDTH;
  fractions(q).forEach((share, i) => {
    const from = -WALL + i * step;
    if (from >= LEFT - 1e-9 && from + step <= RIGHT + 1e-9) bar(surface, scale, from + 0.08 * step, from + 0.92 * step, share / step, colors.simulation);
  });
  curve(surface, scale, CENTERS, equation.equilibrium.map((share) => share / WIDTH), { color: colors.neutral, dash: [7, 4] });
  curve(surface, scale, CENTERS, Array.from(density, (share) => share / WIDTH), { color: colors.theory, width: 2.5 });
  const at = { x: scale.x(-0.35), y: box.y + 6 };
  legend(surface, at, [["particles", colors.simulation], ["Fokker\u2013Planck equation", colors.theory], ["equilibrium", colors.neutral]]);
}

// The divergence on a logarithmic scale: both fall, the equation smoothly, the particles with the noise of counting.
function drawDivergence(surface, state, parameters, frame) {
  const { colors } = surface;
  const { traces, steps, dt } = state;
  const box = inset(frame, { left: 46, top: 26, right: 20, bottom: 42 });
  const span = REMEMBERED * EVERY * dt;
  const end = Math.max(span, steps * dt);
  const power = (value) => Math.log10(Math.max(value, 1e-6));
  const scale = axes(surface, box, { x: [end - span, end], y: [LOW, HIGH], xTicks: roundTicks(end - span, end, 4), title: "Divergence from equilibrium (KL)", xLabel: "time" });
  for (const tick of [-2, -1, 0, 1]) {
    curve(surface, scale, [end - span, end], [tick, tick], { color: colors.grid, width: 1 });
    label(surface, number(10 ** tick), { x: box.x - 7, y: scale.y(tick) }, { color: colors.neutral, size: 12, align: "right" });
  }
  curve(surface, scale, times(state), traces.particles.map(power), { color: colors.simulation, width: 1.5 });
  curve(surface, scale, times(state), traces.density.map(power), { color: colors.theory, width: 2.5 });
  legend(surface, { x: box.x + box.width - 160, y: box.y + 8 }, [["particles", colors.simulation], ["Fokker\u2013Planck equation", colors.theory]]);
}

export default live({
  name: "bottle", setup, changed, simulate, describe, table, pace: 450, stride: 25, settle: 1500, actions: { again: shake },
  panels: [
    { tab: "Particles", place: [0, 0, 0.54, 0.48], draw: drawHollows },
    { tab: "Particles", place: [0, 0.48, 0.54, 0.52], draw: drawDensity },
    { tab: "Over time", place: [0.54, 0, 0.46, 1], draw: drawDivergence },
  ],
});
