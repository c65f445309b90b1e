// node circle.test.mjs cases.json: repeats the runs of test_circle.py with circle.js.
import assert from "node:assert/strict";
import { changed, describe, enclosed, fourPoints, measured, setup, simulate, stationary, step } from "../../code/sgdphysics/widgets/circle.js";
import { furthest, given, near, parkMiller } from "./helpers.mjs";

const { laws, runs } = given();
for (const { cases, residuals, rate, cloud, area } of laws) {
  const ours = stationary(cases, residuals, rate);
  const size = Math.max(...cloud.map(Math.abs));
  near(ours.cloud.map((one) => one / size), cloud.map((one) => one / size), "cloud");
  near(enclosed(ours, rate) / size, area / size, "area");
  const frozen = stationary(cases, residuals, rate / 2).cloud.map((one) => 2 * one);
  assert.ok(furthest(frozen, cloud) > 1e-3 * size, "a cloud that only grows with the rate must not pass");
}
for (const { parameters, rate, before, uniform, after, area } of runs) {
  const [weights, swept] = [Float64Array.from(before), new Float64Array(area.length)];
  uniform.forEach((row, k) => {
    const left = [...row];
    step(weights, swept, fourPoints(parameters), rate, () => left.shift());
    near(weights, after[k], `step ${k}`);
  });
  near(swept, area, "area");
  assert.ok(furthest(swept.map((one) => -one), area) > 1e-3, "the area with the other sign must not pass");
}

// The whole figure: its meter agrees with the exact rate, whose sign the unit of t decides.
const random = parkMiller();
const usual = { half: 0.5, left: 1, right: 3 };
const state = setup({ rate: 0.05, runs: 300 }, usual, random);
assert.doesNotMatch(describe(state, usual), /NaN|Infinity/);
const settings = [[usual, 1, /turn counterclockwise/], [{ ...usual, half: 2 }, -1, /turn clockwise/], [{ ...usual, half: 1 }, 0, /t is standardised/],
  [{ half: 0.25, left: 2, right: 2 }, 0, /both sides are noisy alike/], [{ half: 0.25, left: 4.5, right: 0.2 }, -1, /turn clockwise/]];
for (const [parameters, sign, words] of settings) {
  changed(state, parameters, random);
  for (let k = 0; k < 1300; k += 1) simulate(state, parameters, random);
  const { rate, error } = measured(state);
  assert.ok(Math.abs(rate - state.exact) < 4.5 * error, `${rate} \u00b1 ${error}, exact ${state.exact}`);
  assert.equal(Math.sign(Math.round(1e9 * state.exact)) + 0, sign);
  assert.match(describe(state, parameters), words);
  assert.ok(state.trace.length <= 401 && state.every === 4);
}
console.log(laws.length);
