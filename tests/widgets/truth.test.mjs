// node truth.test.mjs cases.json: after random sequences of settings, steps and buttons, the numbers that a figure says are
// those of the state that it draws, counted here a second time; and those that it writes into its picture are among them.
// cases: { figures: [{ name, data, sliders: [[name, minimum, maximum, step, value]] }], rounds, longest, forget }: `longest` is
// the most steps between two looks; with `forget` the figures are not told that a slider moved, which must be noticed.
import assert from "node:assert/strict";
import { given, parkMiller } from "./helpers.mjs";

const { figures, rounds, longest, forget } = given();
const WIDGETS = "../../code/sgdphysics/widgets";
const sum = (values) => values.reduce((total, value) => total + value, 0);
const mean = (values) => sum(values) / values.length;
const percent = (share) => String(Math.round(100 * share));
const numbers = (text) => text.match(/\u2212?\d+(,\d{3})*(\.\d+)?/g) ?? [];
const fixed = (value, decimals) => {
  const text = value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
};

// Wolpert's table by strings: a target is its eight values, an input's neighbours differ from it in few coordinates.
function wolpert(learner, prior, m) {
  const strings = Array.from({ length: 256 }, (_, code) => code.toString(2).padStart(8, "0"));
  const corners = Array.from({ length: 8 }, (_, x) => x.toString(2).padStart(3, "0"));
  const apart = (x, y) => [...corners[x]].filter((bit, i) => bit !== corners[y][i]).length;
  const separable = (f) => [-2, -1, 0, 1, 2].some((a) => [-2, -1, 0, 1, 2].some((b) => [-2, -1, 0, 1, 2].some((c) => {
    const fields = corners.map(([p, q, r]) => a * p + b * q + c * r);
    const [yes, no] = ["1", "0"].map((value) => fields.filter((_, x) => f[x] === value));
    return Math.min(...yes, Infinity) > Math.max(...no, -Infinity);
  })));
  const count = (f) => f.replaceAll("0", "").length;
  const possible = strings.filter((f) => [true, prior === 1 && separable(f), count(f) === 4, count(f) < 2][prior]);
  const most = (votes) => 0.5 + 0.5 * Math.sign(count(votes) - votes.length / 2);
  const said = {};
  const says = (x, seen, f) => (said[`${x}|${seen}|${seen.map((y) => f[y])}`] ??= answer(x, seen, f));
  const answer = (x, seen, f) => {
    const closest = Math.min(...seen.map((y) => apart(x, y)));
    if (learner === 0) return most(seen.filter((y) => apart(x, y) === closest).map((y) => f[y]).join(""));
    if (learner < 3) return learner === 1 ? most(seen.map((y) => f[y]).join("")) : 1 - most(seen.map((y) => f[y]).join(""));
    if (learner === 3) return 0;
    return most(possible.filter((g) => seen.every((y) => f[y] === g[y])).map((g) => g[x]).join(""));
  };
  const sets = strings.map((mask) => [...mask].flatMap((bit, x) => (bit === "1" ? [x] : []))).filter((set) => set.length === m);
  const errors = strings.map((f) => mean(sets.map((seen) => mean(corners.flatMap((_, x) => (seen.includes(x) ? [] : [Math.abs(says(x, seen, f) - f[x])]))))));
  const rounded = errors.map((error) => Math.round(error * 1e9) / 1e9);
  return { mean: Math.round(mean(errors.filter((_, i) => possible.includes(strings[i]))) * 1e14) / 1e14, low: Math.min(...rounded), high: Math.max(...rounded) };
}

// ln Z of a torus by the powers of a row's transfer matrix.
function ringZ(rows, columns, temperature) {
  const states = Array.from({ length: 2 ** columns }, (_, code) => Array.from({ length: columns }, (_, i) => ((code >> i) & 1 ? 0.5 : -0.5)));
  const energy = (s, t) => -sum(s.map((one, i) => one * t[i] + (one * s[(i + 1) % columns] + t[i] * t[(i + 1) % columns]) / 2));
  const matrix = states.map((s) => states.map((t) => Math.exp(-(energy(s, t) + columns / 2) / temperature)));
  let power = matrix;
  for (let i = 1; i < rows; i += 1) power = power.map((row) => states.map((_, j) => sum(row.map((value, k) => value * matrix[k][j]))));
  return Math.log(sum(power.map((row, i) => row[i]))) + (rows * columns) / (2 * temperature);
}

// Where an iteration from order ends.
function settledMean(step) {
  let m = 1;
  for (let i = 0; i < 40000; i += 1) m = step(m);
  return m;
}

// A cluster's m by iteration from order, and its critical temperature by which side a little order grows on.
function clusterByHand(cluster, modules) {
  const ways = [
    (t) => (m) => Math.tanh(m / t), ...[1, 2, 4].map((width) => (t) => rowsByHand(width, t)), null,
    (t) => (m) => { const u = Math.atanh(m) / 4; return Math.tanh(4 * Math.atanh(Math.tanh(1 / (4 * t)) * Math.tanh(3 * u))); },
    (t) => (m) => { const [before, after] = squareByHand(t, m, 800); return (m * after) / before; },
  ];
  if (cluster === 4) return modules[4]; // eight rows: test_staircase.py, with dense matrices
  const growth = (t, m) => ways[cluster](t)(m) / m;
  const critical = () => {
    let [low, high] = [0.57, 1.05];
    for (let i = 0; i < 30; i += 1) [low, high] = growth((low + high) / 2, 1e-4) > 1 ? [(low + high) / 2, high] : [low, (low + high) / 2];
    return low;
  };
  if (cluster === 6) return { critical, mean: (t) => squareByHand(t, 0.99, 8000)[1] };
  const mean = (t) => { // the m that neither grows nor shrinks
    let [low, high] = [1e-4, 1 - 1e-13];
    for (let i = 0; i < 60; i += 1) [low, high] = growth(t, (low + high) / 2) > 1 ? [(low + high) / 2, high] : [low, (low + high) / 2];
    return cluster > 1 && cluster < 4 ? rowsByHand(cluster === 2 ? 2 : 4, t, true)(low) : low;
  };
  return { critical, mean };
}

