import { live } from "./shared/host.js";
import { axes, curve, dot, grid, label, legend, nameEnds, roundTicks, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { crossing } from "./shared/roots.js";
import { logTwoCosh } from "./shared/spins.js";

const NEAR = 1;
const FAR = 4; // beyond, more than one width can be best for the same mean
const PLACES = grid(NEAR, FAR, 60).map((a) => Number(a.toFixed(2)));
const CENTRES = grid(0, 1, 50); // of half a landscape, as shares

const NORMALS = new Map();

// Places z and weights of the normal law, so close that tanh(steepness z) is smooth between them: a trapezoidal sum, good to
// ten digits, where Gauss and Hermite's nodes are not. The steepness is rounded up, and what was made is kept.
export function normal(steepness) {
  const level = Math.ceil(3 * Math.log2(Math.max(steepness, 1)));
  if (!NORMALS.has(level)) {
    const step = 0.35 / 2 ** (level / 3);
    const z = grid(-8, 8, Math.ceil(16 / step));
    NORMALS.set(level, { z, weights: z.map((one) => ((z[1] - z[0]) * Math.exp((-one * one) / 2)) / Math.sqrt(2 * Math.PI)) });
  }
  return NORMALS.get(level);
}

// KL of q = N(mu, s^2) from p = N(-a, 1)/2 + N(a, 1)/2.
export function reverse(mu, s, a) {
  const { z, weights } = normal(a * s);
  const mean = z.reduce((sum, one, i) => sum + weights[i] * (logTwoCosh(a * (mu + s * one)) - Math.LN2), 0);
  return 0.5 * (mu * mu + s * s + a * a - 1) - Math.log(s) - mean;
}

// Its derivatives: by mu, by s, and by both a second time.
export function slopes(mu, s, a) {
  const { z, weights } = normal(a * s);
  let [pull, bent, mixed, wide] = [0, 0, 0, 0];
  for (let i = 0; i < z.length; i += 1) {
    const t = Math.tanh(a * (mu + s * z[i]));
    const bend = weights[i] * a * a * (1 - t * t);
    pull += weights[i] * a * t;
    bent += bend;
    mixed += bend * z[i];
    wide += bend * z[i] * z[i];
  }
  return { mu: mu - pull, s: s - 1 / s - s * bent, muMu: 1 - bent, muS: -mixed, sS: 1 + 1 / (s * s) - wide };
}

// The best s at a mean mu.
export function widthAt(mu, a, close = 1e-9) {
  return crossing((s) => slopes(mu, s, a).s, 0.5, 2 + 2 * a, close);
}

export function symmetric(a) {
  const s = widthAt(0, a, 0);
  return { mu: 0, s, kl: reverse(0, s, a) };
}

// The minimum with mu > 0, by Newton's steps from one at a larger a; null where there is none.
export function oneBump(a, start = { mu: a, s: 1 }) {
  let { mu, s } = start;
  for (let tries = 0; tries < 60; tries += 1) {
    const at = slopes(mu, s, a);
    const determinant = at.muMu * at.sS - at.muS ** 2;
    const by = [(at.sS * at.mu - at.muS * at.s) / determinant, (at.muMu * at.s - at.muS * at.mu) / determinant];
    if (!(determinant > 0) || !(mu - by[0] > 1) || !(s - by[1] > 0.3)) return null;
    [mu, s] = [mu - by[0], s - by[1]];
    if (Math.abs(by[0]) + Math.abs(by[1]) < 1e-10) return { mu, s, kl: reverse(mu, s, a) };
  }
  return null;
}

// KL of p from the normal law of p's own mean and variance, 1 + a^2, which makes it least.
export function forward(a) {
  const { z, weights } = normal(a);
  const mean = z.reduce((sum, one, i) => sum + weights[i] * (logTwoCosh(a * (a + one)) - Math.LN2), 0);
  return { mu: 0, s: Math.hypot(1, a), kl: 0.5 * Math.log1p(a * a) - a * a + mean };
}

// Of every distance the fits; where one bump begins to be a minimum, and where it begins to be the lower one.
export function setup(data, parameters) {
  let last;
  const fits = [...PLACES].reverse().map((a) => {
    const one = oneBump(a, last);
    last = one ?? last;
    return { a, middle: symmetric(a), one, both: forward(a) };
  }).reverse();
  const begins = crossing((a) => (oneBump(a, last) ? 1 : -1), last ? 2.3 : NEAR, 2.5, 1e-6);
  const jumps = crossing((a) => oneBump(a).kl - symmetric(a).kl, 2.6, 3, 1e-7);
  const state = { fits, begins, jumps };
  changed(state, parameters);
  return state;
}

export function changed(state, { distance: a, start }) {
  if (state.a !== a) {
    const reach = a + 1.5;
    const half = CENTRES.map((share) => { const mu = share * reach; return [mu, reverse(mu, widthAt(mu, a, 1e-6), a)]; });
    const landscape = [...half.slice(1).reverse().map(([mu, kl]) => [-mu, kl]), ...half];
    Object.assign(state, { a, landscape, fit: state.fits.find((one) => Math.abs(one.a - a) < 1e-6) });
  }
  state.start = start;
}

// Where the search ends and what is least: the fit of one bump where it is a minimum, else the one in the middle.
export function seen({ fit, start }) {
  const { middle, one } = fit;
  const found = start === 1 && one ? one : middle;
  return { found, least: one && one.kl < middle.kl ? one : middle };
}

export function table({ fits }) {
  const none = { mu: NaN, s: NaN, kl: NaN };
  return {
    columns: ["a", "middle s", "middle KL", "one bump mu", "one bump s", "one bump KL", "forward s", "forward KL"],
    rows: fits.map(({ a, middle, one, both }) => [a, middle.s, middle.kl, ...["mu", "s", "kl"].map((key) => (one ?? none)[key]), both.s, both.kl]),
  };
}

export function describe(state) {
  const { found, least } = seen(state);
  const from = state.start === 1 ? "a bump" : "the middle";
  const said = ({ mu, kl }) => `\u03bc = ${mu.toFixed(2)}, KL = ${kl.toFixed(3)}`;
  const ends = `a = ${state.a.toFixed(2)}, from ${from}: ${said(found)}`;
  if (found === least) return `${ends}, the least.`;
  return found.kl.toFixed(3) === least.kl.toFixed(3) ? `${ends}; as low: \u03bc = ${least.mu.toFixed(2)}.` : `${ends}; least: ${said(least)}.`;
}

const bell = (x, { mu, s }) => Math.exp(-(((x - mu) / s) ** 2) / 2) / (s * Math.sqrt(2 * Math.PI));

function drawLaws(surface, state, parameters, frame) {
  const { colors } = surface;
  const { a, fit } = state;
  const { found } = seen(state);
  const xs = grid(-a - 3.2, a + 3.2, 240);
  const laws = [
    [xs.map((x) => (bell(x, { mu: -a, s: 1 }) + bell(x, { mu: a, s: 1 })) / 2), { color: colors.theory }],
    [xs.map((x) => bell(x, fit.both)), { color: colors.energy, dash: [7, 4] }],
    [xs.map((x) => bell(x, found)), { color: colors.simulation }],
  ];
  const top = 1.35 * Math.max(...laws.flatMap(([ys]) => ys));
  const scale = axes(surface, inset(frame, { left: 40, top: 30, right: 14, bottom: 46 }), {
    x: [xs[0], xs.at(-1)], y: [0, top], xTicks: [-6, -4, -2, 0, 2, 4, 6], yTicks: roundTicks(0, top, 5), title: "Density", xLabel: "x",
  });
  for (const [ys, style] of laws) curve(surface, scale, xs, ys, { width: 2.5, ...style });
  legend(surface, { x: scale.box.x + 10, y: scale.box.y + 10 }, [["p", colors.theory], ["q found", colors.simulation], ["dashed: least KL(p\u2016q)", colors.energy]]);
}

function landscapeBox(frame) {
  return inset(frame, { left: 44, top: 28, right: 14, bottom: 42 });
}

function drawLandscape(surface, state, parameters, frame) {
  const { colors } = surface;
  const { landscape, fit, a } = state;
  const { found, least } = seen(state);
  const kls = landscape.map(([, kl]) => kl);
  const low = Math.min(...kls);
  // As high as the ridges, so that the valley in the middle is seen however far the bumps are.
  const ridge = Math.max(...landscape.filter(([mu]) => Math.abs(mu) <= (fit.one ?? fit.middle).mu).map(([, kl]) => kl), fit.middle.kl);
  const high = Math.max(low + 0.75, ridge + 0.25);
  const range = [low - 0.16 * (high - low), high];
  const reach = a + 1.5;
  const scale = axes(surface, landscapeBox(frame), {
    x: [-reach, reach], y: range, xTicks: [-4, -2, 0, 2, 4], yTicks: roundTicks(Math.max(range[0], 0), range[1], 6), title: "KL(q\u2016p) at the best width", xLabel: "mean \u03bc of q",
  });
  curve(surface, scale, landscape.map(([mu]) => mu), kls, { color: colors.freeEnergy, width: 2.5 });
  const at = ({ mu, kl }) => ({ x: scale.x(mu), y: scale.y(kl) });
  for (const one of [fit.middle, ...(fit.one ? [fit.one, { ...fit.one, mu: -fit.one.mu }] : [])]) dot(surface, at(one), { color: colors.freeEnergy, radius: 4 });
  dot(surface, at(found), { color: colors.simulation, radius: 7 });
  label(surface, "least", { x: scale.x(least.mu), y: scale.y(least.kl) + 14 }, { size: 12, align: "center" });
}

// A hand in the landscape: near the middle, or on a bump's side of the ridge, the search begins there.
function dragStart({ landscape, fit }, { distance }, frame, { x }) {
  const mu = Math.abs(scaleOf(landscapeBox(frame), { x: [-distance - 1.5, distance + 1.5], y: [0, 1] }).valueOfX(x));
  if (!fit.one) return { start: 0 };
  const ridge = landscape.reduce((top, one) => (one[0] > 0 && one[0] < fit.one.mu && one[1] > top[1] ? one : top), [0, -Infinity]);
  return { start: mu > ridge[0] ? 1 : 0 };
}

function distanceBox(frame) {
  return inset(frame, { left: 44, top: 28, right: 84, bottom: 42 });
}

function drawAgainst(surface, state, parameters, frame) {
  const { colors } = surface;
  const { fits, begins, jumps, a } = state;
  const { found } = seen(state);
  const scale = axes(surface, distanceBox(frame), {
    x: [NEAR, FAR], y: [0, 1.9], xTicks: [1, 2, 3, 4], yTicks: [0, 0.5, 1, 1.5], title: "KL of each fit", xLabel: "distance a of the bumps from 0",
  });
  const ones = fits.filter(({ one }) => one);
  const draw = (some, pick, style) => curve(surface, scale, some.map((fit) => fit.a), some.map((fit) => pick(fit).kl), style);
  curve(surface, scale, [jumps, jumps], [0, 1.45], { color: colors.neutral, width: 1, dash: [2, 3] });
  label(surface, `a* = ${jumps.toFixed(4)}`, { x: scale.x(jumps) - 4, y: scale.y(1.38) }, { size: 12, align: "right" });
  draw(fits, (fit) => fit.both, { color: colors.energy, width: 1.8, dash: [7, 4] });
  draw(fits, (fit) => fit.middle, { color: colors.freeEnergy, width: 1.5 });
  draw(ones, (fit) => fit.one, { color: colors.freeEnergy, width: 1.5 });
  draw(fits, ({ middle, one }) => (one && one.kl < middle.kl ? one : middle), { color: colors.freeEnergy, width: 3.2 });
  dot(surface, { x: scale.x(begins), y: scale.y(ones[0].one.kl) }, { color: colors.freeEnergy, radius: 3.5 });
  const end = (pick) => scale.y(pick(fits.at(-1)).kl);
  nameEnds(surface, scale, [
    { y: end((fit) => fit.middle), words: "middle", color: colors.freeEnergy }, { y: end((fit) => fit.one), words: "one bump", color: colors.freeEnergy },
    { y: end((fit) => fit.both) + 3, words: "KL(p\u2016q)", color: colors.energy },
  ]);
  dot(surface, { x: scale.x(a), y: scale.y(found.kl) }, { color: colors.simulation, radius: 6.5 });
}

function dragDistance(state, parameters, frame, { x }) {
  return { distance: Math.min(Math.max(scaleOf(distanceBox(frame), { x: [NEAR, FAR], y: [0, 1] }).valueOfX(x), NEAR), FAR) };
}

export default live({
  name: "bumps", setup, changed, describe, table,
  panels: [
    { tab: "Densities", place: [0, 0, 0.46, 1], draw: drawLaws },
    { tab: "Landscape", place: [0.46, 0, 0.54, 0.5], draw: drawLandscape, drag: dragStart },
    { tab: "Against a", place: [0.46, 0.5, 0.54, 0.5], draw: drawAgainst, drag: dragDistance },
  ],
});
