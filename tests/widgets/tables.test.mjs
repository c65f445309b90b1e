// node tables.test.mjs cases.json: the data that a figure saves are what it measured, noted here step by step a second time.
// cases: { figures: [{ name, data, sliders: [[name, minimum, maximum, step, value]] }], steps, spoil }; with `spoil` one number
// of each file is a little too large, which must be noticed.
import assert from "node:assert/strict";
import { csv } from "../../code/sgdphysics/widgets/shared/save.js";
import { given, near, parkMiller } from "./helpers.mjs";

const { figures, steps, spoil } = given();
const sum = (values) => values.reduce((total, value) => total + value, 0);
const mean = (values) => sum(values) / values.length;
const bins = (from, to, count, rest) => Array.from({ length: count }, (_, i) => [from + ((to - from) * i) / count, from + ((to - from) * (i + 1)) / count, ...rest(i)]);
const inBin = (from, to, count, value) => Math.floor(((value - from) / (to - from)) * count);

// What each file should hold: watch() looks at the state at first and after each step and each change of a slider.
const ORACLES = {
  stove: ({ measure }) => {
    const rows = [];
    return {
      watch: ({ gas, n, time }, why) => {
        const { water, vapour, energy } = measure(gas, n);
        if (why || time % 4 === 0) rows.push([16 * time, water, vapour, energy]);
      },
      expected: () => rows.slice(-625),
    };
  },
  knob: () => ({
    watch: () => {},
    expected: ({ levels }, { temperature, trial, moved }) => {
      const at = (t) => levels.map((level) => Math.exp(-level / t) / sum(levels.map((one) => Math.exp(-one / t))));
      return levels.map((level, i) => [level, (1 - moved) * at(trial)[i] + (i === levels.length - 1 ? moved : 0), at(temperature)[i]]);
    },
  }),
  particle: () => {
    const rows = [];
    const watch = ({ q, steps: now, dt }, why) => {
      if (why !== "changed" && now % 4 === 0) rows.push([now * dt, q.filter((place) => place > 0).length / q.length]);
    };
    return { watch, expected: () => rows.slice(-2500) };
  },
  bottle: ({ divergences }) => {
    let rows = [];
    const watch = (state, why) => {
      const { density, particles } = divergences(state);
      if (state.steps === 0) rows = [];
      if (why !== "changed" && state.steps % 5 === 0) rows.push([state.steps * state.dt, density, particles]);
      if (why === "changed" && !rows.length) rows.push([0, density, particles]);
    };
    return { watch, expected: () => rows.slice(-1500) };
  },
  trap: () => {
    let works = [];
    return {
      watch: ({ step, steps: last, work }, why) => {
        if (why) works = [];
        else if (step === last) works.push(...work);
      },
      expected: () => {
        const counts = new Array(48).fill(0);
        for (const work of works) if (work >= -4 && work < 8) counts[inBin(-4, 8, 48, work)] += 1;
        return bins(-4, 8, 48, (i) => [counts[i]]);
      },
    };
  },
  leapfrog: () => {
    let [counts, before] = [[], 0];
    return {
      watch: ({ q, counts: now, trajectories }, why) => {
        if (why) counts = [...now]; // of trajectories that a change adds at once
        else if (trajectories > before && Math.abs(q[0]) < 3.6) counts[inBin(-3.6, 3.6, 36, q[0])] += 1;
        before = trajectories;
      },
      expected: () => bins(-3.6, 3.6, 36, (i) => [counts[i]]),
    };
  },
  minibatch: () => {
    let drawn = [];
    return {
      watch: ({ kinds, x, mode }, why) => {
        const now = kinds.map(({ q }) => {
          const shares = new Array(56).fill(0);
          for (const one of q) {
            const bin = inBin(-8, 8, 56, (one - mode) * Math.sqrt(x.length)); // all x^2 = 1
            if (bin >= 0 && bin < 56) shares[bin] += 1 / q.length;
          }
          return shares;
        });
        drawn = why ? now : drawn.map((shares, i) => shares.map((share, bin) => 0.96 * share + 0.04 * now[i][bin]));
      },
      expected: () => bins(-8, 8, 56, (i) => drawn.map((shares) => shares[i])),
    };
  },
  circle: () => {
    let [areas, before, means] = [[], [], []];
    return {
      watch: ({ weights }, why) => {
        areas = why ? Array(weights.length / 2).fill(0) : areas.map((area, i) => area + (before[2 * i] * weights[2 * i + 1] - before[2 * i + 1] * weights[2 * i]) / 2);
        if (why) means = [];
        means.push(mean(areas));
        before = [...weights];
      },
      expected: ({ rate }, { half, left, right }) => {
        const tilt = (2 * rate * half * (right ** 2 - left ** 2)) / (1 + half ** 2 - 8 * rate * half ** 2);
        return thinned(means, 400).map(([step, area]) => [step, area, step * 2 * rate * (1 - half ** 2) * tilt]);
      },
    };
  },
  tail: () => ({
    watch: () => {},
    expected: ({ weights }, parameters, rows) => {
      const far = [...weights].map(Math.abs);
      assert.ok(rows.length > 300 && rows[0][0] === Math.max(...far));
      return rows.map(([distance, share], i) => {
        assert.ok(i === 0 || share > rows[i - 1][1]);
        return [distance, Math.min(Math.max(share, (far.filter((one) => one > distance).length + 1) / far.length), far.filter((one) => one >= distance).length / far.length)];
      });
    },
  }),
  landscape: () => {
    let [seen, kind] = [[], ""];
    return {
      watch: ({ r }, why, { alpha, weights, output }) => {
        if (kind !== `${weights}${output}`) seen = [];
        kind = `${weights}${output}`;
        const last = seen.at(-1);
        if (!last || last[0] !== alpha || Math.abs(last[1] - r) > 2e-3) seen.push([alpha, r]);
      },
      expected: (state, { weights, output }) => seen.slice(-600).map(([alpha, r]) => {
        const error = output ? 1 - r : Math.atan2(Math.sqrt(1 - r * r), r) / Math.PI;
        const nats = (share) => (share ? -share * Math.log(share) : 0);
        return [alpha, r, error, alpha * error - (weights ? Math.log(1 - r * r) / 2 : nats((1 + r) / 2) + nats((1 - r) / 2))];
      }),
    };
  },
  targets: () => ({
    watch: () => {},
    expected: (state, { prior }) => {
      const bits = Array.from({ length: 8 }, (_, x) => x);
      const values = Array.from({ length: 256 }, (_, f) => bits.map((x) => (f >> x) & 1));
      const weights = Array.from({ length: 125 }, (_, i) => [(i % 5) - 2, (Math.floor(i / 5) % 5) - 2, Math.floor(i / 25) - 2]);
      const fields = weights.map((w) => bits.map((x) => w[0] * (x & 1) + w[1] * ((x >> 1) & 1) + w[2] * (x >> 2)));
      const linear = (f) => fields.some((field) => Math.min(...field.map((one, x) => (f[x] ? one : 99))) > Math.max(...field.map((one, x) => (f[x] ? -99 : one))));
      const possible = values.filter((f) => [true, prior === 1 && linear(f), sum(f) === 4, sum(f) <= 1][prior]);
      const vote = (votes) => (2 * sum(votes) === votes.length ? 0.5 : Number(2 * sum(votes) > votes.length));
      const rows = bits.map(() => [0, 0, 0, 0, 0, 0]);
      for (let set = 0; set < 255; set += 1) {
        const seen = bits.filter((x) => (set >> x) & 1);
        const others = bits.filter((x) => !((set >> x) & 1));
        const row = rows[seen.length];
        row[0] += 1;
        for (const x of others) {
          const away = seen.map((y) => [1, 2, 4].filter((bit) => (x ^ y) & bit).length);
          for (const f of possible) {
            const majority = vote(seen.map((y) => f[y]));
            const alike = possible.filter((g) => seen.every((y) => g[y] === f[y]));
            const says = [vote(seen.filter((_, i) => away[i] === Math.min(...away)).map((y) => f[y])), majority, 1 - majority, 0, vote(alike.map((g) => g[x]))];
            says.forEach((said, i) => (row[i + 1] += Math.abs(said - f[x]) / others.length / possible.length));
          }
        }
      }
      return rows.map(([sets, ...errors], m) => [m, ...errors.map((error) => error / sets)]);
    },
  }),
  replicas: ({ density, replicated }) => ({
    watch: () => {},
    expected: (state, { beta }) => {
      const exact = [10, 20, 60].map((levels) => density(levels, beta));
      const ways = (m) => Math.log(2) / m + (m * beta ** 2) / 4;
      const kink = Math.min((2 * Math.sqrt(Math.log(2))) / beta, 1);
      const row = (n) => [n, ...exact.map((one) => replicated(one, n)), n > 1 ? Math.max(ways(n), ways(1)) : ways(Math.max(n, kink)), ways(1)];
      return Array.from({ length: 51 }, (_, i) => row((i - 10) / 20));
    },
  }),
  average: () => ({
    watch: () => {},
    expected: (state, { lattice }) => {
      const [rows, columns] = [[3, 3], [3, 4], [4, 4]][lattice];
      const n = rows * columns;
      const levels = new Map(); // [sum of s s', |sum of s|] of every state
      for (let code = 0; code < 2 ** n; code += 1) {
        const s = (r, c) => ((code >> ((r % rows) * columns + (c % columns))) & 1 ? 1 : -1);
        let [bonds, all] = [0, 0];
        for (let r = 0; r < rows; r += 1) for (let c = 0; c < columns; c += 1) {
          all += s(r, c);
          bonds += s(r, c) * (s(r + 1, c) + s(r, c + 1));
        }
        const key = `${bonds},${Math.abs(all)}`;
        levels.set(key, (levels.get(key) ?? 0) + 1);
      }
      const counted = [...levels].map(([key, count]) => [...key.split(",").map(Number), count]);
      return Array.from({ length: 111 }, (_, i) => {
        const t = (30 + i) / 100;
        const weights = counted.map(([bonds, , count]) => count * Math.exp(bonds / (4 * t)));
        const z = sum(weights);
        const m = t < 1 ? risen((one) => Math.tanh(one / t)) : 0;
        const w = Math.tanh(1 / (4 * t));
        const cavity = (one) => { const u = Math.atanh(w * one); return Math.tanh(3 * u); }; // what a spin without one neighbour is
        const c = 3 * w > 1 ? risen(cavity) : 0;
        const magnet = Math.tanh(4 * Math.atanh(w * c));
        const bethe = Math.log((1 + w * c) ** 4 + (1 - w * c) ** 4) - 2 * Math.log1p(w * c * c) + 2 * Math.log(Math.cosh(1 / (4 * t)));
        const entropy = -sum([(1 + m) / 2, (1 - m) / 2].map((share) => share * Math.log(share)));
        const onsager = Math.max(0, 1 - Math.sinh(1 / (2 * t)) ** -4) ** 0.125;
        return [t, sum(counted.map(([, all], k) => all * weights[k])) / z / n, m, magnet, onsager, Math.log(z), n * (entropy + (m * m) / (2 * t)), n * bethe];
      });
    },
  }),
  staircase: ({ stripMean }) => ({
    watch: () => {},
    expected: (state, { cluster }, rows) => {
      const [critical, mean] = cluster === 5
        ? [0.5 / Math.log(2), (t) => { const w = Math.tanh(1 / (4 * t)); return Math.tanh(4 * Math.atanh(w * risen((one) => Math.tanh(3 * Math.atanh(w * one))))); }]
        : [rows.at(-1)[0], (t) => stripMean(2, t)]; // two rows: test_staircase.py
      assert.ok([2, 5].includes(cluster) && Math.abs(critical - [0.788981, 0.721348][cluster === 5 ? 1 : 0]) < 1e-6);
      return Array.from({ length: 25 }, (_, i) => {
        const t = critical - (critical - 0.3) * (1 - i / 24) ** 2;
        return [t, t < critical ? mean(t) : 0, risen((one) => Math.tanh(one / t)), Math.max(0, 1 - Math.sinh(1 / (2 * t)) ** -4) ** 0.125];
      });
    },
  }),
  bumps: ({ oneBump, symmetric }) => ({
    watch: () => {},
    expected: () => Array.from({ length: 61 }, (_, i) => {
      const a = (20 + i) / 20;
      const [{ s, kl }, one] = [symmetric(a), oneBump(a)]; // test_bumps.py; an empty cell is read as 0
      const x = Array.from({ length: 4001 }, (_, k) => -20 + k / 100);
      const law = x.map((one) => (Math.exp(-((one - a) ** 2) / 2) + Math.exp(-((one + a) ** 2) / 2)) / Math.sqrt(8 * Math.PI));
      const forward = sum(law.map((p, k) => (p * (Math.log(p) + x[k] ** 2 / (2 * (1 + a * a)) + 0.5 * Math.log(2 * Math.PI * (1 + a * a)))) / 100));
      return [a, s, kl, one?.mu ?? 0, one?.s ?? 0, one?.kl ?? 0, Math.sqrt(1 + a * a), forward];
    }),
  }),
  annealing: ({ annealed }) => ({
    watch: () => {},
    expected: (state, { temperature }, rows) => {
      const m = risen((one) => Math.tanh(one / temperature));
      const own = Math.atanh(m);
      const at = (one, n) => annealed(one, temperature, n).gap; // test_annealing_figure.py
      // one step is the bound: from independent spins 24 bonds of m^2/4T and the entropy of 12, from coins 12 ln 2
      const entropy = -sum([(1 + m) / 2, (1 - m) / 2].map((share) => share * Math.log(share)));
      near([rows[0][1] - rows[0][2]], [12 * Math.log(2) - 12 * entropy - (24 * m * m) / (4 * temperature)], "one step", 1e-10);
      return Array.from({ length: 8 }, (_, i) => [2 ** i, at(own, 2 ** i), at(0, 2 ** i)]);
    },
  }),
  sieve: ({ lesson }) => ({
    watch: () => {},
    expected: (state, { weights: n, teacher }) => {
      const students = Array.from({ length: 2 ** n }, (_, code) => Array.from({ length: n }, (_, i) => ((code >> i) & 1 ? 1 : -1)));
      const course = (number) => {
        const { signs, inputs } = lesson(n, number);
        const field = (w, k) => sum(w.map((one, i) => one * inputs[k * n + i]));
        let left = students;
        const classes = [left];
        for (let k = 0; k < 40; k += 1) {
          left = left.filter((w) => field(w, k) * field(signs, k) > 0);
          classes.push(left);
        }
        return { classes, errors: (some) => some.map((w) => Math.acos(sum(w.map((one, i) => one * signs[i])) / n) / Math.PI) };
      };
      const others = Array.from({ length: 40 }, (_, i) => course(i + 1).classes.map(({ length }) => Math.log(length) / n));
      const { classes, errors } = course(teacher);
      const all = errors(students);
      return classes.map((some, p) => [
        p, some.length, mean(errors(some)), Math.log(some.length) / n,
        Math.log(sum(all.map((error) => (1 - error) ** p))) / n, mean(others.map((one) => one[p])),
      ]);
    },
  }),
  valley: () => {
    let [all, law, before] = [[], 0, []];
    return {
      watch: ({ u, v }, why, { noise, rate }) => {
        const imbalance = u * u - v * v;
        if (why) [all, law] = [[], imbalance];
        else law *= 1 - (2 * rate ** 2 * noise ** 2) / (2 - rate * Math.sqrt(law * law + 4));
        const [a, b] = before;
        const way = why ? 0 : Math.abs(a) > Math.abs(b) ? (b - v) / a : (a - u) / b; // rate e, as the ball went
        const product = why ? imbalance : all.at(-1)[3] * (1 - way ** 2);
        all.push([u * u + v * v, Math.sqrt(law * law + 4), imbalance, product]);
        before = [u, v];
      },
      expected: () => thinned(all, 500).map(([step, row]) => [step, ...row]),
    };
  },
  back: ({ below, divergence, relaxed, DATA }) => ({
    watch: () => {},
    expected: ({ ahead, back }, { data }) => Array.from({ length: 121 }, (_, i) => {
      const [t, q] = i > 60 ? [(120 - i) / 20, back[i - 60]] : [i / 20, ahead[i]];
      const law = relaxed(DATA[data], t);
      return [i / 20, t, [...q].filter((x) => x < 0).length / 1000, below(law, 0), divergence(q, law)];
    }),
  }),
  losses: ({ logDensity, logSlope }) => ({
    watch: () => {},
    expected: ({ errors }, { noise }, rows) => {
      assert.equal(rows.length, 121);
      const square = errors.best;
      const middle = (rows.length - 1) / 2;
      // each row is a place z of the map: u = z - r^2 slope, and the loss is the slope's integral, by the trapezia between rows
      return rows.map(([u, rho, slope], i) => {
        const z = u + square * slope;
        const ours = -logSlope(noise, z, Math.sqrt(square));
        assert.ok(Math.abs(slope - ours) < 1e-9 && Math.abs(rows[120 - i][0] + u) < 1e-9);
        const step = i > middle ? 1 : -1;
        const area = i === middle ? 0 : rows.slice(Math.min(i, middle), Math.max(i, middle) + 1).reduce((total, row, k, part) => (k ? total + ((row[2] + part[k - 1][2]) / 2) * (row[0] - part[k - 1][0]) : 0), 0);
        assert.ok(Math.abs(step * area - rho) < 2e-2 * (1 + rho), `${area}, ${rho}`);
        const value = logDensity(noise, 0, Math.sqrt(square)) - logDensity(noise, z, Math.sqrt(square)) - (square * slope * slope) / 2;
        return [z - square * ours, value, ours];
      });
    },
  }),
  separable: ({ cover }) => {
    let draws = [];
    return {
      watch: ({ trial, capacities }, why) => {
        if (why) draws = [...capacities];
        else if (!trial.answer.separable) draws.push(trial.points.length - 1);
      },
      expected: (state, parameters) => Array.from({ length: 4 * state.p }, (_, i) => [i + 1, draws.filter((most) => most > i).length / draws.length, cover(i + 1, state.p)]),
    };
  },
  interpolate: () => ({
    watch: () => {},
    expected: ({ fits, laws }, { noise }) => {
      const harmonic = sum(fits.map((_, k) => 1 / (k + 1)));
      const squares = fits.map((_, k) => 1 / (k + 1) / harmonic);
      return fits.map((w, i) => {
        const [p, lost] = [i + 1, sum(squares.slice(i + 1))];
        const heat = [0, 0.1, 0.5][noise] + lost;
        const mean = p < 11 ? lost + (heat * p) / (11 - p) : p > 13 ? lost + (1 - lost) * (1 - 12 / p) + (heat * 12) / (p - 13) : 0;
        return [p, lost + sum(w.map((one, k) => (one - Math.sqrt(squares[k])) ** 2)), laws[noise][i][1], mean];
      });
    },
  }),
};

