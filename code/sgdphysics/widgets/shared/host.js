// Brings a figure to life: its clock, its picture, its sentence. One host for a page, a notebook and a notebook's kernel.
import { palette } from "./plot.js";
import { showSpent, showValue, takeControls } from "./controls.js";
import { addressForPaper, fromAddress, toAddress } from "./address.js";
import { arrangePanels } from "./panels.js";

const BUDGET = 9; // milliseconds of computing a frame may take, so that 60 frames a second leave time for drawing

// A figure is { name, panels, setup, describe } and what it needs of the rest:
//   panels: [{ tab, place, draw }]      what is drawn. Side by side where there is room, `place` = [x, y, width, height] being
//                                       shares of the picture; else one tab at a time, panels of one tab below each other.
//                                       Left out where the data decide: then the state has them
//     draw(surface, state, parameters, frame)   surface = { context, colors, repaint }, frame = { x, y, width, height } in pixels;
//                                       repaint() when what was drawn is out of date without a change of either
//     drag(state, parameters, frame, at, random)   a hand at { x, y, first }: true, or parameters to set, if it holds something
//     grip(state, parameters, frame, at)   for a small thing: null where the hand would miss it
//     release(state)                       the hand lets go
//   setup(data, parameters, random)     -> state
//   describe(state, parameters)         -> one sentence: what is seen
//   changed(state, parameters, random)  after a slider moved: drops statistics that belong to the old setting
//   simulate(state, parameters, random) advances the state by one step; `pace` steps a second are made, as far as time allows
//   settle                              steps after which a changed parameter shows its effect (for readers who want no motion)
//   stride                              steps of a press on the button Step, 1 unless told
//   next(state, parameters)             in place of simulate, for a figure that is played: the parameters that come next
//   actions: { NAME(state, parameters, random) }  one for each button; it may return parameters to set
//   spent(state, parameters)            -> names of the buttons that have nothing left to do
//   table(state, parameters)            -> { columns, rows }: what was measured, as numbers that a reader can save
export function live(figure) {
  return {
    figure,
    attach(scope) {
      for (const root of scope.querySelectorAll(`figure.live[data-live="${figure.name}"]`)) bringToLife(root, figure, null);
    },
    render({ model, el }) {
      el.innerHTML = model.get("markup");
      return bringToLife(el.querySelector("figure.live"), figure, model);
    },
  };
}

function bringToLife(root, figure, model) {
  if (root.alive) return () => {}; // a property: attributes outlive the script in a page that is saved from the browser
  root.alive = true;
  forgetFormerLife(root);
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const scene = {
    root, figure, model, calm,
    stage: root.querySelector(".live-stage"),
    sliders: [...root.querySelectorAll("input[type=range]")],
    parameters: {},
    running: Boolean(figure.simulate) && !calm,
    visible: false, owed: 0, before: 0, request: 0, told: 0, timers: [],
    paint: () => paint(scene), resize: () => resize(scene), speak: () => announce(scene),
    set: (values) => setParameters(scene, values, true), act: (action) => act(scene, action), run: (on) => run(scene, on), step: () => stepOnce(scene),
  };
  const observer = new IntersectionObserver((entries) => {
    scene.visible = entries.at(-1).isIntersecting;
    if (scene.visible && !scene.state) start(scene);
    wake(scene);
  }, { rootMargin: "150px" });
  observer.observe(root);
  scene.stop = [() => observer.disconnect()];
  scene.stop.push(fromAddress(scene, (values) => setParameters(scene, values, false)));
  return () => {
    scene.visible = false;
    for (const stop of scene.stop) stop();
  };
}

function forgetFormerLife(root) {
  for (const left of root.querySelectorAll("canvas, .live-tabs > *, .live-keep > *")) left.remove();
  for (const said of root.querySelectorAll(".live-says, .live-spoken")) said.textContent = "";
  root.querySelector(".live-stage img").removeAttribute("aria-hidden");
  root.classList.remove("live-large");
  delete root.dataset.ready;
}

function start(scene) {
  const { root, figure, stage } = scene;
  for (const slider of scene.sliders) scene.parameters[slider.name] = slider.valueAsNumber;
  if (scene.model) listenToKernel(scene);
  const data = root.querySelector('script[type="application/json"]');
  scene.state = figure.setup(JSON.parse(data.textContent), scene.parameters, Math.random);
  scene.panels = figure.panels ?? scene.state.panels;
  scene.tab = scene.panels[0].tab;
  const canvas = document.createElement("canvas"); // over the picture, which shows where a saved page has an empty canvas
  canvas.setAttribute("role", "img");
  stage.querySelector("img").setAttribute("aria-hidden", "true");
  stage.append(canvas);
  canvas.setAttribute("aria-label", stage.querySelector("img").alt);
  scene.context = canvas.getContext("2d");
  takeControls(scene);
  listenToPage(scene);
  resize(scene);
  root.dataset.ready = "true";
  if (scene.calm) leap(scene);
  else tell(scene);
  announce(scene, [700]);
}

function listenToKernel(scene) {
  const { model, sliders } = scene;
  const obey = () => {
    const wanted = model.get("parameters");
    const other = sliders.filter(({ name }) => wanted[name] !== scene.parameters[name]).map(({ name }) => [name, wanted[name]]);
    if (other.length) setParameters(scene, Object.fromEntries(other), false);
  };
  obey();
  model.on("change:parameters", obey);
  scene.stop.push(() => model.off("change:parameters", obey));
}

