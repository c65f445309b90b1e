// node valley.test.mjs cases.json: repeats the runs of test_valley.py with valley.js.
import assert from "node:assert/strict";
import { changed, describe, drift, setup, simulate, step } from "../../code/sgdphysics/widgets/valley.js";
import { furthest, given, near, parkMiller } from "./helpers.mjs";

const { runs } = given();
for (const { parameters, uniform, places, law } of runs) {
  const state = setup(null, parameters);
  near([state.u, state.v], places[0], "start");
  let [wrong, off] = [state.first, 0];
  uniform.forEach((one, k) => {
    const { error } = step(state, parameters, () => one);
    wrong *= 1 - parameters.rate * error ** 2;
    simulate(state, parameters, () => one);
    off = Math.max(off, furthest(wrong, state.product));
    near([state.u, state.v], places[k + 1], `step ${k}`);
    near(state.law, law[k + 1], `law ${k}`);
    near(state.product, state.u ** 2 - state.v ** 2, `imbalance ${k}`);
  });
  if (parameters.noise) assert.ok(off > 1e-2, "1 - rate e^2 must not pass");
}

// The mean of many balls drifts as the law of the floor's error says, and not as the label's error alone would have it.
const random = parkMiller(9);
const usual = { noise: 0.5, rate: 0.05, start: 3 };
const balls = Array.from({ length: 300 }, () => {
  const state = setup(null, usual);
  for (let k = 0; k < 1200; k += 1) simulate(state, usual, random);
  return state.u ** 2 - state.v ** 2;
});
const mean = balls.reduce((sum, one) => sum + one, 0) / balls.length;
let [law, label] = [9 - (1.01 / 3) ** 2, 9 - (1.01 / 3) ** 2];
for (let k = 0; k < 1200; k += 1) {
  law = drift(law, usual);
  label *= 1 - (usual.rate * usual.noise) ** 2;
}
assert.ok(Math.abs(mean / law - 1) < 0.03, `${mean}, law ${law}`);
assert.ok(Math.abs(mean / label - 1) > 0.05, `${mean}, by the label alone ${label}`);

const says = (parameters, steps) => {
  const state = setup(null, parameters);
  for (let k = 0; k < steps; k += 1) simulate(state, parameters, random);
  assert.ok(state.traces.length <= 501 && state.path.length <= 800);
  assert.doesNotMatch(describe(state, parameters), /NaN|Infinity|undefined/);
  return describe(state, parameters);
};
assert.match(says(usual, 0), /pushes the ball to the flat\. After 0.steps/);
assert.match(says({ ...usual, noise: 0 }, 3000), /stays where it is\. After 3,000.steps the sharpness is 9\.11/);
assert.match(says({ noise: 0, rate: 0.15, start: 4 }, 600), /swung from wall to wall, and is now where it is flatter\. After/);
assert.match(says({ noise: 0, rate: 0.15, start: 4 }, 0), /too steep here for this step, and the ball cannot stay\./);
assert.match(says({ noise: 0, rate: 0.25, start: 4 }, 600), /flown out of the valley after \d+.steps/);
assert.match(says({ noise: 0.5, rate: 0.1, start: 1 }, 100), /where the floor is flattest/);
// A ball that bounced over to u, v < 0 is there to stay, and the picture does not show it.
const flung = setup(null, { noise: 1, rate: 0.25, start: 3 });
Object.assign(flung, { u: -1.3, v: -0.8, steps: 40 });
assert.match(describe(flung, { noise: 1, rate: 0.25, start: 3 }), /flatter\. It has left the picture, in the valley\u2019s other half: u is \u22121\.3, v is \u22120\.8\. After 40/);
Object.assign(flung, { u: 0.4, v: 3.3 });
assert.match(describe(flung, { noise: 1, rate: 0.25, start: 3 }), /swings from wall to wall\. It has left the picture: u is 0\.4, v is 3\.3\./);
Object.assign(flung, { u: 4.6, v: 3.2 });
assert.doesNotMatch(describe(flung, { noise: 1, rate: 0.25, start: 3 }), /picture/);
const state = setup(null, usual);
simulate(state, usual, random);
changed(state, { ...usual, start: 2 });
assert.deepEqual([state.u, state.steps, state.traces.length], [2, 0, 1]);
console.log(runs.length);
