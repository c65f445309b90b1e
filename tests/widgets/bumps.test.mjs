// node bumps.test.mjs cases.json: fits and divergences of test_bumps.py with bumps.js.
import assert from "node:assert/strict";
import { changed, describe, forward, oneBump, reverse, setup, slopes, symmetric, widthAt } from "../../code/sgdphysics/widgets/bumps.js";
import { given, near } from "./helpers.mjs";

const { integrals, fits, begins, jumps } = given();
for (const [mu, s, a, kl] of integrals) near(reverse(mu, s, a), kl, `KL at mu = ${mu}, s = ${s}, a = ${a}`, 1e-8);
for (const { a, middle, one, both } of fits) {
  const said = (fit) => (fit ? [fit.mu, fit.s, fit.kl] : [0, 0, 0]);
  near(said(symmetric(a)), middle, `middle, a = ${a}`, 1e-8);
  near(said(oneBump(a)), one ?? [0, 0, 0], `one bump, a = ${a}`, 1e-7);
  near(said(forward(a)), both, `forward, a = ${a}`, 1e-8);
}
// Derivatives by differences.
for (const [mu, s, a] of [[0.7, 1.3, 2], [2.9, 1.1, 3], [0, 2.5, 3.5]]) {
  const [at, d] = [slopes(mu, s, a), 1e-4];
  const [right, left, up, down] = [[mu + d, s], [mu - d, s], [mu, s + d], [mu, s - d]].map(([m, w]) => slopes(m, w, a));
  near((reverse(mu + d, s, a) - reverse(mu - d, s, a)) / (2 * d), at.mu, "by mu", 1e-6);
  near((reverse(mu, s + d, a) - reverse(mu, s - d, a)) / (2 * d), at.s, "by s", 1e-6);
  near([(right.mu - left.mu) / (2 * d), (up.mu - down.mu) / (2 * d), (up.s - down.s) / (2 * d)], [at.muMu, at.muS, at.sS], "a second time", 1e-6);
}

const state = setup(null, { distance: 3, start: 0 });
near(state.begins, begins, "where one bump begins", 5e-6);
near(state.jumps, jumps, "the switch", 1e-6);
for (const distance of [1, 2, 2.4, 2.45, 2.8, 3, 4]) {
  for (const start of [0, 1]) {
    changed(state, { distance, start });
    // the landscape is even, no width is better than its own, and its valleys are the fits
    const { landscape, fit } = state;
    landscape.forEach(([mu, kl], i) => near([landscape.at(-1 - i)[0], landscape.at(-1 - i)[1]], [-mu, kl], "even"));
    for (const [mu, kl] of landscape.filter((_, i) => i % 10 === 0)) for (const s of [0.6, 0.9, 1.2, 1.7, 2.4, 3.3]) assert.ok(reverse(mu, s, distance) >= kl - 1e-12);
    const valleys = landscape.filter(([, kl], i) => i > 0 && i < landscape.length - 1 && kl < landscape[i - 1][1] && kl < landscape[i + 1][1]);
    const wanted = fit.one ? [-fit.one.mu, 0, fit.one.mu] : [0];
    near(valleys.map(([mu]) => mu), wanted, `valleys at a = ${distance}`, 0.12);
    const sentence = describe(state);
    assert.equal(sentence.includes("the least."), start === 1 && distance > 2.4 ? distance > 2.8 : !fit.one || distance <= 2.8, sentence);
  }
}
near(widthAt(0, 3), state.fits.find(({ a }) => a === 3).middle.s, "width", 1e-8);
changed(state, { distance: 3, start: 1 });
assert.equal(describe(state), "a = 3.00, from a bump: \u03bc = 2.98, KL = 0.689, the least.");
console.log(fits.length);
