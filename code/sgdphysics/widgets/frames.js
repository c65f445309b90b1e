import { live } from "./shared/host.js";

// data: { shape, frames, says }: pictures as data addresses and a sentence for each, the last slider fastest
export function setup(data) {
  return { ...data, images: [] };
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

// A picture is decoded when it is first asked for; until then the one before stays.
function draw({ context }, state, parameters, frame) {
  const number = chosen(state, parameters);
  state.show = () => {
    if (state.shown) fill(context, state.shown, frame);
  };
  context.canvas.classList.add("live-picture"); // turned dark by the style sheet, as pictures are
  const image = (state.images[number] ??= decoded(state, number));
  state.wanted = image;
  if (image.complete && image.naturalWidth) state.shown = image;
  state.show();
}

// As large as it fits, in the middle.
function fill(context, image, { width, height }) {
  const scale = Math.min(width / image.naturalWidth, height / image.naturalHeight);
  const [w, h] = [scale * image.naturalWidth, scale * image.naturalHeight];
  context.fillStyle = "#fff";
  context.fillRect(0, 0, width, height);
  context.imageSmoothingQuality = "high";
  context.drawImage(image, (width - w) / 2, (height - h) / 2, w, h);
}

function decoded(state, number) {
  const image = new Image();
  image.onload = () => {
    if (state.wanted !== image) return;
    state.shown = image;
    state.show();
  };
  image.src = state.frames[number];
  return image;
}

export default live({
  name: "frames", setup, describe, next, isLast, pace: 1,
  panels: [{ tab: "Picture", place: [0, 0, 1, 1], draw }],
});
