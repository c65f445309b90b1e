import { live } from "./shared/host.js";
import { axes, bar, channels, clipped, curve, grid, label, legend, number, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { fillNormals } from "./shared/random.js";
import { kullbackLeibler } from "./shared/gibbs.js";
import { cdf } from "./shared/normal.js";

export const DATA = [
  { weights: [0.3, 0.7], means: [-2, 1.5], deviations: [0.4, 0.6] },
  { weights: [0.5, 0.5], means: [-2, 2], deviations: [0.5, 0.5] },
];
// The way back: times the score, and temperature of the noise. The first two return to the data, the last two do not.
export const WAYS = [
  { words: "2s and noise", pull: 2, heat: 1 },
  { words: "s, no noise", pull: 1, heat: 0 },
  { words: "s and noise", pull: 1, heat: 1 },
  { words: "2s, no noise", pull: 2, heat: 0 },
];
export const PARTICLES = 1000;
const [TURN, FRAME] = [3, 0.05]; // time on either way, and between two frames
const FRAMES = Math.round(TURN / FRAME);
const INNER = 5; // steps back a frame
const [EDGE, BINS] = [4, 40]; // what lies beyond counts in the end bins
const WIDTH = (2 * EDGE) / BINS;
const DRAWN = 12; // paths

// The mixture after time t of dx = -x dt + sqrt(2) dB.
export function relaxed({ weights, means, deviations }, t) {
  return {
    weights, means: means.map((mean) => mean * Math.exp(-t)),
    deviations: deviations.map((s) => Math.sqrt(1 + Math.exp(-2 * t) * (s * s - 1))),
  };
}

export function density({ weights, means, deviations }, x) {
  return weights.reduce((sum, weight, k) => sum + (weight * Math.exp(-(((x - means[k]) / deviations[k]) ** 2) / 2)) / (deviations[k] * Math.sqrt(2 * Math.PI)), 0);
}

// s = d ln p/dx: each part's own pull, by its share at x. A film asks some hundred thousand times: what x does not change
// is known before.
export function scoreOf({ weights, means, deviations }) {
  const heights = weights.map((weight, k) => Math.log(weight / deviations[k]));
  const stiff = deviations.map((s) => 1 / (s * s));
  const logs = new Float64Array(weights.length);
  return (x) => {
    let [most, shares, pull] = [-Infinity, 0, 0];
    for (let k = 0; k < logs.length; k += 1) {
      logs[k] = heights[k] - (stiff[k] * (x - means[k]) ** 2) / 2;
      most = Math.max(most, logs[k]);
    }
    for (let k = 0; k < logs.length; k += 1) {
      const share = Math.exp(logs[k] - most);
      shares += share;
      pull += share * stiff[k] * (means[k] - x);
    }
    return pull / shares;
  };
}

export function below({ weights, means, deviations }, x) {
  return weights.reduce((sum, weight, k) => sum + weight * cdf((x - means[k]) / deviations[k]), 0);
}

// When the middle of an even pair stops to hold and begins to push.
export function speciation({ means, deviations }) {
  return 0.5 * Math.log1p(means[1] ** 2 - deviations[1] ** 2);
}

// Places from uniform and normal numbers, one of each a particle.
export function drawn({ weights, means, deviations }, uniforms, normals) {
  return Float64Array.from(uniforms, (u, i) => {
    const k = u < weights[0] ? 0 : 1;
    return means[k] + deviations[k] * normals[i];
  });
}

// One frame forward, exact at any step.
export function forth(q, normals, time) {
  const kept = Math.exp(-time);
  return q.map((x, i) => kept * x + Math.sqrt(-Math.expm1(-2 * time)) * normals[i]);
}

// One step back from time t: q' = q + h [q + pull s(q, t)] + sqrt(2 heat h) xi.
export function backStep(q, law, h, { pull, heat }, normals) {
  const [kick, score] = [Math.sqrt(2 * heat * h), scoreOf(law)];
  return q.map((x, i) => x + h * (x + pull * score(x)) + kick * normals[i]);
}

export function setup(data, parameters, random) {
  const state = {};
  changed(state, parameters, random);
  return state;
}

// The film: the crowd at each frame on the way to noise, and on a way back from fresh noise.
export function changed(state, { data, way }, random) {
  if (state.data === data && state.way === way) return;
  const normals = () => fillNormals(new Float64Array(PARTICLES), random);
  if (state.data !== data) {
    const first = drawn(DATA[data], Float64Array.from({ length: PARTICLES }, random), normals());
    state.ahead = [first];
    for (let k = 1; k <= FRAMES; k += 1) state.ahead.push(forth(state.ahead[k - 1], normals(), FRAME));
  }
  Object.assign(state, { data, way, back: [normals()], ends: null });
  const [h, laws] = [FRAME / INNER, grid(0, TURN, FRAMES * INNER).map((t) => relaxed(DATA[data], t))];
  let q = state.back[0];
  for (let step = 0; step < FRAMES * INNER; step += 1) {
    q = backStep(q, laws[FRAMES * INNER - step], h, WAYS[way], normals());
    if ((step + 1) % INNER === 0) state.back.push(q);
  }
  state.ends = divergence(q, DATA[data]);
}

function again(state, parameters, random) {
  state.data = null;
  changed(state, parameters, random);
}

// At a time of the clock: the frame, the time t of the law there, and the crowd.
export function at({ ahead, back }, clock) {
  const frame = Math.round(clock / FRAME);
  return frame <= FRAMES ? { t: frame * FRAME, q: ahead[frame], returning: false } : { t: (2 * FRAMES - frame) * FRAME, q: back[frame - FRAMES], returning: true };
}

export function fractions(q) {
  const shares = new Array(BINS).fill(0);
  for (const x of q) shares[Math.min(Math.max(Math.floor((x + EDGE) / WIDTH), 0), BINS - 1)] += 1 / q.length;
  return shares;
}

export function expected(law) {
  const inner = grid(-EDGE + WIDTH, EDGE - WIDTH, BINS - 2).map((x) => below(law, x));
  return [...inner, 1].map((upper, i) => upper - (i ? inner[i - 1] : 0));
}

// KL of the crowd's histogram from a law's, less what counting a finite number adds.
export function divergence(q, law) {
  const exact = expected(law);
  const filled = exact.filter((share) => share * q.length > 0.5).length;
  return kullbackLeibler(fractions(q), exact) - (filled - 1) / (2 * q.length);
}

const left = (q) => q.reduce((sum, x) => sum + (x < 0), 0) / q.length;

export function table(state) {
  const rows = grid(0, 2 * TURN, 2 * FRAMES).map((clock) => {
    const { t, q } = at(state, clock);
    const law = relaxed(DATA[state.data], t);
    return [Number(clock.toFixed(2)), t, left(q), below(law, 0), divergence(q, law)];
  });
  return { columns: ["clock", "time from the data", "share left", "exact", "divergence"], rows };
}

const small = (kl) => (kl < 0.01 ? "below 0.01" : kl.toFixed(2));

export function describe(state, { clock }) {
  const { t, q, returning } = at(state, clock);
  const law = relaxed(DATA[state.data], t);
  const share = `${Math.round(100 * left(q))}\u00a0% left of 0, law ${Math.round(100 * below(law, 0))}\u00a0%`;
  const { words } = WAYS[state.way];
  if (!returning) return `To noise, t = ${t.toFixed(2)}: ${share}. Back by ${words}: KL ${small(state.ends)}.`;
  return `Back by ${words}, t = ${t.toFixed(2)}: ${share}, KL ${small(divergence(q, law))}.`;
}

const RANGE = [-EDGE, EDGE];

function drawDensity(surface, state, { clock }, frame) {
  const { colors } = surface;
  const { t, q } = at(state, clock);
  const law = relaxed(DATA[state.data], t);
  const scale = axes(surface, inset(frame, { left: 36, top: 26, right: 14, bottom: 28 }), {
    x: RANGE, y: [0, 0.62], xTicks: [-4, -2, 0, 2, 4], yTicks: [0, 0.2, 0.4, 0.6], title: `Where they are, ${t.toFixed(2)} from the data`,
  });
  fractions(q).forEach((share, i) => {
    const from = -EDGE + i * WIDTH;
    bar(surface, scale, from + 0.08 * WIDTH, from + 0.92 * WIDTH, share / WIDTH, colors.simulation);
  });
  const places = grid(...RANGE, 200);
  curve(surface, scale, places, places.map((x) => density(law, x)), { color: colors.theory, width: 2.5 });
  legend(surface, { x: scale.x(-3.8), y: scale.box.y + 8 }, [["density", colors.theory], ["1,000 particles", colors.simulation]]);
}

function drawForce(surface, state, { clock }, frame) {
  const { colors } = surface;
  const { t, returning } = at(state, clock);
  const law = relaxed(DATA[state.data], t);
  const { pull } = WAYS[state.way];
  const score = scoreOf(law);
  const scale = axes(surface, inset(frame, { left: 36, top: 26, right: 14, bottom: 42 }), {
    x: RANGE, y: [-9, 9], xTicks: [-4, -2, 0, 2, 4], yTicks: [-5, 0, 5], title: "Force", xLabel: "position x",
  });
  const places = grid(...RANGE, 320);
  curve(surface, scale, RANGE, [0, 0], { color: colors.neutral, width: 1 });
  const acts = (on) => ({ width: on ? 3 : 1.5, dash: on ? [] : [5, 4] });
  curve(surface, scale, RANGE, RANGE.map((x) => -x), { color: colors.energy, ...acts(!returning) });
  curve(surface, scale, places, places.map((x) => x + pull * score(x)), { color: colors.freeEnergy, ...acts(returning) });
  const top = scale.box.y - 13; // beside the title: steep forces fill the rest
  legend(surface, { x: scale.box.x + 52, y: top }, [["to noise: \u2212x", colors.energy]]);
  legend(surface, { x: scale.box.x + 150, y: top }, [[`back: x + ${pull === 2 ? "2" : ""}s(x, t)`, colors.freeEnergy]]);
}

function filmBox(frame) {
  return inset(frame, { left: 36, top: 26, right: 14, bottom: 42 });
}

function drawFilm(surface, state, { clock }, frame) {
  const { context, colors } = surface;
  const name = (value) => number(value <= TURN ? value : 2 * TURN - value);
  const scale = axes(surface, filmBox(frame), {
    x: [0, 2 * TURN], y: RANGE, xTicks: [0, 1, 2, 3, 4, 5, 6], yTicks: [-4, -2, 0, 2, 4], title: "To noise, and back from fresh noise", xLabel: "time t from the data", xName: name,
  });
  clipped(surface, scale, () => {
    const [columns, rows] = [60, 56];
    const [low, high] = [colors.background, colors.water].map(channels);
    for (let i = 0; i < columns; i += 1) {
      const middle = ((i + 0.5) * 2 * TURN) / columns;
      const law = relaxed(DATA[state.data], Math.min(middle, 2 * TURN - middle));
      for (let j = 0; j < rows; j += 1) {
        const share = Math.min((density(law, -EDGE + ((j + 0.5) * 2 * EDGE) / rows) / 0.5) ** 0.6, 1);
        context.fillStyle = `rgb(${low.map((value, c) => Math.round(value + share * (high[c] - value))).join(",")})`;
        const [w, h] = [scale.box.width / columns, scale.box.height / rows];
        context.fillRect(scale.box.x + i * w, scale.box.y + scale.box.height - (j + 1) * h, w + 0.6, h + 0.6);
      }
    }
  });
  const [now, times] = [Math.round(clock / FRAME), grid(0, TURN, FRAMES)];
  for (let i = 0; i < DRAWN; i += 1) {
    const line = (some, frames, from) => frames > 0 && curve(surface, scale, times.slice(0, frames + 1).map((t) => from + t), some.slice(0, frames + 1).map((q) => q[i]), { color: from ? colors.simulation : colors.entropy, width: 1 });
    line(state.ahead, Math.min(now, FRAMES), 0);
    line(state.back, now - FRAMES, TURN);
  }
  curve(surface, scale, [TURN, TURN], RANGE, { color: colors.neutral, width: 1.5, dash: [2, 3] });
  curve(surface, scale, [clock, clock], RANGE, { color: colors.text, width: 1.5 });
  if (state.data === 1) speciates(surface, scale, speciation(DATA[1]));
}

// Where one hollow becomes two, on the way back.
function speciates(surface, scale, time) {
  const { colors } = surface;
  const x = 2 * TURN - time;
  curve(surface, scale, [x, x], RANGE, { color: colors.theory, width: 1.5, dash: [5, 4] });
  label(surface, `t* = ${time.toFixed(3)}`, { x: scale.x(x) - 5, y: scale.box.y + 10 }, { size: 12, align: "right" });
}

function drag(state, parameters, frame, { x }) {
  return { clock: Math.min(Math.max(scaleOf(filmBox(frame), { x: [0, 2 * TURN], y: [0, 1] }).valueOfX(x), 0), 2 * TURN) };
}

const isLast = (state, { clock }) => clock > 2 * TURN - FRAME / 2;

// From the end the play begins anew.
export function next(state, { clock }) {
  return { clock: isLast(state, { clock }) ? 0 : Number((clock + FRAME).toFixed(2)) };
}

export default live({
  name: "back", setup, changed, describe, table, next, isLast, pace: 20, actions: { again },
  panels: [
    { tab: "Film", place: [0.5, 0, 0.5, 1], draw: drawFilm, drag },
    { tab: "Density and force", place: [0, 0, 0.5, 0.5], draw: drawDensity },
    { tab: "Density and force", place: [0, 0.5, 0.5, 0.5], draw: drawForce },
  ],
});
