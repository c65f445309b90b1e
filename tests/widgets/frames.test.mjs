// node frames.test.mjs: which picture the sliders choose.
import assert from "node:assert/strict";
import { chosen, describe, height, setup } from "../../code/sgdphysics/widgets/frames.js";

const says = [0, 1].flatMap((a) => [0, 1, 2].map((b) => `${a} and ${b}`));
const state = setup({ width: 6, height: 3, shape: [2, 3], frames: [], says });
assert.equal(chosen(state, { first: 1, second: 0 }), 3);
assert.equal(describe(state, { first: 1, second: 2 }), "1 and 2");
assert.equal(height(100, state), 50);
assert.equal(chosen(setup({ shape: [4] }), { only: 2 }), 2);
console.log("ok");
