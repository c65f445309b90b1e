import { live } from "./shared/host.js";
import { axes, channels, curve, nameEnds, record } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { latticeGas, latticeRun, latticeScattered } from "./shared/lattice.js";
import { CRITICAL_TEMPERATURE, liquidEnergy, orderParameter } from "./shared/onsager.js";

const SWEEPS = 16; // a step
const EVERY = 4; // steps between two measurements
const REMEMBERED = 625; // measurements that the traces show
const RECENT = 120; // measurements since the last change, of which the sentence judges
const MARGIN = 6; // rows between the surface, at half height, and what counts as deep in the water or well above it

// data: { height, width, molecules }
export function setup(data, parameters, random) {
  const gas = latticeGas(data.height, data.width, { gravity: parameters.gravity });
  const n = latticeScattered(gas, data.molecules, random);
  const state = {
    gas, n, picture: Float32Array.from(n), time: 0,
    traces: { sweeps: [], water: [], vapour: [], energy: [] }, shakes: [0],
  };
  changed(state);
  return state;
}

export function simulate(state, parameters, random) {
  const { gas, n, picture } = state;
  gas.gravity = parameters.gravity;
  latticeRun(gas, n, SWEEPS, parameters.temperature, random);
  state.time += 1;
  for (let site = 0; site < picture.length; site += 1) picture[site] += 0.35 * (n[site] - picture[site]);
  if (state.time % EVERY === 0) remember(state);
}

// Density deep in the water and high above it, and the energy of a molecule in the water.
export function measure({ height, width }, n) {
  const half = height >> 1;
  const water = band(n, width, 3, half - MARGIN);
  const vapour = band(n, width, half + MARGIN, height - 1);
  return { water: water.density, vapour: vapour.density, energy: -water.bonds / Math.max(water.molecules, 1) };
}

// Rows `from` up to and without `to`; every molecule counts its bonds to the right and upwards.
function band(n, width, from, to) {
  let molecules = 0;
  let bonds = 0;
  for (let y = from; y < to; y += 1) {
    for (let x = 0; x < width; x += 1) {
      const site = y * width + x;
      if (!n[site]) continue;
      molecules += 1;
      bonds += n[y * width + ((x + 1) % width)] + n[site + width];
    }
  }
  return { molecules, bonds, density: molecules / ((to - from) * width) };
}

function remember({ gas, n, time, traces, recent }) {
  const now = { sweeps: time * SWEEPS, ...measure(gas, n) };
  for (const key of Object.keys(traces)) record(traces[key], now[key], REMEMBERED);
  record(recent, now, RECENT);
}

// What was measured before belongs to another setting.
export function changed(state) {
  state.recent = [];
  remember(state);
}

// What the sentence says: the shares just now, averaged over a moment, and whether they stand still.
export function seen({ recent }) {
  const difference = ({ water, vapour }) => water - vapour;
  const [before, after] = [recent.slice(0, RECENT / 2), recent.slice(RECENT / 2)].map((half) => mean(half.map(difference)));
  const last = recent.slice(-30);
  return {
    water: mean(last.map(({ water }) => water)), vapour: mean(last.map(({ vapour }) => vapour)),
    steady: recent.length === RECENT && Math.abs(before - after) < 0.05,
  };
}

export function shake(state, parameters, random) {
  state.n = latticeScattered(state.gas, state.n.reduce((sum, one) => sum + one, 0), random);
  state.picture.set(state.n);
  state.shakes.push(state.time);
  changed(state);
}

export function table({ traces: { sweeps, water, vapour, energy } }) {
  const rows = sweeps.map((when, i) => [when, water[i], vapour[i], energy[i]]);
  return { columns: ["sweeps", "share below", "share above", "energy"], rows };
}

