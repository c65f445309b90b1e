// node separable.test.mjs cases.json: the points of test_separable.py, whose answers are those of a linear program, with
// separable.js; both answers prove themselves.
import assert from "node:assert/strict";
import { capacity, changed, cover, default as widget, describe, nearest, setup, share, simulate, table, tossed, view } from "../../code/sgdphysics/widgets/separable.js";
import { fillNormals } from "../../code/sgdphysics/widgets/shared/random.js";
import { given, near, parkMiller } from "./helpers.mjs";

const { draws, law, distances } = given();
const times = (a, b) => a.reduce((sum, one, i) => sum + one * b[i], 0);
for (const [n, p, expected] of law) near(cover(n, p), expected, `Cover's law of ${n} points in ${p} dimensions`, 1e-13);
for (const { points, separable } of draws) {
  let former = null;
  let quick = null;
  points.forEach((_, k) => {
    const some = points.slice(0, k + 1);
    for (const answer of [nearest(some, former), nearest(some), nearest(some, quick, true)]) {
      assert.equal(answer.separable, separable[k], `${k + 1} points of ${points[0].length} dimensions`);
      proves(answer, some);
    }
    [former, quick] = [nearest(some, former), nearest(some, quick, true)];
    const [w, along] = [former.w, some.map((point) => times(former.w, point))];
    if (former.separable) assert.ok(Math.min(...along) > times(w, w) - 1e-9, "nearest to the origin");
  });
}
for (const { points, distance } of distances) near(Math.sqrt(times(nearest(points).w, nearest(points).w)), distance, "distance", 1e-7);

// A plane that all are in front of, or a mixture of points that is the origin: never both.
function proves({ w, active, weights, separable }, points) {
  near(w, points[0].map((_, i) => active.reduce((sum, k, j) => sum + weights[j] * points[k][i], 0)), "a mixture");
  near(weights.reduce((sum, one) => sum + one, 0), 1, "weights");
  assert.ok(Math.min(...weights) >= 0 && new Set(active).size === active.length);
  if (separable) assert.ok(points.every((point) => times(w, point) > 0));
  else near(w, w.map(() => 0), "the origin", 1e-9);
}

// Many draws follow Cover's law: 4,000 of each dimension, in standard errors; the law of a dimension more does not fit.
const random = parkMiller(11);
for (const p of [2, 3, 7]) {
  const state = { p, capacities: Array.from({ length: 4000 }, () => capacity(p, random)) };
  const off = (q) => Math.max(...table(state).rows.slice(p).map(([n, found]) => Math.abs(found - cover(n, q)) / Math.sqrt((cover(n, q) * (1 - cover(n, q))) / 4000)));
  assert.ok(off(p) < 4.8, `${p} dimensions: ${off(p)} standard errors`);
  assert.ok(off(p + 1) > 10);
  assert.equal(share(state, p), 1, "p points can always be cut");
}

// A point is drawn before its coin, of any direction, and the coin is fair.
const coins = Array.from({ length: 4000 }, (_, seed) => {
  const [ours, again] = [parkMiller(seed + 1), parkMiller(seed + 1)];
  const { coin, z } = tossed(3, ours);
  const x = fillNormals(new Float64Array(3), again);
  near(z.map((one) => coin * one * Math.hypot(...x)), x, "a point");
  return coin;
});
assert.ok(Math.abs(coins.reduce((sum, one) => sum + one, 0)) < 4.5 * Math.sqrt(4000));

const state = setup(null, { p: 2 }, random);
assert.match(describe(state, { p: 2 }), /^p = 2, \d\u00a0points?: (a|no) plane cuts them\. At 2p = 4: \d\d\u00a0% of 20[01]\u00a0draws, Cover 50\u00a0%\.$/);
const before = state.capacities.length;
widget.figure.actions.many(state, { p: 2 }, random);
assert.equal(state.capacities.length, before + 100);
changed(state, { p: 5 }, random);
assert.ok(state.capacities.length >= 200 && state.capacities.length < 203 && state.p === 5 && Math.min(...state.capacities) >= 5);
for (const p of [2, 5]) {
  changed(state, { p }, random);
  for (let k = 0; k < 200; k += 1) {
    const { trial, capacities } = state;
    const [ended, points, draws] = [!trial.answer.separable, trial.points.length, capacities.length];
    simulate(state, { p }, random);
    assert.equal(state.trial.points.length, ended ? 1 : points + 1);
    assert.equal(state.capacities.length, draws + !state.trial.answer.separable);
    if (!state.trial.answer.separable) assert.equal(state.capacities.at(-1), state.trial.points.length - 1);
    // what is drawn: discs in front of the line, rings behind, but for the last point where there is no plane any more
    const { places, normal } = view(state.trial, p);
    near(times(normal, normal), 1, "a unit normal");
    const sides = places.map((at, i) => state.trial.coins[i] * times(at, normal) > 0);
    assert.deepEqual(sides.slice(0, -1), sides.slice(0, -1).fill(true));
    assert.equal(sides.at(-1), state.trial.answer.separable);
  }
}
console.log(draws.length);
