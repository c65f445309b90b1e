import { crossing } from "./roots.js";

// A torus of spins with the lattice gas's coupling, H = -(1/4) sum s s', K = 1/(4T), and two ways to replace the neighbours by
// an average: mean field, whose critical temperature is 1, and Bethe's.

// ln(2 cosh x), for any x.
export function logTwoCosh(x) {
  return Math.abs(x) + Math.log1p(Math.exp(-2 * Math.abs(x)));
}

export function logSumExp(values) {
  const most = values.reduce((a, b) => Math.max(a, b), -Infinity);
  return most + Math.log(values.reduce((sum, value) => sum + Math.exp(value - most), 0));
}

// Each site's four neighbours; bit i of a state is 1 where the spin i is up.
export function torusOf(rows, columns) {
  const at = (r, c) => ((r + rows) % rows) * columns + ((c + columns) % columns);
  return Array.from({ length: rows * columns }, (_, i) => {
    const [r, c] = [Math.floor(i / columns), i % columns];
    return [at(r + 1, c), at(r, c + 1), at(r - 1, c), at(r, c - 1)];
  });
}

// Of every state, sum s s' over the bonds and sum s.
export function enumerate(torus) {
  const count = 2 ** torus.length;
  const [bonds, total] = [new Int8Array(count), new Int8Array(count)];
  for (let state = 0; state < count; state += 1) {
    for (let i = 0; i < torus.length; i += 1) {
      const s = (state >> i) & 1;
      total[state] += 2 * s - 1;
      for (const j of [torus[i][0], torus[i][1]]) bonds[state] += s === ((state >> j) & 1) ? 1 : -1;
    }
  }
  return { bonds, total };
}

// Nats of a spin of mean m.
export function spinEntropy(m) {
  return [(1 + m) / 2, (1 - m) / 2].reduce((sum, share) => sum - (share > 0 ? share * Math.log(share) : 0), 0);
}

// A lower bound of ln Z a site: all spins independent, of mean m.
export function meanBound(m, temperature) {
  return (m * m) / (2 * temperature) + spinEntropy(m);
}

// The m >= 0 at which that is largest, m = tanh(m/T).
export function meanField(temperature) {
  if (temperature >= 1) return 0;
  // by the local field x = m/T, which stays apart where m is 1 to rounding
  return Math.tanh(crossing((x) => Math.tanh(x) - temperature * x, Math.sqrt(3 * (1 / temperature - 1)) / 4, 2 / temperature));
}

export const BETHE = 1 / (2 * Math.LN2); // its critical temperature, tanh K = 1/3

// What a neighbour adds to the field of a spin, u = artanh(tanh K tanh 3u).
export function betheField(temperature) {
  if (temperature >= BETHE) return 0;
  const t = Math.tanh(1 / (4 * temperature));
  const off = (u) => t * Math.tanh(3 * u) - Math.tanh(u);
  let low = 1 / (4 * temperature);
  while (off(low) <= 0 && low > 1e-9) low /= 2;
  return crossing(off, low, 1 / (4 * temperature) + 1e-9);
}

export function betheMean(temperature) {
  return Math.tanh(4 * betheField(temperature));
}

// ln Z a site: one site and its four neighbours, less what two sites have in common, for each of two bonds.
export function betheLogZ(temperature) {
  const [k, h] = [1 / (4 * temperature), 3 * betheField(temperature)];
  const site = logSumExp([1, -1].map((s) => 4 * (logTwoCosh(h + s * k) - logTwoCosh(h))));
  const bond = logSumExp([k + 2 * h, k - 2 * h, -k, -k]) - 2 * logTwoCosh(h);
  return site - 2 * bond;
}
