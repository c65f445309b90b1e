// The pot of water, as sgdphysics/lattice.py has it: H(n) = -J sum n_i n_j + g sum y_i n_i, heat-bath exchange of
// neighbours. Row 0 is the floor, columns are periodic. Given the same order and bits, a sweep moves the same
// molecules as in Python.

const latticeHorizontal = [[0, 0], [0, 1], [0, -1], [1, 0], [-1, 0], [0, 2], [1, 1], [-1, 1]];
const latticeVertical = latticeHorizontal.map(([y, x]) => [x, y]);

// {height, width, coupling, gravity, substeps, bonds}: each substep {sites: Int32Array, rise, bonds}, where
// sites[8 * i + j] is, for bond i, its ends a and b, the other three neighbours of a and the other three of b.
// Occupancies are a Uint8Array(height * width + 1), site y * width + x; the last entry stays 0.
export function latticeGas(height, width, { coupling = 1, gravity = 0 } = {}) {
  if (!Number.isInteger(height) || height < 1) throw new RangeError(`height must be at least 1, got ${height}`);
  if (!Number.isInteger(width) || width < 3) throw new RangeError(`width must be at least 3, got ${width}`);
  const fitting = width - (width % 4);
  const horizontal = (y, x) => (x < fitting ? (x + 2 * y) % 4 : 4 + 2 * (x - fitting) + (y % 2));
  const vertical = (y, x) => (width % 2 === 1 && x === width - 1 ? 4 + (y % 3) : (y + 2 * x) % 4);
  const substeps = [
    ...latticeSubsteps(height, width, horizontal, latticeHorizontal, 0),
    ...latticeSubsteps(height, width, vertical, latticeVertical, 1),
  ];
  const bonds = substeps.reduce((sum, substep) => sum + substep.bonds, 0);
  return { height, width, coupling, gravity, substeps, bonds };
}

function latticeSubsteps(height, width, label, offsets, rise) {
  const lists = [];
  for (let y = 0; y < height - rise; y++) {
    for (let x = 0; x < width; x++) {
      const sites = (lists[label(y, x)] ??= []);
      for (const [dy, dx] of offsets) {
        const inside = y + dy >= 0 && y + dy < height;
        sites.push(inside ? (y + dy) * width + ((x + dx + width) % width) : height * width);
      }
    }
  }
  return lists.filter(Boolean).map((sites) => ({ sites: Int32Array.from(sites), rise, bonds: sites.length / 8 }));
}

// Two tables of seven integers: thresholds[rise][3 + S_b - S_a] is 2^32 times the probability of going to b.
export function latticeThresholds(gas, temperature) {
  if (!(temperature > 0)) throw new RangeError(`temperature must be above 0, got ${temperature}`);
  return [0, 1].map((rise) =>
    Uint32Array.from({ length: 7 }, (_, k) => {
      const energyChange = gas.gravity * rise - gas.coupling * (k - 3);
      const probability = 1 / (1 + Math.exp(energyChange / temperature));
      return Math.min(Math.floor(probability * 4294967296 + 0.5), 4294967295);
    }));
}

// One sweep in place: gas.substeps in the given order (a permutation of their numbers), each bond attempted once
// with one of bits (Uint32Array(gas.bonds), used from the start, sub-step after sub-step). Returns the number of hops.
export function latticeSweep(gas, n, thresholds, order, bits) {
  let used = 0;
  let hops = 0;
  for (const number of order) {
    const { sites, rise } = gas.substeps[number];
    const threshold = thresholds[rise];
    for (let i = 0; i < sites.length; i += 8, used++) {
      const a = sites[i];
      const b = sites[i + 1];
      if (n[a] === n[b]) continue;
      const gain = n[sites[i + 5]] + n[sites[i + 6]] + n[sites[i + 7]]
        - n[sites[i + 2]] - n[sites[i + 3]] - n[sites[i + 4]];
      const toB = bits[used] < threshold[3 + gain] ? 1 : 0;
      if (n[b] === toB) continue;
      n[a] = 1 - toB;
      n[b] = toB;
      hops++;
    }
  }
  return hops;
}

// sweeps sweeps in place at a temperature; random() gives uniform numbers in [0, 1). Returns the number of hops.
export function latticeRun(gas, n, sweeps, temperature, random) {
  const thresholds = latticeThresholds(gas, temperature);
  const order = Uint8Array.from(gas.substeps, (_, k) => k);
  const bits = new Uint32Array(gas.bonds);
  let hops = 0;
  for (let sweep = 0; sweep < sweeps; sweep++) {
    latticeShuffle(order, order.length, random);
    for (let i = 0; i < bits.length; i++) bits[i] = random() * 4294967296;
    hops += latticeSweep(gas, n, thresholds, order, bits);
  }
  return hops;
}

// Fisher and Yates: the first count entries of array become a random sample of all of them.
function latticeShuffle(array, count, random) {
  for (let i = 0; i < count; i++) {
    const j = i + Math.floor(random() * (array.length - i));
    [array[i], array[j]] = [array[j], array[i]];
  }
}

// count molecules in full rows from row bottom upwards.
export function latticeSlab(gas, count, bottom = 0) {
  const n = new Uint8Array(gas.height * gas.width + 1);
  return n.fill(1, bottom * gas.width, bottom * gas.width + count);
}

// count molecules anywhere, every arrangement equally likely.
export function latticeScattered(gas, count, random) {
  const sites = Int32Array.from({ length: gas.height * gas.width }, (_, site) => site);
  latticeShuffle(sites, count, random);
  const n = new Uint8Array(sites.length + 1);
  for (let i = 0; i < count; i++) n[sites[i]] = 1;
  return n;
}

export function latticeEnergy(gas, n) {
  const { height, width } = gas;
  let pairs = 0;
  let heights = 0;
  for (let y = 0, site = 0; y < height; y++) {
    for (let x = 0; x < width; x++, site++) {
      if (n[site] === 0) continue;
      pairs += n[y * width + ((x + 1) % width)] + (y + 1 < height ? n[site + width] : 0);
      heights += y;
    }
  }
  return -gas.coupling * pairs + gas.gravity * heights;
}

// Occupied fraction of every row, from the floor up.
export function latticeProfile(gas, n) {
  const profile = new Float64Array(gas.height);
  for (let site = 0; site < gas.height * gas.width; site++) profile[Math.floor(site / gas.width)] += n[site];
  return profile.map((count) => count / gas.width);
}
