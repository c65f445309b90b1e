// node back.test.mjs cases.json: repeats the laws and runs of test_back.py with back.js, and what its sentence rests on.
import assert from "node:assert/strict";
import * as back from "../../code/sgdphysics/widgets/back.js";
import { cdf, logCdf } from "../../code/sgdphysics/widgets/shared/normal.js";
import { given, furthest, near, parkMiller } from "./helpers.mjs";

const { laws, runs, drawn, forth, normal, speciation } = given();
for (const [x, expected] of normal) {
  near(logCdf(x) / expected, 1, `ln Phi(${x})`, 1e-13);
  near(cdf(x), Math.exp(expected), `Phi(${x})`, 1e-15);
}
for (const { data, t, places, density, score, below, shares } of laws) {
  const law = back.relaxed(back.DATA[data], t);
  near(places.map((x) => back.density(law, x)), density, `density ${data} at ${t}`);
  near(places.map((x, i) => back.scoreOf(law)(x) / (1 + Math.abs(score[i]))), score.map((s) => s / (1 + Math.abs(s))), `score ${data} at ${t}`);
  near(places.map((x) => back.below(law, x)), below, `below ${data} at ${t}`);
  near(back.expected(law), shares, `bins ${data} at ${t}`);
}
for (const { data, pull, heat, h, steps, start, normals, after } of runs) {
  let [q, astray] = [Float64Array.from(start), Float64Array.from(start)];
  for (let k = 0; k < steps; k += 1) {
    const law = back.relaxed(back.DATA[data], (steps - k) * h);
    q = back.backStep(q, law, h, { pull, heat }, normals[k]);
    astray = back.backStep(astray, back.relaxed(back.DATA[data], (steps - k - 1) * h + 1e-9), h, { pull, heat }, normals[k]);
    near(q, after[k], `${pull} times the score, noise ${heat}, step ${k}`, 1e-10 * (1 + Math.max(...after[k].map(Math.abs))));
  }
  assert.ok(furthest(astray, after.at(-1)) > 1e-4, "the score of the step's end must not pass");
}
near(back.drawn(back.DATA[0], drawn.uniforms, drawn.normals), drawn.places, "data");
near(back.forth(Float64Array.from(forth.before), forth.normals, forth.time), forth.after, "forward");
near(back.speciation(back.DATA[1]), speciation, "t*");

// The usual state makes the point with any noise: back at the data, and the two slips are not.
const ends = back.WAYS.map(() => []);
for (let seed = 1; seed <= 5; seed += 1) {
  const random = parkMiller(seed);
  const state = back.setup(null, { clock: 6, way: 0, data: 0 }, random);
  back.WAYS.forEach((_, way) => {
    back.changed(state, { way, data: seed % 2 }, random);
    ends[way].push(state.ends);
    const { q, t, returning } = back.at(state, 6);
    assert.deepEqual([q.length, t, returning], [back.PARTICLES, 0, true]);
    assert.equal(back.divergence(q, back.DATA[seed % 2]), state.ends);
    assert.equal(back.at(state, 3).q, state.ahead.at(-1));
  });
}
// counting adds 0.004 give or take, the coarse steps less than a thousandth
for (const good of [...ends[0], ...ends[1]]) assert.ok(Math.abs(good) < 0.03, `back at the data: ${good}`);
for (const bad of [...ends[2], ...ends[3]]) assert.ok(bad > 0.1, `a slip: ${bad}`);

const random = parkMiller(7);
const state = back.setup(null, { clock: 6, way: 0, data: 0 }, random);
const film = state.ahead;
back.changed(state, { clock: 1, way: 2, data: 0 }, random);
assert.equal(state.ahead, film, "another way back leaves the way to noise as it was");
// Without noise the film is known from its first frame: the score is that of each step's beginning.
back.changed(state, { way: 1, data: 0 }, random);
let flow = state.back[0];
for (let step = 0; step < 300; step += 1) {
  flow = back.backStep(flow, back.relaxed(back.DATA[0], 3 - step * 0.01), 0.01, back.WAYS[1], flow);
  if (step % 5 === 4) near(flow, state.back[(step + 1) / 5], `the flow at step ${step}`, 1e-9);
}
back.changed(state, { way: 2, data: 0 }, random);
assert.equal(back.next(state, { clock: 6 }).clock, 0);
let clock = 0;
for (let k = 0; k < 120; k += 1) clock = back.next(state, { clock }).clock;
assert.equal(clock, 6);
assert.match(back.describe(state, { clock: 1 }), /^To noise, t = 1\.00: \d+\u00a0% left of 0, law 43\u00a0%\. Back by s and noise: KL \d\.\d\d\.$/);
console.log(laws.length + runs.length);
