// node trap.test.mjs cases.json: repeats the pulls of test_trap.py with trap.js.
import assert from "node:assert/strict";
import * as trap from "../../code/sgdphysics/widgets/trap.js";
import { given, furthest, near, parkMiller } from "./helpers.mjs";

const pulls = given();
for (const { stiffness, distance, duration, temperature, start, normals, work, end, wasted, estimate, error } of pulls) {
  const q = Float64Array.from(start);
  const works = new Float64Array(q.length);
  const late = new Float64Array(q.length);
  const place = (step) => (distance * step) / normals.length;
  normals.forEach((row, step) => {
    trap.switchTrap(q, works, stiffness, place(step), place(step + 1));
    trap.moveInTrap(q, stiffness, place(step + 1), duration / normals.length, temperature, row);
    trap.switchTrap(q, late, stiffness, place(step), place(step + 1));
  });
  near(work, works, "work");
  near(end, q, "positions");
  assert.ok(furthest(work, late) > 1e-3, "work recorded after the move must not pass");
  near([wasted], [trap.draggingDissipation(distance, duration, stiffness)], "dissipation");
  const state = { work: works, temperature, count: 0, total: 0, weights: 0, squares: 0, lucky: 0, bins: new Array(48).fill(0) };
  trap.collect(state);
  const found = trap.jarzynskiEstimate(state, temperature);
  near([estimate, error], [found.value, found.error], "Jarzynski");
  assert.equal(state.lucky, work.filter((one) => one < 0).length);
}


const random = parkMiller();
const slow = { duration: 2, temperature: 1.1 };
const dragged = trap.setup({ stiffness: 4, distance: 1, dt: 0.02, particles: 200 }, slow, random);
assert.match(trap.describe(dragged, slow), /will be/);
for (let i = 0; i < 100; i += 1) trap.pull(dragged, slow, random);
assert.equal(dragged.count, 20000);
const exact = trap.draggingDissipation(1, 2, 4);
assert.ok(Math.abs(dragged.total / 20000 - exact) < 4.5 * Math.sqrt((2 * 1.1 * exact) / 20000));
const { value, error } = trap.jarzynskiEstimate(dragged, 1.1);
assert.ok(Math.abs(value) < 4.5 * error);
assert.ok(dragged.bins.reduce((sum, tally) => sum + tally, 0) > 19900);
trap.clear(dragged, { ...slow, duration: 1 }, random);
assert.equal(dragged.count, 0); // another speed, another histogram

// By hand, there and half-way back and in jumps: Jarzynski's average holds, and the histogram stays that of even pulls.
const warm = { duration: 1, temperature: 1.1 };
const held = trap.setup({ stiffness: 4, distance: 1, dt: 0.02, particles: 40000 }, warm, random);
trap.takeHold(held, random);
for (const center of [0.1, 0.3, 0.7, 0.6, 0.4, 0.35]) {
  trap.pullTo(held, center);
  for (let i = 0; i < 4; i += 1) trap.simulate(held, warm, random);
}
const byHand = trap.seen(held);
assert.ok(Math.abs(byHand.value) < 4.5 * byHand.error && byHand.mean > 20 * byHand.error, JSON.stringify(byHand));
assert.match(trap.describe(held, warm), /^Pulled by hand at temperature 1.10: after 40,000/);
assert.equal(held.count, 0);
held.hand.held = false;
for (let i = 0; i < 102; i += 1) trap.simulate(held, warm, random);
assert.equal(held.hand, null); // an even pull is under way again
trap.takeHold(held, random);
trap.pull(held, warm, random);
assert.deepEqual([held.hand, held.count], [null, 40000]);
console.log(pulls.length);
