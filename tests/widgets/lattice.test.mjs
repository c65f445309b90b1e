// node lattice.test.mjs cases.json: repeats each pot of test_stove.py with lattice.js.
import assert from "node:assert/strict";
import {
  latticeEnergy, latticeGas, latticeProfile, latticeRun, latticeScattered, latticeSlab, latticeSweep, latticeThresholds,
} from "../../code/sgdphysics/widgets/shared/lattice.js";
import { given, parkMiller } from "./helpers.mjs";

const cases = given();
for (const { height, width, coupling, gravity, temperature, thresholds, before, sweeps } of cases) {
  const gas = latticeGas(height, width, { coupling, gravity });
  const own = latticeThresholds(gas, temperature);
  own.forEach((table, rise) =>
    table.forEach((value, k) => assert.ok(Math.abs(value - thresholds[rise][k]) <= 1, `threshold ${value}`)));
  for (const table of [own, thresholds.map((row) => Uint32Array.from(row))]) {
    const n = Uint8Array.from([...before, 0]);
    for (const { order, bits, after, energy, profile } of sweeps) {
      latticeSweep(gas, n, table, order, Uint32Array.from(bits));
      assert.deepEqual([...n], [...after, 0]);
      assert.equal(latticeEnergy(gas, n), energy);
      assert.deepEqual([...latticeProfile(gas, n)], profile);
    }
  }
}

const gas = latticeGas(64, 48, { gravity: 0.02 });
const count = (n) => n.reduce((sum, value) => sum + value, 0);
const random = parkMiller();
const slab = latticeSlab(gas, 1000, 3);
assert.equal(count(slab), 1000);
assert.equal(slab.indexOf(1), 3 * 48);
const n = latticeScattered(gas, 1000, random);
assert.equal(count(n), 1000);
const hops = latticeRun(gas, n, 200, 0.6, random);
assert.equal(count(n), 1000);
assert.ok(hops > 0);
assert.throws(() => latticeGas(4, 2), RangeError);
assert.throws(() => latticeThresholds(gas, 0), RangeError);
console.log(cases.length);
