// The double well of sgdphysics.energies.DoubleWell, E(q) = b (q^2 - 1)^2.
export function wellEnergy(q, barrier) {
  return barrier * (q * q - 1) ** 2;
}

// q' = q - E'(q) dt + sqrt(2 T dt) xi for every particle, in place; sgdphysics.dynamics.langevin in the well.
export function jostle(q, barrier, dt, temperature, normals) {
  const kick = Math.sqrt(2 * temperature * dt);
  for (let i = 0; i < q.length; i += 1) q[i] += kick * normals[i] - 4 * barrier * q[i] * (q[i] * q[i] - 1) * dt;
}
