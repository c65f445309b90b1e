import { live } from "./shared/host.js";
import { axes, bar, clipped, counted, curve, dot, grid, label, roundTicks } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { fillNormals } from "./shared/random.js";

const REACH = 3.6; // the plane is shown from -REACH to REACH
const BINS = 36;
const SHOWN = 400; // places that stay on the plane
const AT_ONCE = 500; // trajectories that the button adds

// The well E(q) = q.Pq/2, P = precision; sgdphysics.energies.Gaussian with mean zero.
export function force(q, precision) {
  return [0, 1].map((i) => -(precision[i][0] * q[0] + precision[i][1] * q[1]));
}

export function totalEnergy(q, p, precision) {
  const [a, b] = force(q, precision);
  return -(q[0] * a + q[1] * b) / 2 + (p[0] * p[0] + p[1] * p[1]) / 2;
}

// One leapfrog step: half a step of momentum, a step of position, half a step of momentum.
export function leapfrogStep(q, p, precision, stepSize) {
  const half = (place, momentum) => {
    const f = force(place, precision);
    return [momentum[0] + (stepSize / 2) * f[0], momentum[1] + (stepSize / 2) * f[1]];
  };
  const middle = half(q, p);
  const next = [q[0] + stepSize * middle[0], q[1] + stepSize * middle[1]];
  return [next, half(next, middle)];
}

// p' = a p + sqrt(1 - a^2) n
export function refresh(p, alpha, normals) {
  return p.map((value, i) => alpha * value + Math.sqrt(1 - alpha * alpha) * normals[i]);
}

// data: { covariance }, a 2 x 2 matrix
export function setup(data, parameters, random) {
  const [[a, b], [, c]] = data.covariance;
  const precision = [[c, -b], [-b, a]].map((row) => row.map((value) => value / (a * c - b * b)));
  const state = { ...data, precision, normals: new Float64Array(2) };
  restart(state, parameters, random);
  hurry(state, parameters, random);
  return state;
}

export function restart(state, parameters, random) {
  Object.assign(state, { q: [0, 0], p: [...fillNormals(state.normals, random)], moving: false });
  empty(state);
}

function empty(state) {
  Object.assign(state, { path: null, rises: [0], places: [], counts: new Array(BINS).fill(0), trajectories: 0, rejected: 0 });
}

// Another setting: places and counts of the old one go, the trajectory under way too, and new ones show what it does.
export function changed(state, parameters, random) {
  if (state.moving) Object.assign(state, { q: state.from.q, p: state.from.p, moving: false });
  empty(state);
  hurry(state, parameters, random);
}

// A trajectory begins: the momentum is refreshed, and H is noted.
export function begin(state, alpha, normals) {
  state.p = refresh(state.p, alpha, normals);
  state.from = { q: state.q, p: state.p, total: totalEnergy(state.q, state.p, state.precision) };
  state.path = [state.q];
  state.rises = [0];
  state.moving = true;
}

export function follow(state, stepSize) {
  [state.q, state.p] = leapfrogStep(state.q, state.p, state.precision, stepSize);
  state.path.push(state.q);
  state.rises.push(totalEnergy(state.q, state.p, state.precision) - state.from.total);
}

// It ends: accepted with probability exp(-rise of H), else back to where it began, with the momentum turned round.
export function finish(state, uniform) {
  const accepted = uniform < Math.exp(-state.rises.at(-1));
  if (!accepted) [state.q, state.p] = [state.from.q, state.from.p.map((value) => -value)];
  Object.assign(state, { moving: false, accepted, trajectories: state.trajectories + 1, rejected: state.rejected + !accepted });
  state.places.push(state.q);
  if (state.places.length > SHOWN) state.places.shift();
  const bin = Math.floor(((state.q[0] + REACH) / (2 * REACH)) * BINS);
  if (bin >= 0 && bin < BINS) state.counts[bin] += 1;
  return accepted;
}

export function simulate(state, { stepSize, leaps, alpha }, random) {
  if (!state.moving) begin(state, alpha, fillNormals(state.normals, random));
  follow(state, stepSize);
  if (state.path.length > leaps) finish(state, random());
}

export function hurry(state, parameters, random) {
  const last = state.trajectories + AT_ONCE;
  while (state.trajectories < last) simulate(state, parameters, random);
}

// Beyond this step leapfrog is unstable: 2 over the root of the greatest curvature.
export function limit({ precision: [[a, b], [, c]] }) {
  return 2 / Math.sqrt((a + c) / 2 + Math.hypot((a - c) / 2, b));
}

// The histogram of the places where trajectories ended.
export function table({ counts }) {
  const edge = (i) => -REACH + (i * 2 * REACH) / BINS;
  return { columns: ["q1 from", "q1 to", "trajectories"], rows: counts.map((count, i) => [edge(i), edge(i + 1), count]) };
}

