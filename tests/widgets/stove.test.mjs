// node stove.test.mjs cases.json: Onsager's lines and the traces of stove.js against Python's.
import assert from "node:assert/strict";
import { CRITICAL_TEMPERATURE, liquidEnergy, orderParameter, spinCorrelation } from "../../code/sgdphysics/widgets/shared/onsager.js";
import { describe, measure, setup, shake, simulate } from "../../code/sgdphysics/widgets/stove.js";
import { given, near, parkMiller } from "./helpers.mjs";

const { critical, lines, pots } = given();
near(CRITICAL_TEMPERATURE, critical);
for (const { temperature, order, correlation, energy } of lines) {
  near(orderParameter(temperature), order);
  near(spinCorrelation(temperature), correlation);
  near(liquidEnergy(temperature), energy);
}
for (const { height, width, n, expected } of pots) {
  const seen = measure({ height, width }, Uint8Array.from([...n, 0]));
  [seen.water, seen.vapour, seen.energy].forEach((value, i) => near(value, expected[i]));
}

const random = parkMiller();
const data = { height: 40, width: 56, molecules: 1120 };
const count = ({ n }) => n.reduce((sum, one) => sum + one, 0);
const after = (parameters, steps, state = setup(data, parameters, random)) => {
  for (let i = 0; i < steps; i += 1) simulate(state, parameters, random);
  assert.equal(count(state), data.molecules);
  return state;
};
const cold = { temperature: 0.45, gravity: 0.04 };
const state = after(cold, 1000);
assert.ok(measure(state.gas, state.n).water > 0.95 && measure(state.gas, state.n).vapour < 0.05);
assert.match(describe(state, cold), /water stays at the bottom/);
shake(state, cold, random);
assert.ok(Math.abs(measure(state.gas, state.n).water - 0.5) < 0.1);
after(cold, 150, state);
assert.match(describe(state, cold), /gathering/);
const hot = { temperature: 1.1, gravity: 0 };
assert.match(describe(after(hot, 600), hot), /fill the pot evenly/);
console.log(lines.length + pots.length);