export function describe(state, { temperature, gravity }) {
  const percent = (share) => `${(100 * share).toFixed(share < 0.1 ? 1 : 0)}\u00a0%`;
  const { water, vapour, steady } = seen(state);
  const exact = (1 - orderParameter(temperature)) / 2;
  const at = `At temperature ${temperature.toFixed(2)} and gravity ${gravity.toFixed(3)}`;
  const shares = `${percent(water)} of the sites below are taken, ${percent(vapour)} above`;
  if (temperature >= CRITICAL_TEMPERATURE) {
    if (!steady) return `${at} water and steam are to become one fluid, and the pot is on its way: ${shares}.`;
    const why = gravity > 0 ? "only its weight makes the lower half denser" : "molecules fill the pot evenly";
    return `${at} there is one fluid, neither water nor steam, and ${why}: ${shares}.`;
  }
  if (gravity === 0) return `${at} the molecules gather in drops, but nothing holds the water down: ${shares}.`;
  if (water - vapour < 0.6 * orderParameter(temperature)) return `${at} the molecules are gathering into drops: ${shares}.`;
  return `${at} the water stays at the bottom and vapour hovers above it: ${shares} (exact, without gravity: ${percent(1 - exact)} and ${percent(exact)}).`;
}

function drawShares(surface, state, { temperature }, frame) {
  const exact = (1 - orderParameter(temperature)) / 2;
  drawTrace(surface, state, inset(frame, { left: 40, top: 30, right: 88, bottom: 18 }), {
    title: "Share of sites taken", y: [0, 1], yTicks: [0, 0.5, 1], exact: exact < 0.5 ? [1 - exact, exact] : [0.5],
    traces: [["water", "below", surface.colors.simulation], ["vapour", "above", surface.colors.water]],
  });
}

function drawEnergy(surface, state, { temperature }, frame) {
  drawTrace(surface, state, inset(frame, { left: 40, top: 30, right: 88, bottom: 28 }), {
    title: "Energy of a molecule in the water", y: [-2.05, -0.95], yTicks: [-2, -1.5, -1], exact: [liquidEnergy(temperature)],
    traces: [["energy", "energy", surface.colors.energy]], xLabel: `time: the last ${(REMEMBERED * EVERY * SWEEPS).toLocaleString("en")} sweeps`,
  });
}

const ABOVE = 28; // lid
const BELOW = 66; // flame
const ASIDE = 28; // handles

function drawTrace(surface, { traces, time, shakes }, box, plot) {
  const scale = axes(surface, box, { ...plot, x: [0, REMEMBERED - 1] });
  const values = traces[plot.traces[0][0]];
  const start = REMEMBERED - values.length;
  for (const when of shakes) {
    const at = REMEMBERED - 1 - (time - when) / EVERY;
    if (at > 0 && when > 0) curve(surface, scale, [at, at], plot.y, { color: surface.colors.neutral, width: 1, dash: [3, 3] });
  }
  for (const [key, , color] of plot.traces) {
    curve(surface, scale, traces[key].map((_, i) => start + i), traces[key], { color, width: 1.5 });
  }
  for (const exact of plot.exact) {
    curve(surface, scale, [0, REMEMBERED - 1], [exact, exact], { color: surface.colors.theory, dash: [7, 4] });
  }
  const names = plot.traces.map(([key, words, color]) => ({ y: scale.y(mean(traces[key].slice(-15))), words, color }));
  names.push({ y: scale.y(plot.exact[0]) + (names.length > 1 ? 15 : -15), words: "exact g\u202f=\u202f0", color: surface.colors.theory });
  nameEnds(surface, scale, names);
}

function mean(values) {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}

