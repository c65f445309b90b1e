import { axes, clipped, curve, grid } from "./plot.js";

// The double well of sgdphysics.energies.DoubleWell, E(q) = b (q^2 - 1)^2.
export function wellEnergy(q, barrier) {
  return barrier * (q * q - 1) ** 2;
}

// q' = q - E'(q) dt + sqrt(2 T dt) xi for every particle, in place; sgdphysics.dynamics.langevin in the well.
export function jostle(q, barrier, dt, temperature, normals) {
  const kick = Math.sqrt(2 * temperature * dt);
  for (let i = 0; i < q.length; i += 1) q[i] += kick * normals[i] - 4 * barrier * q[i] * (q[i] * q[i] - 1) * dt;
}

// The energy over the places, and the particles q on it: a heap of `layers` rather than a string of pearls.
export function drawParticles(surface, box, look, { q, energy, layers = 9 }) {
  const { colors } = surface;
  const scale = axes(surface, box, look);
  const places = grid(...look.x, 160);
  curve(surface, scale, places, places.map(energy), { color: colors.energy, width: 2.5 });
  clipped(surface, scale, (context) => {
    context.fillStyle = colors.simulation;
    context.globalAlpha = 0.5;
    q.forEach((place, i) => {
      context.beginPath();
      context.arc(scale.x(place), scale.y(energy(place)) - 4 - 2.4 * (i % layers), 2.4, 0, 2 * Math.PI);
      context.fill();
    });
  });
  return scale;
}
