// node replicas.test.mjs cases.json: the moments of test_replicas.py with replicas.js.
import assert from "node:assert/strict";
import { changed, density, describe, grouped, kink, limit, logGamma, quenched, replicated, setup } from "../../code/sgdphysics/widgets/replicas.js";
import { given, near } from "./helpers.mjs";

const { sizes, few, sampled, limits, gamma } = given();
for (const [x, expected] of gamma) near(logGamma(x), expected, `ln Gamma(${x})`);
for (const { levels, beta, values } of sizes) {
  const law = density(levels, beta);
  for (const [n, expected] of values) near(replicated(law, n), expected, `N = ${levels}, beta = ${beta}, n = ${n}`, 1e-8);
  near(quenched(levels, beta), replicated(law, 0), "E ln Z by both laws", 1e-10);
  near(replicated(law, 2 - 1e-9), replicated(law, 2), "toward two replicas", 1e-7);
  near(replicated(law, 1e-6), replicated(law, 0), "toward none", 1e-4);
}
for (const [n, beta, expected] of few) near(replicated(density(1, beta), n), expected, `two levels, beta = ${beta}, n = ${n}`, 1e-8);
for (const { n, beta, levels, mean, se } of sampled) {
  const ours = Math.exp(n * levels * replicated(density(levels, beta), n));
  assert.ok(Math.abs(ours - mean) < 4.5 * se, `E Z^${n}: ${ours}, sampled ${mean} +- ${se}`);
}
for (const [n, beta, expected] of limits) near(limit(n, beta), expected, `limit at n = ${n}, beta = ${beta}`);
for (const beta of [1.8, 2.5, 3]) {
  for (let m = 0.05; m <= 1; m += 0.01) assert.ok(grouped(m, beta) >= grouped(kink(beta), beta));
}

const state = setup(null, { n: 0, beta: 2.5 });
assert.match(describe(state, { n: 0, beta: 2.5 }), /limit 2\.081\. At n = 0 replicas apart give 2\.256, too much; in groups of m = 0\.666, where that is least, 2\.081: the limit\.$/);
changed(state, { n: 0, beta: 1 });
assert.match(describe(state, { n: 0, beta: 1 }), /^At \u03b2 = 1\.0 and n = 0\.00: 0\.939 \(N = 10\).* give 0\.943, the limit: up to \u03b2 = 1\.665 they are right\.$/);
console.log(sizes.length);
