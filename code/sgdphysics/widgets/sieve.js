import { live } from "./shared/host.js";
import { axes, counted, curve, dot, grid, label, number, roundTicks, scaleOf } from "./shared/plot.js";
import { inset } from "./shared/panels.js";
import { fillNormals, seeded } from "./shared/random.js";

export const EXAMPLES = 40; // so many are drawn for each teacher
const TEACHERS = 40; // whose mean is shown
const FEW = 200; // students that are drawn larger, since their squares would be lost

// The examples of a teacher in N dimensions: signs w0 and Gaussian inputs, `EXAMPLES` rows of N, decided by its number.
export function lesson(n, teacher) {
  const random = seeded(1000 * teacher + n);
  const signs = Array.from({ length: n }, () => (random() < 0.5 ? -1 : 1));
  return { signs, inputs: fillNormals(new Float64Array(EXAMPLES * n), random) };
}

// Which example is the first that each student gets wrong, counted from 1; 0 if none does. A student is the set of its
// wrong weights, bits of a number: its field is the teacher's, less twice what these contribute.
export function failures(n, { signs, inputs }) {
  const first = new Uint8Array(2 ** n);
  const field = new Float64Array(2 ** n);
  for (let example = 0; example < inputs.length / n; example += 1) {
    const pulls = signs.map((sign, i) => sign * inputs[example * n + i]);
    field[0] = pulls.reduce((sum, pull) => sum + pull, 0);
    for (let student = 1; student < field.length; student += 1) {
      const bit = 31 - Math.clz32(student);
      field[student] = field[student - 2 ** bit] - 2 * pulls[bit];
      if (!first[student] && field[student] * field[0] < 0) first[student] = example + 1;
    }
  }
  return first;
}

export function wrongWeights(student) {
  let count = 0;
  for (let left = student; left; left &= left - 1) count += 1;
  return count;
}

// How often a student with so many wrong weights errs: arccos(R)/pi, exact at every N.
export function errorOf(wrong, n) {
  return Math.acos(1 - (2 * wrong) / n) / Math.PI;
}

// Students left after 0, 1, ... examples, by the number of their wrong weights: rows of N + 1 counts.
export function survivors(n, first) {
  const lost = Array.from({ length: EXAMPLES + 1 }, () => new Array(n + 1).fill(0));
  for (let student = 0; student < first.length; student += 1) lost[first[student]][wrongWeights(student)] += 1;
  const all = Array.from({ length: n + 1 }, (_, wrong) => lost.reduce((sum, row) => sum + row[wrong], 0));
  const rows = [all];
  for (let p = 1; p <= EXAMPLES; p += 1) rows.push(rows.at(-1).map((count, wrong) => count - lost[p][wrong]));
  return rows;
}

// ln E V / N after 0, 1, ... examples: each student is left with probability (1 - error)^P.
export function annealed(n) {
  return Array.from({ length: EXAMPLES + 1 }, (_, p) => {
    let [mean, ways] = [0, 1];
    for (let wrong = 0; wrong <= n; wrong += 1) {
      mean += ways * (1 - errorOf(wrong, n)) ** p;
      ways *= (n - wrong) / (wrong + 1);
    }
    return Math.log(mean) / n;
  });
}

const total = (row) => row.reduce((sum, count) => sum + count, 0);
const entropies = (n, rows) => rows.map((row) => Math.log(total(row)) / n);

export function setup(data, parameters) {
  const state = { classes: {} };
  changed(state, parameters);
  return state;
}

export function changed(state, { weights: n, teacher }) {
  if (state.n === n && state.teacher === teacher) return;
  state.classes[n] ??= classOf(n);
  Object.assign(state, { n, teacher, ...state.classes[n] });
  state.first = failures(n, lesson(n, teacher));
  state.rows = survivors(n, state.first);
  state.entropy = entropies(n, state.rows);
}

// What is the same for all teachers of N weights: the annealed curve, the mean of many, where each student stands.
function classOf(n) {
  const others = Array.from({ length: TEACHERS }, (_, i) => entropies(n, survivors(n, failures(n, lesson(n, i + 1)))));
  const mean = others[0].map((_, p) => others.reduce((sum, one) => sum + one[p] / TEACHERS, 0));
  const seats = new Uint16Array(2 ** n);
  const taken = new Array(n + 1).fill(0);
  for (let student = 0; student < seats.length; student += 1) seats[student] = taken[wrongWeights(student)]++;
  return { bound: annealed(n), others, mean, seats, most: Math.max(...taken) };
}

// Who is left, and how often one of them, taken at random, errs.
export function seen({ rows, entropy, bound }, { weights: n, examples }) {
  const left = total(rows[examples]);
  const error = rows[examples].reduce((sum, count, wrong) => sum + count * errorOf(wrong, n), 0) / left;
  return { left, error, entropy: entropy[examples], bound: bound[examples] };
}

export function table(state, parameters) {
  const rows = state.rows.map((row, p) => {
    const { left, error, entropy, bound } = seen(state, { ...parameters, examples: p });
    return [p, left, error, entropy, bound, state.mean[p]];
  });
  return { columns: ["examples", "students left", "mean error", "entropy", "annealed entropy", "mean entropy of 40 teachers"], rows };
}

