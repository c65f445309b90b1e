// node frames.test.mjs: which picture the sliders choose.
import assert from "node:assert/strict";
import { chosen, describe, isLast, next, setup } from "../../code/sgdphysics/widgets/frames.js";

const says = [0, 1].flatMap((a) => [0, 1, 2].map((b) => `${a} and ${b}`));
const state = setup({ shape: [2, 3], tabs: ["a", "b"], cuts: [0, 0.4, 1], says });
assert.equal(chosen(state, { first: 1, second: 0 }), 3);
assert.equal(describe(state, { first: 1, second: 2 }), "1 and 2");
assert.deepEqual([next(state, { first: 0, second: 2 }), next(state, { first: 1, second: 2 })], [{ first: 1 }, { first: 0 }]);
assert.deepEqual([isLast(state, { first: 0, second: 2 }), isLast(state, { first: 1, second: 0 })], [false, true]);
assert.equal(chosen(setup({ shape: [4], tabs: [], cuts: [] }), { only: 2 }), 2);
assert.deepEqual(state.panels.map(({ tab, place }) => [tab, place]), [["a", [0, 0, 0.4, 1]], ["b", [0.4, 0, 0.6, 1]]]);
console.log("ok");
