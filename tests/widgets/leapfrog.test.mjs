// node leapfrog.test.mjs cases.json: repeats the runs of test_leapfrog.py with leapfrog.js.
import assert from "node:assert/strict";
import { begin, describe, finish, follow, hurry, leapfrogStep, restart, setup, simulate, totalEnergy } from "../../code/sgdphysics/widgets/leapfrog.js";
import { given, furthest, parkMiller } from "./helpers.mjs";

const runs = given();
const random = parkMiller();

for (const { covariance, stepSize, leaps, alpha, first, normals, uniforms, q, p, accepted } of runs) {
  const state = setup({ covariance }, { stepSize, leaps, alpha }, random);
  assert.equal(state.trajectories, 500);
  restart(state, {}, random);
  state.p = first;
  normals.forEach((row, k) => {
    begin(state, alpha, row);
    for (let i = 0; i < leaps; i += 1) follow(state, stepSize);
    assert.equal(finish(state, uniforms[k]), accepted[k], `trajectory ${k}`);
    assert.ok(furthest(q[k], state.q) <= 1e-12 && furthest(p[k], state.p) <= 1e-12, `trajectory ${k}: off by ${furthest(q[k], state.q)}`);
  });
  assert.equal(state.rejected, accepted.filter((yes) => !yes).length);
  assert.ok(state.rejected > 0 && state.rejected < state.trajectories, "the test must see both outcomes");
  assert.equal(state.counts.reduce((sum, count) => sum + count, 0), state.trajectories);

  const { precision } = state;
  const [far, momentum] = leapfrogStep(q[0], p[0], precision, stepSize);
  const [back] = leapfrogStep(far, momentum.map((value) => -value), precision, stepSize);
  assert.ok(furthest(back, q[0]) < 1e-12, "leapfrog is reversible");
  assert.ok(totalEnergy(q[0], p[0], precision) > 0);

  restart(state, {}, random);
  assert.deepEqual([state.q, state.trajectories, state.places.length], [[0, 0], 0, 0]);
  const parameters = { stepSize, leaps, alpha };
  for (let k = 0; k < 20; k += 1) hurry(state, parameters, random);
  assert.equal(state.trajectories, 10000);
  const mean = state.counts.reduce((sum, count, i) => sum + count * (-3.6 + (i + 0.5) * 0.2) ** 2, 0) / 10000;
  assert.ok(Math.abs(mean / covariance[0][0] - 1) < 0.15, `variance ${mean}`);
  assert.match(describe(state, parameters), /^10,000\u00a0trajectories/);
  simulate(state, parameters, random);
  assert.equal(state.path.length, 2);
}
const wild = setup({ covariance: [[1, 0.85], [0.85, 1]] }, { stepSize: 0.9, leaps: 40, alpha: 0 }, random);
assert.ok(wild.rejected > 450);
assert.match(describe(wild, { stepSize: 0.9, leaps: 40, alpha: 0 }), /beyond the limit, 0\.77/);
console.log(runs.length);