// m at the edge of a strip, or of all its rows, if that at the next edge is m: by a dense matrix and its powers.
function rowsByHand(width, temperature, all = false) {
  const columns = Array.from({ length: 2 ** width }, (_, code) => Array.from({ length: width }, (_, i) => ((code >> i) & 1 ? 0.5 : -0.5)));
  return (m) => {
    const own = (s) => -sum(s.slice(1).map((one, i) => one * s[i])) - (m / 2) * (s[0] + s[width - 1]);
    const matrix = columns.map((s) => columns.map((t) => Math.exp(-((own(s) + own(t)) / 2 - sum(s.map((one, i) => one * t[i]))) / temperature)));
    let vector = columns.map(() => 1);
    for (let i = 0; i < 250; i += 1) {
      vector = matrix.map((row) => sum(row.map((value, j) => value * vector[j])));
      const size = Math.sqrt(sum(vector.map((value) => value * value)));
      vector = vector.map((value) => value / size);
    }
    return sum(columns.map((s, i) => vector[i] ** 2 * (all ? 2 * mean(s) : 2 * s[0])));
  };
}

// Kikuchi's square by his natural iteration, p ~ exp(K/2 sum of s s') bonds^(1/2) sites^(-1/4): m half way and at the end.
function squareByHand(temperature, m, steps) {
  const all = Array.from({ length: 16 }, (_, code) => [0, 1, 2, 3].map((i) => ((code >> i) & 1 ? 1 : -1)));
  let p = all.map((s) => s.reduce((product, one) => (product * (1 + one * m)) / 2, 1));
  const part = (...spins) => sum(p.filter((_, code) => spins.every(([at, value]) => all[code][at] === value)));
  const order = () => sum(p.map((value, code) => value * mean(all[code])));
  let half;
  for (let i = 0; i < steps; i += 1) {
    if (i === steps / 2) half = order();
    const bond = [-1, 1].map((one) => [-1, 1].map((other) => part([0, one], [1, other])));
    const site = [part([0, -1]), part([0, 1])];
    const of = (one) => (one + 1) / 2;
    const factor = (one, other) => Math.exp((one * other) / (8 * temperature)) * Math.sqrt(bond[of(one)][of(other)]) * site[of(one)] ** -0.25;
    const next = all.map((s) => s.reduce((product, one, j) => product * factor(one, s[(j + 1) % 4]), 1));
    const z = sum(next);
    p = next.map((value) => value / z);
  }
  return [half, order()];
}

// One normal law on two bumps, downhill from a start, and its divergence, all by sums over x.
function bumpByHand(mu, s, a) {
  const normal = (x, m, w) => Math.exp(-(((x - m) / w) ** 2) / 2) / (w * Math.sqrt(2 * Math.PI));
  const xs = Array.from({ length: 401 }, (_, i) => (i - 200) / 22);
  for (let i = 0; i < 2500; i += 1) {
    const weights = xs.map((z) => normal(z, 0, 1) / 22);
    const t = xs.map((z) => Math.tanh(a * (mu + s * z)));
    const [pull, bend] = [a * sum(t.map((one, j) => one * weights[j])), a * a * sum(t.map((one, j) => (1 - one * one) * weights[j]))];
    [mu, s] = [mu + (pull - mu) / 5, s + (1 / Math.sqrt(Math.max(1 - bend, 0.02)) - s) / 5];
  }
  const step = s / 60;
  const places = Array.from({ length: 1201 }, (_, i) => mu + (i - 600) * step);
  const kl = step * sum(places.map((x) => normal(x, mu, s) * Math.log(normal(x, mu, s) / ((normal(x, a, 1) + normal(x, -a, 1)) / 2))));
  return { mu, s, kl };
}

// A torus of 3 x 4 by its pairs of sites; what a spin does is read from the probabilities of the two states that differ in it.
function annealedByHand(own, temperature, n) {
  const sites = Array.from({ length: 12 }, (_, i) => i);
  const pairs = sites.flatMap((i) => sites.filter((j) => j > i && near2(i, j)).map((j) => [i, j]));
  const spins = Array.from({ length: 4096 }, (_, code) => sites.map((i) => ((code >> i) & 1 ? 1 : -1)));
  const logP = spins.map((s) => sum(pairs.map(([i, j]) => s[i] * s[j])) / (4 * temperature));
  const logQ = spins.map((s) => own * sum(s) - 12 * Math.log(2 * Math.cosh(own)));
  const logZ = Math.log(sum(logP.map(Math.exp)));
  let law = logQ.map(Math.exp);
  let total = 0;
  for (let step = 0; step < n; step += 1) {
    if (step) {
      const weights = logP.map((one, code) => Math.exp((step / n) * one + (1 - step / n) * logQ[code]));
      for (const i of sites) law = law.map((p, code) => ((p + law[code ^ (1 << i)]) * weights[code]) / (weights[code] + weights[code ^ (1 << i)]));
    }
    total += sum(law.map((p, code) => p * (logP[code] - logQ[code]))) / n;
  }
  return logZ - total;
}

// Whether two sites of three rows of four are neighbours around the torus.
function near2(i, j) {
  const [rows, columns] = [Math.abs(Math.floor(i / 4) - Math.floor(j / 4)), Math.abs((i % 4) - (j % 4))];
  return (rows === 0 && (columns === 1 || columns === 3)) || (columns === 0 && rows > 0);
}

