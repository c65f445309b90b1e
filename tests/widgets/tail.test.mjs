// node tail.test.mjs cases.json: repeats the runs of test_tail.py with tail.js.
import assert from "node:assert/strict";
import { beyond, changed, describe, doubling, factors, inputs, jump, setup, simulate, step, tailExponent } from "../../code/sgdphysics/widgets/tail.js";
import { furthest, given, near, parkMiller } from "./helpers.mjs";

const { laws, runs } = given();
for (const { parameters, state, alpha } of laws) {
  const ours = tailExponent(factors(inputs(parameters), parameters.rate));
  if (state === "none") assert.ok(Number.isNaN(ours), JSON.stringify(parameters));
  else if (state === "contracts") assert.equal(ours, Infinity);
  else near(ours / alpha, 1, "exponent");
}
for (const { parameters, before, uniform, after } of runs) {
  const [weights, slow] = [Float64Array.from(before), Float64Array.from(before)];
  const xs = inputs(parameters);
  uniform.forEach((row, k) => {
    const [left, again] = [[...row], [...row]];
    step(weights, xs, parameters.rate, () => left.shift());
    step(slow, xs, parameters.rate / 2, () => again.shift());
    const size = Math.max(1, ...after[k].map(Math.abs));
    near(weights.map((w) => w / size), after[k].map((w) => w / size), `step ${k}`);
  });
  assert.ok(furthest(slow, after.at(-1)) > 1e-3, "half the rate must not pass");
}

// The whole figure: doubling the distance leaves a third, where every case contracts nobody is far.
const random = parkMiller(3);
const usual = { odd: 3, others: 0.5, rate: 1 };
const state = setup({ runs: 20000 }, usual);
const run = (parameters, steps) => {
  changed(state, parameters);
  for (let k = 0; k < steps; k += 1) simulate(state, parameters, random);
  assert.doesNotMatch(describe(state, parameters), /NaN|Infinity|undefined/);
  return describe(state, parameters);
};
assert.match(describe(state, usual), /a tail of exponent 1\.585, infinite variance\.$/);
assert.match(run(usual, 200), /2\u00a0% of the runs/);
const sure = (u) => {
  const [share, few] = [beyond(state, 2 * u) / beyond(state, u), beyond(state, u) * state.runs];
  return Math.abs(share - 1 / 3) < 4.5 * Math.sqrt((1 / 3) * (2 / 3) / few);
};
assert.ok(sure(8) && sure(16), JSON.stringify(doubling(state)));
assert.equal(beyond(state, 8), [...state.weights].filter((w) => Math.abs(w) > 8).length / 20000);
jump(state, usual, random);
assert.ok(Math.abs(state.one[0]) >= 20 && state.trace.at(-1) === state.one[0] && state.trace.length === 300);
assert.match(describe(state, usual), /drawn jumped beyond 20 after/);
for (let k = 0; k < 301; k += 1) simulate(state, usual, random);
assert.doesNotMatch(describe(state, usual), /jumped/);
const calm = { ...usual, rate: 0.6 };
assert.match(run(calm, 200), /no case expands: no tail\. After 200.steps the farthest/);
jump(state, calm, random);
assert.match(describe(state, calm), /never beyond 20 in 20,000.more steps/);
assert.match(run({ odd: 6, others: 3, rate: 1.5 }, 400), /no steady state: ln\|w\| grows by 1\.46 a step/);
run({ odd: 6, others: 0.5, rate: 0.65 }, 300); // an exponent near zero
console.log(laws.length);
