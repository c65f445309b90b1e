// node average.test.mjs cases.json: the tori of test_average.py with average.js, and the divergence of a trial summed over all states.
import assert from "node:assert/strict";
import figureOf, { changed, describe, exact, levels, seen, setup } from "../../code/sgdphysics/widgets/average.js";
import { BETHE, betheLogZ, betheMean, enumerate, meanBound, meanField, torusOf } from "../../code/sgdphysics/widgets/shared/spins.js";
import { given, near } from "./helpers.mjs";

const { tori, averages, bethe } = given();
near(BETHE, bethe, "Bethe's critical temperature");
for (const { rows, columns, values } of tori) {
  const counts = levels(rows, columns);
  near(counts.reduce((sum, { states }) => sum + states, 0), 2 ** (rows * columns), "states", 0);
  for (const [temperature, logZ, order] of values) {
    const ours = exact(counts, rows * columns, temperature);
    near(ours.logZ, logZ, `ln Z, ${rows} x ${columns}, T = ${temperature}`, 1e-12 * Math.max(1, logZ));
    near(ours.order, order, `mean |m|, ${rows} x ${columns}, T = ${temperature}`);
  }
}
for (const [temperature, mean, bound, other, betheZ] of averages) {
  near(meanField(temperature), mean, `mean field, T = ${temperature}`);
  near(meanBound(mean, temperature), bound, `its bound, T = ${temperature}`, 1e-12 * bound);
  near(betheMean(temperature), other, `Bethe, T = ${temperature}`);
  near(betheLogZ(temperature), betheZ, `Bethe's ln Z, T = ${temperature}`, 1e-12 * betheZ);
}

// KL(q || p) as a sum over all states, p by its energies and q spin by spin.
const divergence = (rows, columns, temperature, m) => {
  const torus = torusOf(rows, columns);
  const { bonds, total } = enumerate(torus);
  const weights = Array.from(bonds, (sum) => Math.exp(sum / (4 * temperature)));
  const z = weights.reduce((a, b) => a + b, 0);
  return weights.reduce((sum, weight, state) => {
    const up = (torus.length + total[state]) / 2;
    const q = ((1 + m) / 2) ** up * ((1 - m) / 2) ** (torus.length - up);
    return sum + (q > 0 ? q * Math.log((q * z) / weight) : 0);
  }, 0);
};
let before = Infinity;
for (const [lattice, rows, columns] of [[0, 3, 3], [1, 3, 4], [2, 4, 4]]) {
  for (const [temperature, trial] of [[0.3, 1], [0.3, 0.2], [0.75, 0.78], [1.4, 0], [1.4, 0.99]]) {
    const parameters = { lattice, temperature, trial };
    const state = setup(null, parameters);
    const { gap, free, least } = seen(state, parameters);
    near(gap, divergence(rows, columns, temperature, trial), `KL, ${rows} x ${columns}, T = ${temperature}, m = ${trial}`, 1e-10);
    near((free - least) * rows * columns, temperature * gap, "F[q] - F = T KL", 1e-12);
    const wanted = figureOf.figure.actions.best(state, parameters);
    changed(state, { ...parameters, ...wanted });
    const best = seen(state, { ...parameters, ...wanted }).gap;
    for (const m of [0, 0.25, 0.5, 0.75, 0.9, 0.99, 1]) assert.ok(seen(state, { ...parameters, trial: m }).gap >= best - 1e-3 * rows);
    assert.match(describe(state, { ...parameters, ...wanted }), /the least\.$/);
  }
}

// In the cold ln 2: of two states, one.
for (const temperature of [0.3, 0.2, 0.1, 0.05]) {
  const { logZ } = exact(levels(4, 4), 16, temperature);
  const off = logZ - 16 * meanBound(meanField(temperature), temperature) - Math.LN2;
  assert.ok(Math.abs(off) <= before && Math.abs(off) < 0.003, `${off} at ${temperature}`);
  before = Math.max(Math.abs(off), 1e-12);
}
console.log(tori.length);
