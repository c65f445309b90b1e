import { live } from "./shared/host.js";
import { axes, counted, curve, dot, grid, label, legend, roundTicks } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { fillNormals } from "./shared/random.js";

const AT_ONCE = 200; // draws when a dimension is first seen
const SMALL = 1e-10; // of lengths, where a point has length one

const times = (a, b) => a.reduce((sum, one, i) => sum + one * b[i], 0);

function combined(points, active, weights) {
  return points[0].map((_, i) => active.reduce((sum, k, j) => sum + weights[j] * points[k][i], 0));
}

// x with A x = b, A symmetric and positive definite, by elimination.
function solved(matrix, b) {
  const [rows, n] = [matrix.map((row, i) => [...row, b[i]]), b.length];
  for (let k = 0; k < n; k += 1) {
    for (let i = k + 1; i < n; i += 1) {
      const share = rows[i][k] / rows[k][k];
      for (let j = k; j <= n; j += 1) rows[i][j] -= share * rows[k][j];
    }
  }
  const x = new Array(n);
  for (let k = n - 1; k >= 0; k -= 1) {
    x[k] = rows[k][n];
    for (let j = k + 1; j < n; j += 1) x[k] -= rows[k][j] * x[j];
    x[k] /= rows[k][k];
  }
  return x;
}

// The point w nearest to the origin among all mixtures of the points, as a mixture of the `active` ones: Wolfe's algorithm
// (1976), which ends. If w is not 0, w z >= w w > 0 for each point z: w is a plane that all are in front of. If it is 0, the
// mixture itself shows that there is none. Goes on from a former answer; a plane that is not the best is enough if `any` is.
export function nearest(points, former = null, any = false) {
  let [active, weights] = former ? [[...former.active], [...former.weights]] : [[0], [1]];
  for (;;) {
    const w = combined(points, active, weights);
    const square = times(w, w);
    if (square < SMALL ** 2) return { w, active, weights, separable: false };
    const along = points.map((point) => times(w, point));
    const least = along.indexOf(Math.min(...along));
    if (any && along[least] > SMALL) return { w, active, weights, separable: true };
    if (along[least] >= square - SMALL || active.includes(least)) return { w, active, weights, separable: along[least] > SMALL };
    [active, weights] = inward(points, [...active, least], [...weights, 0]);
  }
}

// To the nearest point of the flat through the active ones; on the way there, those whose weight reaches zero are left out.
function inward(points, active, weights) {
  for (;;) {
    const gram = active.map((k) => active.map((l) => 1 + times(points[k], points[l])));
    const free = solved(gram, active.map(() => 1));
    const total = free.reduce((sum, one) => sum + one, 0);
    const wanted = free.map((one) => one / total);
    if (wanted.every((one) => one > 1e-12)) return [active, wanted];
    const shares = wanted.map((one, j) => (one > 1e-12 ? 1 : weights[j] / (weights[j] - one)));
    const share = Math.min(...shares);
    const moved = weights.map((one, j) => one + share * (wanted[j] - one));
    const kept = active.map((_, j) => shares[j] > share);
    [active, weights] = [active, moved].map((some) => some.filter((_, j) => kept[j]));
  }
}

// Cover (1965): the probability that a plane through the origin of p dimensions cuts n points as their coins say.
export function cover(n, p) {
  let [term, sum] = [2 ** (1 - n), 0];
  for (let k = 0; k < Math.min(n, p); k += 1) {
    sum += term;
    term *= (n - 1 - k) / (k + 1);
  }
  return sum;
}

// A point of length one with its coin's sign multiplied in, so that a plane has to have all in front of it.
export function tossed(p, random) {
  const x = Array.from(fillNormals(new Float64Array(p), random));
  const length = Math.sqrt(times(x, x));
  const coin = random() < 0.5 ? -1 : 1;
  return { coin, z: x.map((one) => (coin * one) / length) };
}

// Points one by one until no plane has all of them in front; how many had one.
function add(trial, p, random, any) {
  const { coin, z } = tossed(p, random);
  trial.coins.push(coin);
  trial.points.push(z);
  trial.before = trial.answer;
  trial.answer = nearest(trial.points, trial.answer, any);
}

const begun = () => ({ points: [], coins: [], answer: null, before: null });

export function capacity(p, random) {
  const trial = begun();
  while (!trial.answer || trial.answer.separable) add(trial, p, random, true);
  return trial.points.length - 1;
}

export function setup(data, parameters, random) {
  const state = { p: null };
  changed(state, parameters, random);
  return state;
}

export function changed(state, { p }, random) {
  if (state.p === p) return;
  Object.assign(state, { p, capacities: [], trial: begun() });
  many(state, { p }, random);
  for (let i = 0; i < 2 * p; i += 1) if (!state.trial.answer || state.trial.answer.separable) simulate(state, { p }, random);
}

// A hundred draws at once, twice as many at first.
function many(state, { p }, random) {
  const draws = state.capacities.length ? AT_ONCE / 2 : AT_ONCE;
  for (let i = 0; i < draws; i += 1) state.capacities.push(capacity(p, random));
}

// One more point; where there is no plane any more, the first of other points.
export function simulate(state, { p }, random) {
  if (state.trial.answer && !state.trial.answer.separable) state.trial = begun();
  add(state.trial, p, random);
  if (!state.trial.answer.separable) state.capacities.push(state.trial.points.length - 1);
}

