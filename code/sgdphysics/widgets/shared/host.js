// Brings a figure to life: its controls, its clock, its theme. One host for the static page and for a notebook's kernel.
import { palette } from "./plot.js";

const BUDGET = 9; // milliseconds of computing a frame may take, so that 60 frames a second leave time for drawing

// A figure is { name, height, setup, draw, describe } and, when it moves by itself, { simulate, pace, settle, actions }:
//   height(width, state)                -> height of the picture, pixels
//   setup(data, parameters, random)     -> state
//   simulate(state, parameters, random) advances the state by one step; `pace` steps a second are made, as far as time allows
//   settle                              steps after which a changed parameter shows its effect (for readers who want no motion)
//   actions: { NAME(state, parameters, random) }  one for each button
//   draw(surface, state, parameters)    surface = { context, width, height, colors }
//   describe(state, parameters)         -> one sentence: what is seen
export function live(figure) {
  return {
    attach(scope) {
      const waiting = `figure.live[data-live="${figure.name}"]:not([data-attached])`;
      for (const root of scope.querySelectorAll(waiting)) bringToLife(root, figure, null);
    },
    render({ model, el }) {
      el.innerHTML = model.get("markup");
      return bringToLife(el.querySelector("figure.live"), figure, model);
    },
  };
}

function bringToLife(root, figure, model) {
  root.dataset.attached = "";
  const still = matchMedia("(prefers-reduced-motion: reduce)");
  const scene = {
    root, figure, model,
    stage: root.querySelector(".live-stage"),
    sliders: [...root.querySelectorAll("input[type=range]")],
    parameters: {},
    calm: still.matches,
    running: Boolean(figure.simulate) && !still.matches,
    visible: false, owed: 0, before: 0, request: 0, timers: [],
  };
  const observer = new IntersectionObserver((entries) => {
    scene.visible = entries.at(-1).isIntersecting;
    if (scene.visible && !scene.state) start(scene);
    wake(scene);
  }, { rootMargin: "150px" });
  observer.observe(root);
  scene.stop = [() => observer.disconnect()];
  return () => {
    scene.visible = false;
    for (const stop of scene.stop) stop();
  };
}

function start(scene) {
  const { root, figure, stage } = scene;
  const data = root.querySelector('script[type="application/json"]');
  for (const slider of scene.sliders) scene.parameters[slider.name] = slider.valueAsNumber;
  if (scene.model) listenToKernel(scene);
  scene.state = figure.setup(JSON.parse(data.textContent), scene.parameters, Math.random);
  const picture = stage.querySelector("img");
  const canvas = document.createElement("canvas");
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", picture.alt);
  picture.replaceWith(canvas);
  scene.context = canvas.getContext("2d");
  listenToControls(scene);
  listenToPage(scene);
  resize(scene);
  root.dataset.ready = "true";
  if (scene.calm) leap(scene);
  else announce(scene);
}

function listenToControls(scene) {
  const { root, figure } = scene;
  root.querySelector(".live-controls").hidden = false;
  for (const slider of scene.sliders) {
    show(slider, slider.valueAsNumber);
    slider.addEventListener("input", () => {
      scene.parameters[slider.name] = slider.valueAsNumber;
      scene.model?.set("parameters", { ...scene.parameters });
      scene.model?.save_changes();
      changed(scene, slider);
    });
  }
  for (const button of root.querySelectorAll("button[name]")) {
    button.addEventListener("click", () => {
      figure.actions[button.name](scene.state, scene.parameters, Math.random);
      paint(scene);
      announce(scene);
    });
  }
  const run = root.querySelector(".live-run");
  run.hidden = !figure.simulate;
  const label = () => (run.textContent = scene.running ? "Pause" : "Run");
  label();
  run.addEventListener("click", () => {
    scene.running = !scene.running;
    label();
    wake(scene);
    announce(scene);
  });
}

function listenToKernel(scene) {
  const { model, sliders } = scene;
  const obey = () => {
    const wanted = model.get("parameters");
    for (const slider of sliders) {
      if (wanted[slider.name] === scene.parameters[slider.name]) continue;
      slider.value = wanted[slider.name];
      scene.parameters[slider.name] = slider.valueAsNumber;
      if (scene.state) changed(scene, slider);
    }
  };
  obey();
  model.on("change:parameters", obey);
  scene.stop.push(() => model.off("change:parameters", obey));
}

