// node bottle.test.mjs cases.json: repeats the cases of test_bottle.py with bottle.js.
import assert from "node:assert/strict";
import * as bottle from "../../code/sgdphysics/widgets/bottle.js";
import { evolveDensity, fokkerPlanck } from "../../code/sgdphysics/widgets/shared/fokker-planck.js";
import { jostle, wellEnergy } from "../../code/sgdphysics/widgets/shared/well.js";
import { given, furthest, near, parkMiller } from "./helpers.mjs";

const { densities, runs } = given();
for (const { barrier, temperature, strength, centers, energies, width, dt, before, history, equilibrium, divergence } of densities) {
  near(energies, centers.map((q) => wellEnergy(q, barrier)), "energies");
  const equation = fokkerPlanck(energies, width, temperature);
  near(equilibrium, equation.equilibrium, "equilibrium");
  let p = bottle.shakenDensity(strength);
  near(before, p, "shaken density");
  const wrong = fokkerPlanck(energies, width, 1.02 * temperature);
  let astray = p;
  for (const expected of history) {
    p = evolveDensity(equation, p, dt);
    astray = evolveDensity(wrong, astray, dt);
    near(expected, p, "density");
    assert.ok(Math.abs(p.reduce((sum, share) => sum + share, 0) - 1) < 1e-12 && Math.min(...p) >= 0);
  }
  assert.ok(furthest(history.at(-1), astray) > 1e-6, "a wrong temperature must not pass");
  const state = { q: [0.1], density: p, equation };
  near([divergence], [bottle.divergences(state).density], "divergence");
}
for (const { barrier, dt, temperature, before, normals, after, fractions } of runs) {
  const q = Float64Array.from(before);
  normals.forEach((row, k) => {
    jostle(q, barrier, dt, temperature, row);
    near(after[k], q, `step ${k}`);
  });
  near(fractions, bottle.fractions(q), "fractions");
}

const random = parkMiller();
const parameters = { temperature: 0.6, shake: 0.5 };
const shaken = bottle.setup({ barrier: 1, dt: 0.004, particles: 600 }, parameters, random);
assert.match(bottle.describe(shaken, parameters), /equilibrium is \d/);
for (let i = 0; i < 9000; i += 1) bottle.simulate(shaken, parameters, random);
const { density } = shaken.traces;
assert.ok(density.every((value, i) => i === 0 || value <= density[i - 1] + 1e-12), "the divergence must not rise");
assert.match(bottle.describe(shaken, parameters), /has settled/);
const left = shaken.q.filter((place) => place < 0).length / 600;
assert.ok(Math.abs(left - 0.5) < 4.5 * Math.sqrt(0.25 / 600));
bottle.changed(shaken, { ...parameters, shake: 0.3 }, random);
assert.deepEqual([shaken.steps, shaken.strength], [0, 0.3]); // another strength shakes at once
console.log(densities.length + runs.length);
