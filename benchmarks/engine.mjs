// Answers questions, one a line: a pot to keep; sweeps with given order and bits; how long some sweeps take it.
import { createInterface } from "node:readline";
import { latticeGas, latticeRun, latticeSweep, latticeThresholds } from "../code/sgdphysics/widgets/shared/lattice.js";
import { seeded } from "../code/sgdphysics/widgets/shared/random.js";

let gas, before;
const random = seeded(1);
for await (const line of createInterface({ input: process.stdin })) {
  const { gas: size, before: start, sweeps, repeats, temperature } = JSON.parse(line);
  const answer = {};
  if (size) {
    gas = latticeGas(size[0], size[1], { gravity: size[2] });
    before = Uint8Array.from([...start, 0]);
  } else if (repeats) {
    const used = process.cpuUsage();
    for (let i = 0; i < repeats; i++) latticeRun(gas, before.slice(), sweeps, temperature, random);
    const { user, system } = process.cpuUsage(used);
    answer.seconds = (user + system) / 1e6;
  } else {
    const n = before.slice();
    const thresholds = latticeThresholds(gas, temperature);
    for (const { order, bits } of sweeps) latticeSweep(gas, n, thresholds, order, Uint32Array.from(bits));
    answer.after = [...n.slice(0, -1)];
  }
  console.log(JSON.stringify(answer));
}
