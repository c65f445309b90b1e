import { live } from "./shared/host.js";
import { axes, clipped, counted, curve, dot, grid, label, legend, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { fillNormals } from "./shared/random.js";

export const [CASES, MOST] = [12, 40]; // n, and the features that the truth has
const KNOTS = 2 * CASES + 1; // places 0.5, 1, ..., 12.5; the cases lie at 1, 2, ..., 12

const times = (a, b) => a.reduce((sum, one, i) => sum + one * b[i], 0);

// Weights of the truth, squares 1/k with sum 1.
const SUM = grid(1, MOST, MOST - 1).reduce((sum, k) => sum + 1 / k, 0);
export const TRUTH = grid(1, MOST, MOST - 1).map((k) => Math.sqrt(1 / k / SUM));
export const missed = (p) => TRUTH.slice(p).reduce((sum, one) => sum + one * one, 0);

// A feature between its knots: a standard normal number at each place, and between two places turned from one into the other.
// Places that are a case apart share no knot: rows of different cases are independent.
export function valueAt(knots, x) {
  const [j, s] = [Math.min(Math.floor(2 * x) - 1, KNOTS - 2), 2 * x - Math.floor(2 * x)];
  const turn = 2 * x - 1 - j < 1 ? (Math.PI / 2) * s * s * (3 - 2 * s) : Math.PI / 2;
  return Math.cos(turn) * knots[j] + Math.sin(turn) * knots[j + 1];
}

// Orthonormal vectors q and the triangle r with rows[i] = sum over k <= i of r[i][k] q[k]: Gram and Schmidt's, done twice.
function orthonormal(rows) {
  const [q, r] = [[], []];
  for (const row of rows) {
    let rest = [...row];
    const shares = q.map(() => 0);
    for (let again = 0; again < 2; again += 1) q.forEach((one, k) => {
      const share = times(one, rest);
      shares[k] += share;
      rest = rest.map((value, i) => value - share * one[i]);
    });
    const length = Math.sqrt(times(rest, rest));
    q.push(rest.map((value) => value / length));
    r.push([...shares, length]);
  }
  return { q, r };
}

// Least squares; of all that pass through the cases, where there are more features than cases, the one of least norm.
export function leastNorm(rows, y) {
  const p = rows[0].length;
  if (p >= rows.length) { // w = sum of c q with R c = y
    const { q, r } = orthonormal(rows);
    const c = [];
    r.forEach((row, i) => c.push((y[i] - times(row.slice(0, i), c)) / row[i]));
    return rows[0].map((_, k) => q.reduce((sum, one, i) => sum + c[i] * one[k], 0));
  }
  const { q, r } = orthonormal(rows[0].map((_, k) => rows.map((row) => row[k])));
  const w = new Array(p).fill(0);
  for (let k = p - 1; k >= 0; k -= 1) {
    let rest = times(q[k], y);
    for (let j = k + 1; j < p; j += 1) rest -= r[j][k] * w[j];
    w[k] = rest / r[k][k];
  }
  return w;
}

// The mean over all draws of what `errorOf` measures; infinite next to p = n.
export function meanError(p, noise) {
  const [lost, heat] = [missed(p), noise + missed(p)];
  const gap = Math.abs(CASES - p) - 1;
  if (p < CASES) return gap > 0 ? lost + (heat * p) / gap : Infinity;
  return gap > 0 ? lost + (1 - lost) * (1 - CASES / p) + (heat * CASES) / gap : Infinity;
}

// |w - truth|^2, which is the mean squared error at a new place; features without a weight have weight zero.
export function errorOf(w) {
  return TRUTH.reduce((sum, one, k) => sum + (one - (w[k] ?? 0)) ** 2, 0);
}

// data: { noises, laws }: of each noise and p, the quantiles 10, 50 and 90 % of the error.
export function setup(data, parameters, random) {
  const state = { ...data };
  again(state, parameters, random);
  return state;
}

function again(state, parameters, random) {
  state.knots = TRUTH.map(() => fillNormals(new Float64Array(KNOTS), random));
  state.pushes = fillNormals(new Float64Array(CASES), random);
  state.noise = null;
  changed(state, parameters);
}

export function changed(state, { noise }) {
  if (state.noise === noise) return;
  const rows = Array.from({ length: CASES }, (_, i) => state.knots.map((one) => one[2 * i + 1]));
  const y = rows.map((row, i) => times(row, TRUTH) + Math.sqrt(state.noises[noise]) * state.pushes[i]);
  const fits = grid(1, MOST, MOST - 1).map((p) => leastNorm(rows.map((row) => row.slice(0, p)), y));
  Object.assign(state, { noise, y, fits, errors: fits.map(errorOf) });
}

export function table({ errors, laws, noise, noises }) {
  const rows = errors.map((error, i) => [i + 1, error, laws[noise][i][1], meanError(i + 1, noises[noise])]);
  return { columns: ["features", "error", "median", "mean"], rows };
}

export function describe({ errors, laws, noise, noises }, { features: p }) {
  const mean = meanError(p, noises[noise]);
  const all = mean === Infinity ? "infinite" : mean.toFixed(2);
  return `p = ${p}, n = ${CASES}, noise ${noises[noise].toFixed(2)}: error ${errors[p - 1].toFixed(2)}, median ${laws[noise][p - 1][1].toFixed(2)}, mean ${all}.`;
}

const PLACES = grid(0.5, CASES + 0.5, 24 * CASES);

function drawFit(surface, { knots, fits, y }, { features: p }, frame) {
  const { colors } = surface;
  const scale = axes(surface, inset(frame, { left: 34, top: 30, right: 14, bottom: 46 }), {
    x: [0.5, CASES + 0.5], y: [-4, 4], xTicks: [1, 3, 6, 9, 12], yTicks: [-4, -2, 0, 2, 4], title: `${counted(p, "feature")}, ${CASES} points`, xLabel: "place",
  });
  const values = (w) => PLACES.map((x) => w.reduce((sum, one, k) => sum + one * valueAt(knots[k], x), 0));
  curve(surface, scale, PLACES, values(TRUTH), { color: colors.theory, width: 2 });
  curve(surface, scale, PLACES, values(fits[p - 1]), { color: colors.simulation, width: 2.5 });
  y.forEach((value, i) => dot(surface, { x: scale.x(i + 1), y: scale.y(Math.min(Math.max(value, -4), 4)) }, { color: colors.text, radius: 5 }));
  const [right, top] = [scale.box.x + scale.box.width, scale.box.y - 15]; // beside the title: a wild fit fills the rest
  legend(surface, { x: right - 92, y: top }, [["truth", colors.theory]]);
  legend(surface, { x: right - 34, y: top }, [["fit", colors.simulation]]);
}

function errorsBox(frame) {
  return inset(frame, { left: 42, top: 30, right: 16, bottom: 46 });
}

const [LOW, HIGH] = [0.2, 100];
const height = (error) => Math.log10(Math.max(error, LOW));

function drawErrors(surface, { errors, laws, noise, noises }, { features: p }, frame) {
  const { colors } = surface;
  const ps = grid(1, MOST, MOST - 1);
  const scale = axes(surface, errorsBox(frame), {
    x: [0, MOST + 1], y: [height(LOW), height(HIGH)], xTicks: [1, 12, 20, 30, 40], title: "Error at new places", xLabel: `features p; n = ${CASES} points`,
  });
  for (const tick of [0.3, 1, 3, 10, 30, 100]) {
    curve(surface, scale, [0, MOST + 1], [height(tick), height(tick)], { color: colors.grid, width: 1 });
    label(surface, String(tick), { x: scale.box.x - 7, y: scale.y(height(tick)) }, { color: colors.neutral, size: 12, align: "right" });
  }
  const law = (k) => laws[noise].map((some) => height(some[k]));
  clipped(surface, scale, (context) => {
    const [low, high] = [law(0), law(2)];
    context.beginPath();
    ps.forEach((one, i) => context.lineTo(scale.x(one), scale.y(low[i])));
    [...ps].reverse().forEach((one) => context.lineTo(scale.x(one), scale.y(high[one - 1])));
    context.globalAlpha = 0.25;
    context.fillStyle = colors.theory;
    context.fill();
    context.globalAlpha = 1;
  });
  for (const some of [ps.filter((one) => one <= CASES - 2), ps.filter((one) => one >= CASES + 2)]) {
    curve(surface, scale, some, some.map((one) => height(meanError(one, noises[noise]))), { color: colors.theory, width: 1.5, dash: [6, 4] });
  }
  curve(surface, scale, ps, law(1), { color: colors.theory, width: 2.5 });
  curve(surface, scale, [CASES, CASES], [height(LOW), height(HIGH)], { color: colors.neutral, width: 1, dash: [2, 3] });
  errors.forEach((error, i) => dot(surface, { x: scale.x(i + 1), y: scale.y(height(Math.min(error, HIGH))) }, { color: colors.simulation, radius: i + 1 === p ? 7 : 3 }));
  legend(surface, { x: scale.x(17), y: scale.box.y + 10 }, [["median, 80 % of draws", colors.theory], ["dashed: mean", colors.theory], ["this draw", colors.simulation]]);
}

function drag(state, parameters, frame, { x }) {
  return { features: Math.min(Math.max(scaleOf(errorsBox(frame), { x: [0, MOST + 1], y: [0, 1] }).valueOfX(x), 1), MOST) };
}

export default live({
  name: "interpolate", setup, changed, describe, table, actions: { again },
  panels: [
    { tab: "Fit", place: [0, 0, 0.5, 1], draw: drawFit },
    { tab: "Error", place: [0.5, 0, 0.5, 1], draw: drawErrors, drag },
  ],
});
