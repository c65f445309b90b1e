// Onsager's exact solution in the words of the lattice gas, as sgdphysics/onsager.py has it.

export const CRITICAL_TEMPERATURE = 1 / (2 * Math.log1p(Math.SQRT2));

export function orderParameter(temperature) {
  return Math.max(1 - Math.sinh(0.5 / temperature) ** -4, 0) ** 0.125;
}

export function spinCorrelation(temperature) {
  const twoK = 0.5 / temperature;
  const kappa = 2 * Math.tanh(twoK) ** 2 - 1;
  let a = 1;
  let b = Math.max(Math.abs(kappa), 1e-100);
  for (let i = 0; i < 14; i += 1) [a, b] = [(a + b) / 2, Math.sqrt(a * b)];
  return (0.5 / Math.tanh(twoK)) * (1 + kappa / a);
}

export function liquidEnergy(temperature) {
  const m = orderParameter(temperature);
  return -(1 + 2 * m + spinCorrelation(temperature)) / (1 + m);
}
