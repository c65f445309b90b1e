// Energy against entropy for a few states, as sgdphysics/gibbs.py has it.

export function boltzmann(levels, temperature) {
  const lowest = Math.min(...levels);
  const weights = levels.map((level) => Math.exp(-(level - lowest) / temperature));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

export function equilibriumFreeEnergy(levels, temperature) {
  const lowest = Math.min(...levels);
  return lowest - temperature * Math.log(levels.reduce((sum, level) => sum + Math.exp(-(level - lowest) / temperature), 0));
}

export function meanEnergy(p, levels) {
  return p.reduce((sum, share, i) => sum + share * levels[i], 0);
}

export function entropy(p) {
  return -p.reduce((sum, share) => sum + (share > 0 ? share * Math.log(share) : 0), 0);
}

export function freeEnergy(p, levels, temperature) {
  return meanEnergy(p, levels) - temperature * entropy(p);
}

export function kullbackLeibler(p, q) {
  return p.reduce((sum, share, i) => sum + (share > 0 ? share * (Math.log(share) - Math.log(q[i])) : 0), 0);
}