function listenToPage(scene) {
  const size = new ResizeObserver(() => resize(scene));
  size.observe(scene.stage);
  const recolor = () => paint(scene);
  const theme = new MutationObserver(recolor);
  theme.observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
  theme.observe(document.body, { attributes: true, attributeFilter: ["data-jp-theme-light"] });
  const media = ["(prefers-color-scheme: dark)", "print"].map((query) => matchMedia(query));
  for (const one of media) one.addEventListener("change", recolor);
  const print = (event) => paint(scene, event.type === "beforeprint");
  for (const event of ["beforeprint", "afterprint"]) addEventListener(event, print);
  scene.stop.push(
    () => size.disconnect(), () => theme.disconnect(),
    () => media.forEach((one) => one.removeEventListener("change", recolor)),
    () => ["beforeprint", "afterprint"].forEach((event) => removeEventListener(event, print)),
  );
}

// Sliders moved by the reader, by a kernel, or by the address.
function setParameters(scene, values, byReader) {
  for (const slider of scene.sliders.filter(({ name }) => name in values)) {
    slider.value = values[slider.name];
    scene.parameters[slider.name] = slider.valueAsNumber;
    showValue(slider);
  }
  if (!scene.state) return;
  act(scene, scene.figure.changed ?? (() => {}));
  if (scene.calm && !scene.running) leap(scene);
  if (!byReader) return;
  toAddress(scene);
  scene.model?.set("parameters", { ...scene.parameters });
  scene.model?.save_changes();
}

function act(scene, action) {
  action(scene.state, scene.parameters, Math.random);
  paint(scene);
  tell(scene);
  announce(scene);
}

function run(scene, on) {
  clearTimeout(scene.leaping);
  scene.running = on;
  wake(scene);
  act(scene, () => {});
}

function stepOnce(scene) {
  const { figure, state, parameters } = scene;
  if (figure.next) scene.set(figure.next(state, parameters));
  else act(scene, () => {
    for (let i = 0; i < (figure.stride ?? 1); i += 1) figure.simulate(state, parameters, Math.random);
  });
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
      tell(scene);
      announce(scene, [0]);
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
  const played = advance(scene, now);
  if (scene.figure.simulate) paint(scene);
  if (now - scene.told > (scene.figure.pace > 3 ? 1000 : 0)) tell(scene);
  if (played) scene.request = requestAnimationFrame((later) => tick(scene, later));
}

// The same pace on every screen: steps are owed by the clock, and forgiven where the device is too slow.
function advance(scene, now) {
  const { figure, state, parameters } = scene;
  scene.owed += figure.pace * Math.min(Math.max(now - scene.before, 0) / 1000, 0.05);
  scene.before = now;
  const deadline = performance.now() + BUDGET;
  while (scene.owed >= 1) {
    scene.owed -= 1;
    if (figure.simulate) figure.simulate(state, parameters, Math.random);
    else {
      scene.set(figure.next(state, parameters));
      if (figure.isLast(state, parameters)) scene.stopPlaying();
    }
    if (performance.now() > deadline) scene.owed = 0;
  }
  return scene.running;
}

// A figure that fills the screen is drawn as if on a page and magnified, its letters with it.
function resize(scene) {
  const [width, height] = [scene.stage.clientWidth, scene.stage.clientHeight];
  if (!width || !height) return;
  const { canvas } = scene.context;
  const ratio = window.devicePixelRatio || 1;
  const zoom = scene.root.matches(".live-large, .live-alone *") ? Math.max(1, Math.min(width / 800, height / 400)) : 1;
  Object.assign(scene, { width: width / zoom, height: height / zoom });
  Object.assign(canvas, { width: Math.round(width * ratio), height: Math.round(height * ratio) });
  paint(scene);
}

function paint(scene, forPaper = matchMedia("print").matches) {
  const { context, width, height, state, parameters } = scene;
  if (!width) return;
  if (forPaper) addressForPaper(scene);
  const colors = palette(isDark() && !forPaper);
  const scale = context.canvas.width / width;
  context.setTransform(scale, 0, 0, scale, 0, 0);
  context.fillStyle = colors.background;
  context.fillRect(0, 0, width, height);
  const surface = { context, colors, repaint: scene.paint };
  for (const { panel, frame } of arrangePanels(scene)) panel.draw(surface, state, parameters, frame);
}

function isDark() {
  const page = document.documentElement.dataset.theme;
  if (page) return page === "dark";
  const lab = document.body.dataset.jpThemeLight;
  if (lab) return lab === "false";
  return matchMedia("(prefers-color-scheme: dark)").matches;
}

// The sentence under the picture: at once when something changed; while it runs at each step, of fast figures once a second.
function tell(scene) {
  scene.told = performance.now();
  showSpent(scene);
  const sentence = scene.figure.describe(scene.state, scene.parameters);
  const says = scene.root.querySelector(".live-says");
  if (says.textContent !== sentence) says.textContent = sentence;
}

// What a screen reader reads aloud: soon after a change, and when the figure has had time to settle; never a stream.
function announce(scene, delays = [700, 4700]) {
  scene.timers.forEach(clearTimeout);
  scene.timers = delays.map((delay) => setTimeout(() => {
    const sentence = scene.figure.describe(scene.state, scene.parameters);
    scene.root.querySelector(".live-spoken").textContent = sentence;
    scene.context.canvas.setAttribute("aria-label", sentence);
  }, delay));
}