// The largest fixed point below 1 of a concave function that rises from 0: what it makes larger lies below.
function risen(f) {
  let [low, high] = [1e-9, 1 - 1e-15];
  for (let i = 0; i < 80; i += 1) [low, high] = f((low + high) / 2) > (low + high) / 2 ? [(low + high) / 2, high] : [low, (low + high) / 2];
  return low < 2e-9 ? 0 : low;
}

// [[step, value]] of every second, fourth, ... step, at most so many.
function thinned(values, most) {
  let every = 1;
  while (Math.floor((values.length - 1) / every) + 1 > most) every *= 2;
  return values.map((value, step) => [step, value]).filter(([step]) => step % every === 0);
}

// The rows of a file, read as a spreadsheet would.
function read(text) {
  const [head, ...lines] = text.trimEnd().split("\n").map((line) => line.split(","));
  for (const line of lines) assert.equal(line.length, head.length);
  return lines.map((line) => line.map(Number));
}

for (const { name, data, sliders } of figures) {
  const module = await import(`../../code/sgdphysics/widgets/${name}.js`);
  const { figure } = module.default;
  const random = parkMiller(50 + name.length);
  const parameters = Object.fromEntries(sliders.map(([slider, , , , value]) => [slider, value]));
  const state = figure.setup(data, parameters, random);
  const oracle = ORACLES[name](module);
  const check = (why) => {
    const { columns } = figure.table(state, parameters);
    assert.ok(columns.every((column) => /^[\w ]+$/.test(column)));
    let text = csv(figure.table(state, parameters));
    if (spoil) text = text.replace(/[^,\n]+(?=\n$)/, (last) => Number(last) + 1e-9);
    const rows = read(text);
    const expected = oracle.expected(state, parameters, rows);
    assert.equal(rows.length, expected.length, `${name}, ${why}`);
    const numbers = expected.flat();
    rows.flat().forEach((value, i) => near(value, numbers[i], `${name}, ${why}, number ${i}`, 1e-11 * Math.max(1, Math.abs(value))));
  };
  oracle.watch(state, "setup", parameters);
  for (const [slider, minimum, maximum, step] of sliders) {
    for (let i = 0; figure.simulate && i < steps; i += 1) {
      figure.simulate(state, parameters, random);
      oracle.watch(state, "", parameters);
    }
    check(`${steps} steps`);
    parameters[slider] = Math.min(minimum + 2 * step, maximum);
    figure.changed?.(state, parameters, random);
    oracle.watch(state, "changed", parameters);
    check(`${slider} = ${parameters[slider]}`);
  }
}
assert.equal(csv({ columns: ["a", "b"], rows: [[0.1, NaN], [-2, 1e-30]] }), "a,b\n0.1,\n-2,1e-30\n");
console.log(figures.length);
