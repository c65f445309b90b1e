import { live } from "./shared/host.js";
import { axes, bar, curve, dot, grid, label, legend, nameEnds, roundTicks, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { enumerate, logSumExp, meanField, torusOf } from "./shared/spins.js";

const TORUS = torusOf(3, 4);
const SITES = TORUS.length;
const ALL = 2 ** SITES;
const { bonds: BONDS, total: TOTAL } = enumerate(TORUS);
const FIELDS = TORUS.map((near) => Int8Array.from({ length: ALL }, (_, state) => near.reduce((sum, j) => sum + 2 * ((state >> j) & 1) - 1, 0)));
export const STEPS = [1, 2, 4, 8, 16, 32, 64, 128];
const COLD = 0.25;
const HOT = 1.25;

// One sweep of heat bath, spin 0 first, of all probabilities at once: of the two states that differ in a spin, the one with it up
// gets the share 1/(1 + exp(-2 (own + coupling * sum of neighbours))) of both.
export function sweep(law, own, coupling) {
  const up = new Map([-4, -2, 0, 2, 4].map((sum) => [sum, 1 / (1 + Math.exp(-2 * (own + coupling * sum)))]));
  const shares = Float64Array.from({ length: 9 }, (_, sum) => up.get(sum - 4) ?? 0);
  for (let i = 0; i < SITES; i += 1) {
    const [bit, field] = [1 << i, FIELDS[i]];
    for (let above = 0; above < ALL; above += 2 * bit) {
      for (let state = above; state < above + bit; state += 1) {
        const both = law[state] + law[state + bit];
        law[state + bit] = both * shares[field[state] + 4];
        law[state] = both - law[state + bit];
      }
    }
  }
}

// From independent spins in a field `own` each to the torus at T, in n equal jumps of ln p with a sweep between: ln Z - E ln w, where
// ln Z is that of the torus and w the product of what the jumps multiply p by. Also the law of the state at the last jump.
export function annealed(own, temperature, n) {
  const coupling = 1 / (4 * temperature);
  const norm = SITES * (Math.abs(own) + Math.log1p(Math.exp(-2 * Math.abs(own))));
  const rise = Float64Array.from(BONDS, (sum, state) => coupling * sum - own * TOTAL[state] + norm);
  const law = Float64Array.from(TOTAL, (sum) => Math.exp(own * sum - norm));
  const mean = () => {
    let sum = 0;
    for (let state = 0; state < ALL; state += 1) sum += law[state] * rise[state];
    return sum;
  };
  let work = mean();
  for (let step = 1; step < n; step += 1) {
    sweep(law, own * (1 - step / n), (coupling * step) / n);
    work += mean();
  }
  return { gap: logZ(temperature) - work / n, law };
}

export function logZ(temperature) {
  return logSumExp(Float64Array.from(BONDS, (sum) => sum / (4 * temperature)));
}

// Of so many spins up, the probability.
export function ups(law) {
  const shares = new Array(SITES + 1).fill(0);
  law.forEach((p, state) => (shares[(TOTAL[state] + SITES) / 2] += p));
  return shares;
}

export function setup(data, parameters) {
  const state = {};
  changed(state, parameters);
  return state;
}

// Both starts with every number of steps: spins in the mean field's own field m/T, and spins that are coins.
export function changed(state, { temperature, steps }) {
  if (state.temperature !== temperature) {
    const runs = [meanField(temperature) / temperature, 0].map((own) => STEPS.map((n) => {
      const { gap, law } = annealed(own, temperature, n);
      return { gap, ups: ups(law) };
    }));
    const ln = logZ(temperature);
    const exact = ups(Float64Array.from(BONDS, (sum) => Math.exp(sum / (4 * temperature) - ln)));
    Object.assign(state, { temperature, runs, exact });
  }
  state.steps = steps;
}

export function table({ runs }) {
  return { columns: ["steps", "gap from the mean field", "gap from coins"], rows: STEPS.map((n, i) => [n, runs[0][i].gap, runs[1][i].gap]) };
}

export function describe({ runs, temperature, steps }) {
  const [mean, coins] = runs.map((one) => one[steps].gap.toFixed(3));
  return `T = ${temperature.toFixed(3)}, n = ${STEPS[steps]}: gap ${mean} (mean field), ${coins} (coins); ln 2 = ${Math.LN2.toFixed(3)}.`;
}

function gapBox(frame) {
  return inset(frame, { left: 46, top: 30, right: 92, bottom: 46 });
}

const FLOOR = 0.005;
const height = (gap) => Math.log10(Math.max(gap, FLOOR / 2));

function drawGaps(surface, { runs, steps }, parameters, frame) {
  const { colors } = surface;
  const places = STEPS.map((_, i) => i);
  const ticks = [0.01, 0.03, 0.1, 0.3, 1, 3, 10, 30];
  const scale = axes(surface, gapBox(frame), {
    x: [0, STEPS.length - 1], y: [height(FLOOR), height(40)], xTicks: places, xName: (i) => String(STEPS[i]),
    title: "Gap: ln Z \u2212 mean of ln w", xLabel: "steps n",
  });
  for (const tick of ticks) {
    curve(surface, scale, [0, STEPS.length - 1], [height(tick), height(tick)], { color: colors.grid, width: 1 });
    label(surface, String(tick), { x: scale.box.x - 7, y: scale.y(height(tick)) }, { color: colors.neutral, size: 12, align: "right" });
  }
  const shades = [colors.freeEnergy, colors.simulation];
  // The mean field's line is the broader one: where both starts are the same it shows on either side of the other.
  runs.forEach((one, k) => {
    curve(surface, scale, places, one.map(({ gap }) => height(gap)), { color: shades[k], width: k ? 2 : 6 });
    one.forEach(({ gap }, i) => gap >= FLOOR && dot(surface, { x: scale.x(i), y: scale.y(height(gap)) }, { color: shades[k], radius: (i === steps ? 7 : 3.5) + (k ? 0 : 2) }));
  });
  curve(surface, scale, [0, STEPS.length - 1], [height(Math.LN2), height(Math.LN2)], { color: colors.text, width: 1.2, dash: [2, 4] });
  const end = (value) => Math.min(scale.y(height(value)), scale.box.y + scale.box.height - 6);
  nameEnds(surface, scale, [
    { y: end(runs[0].at(-1).gap), words: "mean field", color: shades[0] }, { y: end(runs[1].at(-1).gap), words: "coins", color: shades[1] },
    { y: end(Math.LN2) - 7, words: "ln 2", color: colors.text },
  ]);
}

function drag(state, parameters, frame, { x }) {
  const last = STEPS.length - 1;
  return { steps: Math.min(Math.max(scaleOf(gapBox(frame), { x: [0, last], y: [0, 1] }).valueOfX(x), 0), last) };
}

function drawUps(surface, { runs, exact, steps }, parameters, frame) {
  const { colors } = surface;
  const laws = runs.map((one) => one[steps].ups);
  const top = Math.min(Math.max(...exact, ...laws.flat()), 1);
  const scale = axes(surface, inset(frame, { left: 46, top: 30, right: 14, bottom: 46 }), {
    x: [-0.7, SITES + 0.7], y: [0, 1.4 * top], xTicks: [0, 3, 6, 9, 12], yTicks: roundTicks(0, top, 5),
    title: "Probability at the last jump", xLabel: `spins up, of ${SITES}`,
  });
  const places = exact.map((_, i) => i);
  exact.forEach((p, i) => {
    bar(surface, scale, i - 0.42, i + 0.42, p, colors.grid);
    curve(surface, scale, [i - 0.42, i + 0.42], [p, p], { color: colors.theory, width: 3 });
  });
  [colors.freeEnergy, colors.simulation].forEach((color, k) => {
    curve(surface, scale, places, laws[k], { color, width: k ? 1.5 : 4 });
    laws[k].forEach((p, i) => dot(surface, { x: scale.x(i), y: scale.y(p) }, { color, radius: k ? 3.5 : 5.5 }));
  });
  legend(surface, { x: scale.x(2.2), y: scale.box.y + 10 }, [["exact", colors.theory], ["from the mean field", colors.freeEnergy], ["from coins", colors.simulation]]);
}

export default live({
  name: "annealing", setup, changed, describe, table,
  panels: [
    { tab: "Gap", place: [0, 0, 0.54, 1], draw: drawGaps, drag },
    { tab: "Spins up", place: [0.54, 0, 0.46, 1], draw: drawUps },
  ],
});