// Share of the draws in which a plane still cuts n points.
export function share({ capacities }, n) {
  return capacities.reduce((sum, most) => sum + (most >= n), 0) / capacities.length;
}

const NUMBERS = (p) => grid(1, 4 * p, 4 * p - 1);

export function table(state) {
  return { columns: ["points", "share separable", "Cover"], rows: NUMBERS(state.p).map((n) => [n, share(state, n), cover(n, state.p)]) };
}

export function describe(state, { p }) {
  const { points, answer } = state.trial;
  const found = `p = ${p}, ${counted(points.length, "point")}: ${answer.separable ? "a" : "no"} plane cuts them.`;
  return `${found} At 2p = ${2 * p}: ${Math.round(100 * share(state, 2 * p))}\u00a0% of ${counted(state.capacities.length, "draw")}, Cover 50\u00a0%.`;
}

// The points, seen along the plane if there are more than two dimensions. A point that no plane can have on its side is seen
// with the last plane before it came.
export function view({ points, coins, answer, before }, p) {
  const w = answer.separable ? answer.w : before.w;
  const unit = w.map((one) => one / Math.sqrt(times(w, w)));
  const first = unit.map((one, i) => (i === 0 ? 1 : 0) - unit[0] * one);
  const aside = first.map((one) => one / Math.sqrt(times(first, first)));
  const [right, up] = p === 2 ? [[1, 0], [0, 1]] : [aside, unit];
  return { places: points.map((z, k) => [right, up].map((axis) => coins[k] * times(z, axis))), normal: [right, up].map((axis) => times(unit, axis)) };
}

function drawPoints(surface, { trial, p }, parameters, frame) {
  const { context, colors } = surface;
  const room = inset(frame, { left: 16, top: 30, right: 16, bottom: 34 });
  const radius = Math.min(room.width, room.height) / 2;
  const center = { x: room.x + room.width / 2, y: room.y + room.height / 2 };
  const { places, normal } = view(trial, p);
  const { separable } = trial.answer;
  label(surface, p === 2 ? "Points on a circle, a line through its centre" : `Points in ${p} dimensions, seen along the plane`, { x: room.x, y: room.y - 9 }, { baseline: "bottom", within: room.width });
  context.strokeStyle = colors.grid;
  context.lineWidth = 1;
  context.beginPath();
  context.arc(center.x, center.y, radius, 0, 2 * Math.PI);
  context.stroke();
  context.setLineDash(separable ? [] : [6, 5]);
  context.strokeStyle = separable ? colors.text : colors.neutral;
  context.lineWidth = 2;
  context.beginPath();
  for (const end of [-1, 1]) context.lineTo(center.x + end * radius * normal[1], center.y + end * radius * normal[0]);
  context.stroke();
  context.setLineDash([]);
  places.forEach(([x, y], k) => {
    const at = { x: center.x + radius * x, y: center.y - radius * y };
    const last = k === places.length - 1;
    dot(surface, at, { color: colors.simulation, radius: last ? 9 : 6.5 });
    if (trial.coins[k] < 0) dot(surface, at, { color: colors.background, radius: last ? 5.5 : 3.5 });
  });
  label(surface, separable ? "discs on one side, rings on the other" : "the last point: no plane any more", { x: center.x, y: room.y + room.height + 18 }, { size: 12, align: "center" });
}

function drawShares(surface, state, parameters, frame) {
  const { colors } = surface;
  const { p, capacities } = state;
  const scale = axes(surface, inset(frame, { left: 42, top: 30, right: 16, bottom: 46 }), {
    x: [0, 4 * p], y: [0, 1.06], xTicks: roundTicks(0, 4 * p, 5), yTicks: [0, 0.25, 0.5, 0.75, 1], title: "Share of draws that a plane cuts", xLabel: "points n",
  });
  const numbers = NUMBERS(p);
  curve(surface, scale, [2 * p, 2 * p], [0, 0.5], { color: colors.neutral, width: 1.5, dash: [2, 3] });
  curve(surface, scale, numbers, numbers.map((n) => cover(n, p)), { color: colors.theory, width: 2.5 });
  for (const n of numbers) {
    const found = share(state, n);
    const error = Math.sqrt((found * (1 - found)) / capacities.length);
    curve(surface, scale, [n, n], [found - error, found + error], { color: colors.simulation, width: 1.5 });
    dot(surface, { x: scale.x(n), y: scale.y(found) }, { color: colors.simulation, radius: p > 8 ? 3 : 4 });
  }
  label(surface, `2p = ${2 * p}`, { x: scale.x(2 * p) - 5, y: scale.y(0.06) }, { size: 12, align: "right" });
  legend(surface, { x: scale.x(2.35 * p), y: scale.box.y + 12 }, [["Cover\u2019s law", colors.theory], ["these draws", colors.simulation]]);
}

export default live({
  name: "separable", setup, changed, simulate, describe, table, pace: 2, settle: 0, actions: { many },
  panels: [
    { tab: "Points", place: [0, 0, 0.48, 1], draw: drawPoints },
    { tab: "Against Cover", place: [0.48, 0, 0.52, 1], draw: drawShares },
  ],
});
