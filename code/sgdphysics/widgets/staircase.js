import { live } from "./shared/host.js";
import { axes, curve, dot, grid, label, legend, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { CRITICAL_TEMPERATURE, orderParameter } from "./shared/onsager.js";
import { chords, crossing } from "./shared/roots.js";
import { BETHE, betheMean, meanField } from "./shared/spins.js";

const COLD = 0.3;
const HOT = 1.1;
const POINTS = 24; // of a curve m(T)
const CLOSE = 1e-13; // change of a vector at which its iteration ends

// Rows of spins, endless, kept exact; what they do to the rows beyond goes through an average. A column of `width` spins is a
// number, bit i its spin i.
export function stripOf(width, temperature) {
  const k = 1 / (4 * temperature);
  const columns = Array.from({ length: 2 ** width }, (_, code) => Array.from({ length: width }, (_, i) => 2 * ((code >> i) & 1) - 1));
  const of = (f) => Float64Array.from(columns, f);
  const inner = of((s) => s.reduce((sum, one, i) => sum + (i ? k * one * s[i - 1] : 0), 0));
  const edges = of((s) => s[0] + s[width - 1]); // twice the spin where there is one row: it has both neighbours
  const mean = of((s) => s.reduce((sum, one) => sum + one, 0) / width);
  return { width, k, inner, edges, mean };
}

// One column further: by the symmetric transfer matrix, whose square root of the columns' own weights is `root`.
function further({ width, k }, root, vector) {
  const next = vector.map((value, code) => value * root[code]);
  const other = Math.exp(-2 * k);
  for (let bit = 1; bit < 2 ** width; bit *= 2) {
    for (let code = 0; code < next.length; code += 1) {
      if (code & bit) continue;
      const [down, up] = [next[code], next[code | bit]];
      next[code] = down + other * up;
      next[code | bit] = up + other * down;
    }
  }
  return next.map((value, code) => value * root[code]);
}

// The law of a column deep in a strip whose edges feel a field: the square of the matrix's leading vector, found by its powers
// from `start`. Up is favoured from the beginning.
export function columnOf(strip, field, start = strip.mean.map((m) => 1 + m / 2)) {
  const logs = strip.inner.map((own, code) => own + field * strip.edges[code]);
  const most = Math.max(...logs);
  const root = logs.map((log) => Math.exp((log - most) / 2));
  let vector = start;
  let size = 0;
  for (let more = Infinity; more > CLOSE; ) {
    const next = further(strip, root, vector);
    size = Math.sqrt(next.reduce((sum, value) => sum + value * value, 0));
    more = next.reduce((largest, value, code) => Math.max(largest, Math.abs(value / size - vector[code])), 0);
    vector = next.map((value) => value / size);
  }
  return { vector, root, size };
}

const weighed = (vector, values) => vector.reduce((sum, value, code) => sum + value * value * values[code], 0);

// m of the rows. The field at the edge is K times the m of the neighbour's edge; that m is found from above: what the edge
// answers to a field is concave (Griffiths, Hurst and Sherman 1970).
export function stripMean(width, temperature, critical = stripCritical(width)) {
  if (temperature >= critical) return 0;
  const strip = stripOf(width, temperature);
  const edge = strip.edges.map((sum) => sum / 2);
  let vector;
  const answer = (m) => {
    ({ vector } = columnOf(strip, strip.k * m, vector));
    return weighed(vector, edge);
  };
  chords((m) => answer(m) - m, 1, answer(1));
  return weighed(vector, strip.mean);
}

// What all edges together do to one of them, without a field: sum over x of <s_0 S_x>, by (1 - matrix)^-1 on S.
export function edgeSusceptibility(width, temperature) {
  const strip = stripOf(width, temperature);
  const { vector, root, size } = columnOf(strip, 0, strip.mean.map(() => 2 ** (-width / 2)));
  const pulled = vector.map((value, code) => value * strip.edges[code]);
  let sum = pulled;
  for (let more = Infinity; more > CLOSE; ) {
    const next = further(strip, root, sum).map((value, code) => pulled[code] + value / size);
    more = next.reduce((largest, value, code) => Math.max(largest, Math.abs(value - sum[code])), 0) / Math.max(...next);
    sum = next;
  }
  return pulled.reduce((total, value, code) => total + (value / 2) * (2 * sum[code] - value), 0);
}

export function stripCritical(width) {
  return chords((t) => 4 * t - edgeSusceptibility(width, t), 0.9, 0.8);
}

// Kikuchi's square, F = E - T (S of squares - 2 S of bonds + S of sites): the law of a square is that of four spins in a ring of
// coupling a and field b. `bond` is the coupling of two of them and `pull` their field if they were alone, `alone` that of one.
export function square(a, b) {
  const [none, one, side, across, three] = [-8 * b, -4 * a - 6 * b, -4 * a - 4 * b, -8 * a - 4 * b, -4 * a - 2 * b].map(Math.exp); // up; all: 1
  const [both, mixed, neither] = [1 + 2 * three + side, three + one + side + across, none + 2 * one + side];
  const [up, down] = [both + mixed, neither + mixed];
  return {
    bond: Math.log((both * neither) / mixed ** 2) / 4, pull: Math.log(both / neither) / 4,
    alone: Math.log(up / down) / 2, m: (up - down) / (up + down),
  };
}

// Least F at a field b > 0 of the ring: b = pull - alone/4, and K = 2a - bond.
export function kikuchiAt(b) {
  const a = crossing((value) => { const { pull, alone } = square(value, b); return pull - alone / 4 - b; }, 0.3, 3);
  const { bond, m } = square(a, b);
  return { k: 2 * a - bond, m };
}

export const KIKUCHI = 1 / (2 * Math.log((5 + Math.sqrt(17)) / 4)); // where b = 0

export function kikuchiMean(temperature) {
  if (temperature >= KIKUCHI - 1e-9) return 0;
  const b = crossing((value) => 1 / (4 * kikuchiAt(value).k) - temperature, 1e-5, 3, 1e-12);
  return kikuchiAt(b).m;
}

// In the order of the steps: name, whether its free energy is a bound, its T_c and its m(T, T_c).
const rows = (width) => ({ name: width === 1 ? "one row" : `${width} rows`, bound: true, critical: () => stripCritical(width), mean: (t, c) => stripMean(width, t, c) });
export const CLUSTERS = [
  { name: "one site", bound: true, critical: () => 1, mean: meanField },
  ...[1, 2, 4, 8].map(rows),
  { name: "Bethe", bound: false, critical: () => BETHE, mean: betheMean },
  { name: "Kikuchi", bound: false, critical: () => KIKUCHI, mean: kikuchiMean },
];

export function setup(data, parameters) {
  const state = { critical: CLUSTERS.map((one) => one.critical()), curves: {} };
  changed(state, parameters);
  return state;
}

// m(T) of a cluster is found when it is first chosen, at places that lie closer where it falls.
export function changed(state, { cluster, temperature }) {
  const { mean } = CLUSTERS[cluster];
  const critical = state.critical[cluster];
  state.curves[cluster] ??= grid(1, 0, POINTS).map((x) => critical - (critical - COLD) * x * x).map((t) => [t, mean(t, critical)]);
  Object.assign(state, { cluster, curve: state.curves[cluster], here: mean(temperature, critical) });
}

export function table({ curve: points }) {
  return { columns: ["temperature", "order", "mean field order", "exact order"], rows: points.map(([t, m]) => [t, m, meanField(t), orderParameter(t)]) };
}

const fixed = (m) => (m ? m.toFixed(3) : "0");

export function describe({ critical, here, cluster }, { temperature }) {
  const { name } = CLUSTERS[cluster];
  const high = Math.round(100 * (critical[cluster] / CRITICAL_TEMPERATURE - 1));
  const first = `${name} ${name.endsWith("rows") ? "order" : "orders"} below ${critical[cluster].toFixed(4)}, ${high}\u00a0% too high;`;
  return `${first.replace(/^o/, "O")} m(${temperature.toFixed(2)}) = ${fixed(here)}, exact ${fixed(orderParameter(temperature))}.`;
}

const shadeOf = ({ colors }, { bound }) => (bound ? colors.freeEnergy : colors.energy);

function stairsBox(frame) {
  return inset(frame, { left: 64, top: 30, right: 22, bottom: 46 });
}

// How far each cluster's critical temperature is from the exact one.
function drawStairs(surface, { critical, cluster }, parameters, frame) {
  const { colors, context } = surface;
  const scale = axes(surface, stairsBox(frame), {
    x: [0.5, 1.12], y: [CLUSTERS.length, 0], xTicks: [0.5, 0.6, 0.7, 0.8, 0.9, 1, 1.1], title: "Kept exact, and its critical T", xLabel: "temperature T",
  });
  CLUSTERS.forEach((one, i) => {
    const chosen = i === cluster;
    const [from, to, y] = [scale.x(CRITICAL_TEMPERATURE), scale.x(critical[i]), scale.y(i + 0.5)];
    context.fillStyle = shadeOf(surface, one);
    context.fillRect(from, y - (chosen ? 8 : 4), to - from, chosen ? 16 : 8);
    label(surface, one.name, { x: scale.box.x - 6, y }, { size: 12, align: "right", bold: chosen });
    label(surface, critical[i].toFixed(4), { x: to + 5, y }, { size: 12, bold: chosen });
  });
  curve(surface, scale, [CRITICAL_TEMPERATURE, CRITICAL_TEMPERATURE], [0, CLUSTERS.length], { color: colors.theory, width: 2.5 });
  legend(surface, { x: scale.box.x + scale.box.width - 86, y: scale.box.y + scale.box.height - 52 }, [
    ["a bound", colors.freeEnergy], ["no bound", colors.energy], [`exact ${CRITICAL_TEMPERATURE.toFixed(4)}`, colors.theory],
  ]);
}

// The row under the hand is the one that is chosen.
function choose(state, parameters, frame, { y }) {
  const row = Math.floor(scaleOf(stairsBox(frame), { x: [0, 1], y: [CLUSTERS.length, 0] }).valueOfY(y));
  return { cluster: Math.min(Math.max(row, 0), CLUSTERS.length - 1) };
}

function orderBox(frame) {
  return inset(frame, { left: 40, top: 30, right: 18, bottom: 46 });
}

function drawCurves(surface, state, { temperature }, frame) {
  const { colors } = surface;
  const { curve: points, here, cluster } = state;
  const color = shadeOf(surface, CLUSTERS[cluster]);
  const scale = axes(surface, orderBox(frame), {
    x: [COLD, HOT], y: [0, 1.06], xTicks: [0.4, 0.6, 0.8, 1], yTicks: [0, 0.25, 0.5, 0.75, 1], title: "Order m", xLabel: "temperature T",
  });
  const fine = grid(COLD, HOT, 400);
  curve(surface, scale, [temperature, temperature], [0, 1.06], { color: colors.neutral, width: 1, dash: [2, 3] });
  curve(surface, scale, fine, fine.map(meanField), { color: colors.freeEnergy, width: 1.2 });
  curve(surface, scale, fine, fine.map(orderParameter), { color: colors.theory, width: 2.5 });
  curve(surface, scale, [...points.map(([t]) => t), HOT], [...points.map(([, m]) => m), 0], { color, width: 3 });
  dot(surface, { x: scale.x(temperature), y: scale.y(orderParameter(temperature)) }, { color: colors.theory, radius: 5 });
  dot(surface, { x: scale.x(temperature), y: scale.y(here) }, { color, radius: 6.5 });
  legend(surface, { x: scale.box.x + scale.box.width - 92, y: scale.box.y + 10 }, [[CLUSTERS[cluster].name, color], ["exact", colors.theory], ["thin: one site", colors.freeEnergy]]);
}

function heat(state, parameters, frame, { x }) {
  return { temperature: Math.min(Math.max(scaleOf(orderBox(frame), { x: [COLD, HOT], y: [0, 1] }).valueOfX(x), COLD), HOT) };
}

export default live({
  name: "staircase", setup, changed, describe, table,
  panels: [
    { tab: "Staircase", place: [0, 0, 0.5, 1], draw: drawStairs, drag: choose },
    { tab: "Order", place: [0.5, 0, 0.5, 1], draw: drawCurves, drag: heat },
  ],
});
