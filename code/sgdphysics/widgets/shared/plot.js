// Axes, lines and labels on a canvas, in the book's colours: the same thing the same colour, in light and in dark.

export const PALETTES = {
  light: {
    simulation: "#0072B2", theory: "#D55E00", energy: "#E69F00", entropy: "#009E73", freeEnergy: "#CC79A7",
    water: "#56B4E9", neutral: "#6B7280", text: "#1F2937", grid: "#E5E7EB", background: "#FFFFFF", vapour: "#F4F9FD",
  },
  dark: {
    simulation: "#2E96E0", theory: "#FF8A3D", energy: "#F5B93A", entropy: "#2CC295", freeEnergy: "#E5A0C5",
    water: "#6BBBEA", neutral: "#9CA3AF", text: "#E5E7EB", grid: "#374151", background: "#14181E", vapour: "#1B2633",
  },
};

export function palette(dark) {
  return dark ? PALETTES.dark : PALETTES.light;
}

const FONT = "system-ui, -apple-system, 'Segoe UI', Roboto, sans-serif";

// `at` is { x, y } in pixels; align: left, center, right; baseline: top, middle, bottom; squeezed into `within` pixels.
export function label({ context, colors }, words, at, { color = colors.text, size = 13, align = "left", baseline = "middle", bold = false, within } = {}) {
  context.font = `${bold ? "600 " : ""}${size}px ${FONT}`;
  context.textAlign = align;
  context.textBaseline = baseline;
  context.fillStyle = color;
  if (within) context.fillText(words, at.x, at.y, within);
  else context.fillText(words, at.x, at.y);
}

// A number as text, with a true minus sign, but none before a zero.
export function number(value, decimals) {
  const text = decimals === undefined ? String(value) : value.toFixed(decimals);
  return Number(text) === 0 ? text.replace("-", "") : text.replace("-", "\u2212");
}

// "1 step", "8 steps", "6,400 paths".
export function counted(count, word, words = `${word}s`) {
  return `${count.toLocaleString("en")}\u00a0${count === 1 ? word : words}`;
}

// Round numbers between two, at most so many: 1, 2 or 5 times a power of ten apart.
export function roundTicks(low, high, most = 5) {
  const least = (high - low) / most;
  const power = 10 ** Math.floor(Math.log10(least));
  const step = power * [1, 2, 5, 10].find((times) => times * power >= least * (1 - 1e-9));
  const first = Math.ceil(low / step - 1e-9);
  return Array.from({ length: Math.floor(high / step + 1e-9) - first + 1 }, (_, i) => Number(((first + i) * step).toPrecision(12)));
}

// The scales x(value) and y(value) of a pixel box { x, y, width, height } for ranges x and y, and their inverses.
export function scaleOf(box, { x, y }) {
  return {
    box,
    x: (value) => box.x + ((value - x[0]) / (x[1] - x[0])) * box.width,
    y: (value) => box.y + box.height - ((value - y[0]) / (y[1] - y[0])) * box.height,
    valueOfX: (pixel) => x[0] + ((pixel - box.x) / box.width) * (x[1] - x[0]),
    valueOfY: (pixel) => y[0] + ((box.y + box.height - pixel) / box.height) * (y[1] - y[0]),
  };
}

// Axes in a box; returns its scales.
// The title stands above the box instead of a turned label at its side, which is hard to read on a phone.
export function axes(surface, box, { x, y, xTicks = [], yTicks = [], title = "", xLabel = "", xName = number }) {
  const { context, colors } = surface;
  const scale = scaleOf(box, { x, y });
  const quiet = { color: colors.neutral, size: 12 };
  context.lineWidth = 1;
  context.strokeStyle = colors.grid;
  context.beginPath();
  for (const value of apart(yTicks, y, scale.y, 15)) {
    context.moveTo(box.x, scale.y(value));
    context.lineTo(box.x + box.width, scale.y(value));
    label(surface, number(value), { x: box.x - 7, y: scale.y(value) }, { ...quiet, align: "right" });
  }
  context.stroke();
  context.strokeStyle = colors.neutral;
  context.strokeRect(box.x, box.y + box.height, box.width, 0);
  const under = box.y + box.height + 6;
  for (const value of apart(xTicks, x, scale.x, 9 + 7 * Math.max(...xTicks.map((tick) => xName(tick).length), 0))) {
    label(surface, xName(value), { x: scale.x(value), y: under }, { ...quiet, align: "center", baseline: "top" });
  }
  if (title) label(surface, title, { x: box.x, y: box.y - 9 }, { baseline: "bottom", within: box.width + 24 });
  if (xLabel) label(surface, xLabel, { x: box.x + box.width / 2, y: under + (xTicks.length ? 16 : 0) }, { ...quiet, align: "center", baseline: "top" });
  return scale;
}