function listenToPage(scene) {
  const size = new ResizeObserver(() => resize(scene));
  size.observe(scene.stage);
  const recolor = () => scene.running || paint(scene);
  const theme = new MutationObserver(recolor);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  const system = matchMedia("(prefers-color-scheme: dark)");
  system.addEventListener("change", recolor);
  scene.stop.push(() => size.disconnect(), () => theme.disconnect(), () => system.removeEventListener("change", recolor));
}

function changed(scene, slider) {
  show(slider, slider.valueAsNumber);
  if (scene.calm && !scene.running) leap(scene);
  else paint(scene);
  announce(scene);
}

function show(slider, value) {
  const decimals = (slider.step.split(".")[1] ?? "").length;
  const text = slider.dataset.words?.split("|")[value] ?? value.toFixed(decimals).replace("-", "\u2212");
  slider.setAttribute("aria-valuetext", text);
  slider.closest(".live-knob").querySelector("output").textContent = text;
}

// For readers who asked for no motion: compute what follows without showing the way there.
function leap(scene) {
  const { figure, state, parameters } = scene;
  clearTimeout(scene.leaping);
  let left = figure.simulate ? figure.settle : 0;
  const work = () => {
    const deadline = performance.now() + 4 * BUDGET;
    while (left > 0 && performance.now() < deadline) {
      figure.simulate(state, parameters, Math.random);
      left -= 1;
    }
    if (left > 0 && scene.root.isConnected) scene.leaping = setTimeout(work);
    else {
      paint(scene);
      speak(scene);
    }
  };
  paint(scene);
  work();
}

function wake(scene) {
  if (scene.request || !scene.state || !scene.running || !scene.visible) return;
  scene.before = performance.now();
  scene.request = requestAnimationFrame((now) => tick(scene, now));
}

function tick(scene, now) {
  scene.request = 0;
  if (!scene.running || !scene.visible || !scene.root.isConnected) return;
  advance(scene, now);
  paint(scene);
  scene.request = requestAnimationFrame((later) => tick(scene, later));
}

// The same pace on every screen: steps are owed by the clock, and forgiven where the device is too slow.
function advance(scene, now) {
  const { figure, state, parameters } = scene;
  scene.owed += figure.pace * Math.min(Math.max(now - scene.before, 0) / 1000, 0.05);
  scene.before = now;
  const deadline = performance.now() + BUDGET;
  while (scene.owed >= 1) {
    figure.simulate(state, parameters, Math.random);
    scene.owed -= 1;
    if (performance.now() > deadline) scene.owed = 0;
  }
}

function resize(scene) {
  const width = scene.stage.clientWidth;
  if (!width) return;
  const { canvas } = scene.context;
  const ratio = window.devicePixelRatio || 1;
  scene.width = width;
  scene.height = Math.round(scene.figure.height(width, scene.state));
  canvas.width = Math.round(width * ratio);
  canvas.height = Math.round(scene.height * ratio);
  canvas.style.height = `${scene.height}px`;
  paint(scene);
}

function paint(scene) {
  const { context, width, height } = scene;
  if (!width) return;
  const scale = context.canvas.width / width;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.clearRect(0, 0, width, height);
  scene.figure.draw({ context, width, height, colors: palette(isDark()) }, scene.state, scene.parameters);
}

function isDark() {
  const page = document.documentElement.dataset.theme;
  if (page) return page === "dark";
  const lab = document.body.dataset.jpThemeLight;
  if (lab) return lab === "false";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// A sentence soon after a change, and one when the figure has had time to settle; never a stream of them.
function announce(scene) {
  scene.timers.forEach(clearTimeout);
  scene.timers = [700, 4700].map((delay) => setTimeout(() => speak(scene), delay));
}

function speak(scene) {
  const says = scene.root.querySelector(".live-says");
  const sentence = scene.figure.describe(scene.state, scene.parameters);
  if (says.textContent !== sentence) says.textContent = sentence;
}