export function describe(state, parameters) {
  const { left, error, entropy, bound } = seen(state, parameters);
  const { weights: n, teacher, examples } = parameters;
  const after = `After ${counted(examples, "example")} of teacher ${teacher}`;
  const all = `of ${(2 ** n).toLocaleString("en")} students with ${n} weights`;
  const law = `annealed ${number(bound, 3)}`;
  if (left === 1) return `${after}, one ${all} is left: the teacher itself. Entropy a weight 0, ${law}.`;
  return `${after}, ${left.toLocaleString("en")} ${all} are left. Taken at random, one errs in ${(100 * error).toFixed(1)}\u00a0% of new cases. Entropy a weight ${number(entropy, 3)}, ${law}.`;
}

function step(by) {
  return (state, { examples }) => ({ examples: Math.min(examples + by, EXAMPLES) });
}

// All examples that are drawn are given.
export function spent(state, { examples }) {
  return examples === EXAMPLES ? ["one", "ten"] : [];
}

function another(state, { teacher }) {
  return { teacher: (teacher % TEACHERS) + 1 };
}

// Columns by wrong weights, the worst at the left; in a column every student keeps its seat, and leaves it empty.
function drawStudents(surface, { n, first, seats, most, rows }, { examples }, frame) {
  const { context, colors } = surface;
  const box = inset(frame, { left: 14, top: 30, right: 18, bottom: 46 });
  const overlap = (wrong) => 1 - (2 * wrong) / n;
  const scale = axes(surface, box, {
    x: [-1 - 1.2 / n, 1 + 1.2 / n], y: [0, 1], xTicks: [-1, -0.5, 0, 0.5, 1], xLabel: "overlap R with the teacher",
    title: `${total(rows[examples]).toLocaleString("en")} of ${(2 ** n).toLocaleString("en")} students`,
  });
  const wide = 0.86 * (scale.x(2 / n) - scale.x(0));
  const abreast = Math.max(1, Math.ceil(Math.sqrt((most * wide) / (0.9 * box.height))));
  const side = Math.min(wide / abreast, (0.9 * box.height) / Math.ceil(most / abreast));
  const few = total(rows[examples]) <= FEW;
  const where = (student) => {
    const wrong = wrongWeights(student);
    const across = Math.min(abreast, rows[0][wrong]);
    return { x: scale.x(overlap(wrong)) + (seats[student] % abreast - across / 2 + 0.5) * side, y: box.y + box.height - (Math.floor(seats[student] / abreast) + 0.5) * side - 1 };
  };
  const square = ({ x, y }, size) => context.fillRect(x - size / 2, y - size / 2, size, size);
  context.fillStyle = colors.grid;
  first.forEach((failed, student) => failed && failed <= examples && square(where(student), 0.8 * side));
  context.fillStyle = colors.simulation;
  first.forEach((failed, student) => (!failed || failed > examples) && square(where(student), Math.max(0.8 * side, few ? 4 : 0)));
  const teacher = where(0);
  dot(surface, teacher, { color: colors.theory, radius: 5.5 });
  label(surface, "teacher", { x: Math.min(teacher.x + 8, box.x + box.width + 14), y: teacher.y - 15 }, { size: 12, align: "right" });
}

const RANGE = { x: [0, EXAMPLES], y: [0, Math.LN2] };

function traceBox(frame) {
  return inset(frame, { left: 46, top: 30, right: 20, bottom: 46 });
}

function drawEntropy(surface, state, parameters, frame) {
  const { context, colors } = surface;
  const scale = axes(surface, traceBox(frame), { ...RANGE, xTicks: roundTicks(0, EXAMPLES, 4), yTicks: [0, 0.2, 0.4, 0.6], title: "Entropy a weight, ln V / N", xLabel: "examples" });
  const examples = grid(0, EXAMPLES, EXAMPLES);
  context.globalAlpha = 0.35;
  for (const other of state.others) curve(surface, scale, examples, other, { color: colors.neutral, width: 0.7 });
  context.globalAlpha = 1;
  curve(surface, scale, examples, state.mean, { color: colors.entropy, width: 2.5 });
  curve(surface, scale, examples, state.bound, { color: colors.theory, width: 2.5, dash: [7, 4] });
  curve(surface, scale, examples, state.entropy, { color: colors.simulation, width: 2.5 });
  const { entropy } = seen(state, parameters);
  dot(surface, { x: scale.x(parameters.examples), y: scale.y(entropy) }, { color: colors.simulation, radius: 6.5 });
  [["annealed: ln E V / N", colors.theory], [`mean of ${TEACHERS} teachers`, colors.entropy], ["this teacher", colors.simulation]].forEach(([words, color], i) => {
    const y = scale.box.y + 12 + 17 * i;
    dot(surface, { x: scale.box.x + scale.box.width - 146, y }, { color, radius: 4 });
    label(surface, words, { x: scale.box.x + scale.box.width - 136, y }, { size: 12 });
  });
}

// The dot on the trace follows the hand sideways.
function drag(state, parameters, frame, { x }) {
  return { examples: Math.min(Math.max(scaleOf(traceBox(frame), RANGE).valueOfX(x), 0), EXAMPLES) };
}

export default live({
  name: "sieve", setup, changed, describe, table, actions: { one: step(1), ten: step(10), another }, spent,
  panels: [
    { tab: "Students", place: [0, 0, 0.54, 1], draw: drawStudents },
    { tab: "Entropy", place: [0.54, 0, 0.46, 1], draw: drawEntropy, drag },
  ],
});