// Those of the ticks within the range whose labels do not meet: each at least so many pixels from the one before.
function apart(ticks, [low, high], place, pixels) {
  const kept = [];
  const slack = 1e-9 * (high - low);
  for (const tick of ticks.filter((value) => value >= low - slack && value <= high + slack)) if (!kept.length || Math.abs(place(tick) - place(kept.at(-1))) >= pixels) kept.push(tick);
  return kept;
}

// A curve through (xs[i], ys[i]), kept inside the axes' box.
export function curve(surface, scale, xs, ys, { color, width = 2, dash = [] }) {
  clipped(surface, scale, (context) => {
    context.beginPath();
    for (let i = 0; i < xs.length; i += 1) context.lineTo(scale.x(xs[i]), scale.y(ys[i]));
    context.strokeStyle = color;
    context.lineWidth = width;
    context.lineJoin = "round";
    context.setLineDash(dash);
    context.stroke();
  });
}

export function dot({ context, colors }, at, { color, radius = 5 }) {
  context.beginPath();
  context.arc(at.x, at.y, radius, 0, 2 * Math.PI);
  context.fillStyle = color;
  context.fill();
  context.lineWidth = 1.5;
  context.strokeStyle = colors.background;
  context.stroke();
}

// "#RRGGBB" as [r, g, b].
export function channels(color) {
  return [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16));
}

// The last `length` values of a quantity over time; what is older is forgotten.
export function record(trace, value, length) {
  trace.push(value);
  if (trace.length > length) trace.shift();
}

// A bar from `from` to `to` on the x axis, `top` high, standing on the floor of the axes.
export function bar({ context }, scale, from, to, top, color) {
  context.fillStyle = color;
  const floor = scale.box.y + scale.box.height;
  const roof = Math.max(scale.y(top), scale.box.y);
  context.fillRect(scale.x(from), roof, scale.x(to) - scale.x(from), floor - roof);
}

// `count` + 1 numbers evenly from `from` to `to`.
export function grid(from, to, count) {
  return Array.from({ length: count + 1 }, (_, i) => from + ((to - from) * i) / count);
}

// Dots with words, below each other from { x, y } on.
export function legend(surface, { x, y }, rows) {
  rows.forEach(([words, color], i) => {
    dot(surface, { x, y: y + 15 * i }, { color, radius: 4 });
    label(surface, words, { x: x + 9, y: y + 15 * i }, { size: 12 });
  });
}

// Names beside the right ends of lines, moved apart where they would meet, above the axis: [{ y, words, color }], y in pixels.
export function nameEnds(surface, { box }, names) {
  const placed = [...names].sort((a, b) => a.y - b.y);
  for (let i = 1; i < placed.length; i += 1) placed[i].y = Math.max(placed[i].y, placed[i - 1].y + 15);
  placed.reverse().forEach((name, i) => (name.y = Math.min(name.y, box.y + box.height - 15 * i)));
  for (const { y, words, color, bold } of placed) {
    dot(surface, { x: box.x + box.width + 10, y }, { color, radius: 4 });
    label(surface, words, { x: box.x + box.width + 18, y }, { size: 12, bold });
  }
}

// What is drawn stays inside the axes' box.
export function clipped({ context }, { box }, draw) {
  context.save();
  context.beginPath();
  context.rect(box.x - 1, box.y - 1, box.width + 2, box.height + 3);
  context.clip();
  draw(context);
  context.restore();
}
