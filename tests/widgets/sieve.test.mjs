// node sieve.test.mjs cases.json: repeats the cases of test_sieve.py with sieve.js.
import assert from "node:assert/strict";
import figureOf, { annealed, changed, describe, errorOf, failures, lesson, setup, survivors } from "../../code/sgdphysics/widgets/sieve.js";
import { given, near } from "./helpers.mjs";

const cases = given();
for (const { weights: n, teacher, signs, inputs, rows, annealed: bound } of cases) {
  const ours = lesson(n, teacher);
  assert.deepEqual(ours.signs, signs);
  near(ours.inputs, inputs, "inputs");
  const counted = survivors(n, failures(n, ours));
  rows.forEach((row, p) => assert.deepEqual(counted[p], row, `${n} weights, teacher ${teacher}, ${p} examples`));
  near(annealed(n), bound, "annealed");
  assert.notDeepEqual(survivors(n, failures(n, { signs, inputs: ours.inputs.map((one, i) => (i % n ? one : 0)) })), rows);
}
near(errorOf(2, 4), 0.5, "half of the weights wrong");

// The buttons: one more, ten more but not beyond the last, and the teachers in turn.
const { one, ten, another } = figureOf.figure.actions;
const at = { weights: 9, teacher: 40, examples: 35 };
assert.deepEqual([one(null, at), ten(null, at), another(null, at)], [{ examples: 36 }, { examples: 40 }, { teacher: 1 }]);
assert.deepEqual(another(null, { ...at, teacher: 7 }), { teacher: 8 });

const state = setup(null, at);
assert.match(describe(state, { ...at, examples: 0 }), /^After 0.examples of teacher 40, 512 of 512 students with 9 weights are left\. Taken at random, one errs in 50\.0.% of/);
assert.match(describe(state, { ...at, examples: 40 }), /one of 512 .* the teacher itself/);
const again = setup(null, { ...at, weights: 5 });
changed(again, at);
assert.deepEqual(again.rows, state.rows);
console.log(cases.length);