export function describe(state, { stepSize, leaps, alpha }) {
  const { trajectories, rejected, covariance } = state;
  const share = trajectories ? `, ${Math.round((100 * rejected) / trajectories)}\u00a0% rejected` : "";
  const so = `${counted(trajectories, "trajectory", "trajectories")} of ${counted(leaps, "step")} of ${stepSize.toFixed(2)} at \u03b1 = ${alpha.toFixed(2)}${share}.`;
  if (stepSize >= limit(state)) return `${so} Across the valley this step is beyond the limit, ${limit(state).toFixed(2)}: on a long trajectory the energy explodes, and the test rejects it.`;
  if (stepSize * leaps < 0.35 * Math.sqrt(covariance[0][0]) && alpha < 0.5) return `${so} Such short trajectories walk at random and take long to cross the valley.`;
  return `${so} The histogram approaches the exact normal law, whatever the step size: the test sees to it.`;
}

// Contours of E at one and two standard deviations, old places, and the trajectory on its way.
function drawPlane(surface, state, parameters, frame) {
  const { colors } = surface;
  const room = inset(frame, { left: 34, top: 30, right: 16, bottom: 46 });
  const side = Math.min(room.width, room.height);
  const box = { ...room, width: side, height: side, x: room.x + (room.width - side) / 2 };
  const scale = axes(surface, box, { x: [-REACH, REACH], y: [-REACH, REACH], xTicks: [-2, 0, 2], yTicks: [-2, 0, 2], title: "The valley, seen from above", xLabel: "q\u2081" });
  const [[a, b], [, c]] = state.covariance;
  const [first, second] = [Math.sqrt(a), b / Math.sqrt(a)];
  const third = Math.sqrt(c - second * second);
  const turn = grid(0, 2 * Math.PI, 120);
  for (const radius of [1, 2]) {
    const xs = turn.map((t) => radius * first * Math.cos(t));
    curve(surface, scale, xs, turn.map((t) => radius * (second * Math.cos(t) + third * Math.sin(t))), { color: colors.theory, width: 1.5 });
  }
  clipped(surface, scale, (context) => {
    context.fillStyle = colors.simulation;
    context.globalAlpha = 0.45;
    for (const [x, y] of state.places) context.fillRect(scale.x(x) - 1.5, scale.y(y) - 1.5, 3, 3);
  });
  if (!state.path) return;
  const sound = state.path.filter(([x, y]) => Math.hypot(x, y) < 1e4);
  curve(surface, scale, sound.map(([x]) => x), sound.map(([, y]) => y), { color: colors.text, width: 1.2 });
  const inside = sound.filter(([x, y]) => Math.max(Math.abs(x), Math.abs(y)) < REACH);
  for (const [x, y] of inside) dot(surface, { x: scale.x(x), y: scale.y(y) }, { color: colors.text, radius: 2.5 });
  dot(surface, { x: scale.x(state.from.q[0]), y: scale.y(state.from.q[1]) }, { color: colors.simulation, radius: 6 });
}

// How H has risen or fallen along the trajectory, and how it ended.
function drawRise(surface, { rises, moving, accepted, trajectories }, { leaps }, frame) {
  const { colors } = surface;
  const most = Math.max(1.2, ...rises.map(Math.abs).filter((rise) => rise < 1e4));
  const ended = moving || !trajectories ? "" : accepted ? ": accepted" : ": rejected";
  const scale = axes(surface, inset(frame, { left: 52, top: 30, right: 18, bottom: 46 }), {
    x: [0, leaps], y: [-most, most], xTicks: [0, leaps], yTicks: roundTicks(-most, most, 4),
    title: `Rise of the total energy H${ended}`, xLabel: "leapfrog steps",
  });
  curve(surface, scale, [0, leaps], [0, 0], { color: colors.theory, width: 1.5 });
  curve(surface, scale, rises.map((_, i) => i), rises, { color: colors.energy, width: 2 });
}

function drawHistogram(surface, { counts, covariance }, parameters, frame) {
  const { colors } = surface;
  const box = inset(frame, { left: 52, top: 30, right: 18, bottom: 46 });
  const sd = Math.sqrt(covariance[0][0]);
  const width = (2 * REACH) / BINS;
  const total = Math.max(counts.reduce((sum, count) => sum + count, 0), 1);
  const shares = counts.map((count) => count / total / width);
  const peak = 1 / (sd * Math.sqrt(2 * Math.PI));
  const scale = axes(surface, box, { x: [-REACH, REACH], y: [0, 1.4 * peak], xTicks: [-2, 0, 2], title: "Where they ended, and exp(\u2212E)/Z", xLabel: "q\u2081" });
  shares.forEach((share, i) => bar(surface, scale, -REACH + i * width + 0.1 * width, -REACH + (i + 1) * width - 0.1 * width, share, colors.simulation));
  const places = grid(-REACH, REACH, 120);
  curve(surface, scale, places, places.map((q) => peak * Math.exp(-((q / sd) ** 2) / 2)), { color: colors.theory, width: 2.5 });
  if (total < 2) label(surface, "none yet", { x: box.x + box.width / 2, y: box.y + 12 }, { color: colors.neutral, size: 12, align: "center" });
}

export default live({
  name: "leapfrog", setup, changed, simulate, describe, table, pace: 40, settle: 6000, actions: { hurry, restart },
  panels: [
    { tab: "Valley", place: [0, 0, 0.54, 1], draw: drawPlane },
    { tab: "Energy H", place: [0.54, 0, 0.46, 0.5], draw: drawRise },
    { tab: "Places", place: [0.54, 0.5, 0.46, 0.5], draw: drawHistogram },
  ],
});
