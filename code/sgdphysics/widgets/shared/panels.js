// Where the panels of a figure stand in its picture.

const NARROW = 560; // pixels; below, the panels stand behind tabs, as live.css has it too

// scene = { panels, width, height, tab } -> [{ panel, frame }]: all side by side, or those of the chosen tab below each other.
export function arrangePanels({ panels, width, height, tab }) {
  if (width >= NARROW) {
    return panels.map((panel) => {
      const [x, y, w, h] = panel.place;
      return { panel, frame: { x: x * width, y: y * height, width: w * width, height: h * height } };
    });
  }
  const shown = panels.filter((panel) => panel.tab === tab);
  const each = height / shown.length;
  return shown.map((panel, i) => ({ panel, frame: { x: 0, y: i * each, width, height: each } }));
}

// What is left of a frame, for axes, within margins.
export function inset({ x, y, width, height }, { left = 0, top = 0, right = 0, bottom = 0 }) {
  return { x: x + left, y: y + top, width: width - left - right, height: height - top - bottom };
}
