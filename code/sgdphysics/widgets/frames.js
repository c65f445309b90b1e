import { live } from "./shared/host.js";
import { PALETTES } from "./shared/plot.js";

// data: { shape, says, light, dark, tabs, cuts }: a sentence for each place of the sliders, the last slider fastest, and its
// picture as a data address, on light paper and on dark; panel i of a picture is between shares cuts[i] and cuts[i + 1]
export function setup(data) {
  const panels = data.tabs.map((tab, i) => {
    const [from, to] = data.cuts.slice(i);
    return { tab, place: [from, 0, to - from, 1], draw: (...surface) => draw(from, to, ...surface) };
  });
  return { ...data, panels, images: {} };
}

// Number of the picture for the sliders' places.
export function chosen({ shape }, parameters) {
  return Object.values(parameters).reduce((number, place, i) => number * shape[i] + place, 0);
}

export function describe(state, parameters) {
  return state.says[chosen(state, parameters)];
}

// Played, the first slider goes on to its end; from there it starts again.
export function next({ shape }, parameters) {
  const [[name, place]] = Object.entries(parameters);
  return { [name]: (place + 1) % shape[0] };
}

export function isLast({ shape }, parameters) {
  return Object.values(parameters)[0] === shape[0] - 1;
}

// A picture is decoded when it is first asked for, for both themes, since paper is light; until then the one before stays.
function draw(from, to, { context, colors, repaint }, state, parameters, frame) {
  const number = chosen(state, parameters);
  const [light, dark] = [state.light, state.dark].map((pictures) => (state.images[pictures[number]] ??= decoded(pictures[number], repaint)));
  const wanted = colors === PALETTES.dark ? dark : light;
  if (wanted.complete && wanted.naturalWidth) state.shown = wanted;
  if (state.shown) fill(context, state.shown, from, to, frame);
}

// The part of the picture as large as it fits, in the middle.
function fill(context, image, from, to, { x, y, width, height }) {
  const [left, wide, tall] = [from * image.naturalWidth, (to - from) * image.naturalWidth, image.naturalHeight];
  const scale = Math.min(width / wide, height / tall);
  const [w, h] = [scale * wide, scale * tall];
  context.imageSmoothingQuality = "high";
  context.drawImage(image, left, 0, wide, tall, x + (width - w) / 2, y + (height - h) / 2, w, h);
}

function decoded(address, repaint) {
  const image = new Image();
  image.onload = repaint;
  image.src = address;
  return image;
}

export default live({ name: "frames", setup, describe, next, isLast, pace: 1 });
