// node relaxation.test.mjs cases.json: repeats the cases of tests/test_live_relaxation.py with bottle.js and trap.js.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import * as bottle from "../../code/sgdphysics/widgets/bottle.js";
import * as trap from "../../code/sgdphysics/widgets/trap.js";
import { evolveDensity, fokkerPlanck } from "../../code/sgdphysics/widgets/shared/fokker-planck.js";
import { jostle, wellEnergy } from "../../code/sgdphysics/widgets/shared/well.js";

const { densities, runs, pulls } = JSON.parse(readFileSync(process.argv[2], "utf8"));
const furthest = (a, b) => a.reduce((most, value, i) => Math.max(most, Math.abs(value - b[i])), 0);
const near = (a, b, what) => assert.ok(furthest(a, b) <= 1e-12, `${what}: off by ${furthest(a, b)}`);

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

let seed = 1;
const random = () => (seed = (seed * 48271) % 2147483647) / 2147483647; // Park and Miller's generator
const parameters = { temperature: 0.6, shake: 0.5 };
const shaken = bottle.setup({ barrier: 1, dt: 0.004, particles: 600 }, parameters, random);
assert.match(bottle.describe(shaken, parameters), /equilibrium is \d/);
for (let i = 0; i < 9000; i += 1) bottle.simulate(shaken, parameters, random);
const { density } = shaken.traces;
assert.ok(density.every((value, i) => i === 0 || value <= density[i - 1] + 1e-12), "the divergence must not rise");
assert.match(bottle.describe(shaken, parameters), /has settled/);
const left = shaken.q.filter((place) => place < 0).length / 600;
assert.ok(Math.abs(left - 0.5) < 4.5 * Math.sqrt(0.25 / 600));
bottle.simulate(shaken, { ...parameters, shake: 0.3 }, random);
assert.equal(shaken.steps, 1); // another strength shakes at once

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
trap.simulate(dragged, { ...slow, duration: 1 }, random);
assert.equal(dragged.count, 0); // another speed, another histogram
console.log(densities.length + runs.length + pulls.length);
