// node interpolate.test.mjs cases.json: fits, features and laws of test_interpolate.py with interpolate.js.
import assert from "node:assert/strict";
import { CASES, changed, default as widget, describe, errorOf, leastNorm, meanError, missed, MOST, setup, TRUTH, valueAt } from "../../code/sgdphysics/widgets/interpolate.js";
import { given, near, parkMiller } from "./helpers.mjs";

const { fits, truth, features, means, data } = given();
near(TRUTH, truth, "the truth");
for (const { rows, y, w, error } of fits) {
  const ours = leastNorm(rows, y);
  const size = Math.max(1, ...w.map(Math.abs));
  near(ours.map((one) => one / size), w.map((one) => one / size), `fit of ${rows.length} by ${w.length}`, 1e-9);
  near(errorOf(ours) / error, 1, "its error", 1e-9);
}
for (const { knots, places, values } of features) near(places.map((x) => valueAt(knots, x)), values, "a feature");
for (const [p, noise, lost, expected] of means) {
  near(missed(p), lost, `missed by ${p}`);
  if (expected === null) assert.equal(meanError(p, noise), Infinity);
  else near(meanError(p, noise), expected, `mean error of ${p} features, noise ${noise}`, 1e-11);
}

// From p = n on every fit passes through the points, below it does not; among those that pass it is the shortest.
const state = setup(data, { features: 12, noise: 1 }, parkMiller(3));
const rows = Array.from({ length: CASES }, (_, i) => state.knots.map((one) => valueAt(one, i + 1)));
state.fits.forEach((w, i) => {
  const off = Math.max(...rows.map((row, k) => Math.abs(w.reduce((sum, one, j) => sum + one * row[j], 0) - state.y[k])));
  assert.ok(i + 1 >= CASES ? off < 1e-8 : off > 1e-3, `${i + 1} features: off by ${off}`);
  assert.equal(w.length, i + 1);
});
assert.equal(state.fits.length, MOST);
const [y, knots] = [state.y, state.knots];
changed(state, { features: 12, noise: 2 });
near(state.y.map((one, i) => one - state.pushes[i] * Math.sqrt(0.5)), y.map((one, i) => one - state.pushes[i] * Math.sqrt(0.1)), "another noise, the same points");
assert.equal(state.knots, knots);
widget.figure.actions.again(state, { features: 12, noise: 2 }, parkMiller(4));
assert.notEqual(state.knots, knots);
assert.match(describe(state, { features: 12, noise: 2 }), /^p = 12, n = 12, noise 0\.50: error \d+\.\d\d, median \d+\.\d\d, mean infinite\.$/);

// A draw in ten lies below the lowest of the three quantiles, half below the median: 400 draws, in standard errors.
const random = parkMiller(5);
const places = [1, 6, 12, 13, 24, 40];
const counts = places.map(() => [0, 0, 0]);
for (let draw = 0; draw < 400; draw += 1) {
  widget.figure.actions.again(state, { features: 12, noise: 1 }, random);
  places.forEach((p, i) => state.laws[1][p - 1].forEach((level, k) => (counts[i][k] += state.errors[p - 1] < level)));
}
counts.forEach((some, i) => some.forEach((count, k) => {
  const level = [0.1, 0.5, 0.9][k];
  assert.ok(Math.abs(count / 400 - level) < 4.5 * Math.sqrt((level * (1 - level)) / 400), `${places[i]} features: ${count} of 400 below ${level}`);
}));
console.log(fits.length);
