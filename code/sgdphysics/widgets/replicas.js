import { live } from "./shared/host.js";
import { axes, curve, dot, grid, label, legend, number, roundTicks, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";

export const SIZES = [10, 20, 60]; // N; there are 2^N levels of variance N/2
const N_RANGE = [-0.5, 2];
const BETA_RANGE = [0.5, 3];
const STEP = 0.25; // of ln t and of ln z: the trapezia's error is of order exp(-pi^2 / STEP)
const REACH = 9; // standard deviations
const EULER = 0.5772156649015329;
const CRITICAL = 2 * Math.sqrt(Math.LN2); // beta beyond which few levels carry all the weight

const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

// ln Gamma(x) for x > 0 (Lanczos 1964).
export function logGamma(x) {
  if (x < 0.5) return Math.log(Math.PI / Math.sin(Math.PI * x)) - logGamma(1 - x);
  const sum = LANCZOS.reduce((total, c, i) => total + (i ? c / (x - 1 + i) : c), 0);
  const t = x + 6.5;
  return 0.5 * Math.log(2 * Math.PI) + (x - 0.5) * Math.log(t) - t + Math.log(sum);
}

// Means of f(s + v), v normal around `center` with standard deviation w, at places s = first, first + STEP, ... What counts is
// as far below zero or as far above as f or a power of e^v puts the weight.
function smoothed(f, first, count, w, center) {
  const [low, high] = [Math.floor((-REACH * w) / STEP), Math.ceil((center + w * w + REACH * w) / STEP)];
  const weights = Float64Array.from({ length: high - low + 1 }, (_, k) => {
    const z = ((low + k) * STEP - center) / w;
    return (Math.exp((-z * z) / 2) * STEP) / (w * Math.sqrt(2 * Math.PI));
  });
  const values = Float64Array.from({ length: count + weights.length }, (_, i) => f(first + (low + i) * STEP));
  return Float64Array.from({ length: count }, (_, j) => {
    let sum = 0;
    for (let k = 0; k < weights.length; k += 1) sum += weights[k] * values[j + k];
    return sum;
  });
}

const risen = (y) => -Math.expm1(-Math.exp(y)); // 1 - exp(-e^y)
const stays = (y) => Math.exp(-Math.exp(y));
const rises = (y) => Math.exp(y - Math.exp(y)); // its derivative

// The law of s = ln(t), t = Exp(1)/W: P(s > ln t) = E exp(-t W). Z is a sum of M = 2^N weights, E exp(-t Z) = L(t)^M. With one
// level shifted by its own weight, W = z e^(w^2) + Z', and E Z^n = M e^(w^2/2) E W^(n-1): one density serves every n < 2.
export function density(levels, beta) {
  const w = beta * Math.sqrt(levels / 2);
  const others = 2 ** levels - 1;
  const first = STEP * Math.floor(-(2.5 * w * w + 36 + levels * Math.LN2) / STEP);
  const count = Math.ceil((10 - first) / STEP);
  const [lost, slope] = [risen, rises].map((f) => smoothed(f, first, count, w, 0));
  const [kept, shifted] = [stays, rises].map((f) => smoothed(f, first, count, w, w * w));
  const p = lost.map((share, j) => {
    const rest = Math.log1p(-Math.min(share, 1 - 2 ** -53));
    return shifted[j] * Math.exp(others * rest) + kept[j] * others * slope[j] * Math.exp((others - 1) * rest);
  });
  return { levels, w, first, p };
}

// ln E Z^n / (n N); at n = 0 its limit, E ln Z / N.
export function replicated({ levels, w, first, p }, n) {
  const ahead = levels * Math.LN2 + (w * w) / 2; // ln E Z
  if (n === 2) return (levels * Math.LN2 + w * w + Math.log(Math.exp(w * w) + 2 ** levels - 1)) / (2 * levels);
  if (n === 0) {
    const mean = p.reduce((sum, one, j) => sum - (first + j * STEP) * one * Math.exp(first + j * STEP + ahead), 0);
    return (STEP * mean + 1 - EULER) / levels;
  }
  const terms = p.map((one, j) => Math.log(one) - (n - 1) * (first + j * STEP));
  const most = Math.max(...terms);
  const sum = terms.reduce((total, term) => total + Math.exp(term - most), 0) + Math.exp(terms[0] - most) / Math.expm1((2 - n) * STEP);
  return (ahead + most + Math.log(STEP * sum) - logGamma(2 - n)) / (n * levels);
}

// E ln Z / N alone, from the law of Z itself.
export function quenched(levels, beta) {
  const w = beta * Math.sqrt(levels / 2);
  const first = STEP * Math.floor(-(levels * limit(0, beta) + 12 * w + 40) / STEP);
  const count = Math.ceil((10 - first) / STEP);
  const [lost, slope] = [risen, rises].map((f) => smoothed(f, first, count, w, 0));
  const others = 2 ** levels - 1;
  const mean = lost.reduce((sum, share, j) => sum - (first + j * STEP) * (others + 1) * slope[j] * Math.exp(others * Math.log1p(-Math.min(share, 1))), 0);
  return (STEP * mean - EULER) / levels;
}

// All replicas apart, in levels of their own; in groups of m, each group in one level.
export function separate(beta) {
  return Math.LN2 + (beta * beta) / 4;
}

export function grouped(m, beta) {
  return Math.LN2 / m + (m * beta * beta) / 4;
}

// The m <= 1 at which that is least; below 1 it is where the limit has its kink.
export function kink(beta) {
  return Math.min(CRITICAL / beta, 1);
}

// What ln E Z^n / (nN) tends to.
export function limit(n, beta) {
  if (beta <= CRITICAL) return n <= (CRITICAL / beta) ** 2 ? separate(beta) : grouped(n, beta);
  return grouped(Math.max(n, kink(beta)), beta);
}

const PLACES = grid(N_RANGE[0], N_RANGE[1], 50).map((n) => Number(n.toFixed(2)));

export function setup(data, parameters) {
  const betas = grid(BETA_RANGE[0], BETA_RANGE[1], 25);
  const state = { betas, averages: SIZES.map((levels) => betas.map((beta) => quenched(levels, beta))), beta: null };
  changed(state, parameters);
  return state;
}

export function changed(state, { beta }) {
  if (state.beta === beta) return;
  const exact = SIZES.map((levels) => density(levels, beta));
  Object.assign(state, { beta, curves: exact.map((one) => PLACES.map((n) => replicated(one, n))) });
}

function at(state, n) {
  const place = PLACES.findIndex((one) => Math.abs(one - n) < 1e-6);
  return state.curves.map((one) => one[place]);
}

export function table({ curves, beta }) {
  return { columns: ["n", "N 10", "N 20", "N 60", "limit", "apart"], rows: PLACES.map((n, i) => [n, ...curves.map((one) => one[i]), limit(n, beta), separate(beta)]) };
}

export function describe(state, { n, beta }) {
  const exact = at(state, n).map((value, i) => `${value.toFixed(3)} (N = ${SIZES[i]})`).join(", ");
  const first = `At \u03b2 = ${beta.toFixed(1)} and n = ${number(n, 2)}: ${exact}, limit ${limit(n, beta).toFixed(3)}.`;
  const wanted = ` At n = 0 replicas apart give ${separate(beta).toFixed(3)},`;
  if (beta <= CRITICAL) return `${first}${wanted} the limit: up to \u03b2 = ${CRITICAL.toFixed(3)} they are right.`;
  return `${first}${wanted} too much; in groups of m = ${kink(beta).toFixed(3)}, where that is least, ${limit(0, beta).toFixed(3)}: the limit.`;
}

const blues = ({ colors }) => [colors.water, colors.water, colors.simulation];

function momentsBox(frame) {
  return inset(frame, { left: 46, top: 30, right: 18, bottom: 46 });
}

function drawMoments(surface, { curves, beta }, { n }, frame) {
  const { colors } = surface;
  const flat = separate(beta);
  const low = Math.min(...curves[0], limit(0, beta) - 0.02);
  const exact = at({ curves }, n);
  const high = Math.max(flat + 2 * (flat - low), low + 0.1, ...exact);
  const room = 0.06 * (high - low) + 0.02;
  const scale = axes(surface, momentsBox(frame), {
    x: N_RANGE, y: [low - room, high + 3 * room], xTicks: [-0.5, 0, 0.5, 1, 1.5, 2], yTicks: roundTicks(low, high, 5),
    title: "ln E Z\u207f / (nN)", xLabel: "number of replicas n",
  });
  const theory = { color: colors.theory, width: 2 };
  curve(surface, scale, [0, 0], [low - room, high + 3 * room], { color: colors.neutral, width: 1, dash: [2, 3] });
  const wide = grid(N_RANGE[0], N_RANGE[1], 250);
  const groups = grid(0.1, kink(beta), 60);
  if (beta > CRITICAL) curve(surface, scale, groups, groups.map((m) => grouped(m, beta)), { ...theory, width: 1.2, dash: [2, 3] });
  curve(surface, scale, N_RANGE, [flat, flat], { color: colors.energy, width: 2, dash: [7, 4] });
  curves.forEach((one, i) => curve(surface, scale, PLACES, one, { color: blues(surface)[i], width: [1.2, 2, 2.5][i] }));
  curve(surface, scale, wide, wide.map((n) => limit(n, beta)), theory);
  if (beta > CRITICAL) dot(surface, { x: scale.x(kink(beta)), y: scale.y(limit(0, beta)) }, { color: colors.theory, radius: 4.5 });
  exact.forEach((value, i) => dot(surface, { x: scale.x(n), y: scale.y(value) }, { color: blues(surface)[i], radius: 5.5 }));
  legend(surface, { x: scale.x(0.42), y: scale.box.y + 10 }, [
    ["replicas apart", colors.energy], ["limit; dotted: groups", colors.theory], ["exact: N = 60", colors.simulation], ["20 and, thin, 10", colors.water],
  ]);
}

function hold(state, parameters, frame, { x }) {
  return { n: Math.min(Math.max(scaleOf(momentsBox(frame), { x: N_RANGE, y: [0, 1] }).valueOfX(x), N_RANGE[0]), N_RANGE[1]) };
}

function drawAverages(surface, { betas, averages, curves, beta }, parameters, frame) {
  const { colors } = surface;
  const scale = axes(surface, momentsBox(frame), {
    x: BETA_RANGE, y: [0.6, 3], xTicks: [0.5, 1, 1.5, 2, 2.5, 3], yTicks: [1, 1.5, 2, 2.5, 3], title: "n \u2192 0: E ln Z / N", xLabel: "inverse temperature \u03b2",
  });
  curve(surface, scale, betas, betas.map(separate), { color: colors.energy, width: 2, dash: [7, 4] });
  averages.forEach((one, i) => curve(surface, scale, betas, one, { color: blues(surface)[i], width: [1.2, 2, 2.5][i] }));
  curve(surface, scale, betas, betas.map((one) => limit(0, one)), { color: colors.theory, width: 2 });
  curve(surface, scale, [CRITICAL, CRITICAL], [0.6, 2.4], { color: colors.neutral, width: 1, dash: [2, 3] });
  label(surface, `\u03b2c = ${CRITICAL.toFixed(3)}`, { x: scale.x(CRITICAL) + 5, y: scale.box.y + scale.box.height - 12 }, { size: 12 });
  at({ curves }, 0).forEach((value, i) => dot(surface, { x: scale.x(beta), y: scale.y(value) }, { color: blues(surface)[i], radius: 5.5 }));
}

function heat(state, parameters, frame, { x }) {
  return { beta: Math.min(Math.max(scaleOf(momentsBox(frame), { x: BETA_RANGE, y: [0, 1] }).valueOfX(x), BETA_RANGE[0]), BETA_RANGE[1]) };
}

export default live({
  name: "replicas", setup, changed, describe, table,
  panels: [
    { tab: "Replicas", place: [0, 0, 0.54, 1], draw: drawMoments, drag: hold },
    { tab: "Against \u03b2", place: [0.54, 0, 0.46, 1], draw: drawAverages, drag: heat },
  ],
});
