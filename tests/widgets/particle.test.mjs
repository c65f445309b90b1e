// node particle.test.mjs cases.json: repeats the runs of test_particle.py with particle.js and well.js.
import assert from "node:assert/strict";
import { crossed, density, distance, histogram, restart, setup, simulate } from "../../code/sgdphysics/widgets/particle.js";
import { fillNormals } from "../../code/sgdphysics/widgets/shared/random.js";
import { jostle, wellEnergy } from "../../code/sgdphysics/widgets/shared/well.js";
import { given, furthest, parkMiller } from "./helpers.mjs";

const { runs, densities, samples } = given();
for (const { barrier, dt, temperature, before, normals, after, energies } of runs) {
  const q = Float64Array.from(before);
  const weakly = Float64Array.from(before);
  normals.forEach((row, k) => {
    jostle(q, barrier, dt, temperature, row);
    jostle(weakly, barrier, dt, temperature / 2, row);
    assert.ok(furthest(after[k], q) <= 1e-12, `step ${k}: off by ${furthest(after[k], q)}`);
  });
  assert.ok(furthest(after.at(-1), weakly) > 1e-3, "a wrong noise scale must not pass");
  assert.ok(furthest(energies, q.map((place) => wellEnergy(place, barrier))) <= 1e-12);
}
for (const { barrier, temperature, places, values } of densities) {
  assert.ok(furthest(values, density(places, barrier, temperature)) <= 1e-9);
}
for (const { barrier, temperature, q } of samples) {
  const settled = distance({ q, barrier }, temperature);
  assert.ok(settled.kl < 2 * settled.noise && settled.kl > settled.noise / 3, JSON.stringify(settled));
  assert.ok(distance({ q: q.map(Math.abs), barrier }, temperature).kl > 0.5);
}
assert.equal(histogram([-9, 0.01, 9, 9]).at(-1), 0.5);

const random = parkMiller();
const draws = fillNormals(new Float64Array(200001), random);
const moment = (power) => draws.reduce((sum, x) => sum + x ** power, 0) / draws.length;
// standard errors of the first, second and fourth moment of a normal law: 1, sqrt 2 and sqrt 96 over sqrt n
[[1, 0, 1], [2, 1, Math.SQRT2], [4, 3, Math.sqrt(96)]].forEach(([power, expected, spread]) =>
  assert.ok(Math.abs(moment(power) - expected) < (4.5 * spread) / Math.sqrt(draws.length), `moment ${power}: ${moment(power)}`));

const state = setup({ barrier: 1, dt: 0.004, particles: 500 }, {}, random);
assert.equal(crossed(state), 0);
for (let i = 0; i < 9000; i += 1) simulate(state, { temperature: 0.6 }, random);
assert.ok(Math.abs(crossed(state) - 0.5) < 4.5 * Math.sqrt(0.25 / 500));
assert.equal(state.trace.length, 1 + 9000 / 4);
restart(state);
assert.equal(crossed(state), 0);

// "Has reached" waits for the trace: the histogram alone looks right while the share is still rising.
let tooSoon = 0;
for (let seed = 1; seed <= 8; seed += 1) {
  const rising = setup({ barrier: 1, dt: 0.004, particles: 600 }, {}, parkMiller(seed));
  const numbers = parkMiller(seed);
  while (!rising.reached) {
    simulate(rising, { temperature: 0.35 }, numbers);
    if (rising.steps % 200) continue;
    const { kl, noise } = distance(rising, 0.35);
    if (!rising.reached && kl < 2 * noise) tooSoon += crossed(rising) < 0.46;
  }
  assert.ok(rising.since >= 600 && rising.steps < 60000, `${rising.steps} steps`);
  const late = rising.trace.slice(-600).reduce((sum, share) => sum + share, 0) / 600;
  assert.ok(Math.abs(late - 0.5) < 2 * (0.5 / Math.sqrt(600)), `said at ${late}`);
}
assert.ok(tooSoon > 0, "the histogram alone must have been near at least once, else this shows nothing");
console.log(runs.length);
