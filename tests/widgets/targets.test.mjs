// node targets.test.mjs cases.json: the enumeration of test_targets.py again with targets.js.
import assert from "node:assert/strict";
import { cases as count, meanError, mistakes, placeOf, priorOf, setup } from "../../code/sgdphysics/widgets/targets.js";
import { nameEnds } from "../../code/sgdphysics/widgets/shared/plot.js";
import { given } from "./helpers.mjs";

const known = given();
for (const { prior, targets, halves, means } of known) {
  assert.deepEqual(priorOf(prior), targets);
  const state = setup(null, { prior });
  Object.entries(halves).forEach(([learner, expected], i) => {
    const ours = mistakes(learner, targets);
    for (let m = 0; m < 8; m += 1) {
      assert.deepEqual([...ours[m]], expected[m], `${learner}, ${m} examples, prior ${prior}`);
      const { above, below } = meanError(ours, m, targets);
      assert.equal(below === 1 ? `${above}` : `${above}/${below}`, means[i][m]);
      assert.deepEqual(state.means[i][m], { above, below });
    }
  });
}
assert.deepEqual([0, 3, 7].map(count), [16, 560, 16]);

// Every target has a square of its own, and one beside another differs in one value.
const squares = new Map();
for (let target = 0; target < 256; target += 1) {
  const { column, row } = placeOf(target);
  squares.set(16 * row + column, target);
}
assert.equal(squares.size, 256);
const bits = (set) => set.toString(2).replaceAll("0", "").length;
for (const [at, target] of squares) {
  if (at % 16 < 15) assert.equal(bits(target ^ squares.get(at + 1)), 1);
  if (at < 240) assert.equal(bits(target ^ squares.get(at + 16)), 1);
}

// Names of lines that end near the axis stand above it, apart, in the order of the lines.
const named = [];
const context = { beginPath() {}, arc() {}, fill() {}, stroke() {}, fillText: (words, x, y) => named.push([words, y]) };
const ends = [["d", 99], ["a", 20], ["c", 98], ["b", 98]].map(([words, y]) => ({ words, y, color: "" }));
nameEnds({ context, colors: {} }, { box: { x: 0, y: 0, width: 9, height: 100 } }, ends);
assert.deepEqual(new Map(named), new Map([["a", 20], ["c", 70], ["b", 85], ["d", 100]]));

console.log(known.length);
