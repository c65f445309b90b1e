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

// `at` is { x, y } in pixels; align: left, center, right; baseline: top, middle, bottom.
export function label({ context, colors }, words, at, { color = colors.text, size = 13, align = "left", baseline = "middle", bold = false } = {}) {
  context.font = `${bold ? "600 " : ""}${size}px ${FONT}`;
  context.textAlign = align;
  context.textBaseline = baseline;
  context.fillStyle = color;
  context.fillText(words, at.x, at.y);
}

// A number as text, with a true minus sign.
export function number(value, decimals) {
  return (decimals === undefined ? String(value) : value.toFixed(decimals)).replace("-", "\u2212");
}

// Axes in the pixel box { x, y, width, height }; returns the scales x(value) and y(value).
// The title stands above the box instead of a turned label at its side, which is hard to read on a phone.
export function axes(surface, box, { x, y, xTicks = [], yTicks = [], title = "", xLabel = "", xName = number }) {
  const { context, colors } = surface;
  const scale = {
    box,
    x: (value) => box.x + ((value - x[0]) / (x[1] - x[0])) * box.width,
    y: (value) => box.y + box.height - ((value - y[0]) / (y[1] - y[0])) * box.height,
  };
  context.lineWidth = 1;
  context.strokeStyle = colors.grid;
  context.beginPath();
  for (const value of yTicks) {
    context.moveTo(box.x, scale.y(value));
    context.lineTo(box.x + box.width, scale.y(value));
    label(surface, number(value), { x: box.x - 7, y: scale.y(value) }, { color: colors.neutral, size: 12, align: "right" });
  }
  context.stroke();
  context.strokeStyle = colors.neutral;
  context.strokeRect(box.x, box.y + box.height, box.width, 0);
  const under = box.y + box.height + 6;
  for (const value of xTicks) {
    label(surface, xName(value), { x: scale.x(value), y: under }, { color: colors.neutral, size: 12, align: "center", baseline: "top" });
  }
  if (title) label(surface, title, { x: box.x, y: box.y - 9 }, { baseline: "bottom" });
  if (xLabel) label(surface, xLabel, { x: box.x + box.width / 2, y: under + (xTicks.length ? 16 : 0) }, { color: colors.neutral, size: 12, align: "center", baseline: "top" });
  return scale;
}

// A curve through (xs[i], ys[i]), kept inside the axes' box.
export function curve({ context }, scale, xs, ys, { color, width = 2, dash = [] }) {
  const { box } = scale;
  context.save();
  context.beginPath();
  context.rect(box.x - 1, box.y - 1, box.width + 2, box.height + 2);
  context.clip();
  context.beginPath();
  for (let i = 0; i < xs.length; i += 1) context.lineTo(scale.x(xs[i]), scale.y(ys[i]));
  context.strokeStyle = color;
  context.lineWidth = width;
  context.lineJoin = "round";
  context.setLineDash(dash);
  context.stroke();
  context.restore();
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
