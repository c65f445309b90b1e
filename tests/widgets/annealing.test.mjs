// node annealing.test.mjs cases.json: gaps and laws of test_annealing_figure.py with annealing.js.
import assert from "node:assert/strict";
import { annealed, changed, logZ, setup, STEPS, sweep, table, ups } from "../../code/sgdphysics/widgets/annealing.js";
import { enumerate, meanField, torusOf } from "../../code/sgdphysics/widgets/shared/spins.js";
import { given, near } from "./helpers.mjs";

const cases = given();
for (const { temperature, ln, gaps, up } of cases) {
  near(logZ(temperature), ln, `ln Z at T = ${temperature}`, 1e-11);
  const state = setup(null, { temperature, steps: 0 });
  table(state).rows.forEach(([n, mean, coins], i) => near([n, mean, coins], [STEPS[i], gaps[0][i], gaps[1][i]], `gap of ${n} steps at T = ${temperature}`, 1e-10));
  near(annealed(0, temperature, 8).law.reduce((a, b) => a + b, 0), 1, "a law");
  [meanField(temperature) / temperature, 0].forEach((own, k) => near(ups(annealed(own, temperature, 8).law), up[k], `spins up, start ${k}, T = ${temperature}`, 1e-11));
  for (const [, mean, coins] of table(state).rows) assert.ok(mean > 0 && coins > 0);
}
// Boltzmann's law stays as it is, at any share of the way; another does not.
const { bonds, total } = enumerate(torusOf(3, 4));
for (const [own, coupling] of [[0, 0.4], [0.3, 0.2], [-0.5, 0.1]]) {
  const weights = Float64Array.from(bonds, (sum, state) => Math.exp(coupling * sum + own * total[state]));
  const z = weights.reduce((a, b) => a + b, 0);
  const law = weights.map((weight) => weight / z);
  const before = law.slice();
  sweep(law, own, coupling);
  near(law, before, "stationary", 1e-15);
  sweep(law, own, coupling + 0.1);
  assert.ok(law.some((p, state) => Math.abs(p - before[state]) > 1e-6));
}
const state = setup(null, { temperature: 0.375, steps: 0 });
changed(state, { temperature: 1.1, steps: 3 });
near(state.runs[0].map(({ gap }) => gap), state.runs[1].map(({ gap }) => gap), "above T = 1 both starts are coins");
console.log(cases.length);
