// node knob.test.mjs cases.json: repeats the cases of test_knob.py with gibbs.js and knob.js.
import assert from "node:assert/strict";
import { boltzmann, entropy, equilibriumFreeEnergy, freeEnergy, kullbackLeibler } from "../../code/sgdphysics/widgets/shared/gibbs.js";
import { describe, trial } from "../../code/sgdphysics/widgets/knob.js";
import { given } from "./helpers.mjs";

const near = (ours, expected, what) => assert.ok(Math.abs(ours - expected) <= 1e-12 * Math.max(1, Math.abs(expected)), `${what}: ${ours}, not ${expected}`);
const cases = given();
for (const { levels, parameters, p, equilibrium, least, cost, disorder, divergence } of cases) {
  const ours = trial(levels, parameters);
  const { temperature } = parameters;
  ours.forEach((share, i) => near(share, p[i], "trial"));
  boltzmann(levels, temperature).forEach((share, i) => near(share, equilibrium[i], "boltzmann"));
  near(equilibriumFreeEnergy(levels, temperature), least, "least F");
  near(freeEnergy(ours, levels, temperature), cost, "F");
  near(entropy(ours), disorder, "S");
  near(kullbackLeibler(ours, boltzmann(levels, temperature)), divergence, "KL");
}
const same = { temperature: 0.7, trial: 0.7, moved: 0 };
assert.match(describe({ levels: [0, 1, 2] }, same), /least there is/);
assert.match(describe({ levels: [0, 1, 2] }, { ...same, moved: 0.5 }), /above the least/);
console.log(cases.length);