// What each figure should say: begin() forgets, watch() looks at the state after a step, expected() lists the numbers.
const ORACLES = {
  stove: ({ measure }, { EXACT }) => {
    let seen = [];
    const look = ({ gas, n }) => seen.push(measure(gas, n));
    return {
      begin: (state) => { seen = []; look(state); },
      watch: (state) => state.time % 4 === 0 && look(state),
      expected: (state, { temperature, gravity }, sentence) => {
        const share = (key) => mean(seen.slice(-30).map((one) => one[key]));
        const show = (value) => (100 * value).toFixed(value < 0.1 ? 1 : 0);
        const exact = (1 - EXACT(temperature)) / 2;
        const also = sentence.includes("exact") ? [show(1 - exact), show(exact)] : [];
        if (sentence.includes("one fluid, neither")) assert.ok(seen.length >= 120, "said before there was evidence");
        return [temperature.toFixed(2), gravity.toFixed(3), show(share("water")), show(share("vapour")), ...also];
      },
    };
  },
  knob: () => ({
    begin: () => {}, watch: () => {},
    expected: ({ levels }, { temperature, trial, moved }, sentence) => {
      const at = (t) => levels.map((level) => Math.exp(-level / t));
      const [weights, own] = [at(temperature), at(trial)];
      const least = -temperature * Math.log(sum(weights));
      const p = own.map((weight, i) => ((1 - moved) * weight) / sum(own) + (i === levels.length - 1 ? moved : 0));
      const cost = sum(p.map((share, i) => share * levels[i] + temperature * share * Math.log(share)));
      const first = [temperature.toFixed(2), fixed(cost, 3)];
      return sentence.includes("least there is") ? first : [...first, fixed(cost - least, 3), fixed(least, 3)];
    },
  }),
  particle: ({ distance }) => {
    let shares = [];
    const right = ({ q }) => q.filter((place) => place > 0).length / q.length;
    return {
      begin: () => (shares = []),
      watch: (state) => state.steps % 4 === 0 && shares.push(right(state)),
      expected: (state, { temperature }, sentence) => {
        const kl = fixed(distance(state, temperature).kl, 2);
        if (!sentence.includes("has reached")) return [temperature.toFixed(2), percent(right(state)), kl];
        assert.ok(shares.length >= 600 && Number(kl) < 0.2, "said before there was evidence");
        assert.ok(Math.abs(right(state) - 0.5) < 4.5 * (0.5 / Math.sqrt(state.q.length)), "far from equilibrium");
        return [temperature.toFixed(2), kl, percent(right(state)), percent(0.5 / Math.sqrt(state.q.length))];
      },
    };
  },
  bottle: ({ divergences }) => ({
    begin: () => {}, watch: () => {},
    expected: (state, { temperature, shake }) => {
      const left = percent(state.q.filter((place) => place < 0).length / state.q.length);
      const { density } = divergences(state);
      return [temperature.toFixed(2), shake.toFixed(2), left, density < 0.01 ? "0.01" : density.toFixed(2)];
    },
  }),
  trap: () => {
    let works = [];
    return {
      begin: () => (works = []),
      watch: (state) => state.step === state.steps && works.push(...state.work),
      expected: (state, { duration, temperature }) => {
        const exact = fixed((duration + Math.expm1(-4 * duration) / 4) / duration ** 2, 2);
        const at = [duration.toFixed(2), temperature.toFixed(2)];
        if (!works.length) return [...at, exact];
        const weights = works.map((work) => Math.exp(-work / temperature));
        const scatter = Math.sqrt(sum(weights.map((w) => (w - mean(weights)) ** 2)) / (works.length - 1) / works.length);
        return [
          ...at, works.length.toLocaleString("en"), fixed(mean(works), 2), exact, percent(works.filter((work) => work < 0).length / works.length),
          fixed(-temperature * Math.log(mean(weights)), 2), ((temperature * scatter) / mean(weights)).toFixed(2), "0",
        ];
      },
    };
  },
  leapfrog: () => {
    let log = [];
    return {
      begin: (state) => {
        assert.ok([0, 500].includes(state.trajectories), `${state.trajectories} trajectories, some of an old setting`);
        log = [state.trajectories, state.rejected]; // 500 that a change adds at once
      },
      watch: (state) => { if (!state.moving) log = [log[0] + 1, log[1] + !state.accepted]; },
      expected: (state, { stepSize, leaps, alpha }, sentence) => {
        const also = sentence.includes("beyond") ? ["0.77"] : [];
        return [log[0].toLocaleString("en"), String(leaps), stepSize.toFixed(2), alpha.toFixed(2), ...(log[0] ? [percent(log[1] / log[0])] : []), ...also];
      },
    };
  },
  minibatch: () => ({
    begin: () => {}, watch: () => {},
    expected: (state, { batch, step, temperature }) => {
      const { x, y } = state;
      const mode = mean(x.map((value, i) => value * y[i])); // all x^2 = 1
      const noise = (x.length ** 2 / batch) * mean(x.map((value, i) => (mode * value - y[i]) ** 2));
      const said = ({ q, name }) => {
        const heat = name === "sgd" ? 0 : temperature;
        const exact = Math.sqrt((heat + ((step / x.length) * noise) / 4) / (1 - step / 4));
        return [(Math.sqrt(mean([...q].map((one) => (one - mode) ** 2))) * Math.sqrt(x.length)).toFixed(2), exact.toFixed(2)];
      };
      const [sgd, sgld] = state.kinds.map(said);
      return [String(batch), String(x.length), ...sgld, ...sgd, Math.sqrt(temperature).toFixed(2), temperature.toFixed(1)];
    },
  }),
  circle: () => {
    let [steps, before, areas] = [0, [], []];
    return {
      begin: ({ weights }) => { [steps, before, areas] = [0, [...weights], Array(weights.length / 2).fill(0)]; },
      watch: ({ weights }) => {
        steps += 1;
        areas = areas.map((area, i) => area + (before[2 * i] * weights[2 * i + 1] - before[2 * i + 1] * weights[2 * i]) / 2);
        before = [...weights];
      },
      expected: ({ rate }, { half, left, right }) => {
        const tilt = (2 * rate * half * (right ** 2 - left ** 2)) / (1 + half ** 2 - 8 * rate * half ** 2); // by hand
        const at = [half.toFixed(2), left.toFixed(1), right.toFixed(1)];
        const exact = fixed(2 * rate * (1 - half ** 2) * tilt, 4);
        if (!steps) return [...at, exact];
        const spread = Math.sqrt(sum(areas.map((area) => (area - mean(areas)) ** 2)) / (areas.length - 1) / areas.length);
        return [...at, String(areas.length), steps.toLocaleString("en"), fixed(mean(areas) / steps, 4), (spread / steps).toFixed(4), exact];
      },
    };
  },
  tail: () => {
    let [steps, alone, jumped] = [0, 0, null];
    const size = (far) => (far >= 1e6 ? ["10", String(Math.floor(Math.log10(far)))] : [far >= 1000 ? Math.round(far).toLocaleString("en") : far.toFixed(far < 100 ? 1 : 0)]);
    return {
      begin: ({ lonely, one }) => {
        const more = lonely - alone;
        if (!lonely) steps = 0;
        jumped = lonely && more ? { more, far: Math.abs(one[0]) >= 20, at: lonely } : null;
        alone = lonely;
      },
      watch: ({ lonely }) => {
        [steps, alone] = [steps + 1, lonely];
        if (jumped && lonely - jumped.at > 300) jumped = null;
      },
      expected: ({ weights }, { odd, others, rate }, sentence) => {
        const all = [odd, others, others, others].map((square) => Math.abs(1 - rate * square));
        const about = [rate.toFixed(2), fixed(1 - rate * odd, 2), fixed(1 - rate * others, 2)];
        const growing = mean(all.map(Math.log));
        const far = [...weights].map(Math.abs).sort((a, b) => b - a);
        const after = (...more) => (steps ? [steps.toLocaleString("en"), ...more] : []);
        const last = jumped ? ["20", jumped.more.toLocaleString("en")] : [];
        if (jumped) assert.ok(sentence.includes(jumped.far ? "jumped beyond" : "was never beyond"));
        if (growing >= 0) return [...about, fixed(growing, 2), ...after(...size(far[far.length / 2 - 1])), ...last];
        if (Math.max(...all) <= 1) return [...about, ...after(far.length.toLocaleString("en"), ...size(far[0])), ...last];
        const power = (alpha) => mean(all.map((factor) => factor ** alpha));
        let [low, high] = [1e-9, 1];
        while (power(high) < 1) high *= 2;
        for (let i = 0; i < 200; i += 1) [low, high] = power((low + high) / 2) < 1 ? [(low + high) / 2, high] : [low, (low + high) / 2];
        const u = Math.min(far[far.length - 1 - Math.floor(0.98 * far.length)], 100);
        const [beyond, twice] = [u, 2 * u].map((distance) => far.filter((one) => one > distance).length);
        const [share, error] = [twice / beyond, Math.sqrt(((twice / beyond) * (1 - twice / beyond)) / beyond)];
        const runs = beyond ? after(percent(beyond / far.length), ...size(u), percent(share), String(Math.ceil(100 * error)), percent(2 ** -low)) : [];
        return [...about, low.toFixed(3), ...runs, ...last];
      },
    };
  },
  valley: () => {
    let [steps, product, before] = [0, 0, []];
    return {
      begin: ({ u, v }) => { [steps, product, before] = [0, u * u - v * v, [u, v]]; },
      watch: ({ u, v, lost }) => {
        const [a, b] = before;
        if (lost && u === a && v === b) return;
        const way = Math.abs(a) > Math.abs(b) ? (b - v) / a : (a - u) / b; // rate e, as the ball went
        [steps, product, before] = [steps + 1, product * (1 - way ** 2), [u, v]];
      },
      expected: ({ u, v }, { noise, rate }, sentence) => {
        const at = [noise.toFixed(2), rate.toFixed(2)];
        if (Math.max(Math.abs(u), Math.abs(v)) > 100) return [...at, steps.toLocaleString("en")];
        const outside = u < 0 || u > 4.6 || v < -1.4 || v > 3.2;
        assert.equal(sentence.includes("left the picture"), outside);
        const where = outside ? [fixed(u, 1), fixed(v, 1)] : [];
        return [...at, ...where, steps.toLocaleString("en"), fixed(u * u + v * v, 2), "2", fixed(2 / rate, 1), fixed(u * u - v * v, 3), "1", fixed(product, 3)];
      },
    };
  },
  landscape: () => {
    const nats = (share) => (share > 0 ? -share * Math.log(share) : 0);
    const energy = (r, sign) => (sign ? Math.atan2(Math.sqrt(1 - r * r), r) / Math.PI : 1 - r);
    const f = (r, alpha, ising, sign) => alpha * energy(r, sign) - (ising ? nats((1 + r) / 2) + nats((1 - r) / 2) : Math.log(Math.sqrt(1 - r * r)));
    const fine = Array.from({ length: 12001 }, (_, i) => Math.tanh(-0.5 + (i * 7) / 12000));
    const lows = (alpha, ising, sign) => {
      const heights = fine.map((r) => f(r, alpha, ising, sign));
      const inside = fine.filter((_, i) => i && i < fine.length - 1 && heights[i] <= heights[i - 1] && heights[i] < heights[i + 1]);
      return heights.at(-1) < heights.at(-2) ? [...inside, 1] : inside;
    };
    const tips = (() => { // where the minimum that begins at R = 0 is as low as the teacher, and where it is gone
      let [tip, fall] = [0, 0];
      for (let alpha = 1.69; alpha < 2.09; alpha += 0.0002) {
        const [first] = lows(alpha, true, true);
        if (first < 0.95) fall = alpha;
        if (first < 0.95 && f(first, alpha, true, true) < 0) tip = alpha;
      }
      return [tip, fall];
    })();
    return {
      begin: () => {}, watch: () => {},
      expected: ({ r }, { alpha, weights, output }, sentence) => {
        const [ising, sign] = [weights === 0, output === 0];
        const found = (sentence.match(/\d\.\d{3}(?=[ .;]|$)/g) ?? []).map(Number);
        const near = (value, exact) => assert.ok(Math.abs(value - exact) < 7e-4, `${value}, not ${exact}`);
        assert.equal(sentence.includes(ising ? "Ising weights" : "a sphere of weights"), true);
        assert.equal(sentence.includes(sign ? "sign output" : "linear output"), true);
        const at = [alpha.toFixed(2)];
        const also = (threshold) => { near(found.at(-1), threshold); return [found.at(-1).toFixed(3)]; };
        if (r > 1 - 1e-6) {
          assert.ok(sentence.includes("with the teacher: R = 1, error 0"));
          const held = ising && sign && alpha > 0;
          assert.equal(sentence.includes("Nothing holds"), !held);
          return [...at, "1", "0", ...(held && alpha < tips[0] ? also(tips[0]) : [])];
        }
        const away = Math.min(...lows(alpha, ising, sign).map((low) => Math.abs(low - r)));
        const rests = sentence.includes("the ball rests");
        assert.ok(rests ? away < 1.5e-3 : away > 7e-4, `${away}: ${sentence}`);
        const where = [...at, fixed(r, 3), fixed(energy(r, sign), 3), fixed(f(r, alpha, ising, sign), 3)];
        if (!ising || !sign) return where;
        const lower = f(r, alpha, true, true) > 0;
        if (!rests) return [...where, ...(alpha > tips[1] + 3e-4 ? also(tips[1]) : [])];
        assert.equal(sentence.includes("place is lower, f = 0"), lower);
        return [...where, ...(lower ? ["0", ...also(tips[1])] : also(tips[0]))];
      },
    };
  },
  targets: () => ({
    begin: () => {}, watch: () => {},
    expected: (state, { learner, prior, examples }, sentence) => {
      const { mean: exact, low, high } = wolpert(learner, prior, examples);
      const names = ["nearest neighbour", "majority", "anti-majority", "constant 0", "Bayes with this prior"];
      const seen = examples === 1 ? "1\u00a0input of" : `${examples}\u00a0inputs of`;
      assert.ok(sentence.startsWith(`With ${seen} 8 seen, ${names[learner]} errs on `), sentence);
      const share = sentence.match(/errs on (\d+)\/(\d+)(?: = ([\d.]+))? /) ?? [];
      if (exact === 0 || exact === 1) assert.ok(sentence.includes(exact ? "errs on all of" : "errs on none of"));
      else assert.ok(Math.abs(share[1] / share[2] - exact) < 1e-12, sentence);
      for (let d = 2; d <= share[1]; d += 1) assert.ok(share[1] % d || share[2] % d, "not in lowest terms");
      assert.equal(share[3], [0, 0.5, 1].includes(exact) ? undefined : exact.toFixed(3));
      assert.equal(sentence.includes("the same for every target"), low === high);
      const about = [["256"], ["104"], ["70", "0", "1"], ["9", "1"]][prior];
      return [
        String(examples), "8", ...(learner === 3 ? ["0"] : []), ...share.slice(1).filter(Boolean), ...about,
        ...(low === high ? [] : [low.toFixed(2), high.toFixed(2)]), ...(prior ? ["256", "1", "2"] : []),
      ];
    },
  }),
  replicas: ({ density, replicated }) => ({
    begin: () => {}, watch: () => {},
    expected: (state, { n, beta }, sentence) => {
      const exact = [10, 20, 60].map((levels) => replicated(density(levels, beta), n));
      const ways = (m) => Math.log(2) / m + (m * beta ** 2) / 4;
      const least = Math.min(...Array.from({ length: 100000 }, (_, i) => ways((i + 1) / 100000)));
      const freezes = 2 * Math.sqrt(Math.log(2));
      const large = n <= 1 ? Math.min(...Array.from({ length: 100000 }, (_, i) => ways(Math.max(n, 0) + (1 - Math.max(n, 0)) * ((i + 1) / 100000))), n > 0 ? ways(n) : Infinity) : Math.max(ways(1), ways(n));
      const all = [beta.toFixed(1), fixed(n, 2), ...exact.flatMap((value, i) => [value.toFixed(3), String([10, 20, 60][i])]), large.toFixed(3), "0", ways(1).toFixed(3)];
      assert.equal(sentence.includes("too much"), ways(1) > least + 1e-9);
      return beta > freezes ? [...all, (freezes / beta).toFixed(3), least.toFixed(3)] : [...all, freezes.toFixed(3)];
    },
  }),
  average: () => ({
    begin: () => {}, watch: () => {},
    expected: (state, { temperature, trial, lattice }, sentence) => {
      const [rows, columns] = [[3, 3], [3, 4], [4, 4]][lattice];
      const least = -temperature * ringZ(rows, columns, temperature) / (rows * columns);
      const nats = [(1 + trial) / 2, (1 - trial) / 2].map((share) => (share ? -share * Math.log(share) : 0));
      const cost = -0.5 * trial ** 2 - temperature * sum(nats); // two bonds a site, each -m^2/4
      const best = temperature < 1 ? settledMean((m) => Math.tanh(m / temperature)) : 0;
      const first = [temperature.toFixed(2), trial.toFixed(2), fixed(cost, 3), fixed(least, 3), fixed((rows * columns * (cost - least)) / temperature, 3)];
      assert.equal(sentence.includes("the least."), Math.abs(trial - best) <= 0.005);
      return sentence.includes("best m") ? [...first, best.toFixed(3)] : first;
    },
  }),
  staircase: ({ CLUSTERS }, { EXACT }) => {
    const known = {};
    return {
      begin: () => {}, watch: () => {},
      expected: (state, { cluster, temperature }, sentence) => {
        const { critical, mean: order } = (known[cluster] ??= clusterByHand(cluster, CLUSTERS));
        const tc = (known[`${cluster}c`] ??= critical());
        const m = (known[`${cluster}, ${temperature}`] ??= temperature < tc ? order(temperature) : 0);
        const name = ["One site", "One row", "2 rows", "4 rows", "8 rows", "Bethe", "Kikuchi"][cluster];
        assert.ok(sentence.startsWith(`${name} order${/rows/.test(name) ? "" : "s"} below`), sentence);
        const exact = 1 / (2 * Math.log(1 + Math.SQRT2));
        const show = (value) => (value ? value.toFixed(3) : "0");
        return [...numbers(name), tc.toFixed(4), percent(tc / exact - 1), temperature.toFixed(2), show(m), show(EXACT(temperature))];
      },
    };
  },
  bumps: () => {
    const known = {};
    const fits = (a) => (known[a] ??= [[0, a], [a, 1]].map(([mu, s]) => bumpByHand(mu, s, a)));
    return {
      begin: () => {}, watch: () => {},
      expected: (state, { distance, start }, sentence) => {
        const [middle, one] = fits(distance);
        const found = start ? one : middle;
        const least = one.kl < middle.kl ? one : middle;
        assert.ok(sentence.includes(start ? "from a bump:" : "from the middle:"));
        const same = Math.abs(least.kl - found.kl) < 1e-7;
        assert.equal(sentence.includes("the least."), same, sentence);
        const said = ({ mu, kl }) => [fixed(mu, 2), fixed(kl, 3)];
        return [distance.toFixed(2), ...said(found), ...(same ? [] : said(least))];
      },
    };
  },
  annealing: () => {
    const known = {};
    return {
      begin: () => {}, watch: () => {},
      expected: (state, { temperature, steps }) => {
        const n = 2 ** steps;
        const starts = [temperature < 1 ? Math.atanh(settledMean((m) => Math.tanh(m / temperature))) : 0, 0];
        const found = (known[`${temperature}, ${n}`] ??= starts.map((own) => annealedByHand(own, temperature, n)));
        return [temperature.toFixed(3), String(n), ...found.map((gap) => fixed(gap, 3)), "2", "0.693"];
      },
    };
  },
  sieve: ({ lesson }) => ({
    begin: () => {}, watch: () => {},
    expected: (state, { weights: n, examples, teacher }) => {
      const { signs, inputs } = lesson(n, teacher);
      const questions = Array.from({ length: examples }, (_, k) => inputs.slice(k * n, (k + 1) * n));
      const answer = (w, x) => w.reduce((field, one, i) => field + one * x[i], 0) > 0;
      const students = Array.from({ length: 2 ** n }, (_, code) => signs.map((_, i) => ((code >> i) & 1 ? 1 : -1)));
      const errors = students.map((w) => Math.acos(sum(w.map((one, i) => one * signs[i])) / n) / Math.PI);
      const left = students.map((w) => questions.every((x) => answer(w, x) === answer(signs, x)));
      const count = left.filter(Boolean).length;
      const annealed = fixed(Math.log(sum(errors.map((error) => (1 - error) ** examples))) / n, 3);
      const at = [String(examples), String(teacher)];
      if (count === 1) return [...at, (2 ** n).toLocaleString("en"), String(n), "0", annealed];
      const error = sum(errors.filter((_, i) => left[i])) / count;
      return [...at, count.toLocaleString("en"), (2 ** n).toLocaleString("en"), String(n), (100 * error).toFixed(1), fixed(Math.log(count) / n, 3), annealed];
    },
  }),
  back: () => {
    const blur = (t, [weights, means, widths]) => means.map((m, k) => [weights[k], m / Math.exp(t), Math.sqrt(1 + (widths[k] ** 2 - 1) / Math.exp(2 * t))]);
    const mass = (law, from, to, parts = 400) => { // by Simpson's rule
      const p = (x) => sum(law.map(([weight, m, s]) => (weight / s / Math.sqrt(2 * Math.PI)) * Math.exp(-((x - m) ** 2) / (2 * s * s))));
      const h = (to - from) / parts;
      return (h / 3) * sum(Array.from({ length: parts + 1 }, (_, i) => p(from + i * h) * (i === 0 || i === parts ? 1 : i % 2 ? 4 : 2)));
    };
    return {
      begin: () => {}, watch: () => {},
      expected: ({ ahead, back }, { clock, way, data }, sentence) => {
        const frame = Math.round(clock / 0.05);
        const returning = frame > 60;
        const t = returning ? 6 - clock : clock;
        const law = [[[0.3, 0.7], [-2, 1.5], [0.4, 0.6]], [[0.5, 0.5], [-2, 2], [0.5, 0.5]]][data];
        const q = [...(returning ? back[frame - 60] : ahead[frame])];
        const apart = (crowd, at) => {
          let [kl, filled] = [0, 0];
          for (let i = 0; i < 40; i += 1) {
            const [from, to] = [i ? -4 + i / 5 : -14, i < 39 ? -3.8 + i / 5 : 14];
            const exact = mass(blur(at, law), from, to, i % 39 ? 40 : 2000);
            const share = crowd.filter((x) => x >= from && x < to).length / crowd.length;
            filled += exact * crowd.length > 0.5;
            if (share) kl += share * Math.log(share / exact);
          }
          const value = kl - (filled - 1) / (2 * crowd.length);
          return value < 0.01 ? "0.01" : value.toFixed(2);
        };
        assert.ok(sentence.includes(["Back by 2s and noise", "Back by s, no noise", "Back by s and noise", "Back by 2s, no noise"][way]));
        assert.equal(sentence.startsWith("Back"), returning);
        const [twice, shares] = [way % 3 ? [] : ["2"], [t.toFixed(2), percent(q.filter((x) => x < 0).length / q.length), "0", percent(mass(blur(t, law), -14, 0, 2000))]];
        return returning ? [...twice, ...shares, apart(q, t)] : [...shares, ...twice, apart([...back.at(-1)], 0)];
      },
    };
  },
  losses: () => {
    const erfc = (x) => { // Chebyshev's fit of Numerical Recipes, to 1e-7 of the value
      const t = 1 / (1 + Math.abs(x) / 2);
      const c = [-1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587, -0.82215223, 0.17087277];
      const y = t * Math.exp(-x * x + c.reduceRight((total, one) => total * t + one, 0));
      return x < 0 ? 2 - y : y;
    };
    const solve = (f, low, high) => {
      for (let i = 0; i < 45; i += 1) [low, high] = f((low + high) / 2) < 0 ? [(low + high) / 2, high] : [low, (low + high) / 2];
      return (low + high) / 2;
    };
    // the blurred noise on a grid of 60 places a unit of its width, f and -(ln f)'
    const blurred = (noise, r) => {
      const h = Math.min(r, 1) / 30;
      return Array.from({ length: Math.ceil((12 * r + 14 + r * r) / h) }, (_, i) => {
        const z = (i + 0.5) * h;
        if (noise) return [z, (2 * h * Math.exp(-(z * z) / (2 + 2 * r * r))) / Math.sqrt(2 * Math.PI * (1 + r * r)), z / (1 + r * r)];
        const [a, b] = [1, -1].map((sign) => Math.exp((r * r) / 2 - sign * z) * erfc((r - (sign * z) / r) / Math.SQRT2) / 4);
        return [z, 2 * h * (a + b), (a - b) / (a + b)];
      });
    };
    return {
      begin: () => {}, watch: () => {},
      expected: (state, { kappa, noise }, sentence) => {
        assert.ok(sentence.includes(["Laplace:", "normal:"][noise]));
        const all = [0, 1, 2].map((i) => Number(numbers(sentence)[i + 1]));
        const squares = (kappa * (noise ? 1 : 2)) / (1 - kappa);
        // what is said solves the two equations: kappa r^2 = E (z - prox)^2 and P(|z| < c) = kappa; r^2 I = kappa
        const lad = blurred(noise, Math.sqrt(all[1]));
        const c = solve((one) => sum(lad.map(([z, m]) => m * Math.min(Math.max((one - z) / (lad[0][0] * 2) + 0.5, 0), 1))) - kappa, 0, 30);
        const ladError = sum(lad.map(([z, m]) => m * Math.min(z, c) ** 2)) / kappa;
        const best = sum(blurred(noise, Math.sqrt(all[2])).map(([, m, slope]) => m * slope * slope));
        assert.ok(Math.abs(ladError - all[1]) < 2e-3 * (1 + all[1]), `${ladError}: ${sentence}`);
        assert.ok(Math.abs(kappa / best - all[2]) < 2e-3 * (1 + all[2]), `${kappa / best}: ${sentence}`);
        return [kappa.toFixed(2), squares.toFixed(3), all[1].toFixed(3), all[2].toFixed(3)];
      },
    };
  },
  separable: ({ nearest }) => {
    let [ended, open] = [[], true];
    return {
      begin: ({ capacities, trial }) => { [ended, open] = [[...capacities], trial.answer.separable]; },
      watch: ({ trial }) => {
        open = nearest(trial.points).separable; // from nothing, rather than from the answer before
        if (!open) ended.push(trial.points.length - 1);
      },
      expected: ({ trial }, { p }, sentence) => {
        assert.equal(sentence.includes(": a plane cuts"), open);
        assert.equal(trial.points[0].length, p);
        return [String(p), String(trial.points.length), "2", String(2 * p), percent(ended.filter((most) => most >= 2 * p).length / ended.length), ended.length.toLocaleString("en"), "50"];
      },
    };
  },
  interpolate: () => {
    // the least norm fit by the Gram matrix of the cases or of the features, eliminated with pivots
    const eliminated = (matrix, b) => {
      const rows = matrix.map((row, i) => [...row, b[i]]);
      rows.forEach((_, k) => {
        const pivot = rows.slice(k).reduce((most, row, i) => (Math.abs(row[k]) > Math.abs(rows[most][k]) ? k + i : most), k);
        [rows[k], rows[pivot]] = [rows[pivot], rows[k]];
        rows.forEach((row, i) => { if (i !== k) rows[i] = row.map((one, j) => one - (row[k] / rows[k][k]) * rows[k][j]); });
      });
      return rows.map((row, i) => row.at(-1) / row[i]);
    };
    const dot = (a, b) => sum(a.map((one, i) => one * b[i]));
    return {
      begin: () => {}, watch: () => {},
      expected: ({ knots, pushes, laws }, { features: p, noise }, sentence) => {
        const level = [0, 0.1, 0.5][noise];
        const harmonic = sum(knots.map((_, k) => 1 / (k + 1)));
        const truth = knots.map((_, k) => Math.sqrt(1 / (k + 1) / harmonic));
        const rows = Array.from({ length: 12 }, (_, i) => knots.map((one) => one[2 * i + 1]));
        const y = rows.map((row, i) => dot(row, truth) + Math.sqrt(level) * pushes[i]);
        const used = rows.map((row) => row.slice(0, p));
        const columns = used[0].map((_, k) => used.map((row) => row[k]));
        const w = p < 12
          ? eliminated(columns.map((a) => columns.map((b) => dot(a, b))), columns.map((a) => dot(a, y)))
          : ((c) => columns.map((a) => dot(a, c)))(eliminated(used.map((a) => used.map((b) => dot(a, b))), y));
        const error = sum(truth.map((one, k) => (one - (w[k] ?? 0)) ** 2));
        const lost = sum(truth.slice(p).map((one) => one * one));
        const heat = level + lost;
        const mean = p < 11 ? lost + (heat * p) / (11 - p) : p > 13 ? lost + (1 - lost) * (1 - 12 / p) + (heat * 12) / (p - 13) : null;
        const said = Number(numbers(sentence)[3]);
        assert.ok(Math.abs(said - error) < 0.0051 + 1e-6 * error, `${error}: ${sentence}`); // the Gram matrix squares the condition
        assert.equal(sentence.includes("mean infinite"), mean === null);
        return [String(p), "12", level.toFixed(2), said.toFixed(2), laws[noise][p - 1][1].toFixed(2), ...(mean === null ? [] : [mean.toFixed(2)])];
      },
    };
  },
};

