// node losses.test.mjs cases.json: the errors and the best loss of test_losses.py with losses.js.
import assert from "node:assert/strict";
import { absoluteShare, beyond, bestLoss, bestShare, changed, describe, errorOf, leastSquares, logDensity, logSlope, setup } from "../../code/sgdphysics/widgets/losses.js";
import { given, near } from "./helpers.mjs";

const { errors, blurred, shapes } = given();
for (const { noise, kappa, squares, lad, best } of errors) {
  const ours = [leastSquares(noise, kappa), errorOf(absoluteShare, noise, kappa), errorOf(bestShare, noise, kappa)];
  near(ours.map((one, i) => one / [squares, lad, best][i]), [1, 1, 1], `errors of noise ${noise} at kappa = ${kappa}`, 1e-9);
  assert.ok(ours[2] <= Math.min(ours[0], ours[1]) * (1 + 1e-12), "nothing is better than the best loss");
  const r = Math.sqrt(best);
  near([bestShare(noise, r), absoluteShare(noise, Math.sqrt(lad))], [kappa, kappa], "and back", 1e-9);
}
for (const { noise, r, places, density, slope, c, out, capped } of blurred) {
  near(places.map((z) => logDensity(noise, z, r)), density, `ln f, noise ${noise}, r = ${r}`, 1e-10);
  near(places.map((z) => logSlope(noise, z, r)), slope, `its slope, noise ${noise}, r = ${r}`, 1e-10);
  c.forEach((one, i) => {
    const found = beyond(noise, one, r);
    near([found.out, found.capped / (1 + capped[i])], [out[i], capped[i] / (1 + capped[i])], `beyond ${one}`, 1e-10);
  });
}
for (const { noise, r, places, residuals, rho, slope } of shapes) {
  const ours = bestLoss(noise, r, places);
  near(ours.map(({ u }) => u), residuals, `map of the best loss, noise ${noise}, r = ${r}`, 1e-9);
  near(ours.map((one) => one.rho), rho, `best loss, noise ${noise}, r = ${r}`, 3e-6);
  near(ours.map((one) => one.slope), slope, "its slope", 3e-5);
}

const state = setup(null, { kappa: 0.5, noise: 0 });
assert.match(describe(state, { kappa: 0.5 }), /^\u03ba = 0\.50, Laplace: r\u00b2 = 2\.000 \(squares\), 2\.328 \(absolute\), 1\.825 \(best loss\)\.$/);
const [{ u, rho }] = state.loss;
near([u, state.loss.at(-1).u, rho], [-5, 5, state.loss.at(-1).rho], "drawn from end to end", 1e-6);
for (const points of state.curves) points.forEach(([kappa], i) => assert.ok(!i || kappa > points[i - 1][0]));
assert.ok(state.curves.every((points) => points[0][0] < 0.02 && points.at(-1)[0] > 0.9), "curves over the whole scale");
changed(state, { kappa: 0.5, noise: 1 });
near(state.errors.best, state.errors.squares, "of normal noise squares are best", 1e-11);
near(state.loss.map((one) => one.rho), state.loss.map((one) => one.u ** 2 / 2), "and the best loss is theirs", 1e-9);
console.log(errors.length + blurred.length + shapes.length);
