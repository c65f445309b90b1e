import { live } from "./shared/host.js";

// data: { width, height, shape, frames, says }: pictures as data addresses and a sentence for each, the last slider fastest
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

export function height(width, state) {
  return (width * state.height) / state.width;
}

// A picture is decoded when it is first asked for; until then the one before stays.
export function draw(surface, state, parameters) {
  const number = chosen(state, parameters);
  state.wanted = number;
  state.surface = surface;
  surface.context.canvas.classList.add("live-picture"); // turned dark by the style sheet, as pictures are
  const image = (state.images[number] ??= decoded(state, number));
  if (image.complete && image.naturalWidth) state.shown = image;
  if (state.shown) surface.context.drawImage(state.shown, 0, 0, surface.width, surface.height);
}

function decoded(state, number) {
  const image = new Image();
  image.onload = () => {
    const { context, width, height: tall } = state.surface;
    if (state.wanted === number) context.drawImage((state.shown = image), 0, 0, width, tall);
  };
  image.src = state.frames[number];
  return image;
}

export default live({ name: "frames", height, setup, draw, describe });
