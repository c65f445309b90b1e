import { live } from "./shared/host.js";
import { axes, curve, dot, grid, label, legend, nameEnds, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { cdf, logCdf } from "./shared/normal.js";
import { crossing } from "./shared/roots.js";

const NOISES = ["Laplace", "normal"]; // of density exp(-|e|)/2, and of variance one: both of Fisher information one
const VARIANCE = [2, 1];
const MOST = 0.9; // of kappa = p/n
const REACH = 5; // residuals whose loss is drawn
const SPREADS = grid(Math.log(0.1), Math.log(6), 70).map(Math.exp); // r of the curves' points

const normalDensity = (z) => Math.exp((-z * z) / 2) / Math.sqrt(2 * Math.PI);

// The two halves of Laplace's noise blurred by r Z, ln of each: e^(-z) Phi(z/r - r) and e^z Phi(-z/r - r).
function halves(z, r) {
  return [logCdf(z / r - r) - z, logCdf(-z / r - r) + z];
}

// Of a residual with its own case left out, z = noise + r Z: ln of its density, and the slope of that.
export function logDensity(noise, z, r) {
  if (noise) return (-z * z) / (2 * (1 + r * r)) - 0.5 * Math.log(2 * Math.PI * (1 + r * r));
  const [a, b] = halves(z, r);
  return Math.max(a, b) + Math.log1p(Math.exp(-Math.abs(a - b))) + (r * r) / 2 - Math.LN2;
}

export function logSlope(noise, z, r) {
  if (noise) return -z / (1 + r * r);
  const [a, b] = halves(z, r);
  return Math.tanh((b - a) / 2);
}

// P(|z| > c) and E min(z^2, c^2).
export function beyond(noise, c, r) {
  if (noise) {
    const s = Math.hypot(1, r);
    const out = 2 * cdf(-c / s);
    return { out, capped: s * s * (1 - out - ((2 * c) / s) * normalDensity(c / s)) + c * c * out };
  }
  const [a, b] = halves(c, r).map((one) => Math.exp(one + (r * r) / 2) / 2);
  const far = cdf(-c / r);
  const inside = 0.5 - far;
  const blurred = (c * c * far + r * r * (inside - (c / r) * normalDensity(c / r))) / 2;
  return { out: 2 * (far + a - b), capped: 4 * (blurred + inside - (1 + c) * a - (c - 1) * b) };
}

export function leastSquares(noise, kappa) {
  return (kappa * VARIANCE[noise]) / (1 - kappa);
}

// Least absolute deviations: the map takes c off a residual. Of a given r, the kappa = P(|z| < c) at which kappa r^2 = E min(z^2, c^2).
export function absoluteShare(noise, r) {
  const excess = (c) => {
    const { out, capped } = beyond(noise, c, r);
    return capped - r * r * (1 - out);
  };
  return 1 - beyond(noise, crossing(excess, 0.01 * r * r, 3 * (1 + r)), r).out;
}

// Of the best loss: kappa = r^2 I, with I the Fisher information of z. Trapezia on what slopes of size one would add.
export function bestShare(noise, r) {
  if (noise) return (r * r) / (1 + r * r);
  const step = r / 8;
  let lost = 0;
  for (let k = 0; k * step < 12 * r + r * r; k += 1) {
    lost += (k ? 2 : 1) * step * Math.exp(logDensity(noise, k * step, r)) * (1 - logSlope(noise, k * step, r) ** 2);
  }
  return r * r * (1 - lost);
}

// r^2 of a loss at kappa.
export function errorOf(share, noise, kappa) {
  return Math.exp(2 * crossing((log) => share(noise, Math.exp(log)) - kappa, Math.log(0.05), Math.log(12)));
}

// The best loss over r^2, against u, at places z: z -> u = z + r^2 (ln f)'(z) is its map, and the loss where u lies follows from
// min over u of rho(u) + (u - z)^2/2 = -r^2 ln f(z).
export function bestLoss(noise, r, places) {
  const at = places.map((z) => ({ u: z + r * r * logSlope(noise, z, r), value: -logDensity(noise, z, r), slope: -logSlope(noise, z, r), z }));
  const ground = -logDensity(noise, 0, r);
  return at.map(({ u, value, slope, z }) => ({ u, rho: value - (z - u) ** 2 / (2 * r * r) - ground, slope }));
}

export function setup(data, parameters) {
  const state = { noise: null, kappa: null };
  changed(state, parameters);
  return state;
}

export function changed(state, { kappa, noise }) {
  if (state.noise !== noise) {
    const ratios = (share) => SPREADS.map((r) => [share(noise, r), r * r]).map(([k, square]) => [k, square / leastSquares(noise, k)]);
    Object.assign(state, { noise, kappa: null, curves: [absoluteShare, bestShare].map(ratios) });
  }
  if (state.kappa === kappa) return;
  const [lad, best] = [absoluteShare, bestShare].map((share) => errorOf(share, noise, kappa));
  Object.assign(state, { kappa, errors: { squares: leastSquares(noise, kappa), lad, best }, loss: drawnLoss(noise, Math.sqrt(best)) });
}

function drawnLoss(noise, r) {
  const far = crossing((z) => z + r * r * logSlope(noise, z, r) - REACH, 0, 60 + 4 * r * r);
  return bestLoss(noise, r, grid(-far, far, 120));
}

export function table({ loss }) {
  return { columns: ["residual", "best loss", "its slope"], rows: loss.map(({ u, rho, slope }) => [u, rho, slope]) };
}

export function describe({ errors, noise, kappa }) {
  const { squares, lad, best } = errors;
  return `\u03ba = ${kappa.toFixed(2)}, ${NOISES[noise]}: r\u00b2 = ${squares.toFixed(3)} (squares), ${lad.toFixed(3)} (absolute), ${best.toFixed(3)} (best loss).`;
}

const shades = ({ colors }) => ({ squares: colors.freeEnergy, lad: colors.energy, best: colors.entropy });

function errorBox(frame) {
  return inset(frame, { left: 40, top: 30, right: 92, bottom: 46 });
}

function drawErrors(surface, { curves, errors, noise }, { kappa }, frame) {
  const { colors } = surface;
  const shade = shades(surface);
  const top = noise ? 1.7 : 1.45;
  const scale = axes(surface, errorBox(frame), {
    x: [0, MOST], y: [0.4, top], xTicks: [0, 0.2, 0.4, 0.6, 0.8], yTicks: [0.4, 0.6, 0.8, 1, 1.2, 1.4, 1.6], title: "Error r\u00b2, over that of least squares", xLabel: "\u03ba: weights a case, p/n",
  });
  const bound = 1 / VARIANCE[noise]; // kappa/(1 - kappa) over that of least squares (Stam)
  curve(surface, scale, [0, MOST], [bound, bound], { color: colors.neutral, width: 1.5, dash: [2, 3] });
  const lines = [[curves[0], shade.lad], [curves[1], shade.best]];
  for (const [points, color] of lines) curve(surface, scale, points.map(([k]) => k), points.map(([, ratio]) => ratio), { color, width: 2.5 });
  curve(surface, scale, [0, MOST], [1, 1], { color: shade.squares, width: 1.5 });
  const last = (points) => points.filter(([k]) => k <= MOST).at(-1)[1];
  nameEnds(surface, scale, [
    { y: scale.y(1), words: "squares", color: shade.squares }, { y: scale.y(last(curves[0])), words: "absolute", color: shade.lad },
    { y: scale.y(last(curves[1])) + 8, words: "best loss", color: shade.best }, { y: scale.y(bound) + (noise ? 9 : 0), words: "bound", color: colors.neutral },
  ]);
  for (const key of ["squares", "lad", "best"]) dot(surface, { x: scale.x(kappa), y: scale.y(errors[key] / errors.squares) }, { color: shade[key], radius: 6 });
}

function drag(state, parameters, frame, { x }) {
  return { kappa: Math.min(Math.max(scaleOf(errorBox(frame), { x: [0, MOST], y: [0, 1] }).valueOfX(x), 0.02), MOST) };
}

const SIDES = grid(-REACH, REACH, 60);

function drawLoss(surface, { loss, noise }, parameters, frame) {
  const shade = shades(surface);
  const scale = axes(surface, inset(frame, { left: 36, top: 26, right: 14, bottom: 28 }), {
    x: [-REACH, REACH], y: [0, REACH], xTicks: [-4, -2, 0, 2, 4], yTicks: [0, 2, 4], title: "The loss",
  });
  curve(surface, scale, loss.map(({ u }) => u), loss.map(({ rho }) => rho), { color: shade.best, width: 3 });
  curve(surface, scale, SIDES, SIDES.map((u) => (u * u) / (2 * VARIANCE[noise])), { color: shade.squares, width: 1.5 });
  curve(surface, scale, SIDES, SIDES.map(Math.abs), { color: shade.lad, width: 1.5 });
}

function drawPull(surface, { loss, noise }, parameters, frame) {
  const shade = shades(surface);
  const scale = axes(surface, inset(frame, { left: 36, top: 26, right: 14, bottom: 42 }), {
    x: [-REACH, REACH], y: [-1.6, 1.6], xTicks: [-4, -2, 0, 2, 4], yTicks: [-1, 0, 1], title: "Its slope: how hard a residual pulls", xLabel: "residual",
  });
  curve(surface, scale, loss.map(({ u }) => u), loss.map(({ slope }) => slope), { color: shade.best, width: 3 });
  curve(surface, scale, SIDES, SIDES.map((u) => u / VARIANCE[noise]), { color: shade.squares, width: 1.5 });
  curve(surface, scale, [-REACH, 0, 0, REACH], [-1, -1, 1, 1], { color: shade.lad, width: 1.5 });
  legend(surface, { x: scale.x(-4.6), y: scale.box.y + 8 }, [["squares", shade.squares], ["absolute values", shade.lad], ["best loss", shade.best]]);
}

export default live({
  name: "losses", setup, changed, describe, table,
  panels: [
    { tab: "Errors", place: [0, 0, 0.54, 1], draw: drawErrors, drag },
    { tab: "The loss", place: [0.54, 0, 0.46, 0.5], draw: drawLoss },
    { tab: "The loss", place: [0.54, 0.5, 0.46, 0.5], draw: drawPull },
  ],
});
