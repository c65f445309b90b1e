// node staircase.test.mjs cases.json: critical temperatures and orders of test_staircase.py with staircase.js.
import assert from "node:assert/strict";
import { CLUSTERS, changed, describe, edgeSusceptibility, kikuchiAt, KIKUCHI, kikuchiMean, setup, square, stripCritical, stripMean } from "../../code/sgdphysics/widgets/staircase.js";
import { given, near } from "./helpers.mjs";

const { strips, row, clusters, kikuchi } = given();
for (const [width, critical, means] of strips) {
  near(stripCritical(width), critical, `critical temperature of ${width} rows`, 1e-9);
  for (const [temperature, m] of means) near(stripMean(width, temperature), m, `${width} rows at T = ${temperature}`, 1e-9);
}
near(stripCritical(1), row, "one row, Lambert's W", 1e-11);
near(edgeSusceptibility(1, 0.8), 2 * Math.exp(2 / (4 * 0.8)), "a chain's susceptibility, twice", 1e-10);
near(KIKUCHI, kikuchi.critical, "Kikuchi", 1e-7); // the package differentiates by steps
for (const [temperature, m] of kikuchi.means) near(kikuchiMean(temperature), m, `Kikuchi at T = ${temperature}`, 1e-8);
near(1 / (4 * kikuchiAt(1e-4).k), KIKUCHI, "Kikuchi, where the field of the ring vanishes", 1e-7);

// The ring of four spins, counted.
const ring = (a, b) => {
  const pairs = [0, 0, 0, 0];
  let [mean, all] = [0, 0];
  for (let code = 0; code < 16; code += 1) {
    const s = [3, 2, 1, 0].map((i) => 1 - 2 * ((code >> i) & 1));
    const weight = Math.exp(s.reduce((sum, one, i) => sum + a * one * s[(i + 1) % 4] + b * one, 0));
    pairs[code >> 2] += weight;
    mean += weight * s[0];
    all += weight;
  }
  return { pairs, m: mean / all };
};
for (const [a, b] of [[0.3, 0.2], [0.7, 0.01], [1.5, 1], [0, 0]]) {
  const { pairs: [both, mixed, other, neither], m } = ring(a, b);
  const ours = square(a, b);
  near(mixed, other, "a pair from both sides", 1e-12 * mixed);
  near(ours.m, m, "m of a ring");
  near([Math.exp(4 * ours.bond), Math.exp(4 * ours.pull)], [(both * neither) / mixed ** 2, both / neither], "a bond of the ring", 1e-11 * (both / neither) * (1 + (both * neither) / mixed ** 2));
  near(Math.tanh(ours.alone), m, "a site of the ring");
}

const state = setup(null, { cluster: 0, temperature: 0.6 });
clusters.forEach(([name, critical, m], cluster) => {
  assert.equal(CLUSTERS[cluster].name, name);
  near(state.critical[cluster], critical, name, 1e-7);
  changed(state, { cluster, temperature: 0.6 });
  near(state.here, m, `${name} at T = 0.6`, 1e-8);
  const [[cold], last] = [state.curve[0], state.curve.at(-1)];
  near([cold, ...last], [0.3, critical, 0], `ends of the curve of ${name}`, 1e-7);
  for (let i = 1; i < state.curve.length; i += 1) assert.ok(state.curve[i][0] > state.curve[i - 1][0] && state.curve[i][1] < state.curve[i - 1][1]);
  // the heat at which order ends is hotter than the exact one, and at each T there is more of it
  assert.match(describe(state, { cluster, temperature: 0.6 }), / too high; at T = 0\.60 m = 0\.\d{3}, exact 0\.$/);
});
changed(state, { cluster: 2, temperature: 1.1 });
assert.equal(describe(state, { cluster: 2, temperature: 1.1 }), "2 rows order below T = 0.7890, 39\u00a0% too high; at T = 1.10 m = 0, exact 0.");
console.log(strips.length);
