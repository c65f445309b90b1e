// node landscape.test.mjs cases.json: where the ball of landscape.js rests, against the minima of test_landscape.py.
import assert from "node:assert/strict";
import figureOf, { SPINODAL, TRANSITION, changed, describe, freeEnergy, kindOf, minima, setup, simulate, stationaryAlpha } from "../../code/sgdphysics/widgets/landscape.js";
import { given, near } from "./helpers.mjs";

const { cases, heights, tips, falls } = given();
near(stationaryAlpha(TRANSITION), tips, "transition", 1e-9);
near(stationaryAlpha(SPINODAL), falls, "spinodal", 1e-9);
heights.forEach(([r, f], i) => near(freeEnergy(r, 1.3, kindOf({ weights: i >> 3, output: (i >> 2) & 1 })), f, `f(${r})`));

const roll = (state, parameters, steps = 6000) => {
  let before = freeEnergy(state.r, parameters.alpha, state);
  for (let k = 0; k < steps; k += 1) {
    simulate(state, parameters);
    const now = freeEnergy(state.r, parameters.alpha, state);
    assert.ok(now <= before + 1e-13, "the ball went up");
    before = now;
  }
};
for (const { rest, ...parameters } of cases) {
  const state = setup(null, parameters);
  roll(state, parameters);
  near(state.r, rest, JSON.stringify(parameters), 3e-7);
  const places = minima(parameters.alpha, state);
  assert.ok(places.some((one) => Math.abs(one - rest) < 3e-7), `${places} without ${rest}`);
  const [best] = places.map((one) => freeEnergy(Math.min(one, 1 - 1e-12), parameters.alpha, state));
  for (let r = -0.99; r < 1; r += 1e-3) assert.ok(freeEnergy(r, parameters.alpha, state) > best - 1e-6, "lower than the lowest");
}

// Up, slowly: the ball falls at the spinodal and not at the transition. Down again it stays, but not at zero.
const parameters = { alpha: 0, weights: 0, output: 0 };
const state = setup(null, parameters);
const to = (alpha) => {
  parameters.alpha = Number(alpha.toFixed(2));
  changed(state, parameters);
  roll(state, parameters, 4000);
  return state.r;
};
for (let alpha = 0; alpha < 2.081; alpha += 0.02) assert.ok(to(alpha) < 0.9, `fell at ${alpha}`);
assert.match(describe(state, parameters), /^At \u03b1\/T = 2\.08, .*rests at R = 0\.8\d\d.* up to 2\.082\.$/);
assert.ok(to(2.1) > 1 - 1e-9);
for (let alpha = 2.1; alpha > 0.01; alpha -= 0.02) assert.ok(to(alpha) > 1 - 1e-9, `came back at ${alpha}`);
assert.match(describe(state, parameters), /with the teacher: R = 1, error 0\. Below 1\.696 another place is lower/);
assert.ok(to(0) < 1e-9);

// A ball in the hand does not roll; other weights begin anew.
const { forget, teach } = figureOf.figure.actions;
state.held = true;
state.r = 0.4;
simulate(state, { ...parameters, alpha: 1 });
assert.equal(state.r, 0.4);
changed(state, { ...parameters, weights: 1 });
assert.deepEqual([state.r, state.held, state.trace.length], [0, false, 1]);
teach(state, { ...parameters, weights: 1 });
assert.match(describe(state, { ...parameters, weights: 1 }), /Nothing holds it there/);
forget(state, parameters);
assert.equal(state.r, 0);
console.log(cases.length);