function drawPot(surface, state, { temperature }, frame) {
  const { context, colors } = surface;
  const { gas } = state;
  const cell = Math.min((frame.width - 2 * ASIDE) / gas.width, (frame.height - ABOVE - BELOW) / gas.height);
  const [width, height] = [cell * gas.width, cell * gas.height];
  const inside = { x: frame.x + (frame.width - width) / 2, y: frame.y + (frame.height - height + ABOVE - BELOW) / 2, width, height };
  drawFlame(surface, inside, temperature, state.time);
  context.imageSmoothingEnabled = false;
  context.drawImage(cells(state, colors), inside.x, inside.y, inside.width, inside.height);
  const wall = 5;
  context.strokeStyle = context.fillStyle = colors.neutral;
  context.lineWidth = wall;
  context.lineJoin = "round";
  context.beginPath();
  context.roundRect(inside.x - wall / 2, inside.y - wall / 2, inside.width + wall, inside.height + wall, [2, 2, 9, 9]);
  context.stroke();
  context.beginPath();
  context.roundRect(inside.x - 9, inside.y - wall - 4, inside.width + 18, 6, 3);
  context.roundRect(inside.x + inside.width / 2 - 13, inside.y - wall - 14, 26, 8, 4);
  context.rect(inside.x + inside.width / 2 - 3, inside.y - wall - 8, 6, 6);
  context.roundRect(inside.x - wall - 15, inside.y + inside.height * 0.25, 14, 9, 4);
  context.roundRect(inside.x + inside.width + wall + 1, inside.y + inside.height * 0.25, 14, 9, 4);
  context.fill();
}

// Occupancies, averaged over a few frames so that the vapour does not flicker, one pixel a site.
function cells(state, colors) {
  const { gas, picture } = state;
  state.canvas ??= Object.assign(document.createElement("canvas"), { width: gas.width, height: gas.height });
  const context = state.canvas.getContext("2d");
  const image = context.createImageData(gas.width, gas.height);
  const [empty, full] = [channels(colors.vapour), channels(colors.water)];
  for (let y = 0; y < gas.height; y += 1) {
    for (let x = 0; x < gas.width; x += 1) {
      const share = picture[y * gas.width + x];
      const at = 4 * ((gas.height - 1 - y) * gas.width + x);
      for (let c = 0; c < 3; c += 1) image.data[at + c] = empty[c] + share * (full[c] - empty[c]);
      image.data[at + 3] = 255;
    }
  }
  context.putImageData(image, 0, 0);
  return state.canvas;
}

// Tongues of fire under the floor, as tall as the temperature is high.
function drawFlame({ context, colors }, inside, temperature, time) {
  const bottom = inside.y + inside.height + BELOW - 6;
  const height = (BELOW - 12) * Math.min(0.25 + 0.75 * temperature, 1.1);
  const tongues = 11;
  for (const [color, share] of [[colors.energy, 1], [colors.theory, 0.55]]) {
    context.fillStyle = color;
    for (let i = 0; i < tongues; i += 1) {
      const offset = (2 * i) / (tongues - 1) - 1;
      const flicker = 1 + 0.13 * Math.sin(time * 0.08 + 2.4 * i) + 0.07 * Math.sin(time * 0.17 + 4.1 * i);
      const tip = bottom - height * share * flicker * (1 - 0.4 * offset ** 2);
      const x = inside.x + inside.width * (0.5 + 0.37 * offset);
      const half = inside.width * 0.026 * (0.6 + 0.4 * share);
      const rise = (part) => bottom + (tip - bottom) * part;
      context.beginPath();
      context.moveTo(x, tip);
      context.bezierCurveTo(x + half * 0.4, rise(0.6), x + half * 1.5, rise(0.35), x + half * 0.8, bottom);
      context.lineTo(x - half * 0.8, bottom);
      context.bezierCurveTo(x - half * 1.5, rise(0.35), x - half * 0.4, rise(0.6), x, tip);
      context.fill();
    }
  }
  context.fillStyle = colors.neutral;
  context.fillRect(inside.x + inside.width * 0.08, bottom, inside.width * 0.84, 4);
}

export default live({
  name: "stove", setup, changed, simulate, describe, table, pace: 250, stride: 10, settle: 1200, actions: { shake },
  panels: [
    { tab: "Pot", place: [0, 0, 0.5, 1], draw: drawPot },
    { tab: "Over time", place: [0.5, 0, 0.5, 0.5], draw: drawShares },
    { tab: "Over time", place: [0.5, 0.5, 0.5, 0.5], draw: drawEnergy },
  ],
});
