// The density's own equation on a grid of cells, as sgdphysics.fokker_planck has it: Scharfetter and Gummel's rates,
// advanced in time by uniformisation, so that mass is kept and nothing turns negative.

// B(x) = x / (exp(x) - 1).
export function bernoulli(x) {
  return x === 0 ? 1 : x / Math.expm1(x);
}

// Rates up (from cell i to i + 1) and down (back), and the Boltzmann weights that they leave as they are.
export function fokkerPlanck(energies, width, temperature) {
  const least = Math.min(...energies);
  const weights = energies.map((energy) => Math.exp(-(energy - least) / temperature));
  const total = weights.reduce((sum, weight) => sum + weight, 0);
  const scale = temperature / width ** 2;
  const rises = energies.slice(1).map((energy, i) => (energy - energies[i]) / temperature);
  const up = rises.map((rise) => scale * bernoulli(rise));
  const down = rises.map((rise) => scale * bernoulli(-rise));
  const fastest = energies.reduce((most, _, i) => Math.max(most, (up[i] ?? 0) + (down[i - 1] ?? 0)), 0);
  return { up, down, fastest, equilibrium: weights.map((weight) => weight / total) };
}

// p after a time dt: sum over k of exp(-x) x^k / k! (1 + G/fastest)^k p with x = fastest dt.
export function evolveDensity({ up, down, fastest }, p, dt) {
  const mean = fastest * dt;
  let term = Float64Array.from(p);
  let next = new Float64Array(p.length);
  let weight = Math.exp(-mean);
  let left = 1 - weight;
  const after = term.map((share) => weight * share);
  for (let k = 1; left > 1e-16 && k < 10 * mean + 60; k += 1) {
    next.set(term);
    for (let i = 0; i < up.length; i += 1) {
      const flow = (up[i] * term[i] - down[i] * term[i + 1]) / fastest;
      next[i] -= flow;
      next[i + 1] += flow;
    }
    [term, next] = [next, term];
    weight *= mean / k;
    left -= weight;
    for (let i = 0; i < after.length; i += 1) after[i] += weight * term[i];
  }
  const total = after.reduce((sum, share) => sum + share, 0);
  return after.map((share) => share / total);
}