// The words that a figure writes into its picture.
function written(figure, state, parameters) {
  const words = [];
  const context = new Proxy({ canvas: { classList: { add() {} } } }, {
    get: (target, name) => target[name] ?? (name === "fillText" ? (text) => words.push(text) : name === "createImageData" ? (w, h) => ({ data: new Uint8ClampedArray(4 * w * h) }) : () => {}),
    set: () => true,
  });
  globalThis.document = { createElement: () => ({ getContext: () => context }) };
  const colors = new Proxy({}, { get: () => "#123456" });
  for (const panel of figure.panels) panel.draw({ context, colors }, state, parameters, { x: 0, y: 0, width: 400, height: 300 });
  return words;
}

const MEASURED = /^(KL = |exact:|Share of runs|Sharpness|Work of|Jarzynski|mean work|T\u00b7KL|Where they are; KL)/;
const FAULTS = /NaN|undefined|Infinity|null|\u22120(\.0+)?(?![\d.])|(^|[^\d,.])1\u00a0(steps|paths|trajectories)/;

for (const { name, data, sliders } of figures) {
  const module = await import(`${WIDGETS}/${name}.js`);
  const { orderParameter } = await import(`${WIDGETS}/shared/onsager.js`);
  const { figure } = module.default;
  const oracle = ORACLES[name](module, { EXACT: orderParameter });
  const random = parkMiller(20 + name.length);
  const below = (count) => Math.floor(random() * count);
  const parameters = Object.fromEntries(sliders.map(([slider, , , , value]) => [slider, value]));
  const state = figure.setup(data, parameters, random);
  oracle.begin(state);
  const check = (why) => {
    const sentence = figure.describe(state, parameters);
    assert.doesNotMatch(sentence, FAULTS, `${name}, ${why}`);
    assert.deepEqual(numbers(sentence), oracle.expected(state, parameters, sentence), `${name}, ${why}: ${sentence}`);
    for (const words of written(figure, state, parameters)) {
      assert.doesNotMatch(words, FAULTS, `${name}, ${why}`);
      if (!MEASURED.test(words) || !sentence.includes({ trap: "after", valley: "edge" }[name] ?? " ")) continue;
      for (const one of numbers(words)) assert.ok(numbers(sentence).includes(one), `${name}, ${why}: drawn ${words}, said ${sentence}`);
    }
  };
  check("at first");
  for (let round = 0; round < rounds; round += 1) {
    const choice = below(3);
    const actions = Object.keys(figure.actions ?? {}).filter((action) => action !== "pull" && action !== "hurry");
    if (choice === 0 || (!figure.simulate && !actions.length)) {
      const before = figure.describe(state, parameters);
      const [slider, minimum, maximum, step] = sliders[below(sliders.length)];
      const places = Math.round((maximum - minimum) / step);
      const place = [0, places, below(places + 1)][below(3)];
      const old = parameters[slider];
      parameters[slider] = Number((minimum + place * step).toFixed(6));
      if (!forget) figure.changed?.(state, parameters, random);
      if (name !== "knob" && old !== parameters[slider]) {
        assert.notEqual(figure.describe(state, parameters), before, `${name}: the sentence does not follow ${slider}`);
      }
      oracle.begin(state);
      check(`${slider} = ${parameters[slider]}`);
    } else if (choice === 1 && actions.length) {
      const action = actions[below(actions.length)];
      const wanted = figure.actions[action](state, parameters, random);
      if (wanted) {
        Object.assign(parameters, wanted);
        figure.changed?.(state, parameters, random);
      }
      oracle.begin(state);
      check(action);
    }
    const steps = figure.simulate ? [0, 1, 3, 60, longest][below(5)] : 0;
    for (let i = 0; i < steps; i += 1) {
      figure.simulate(state, parameters, random);
      oracle.watch(state);
    }
    check(`${steps} steps`);
  }
}
console.log(figures.length);
