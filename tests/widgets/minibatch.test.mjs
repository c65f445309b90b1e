// node minibatch.test.mjs cases.json: repeats the runs of test_minibatch.py with minibatch.js.
import assert from "node:assert/strict";
import { histogram, setup, settings, simulate, slope, spread, step, variance } from "../../code/sgdphysics/widgets/minibatch.js";
import { given, furthest, parkMiller } from "./helpers.mjs";

const { runs, laws, figure } = given();
for (const { x, y, epsilon, temperature, batch, before, rows, normals, after } of runs) {
  const q = Float64Array.from(before);
  const weakly = Float64Array.from(before);
  normals.forEach((row, k) => {
    step(q, { x, y }, { epsilon, temperature, batch }, rows[k].flat(), row);
    step(weakly, { x, y }, { epsilon, temperature: temperature / 2, batch }, rows[k].flat(), row);
    assert.ok(furthest(after[k], q) <= 1e-12, `step ${k}: off by ${furthest(after[k], q)}`);
  });
  if (temperature > 0) assert.ok(furthest(after.at(-1), weakly) > 1e-3, "a wrong noise scale must not pass");
}
for (const { x, y, epsilon, temperature, batch, mode, stiffness, expected } of laws) {
  const found = slope({ x, y });
  assert.ok(Math.abs(found.mode - mode) <= 1e-12 && Math.abs(found.stiffness - stiffness) <= 1e-9);
  assert.ok(Math.abs(variance({ x, y }, { epsilon, temperature, batch }) / expected - 1) <= 1e-12);
}

const random = parkMiller();
const state = setup({ ...figure, runs: 4000 });
for (const parameters of [{ batch: 1, step: 1.2, temperature: 0.5 }, { batch: 20, step: 0.1, temperature: 2 }]) {
  for (let i = 0; i < 250; i += 1) simulate(state, parameters, random);
  for (const kind of state.kinds) {
    const { measured, exact } = spread(state, parameters, kind);
    assert.ok(Math.abs(measured / exact - 1) < 4.5 / Math.sqrt(2 * 4000), `${kind.name}: ${measured} instead of ${exact}`);
  }
}
assert.equal(settings(state, { step: 0.4, batch: 3, temperature: 2 }, "sgd").temperature, 0);
assert.ok(Math.abs(histogram(state, [state.mode, state.mode, 1e3]).reduce((a, b) => a + b, 0) - 2 / 3) < 1e-12);
console.log(runs.length + laws.length);
