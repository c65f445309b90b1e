// A figure's sliders, buttons, tabs, its enlargement, and the reader's hand on its picture.
import { arrangePanels } from "./panels.js";
import { takeSaving } from "./save.js";

const SIDEWAYS = 8; // pixels that a finger moves before it turns a knob rather than the page

export function takeControls(scene) {
  for (const slider of scene.sliders) takeSlider(scene, slider);
  for (const button of scene.root.querySelectorAll("button[name]")) {
    button.onclick = () => {
      let wanted;
      scene.act((...all) => (wanted = scene.figure.actions[button.name](...all)));
      if (wanted) scene.set(wanted);
    };
  }
  takeClock(scene);
  takeEnlargement(scene);
  makeTabs(scene);
  takeSaving(scene);
  if (scene.panels.some(({ drag }) => drag)) takeHand(scene);
}

// A finger that scrolls past must not turn a knob: what it sets counts once it moves sideways, or lifts where it came down.
function takeSlider(scene, slider) {
  let finger = null;
  const commit = (value) => scene.set({ [slider.name]: value });
  showValue(slider);
  slider.addEventListener("pointerdown", ({ pointerType, clientX }) => {
    finger = pointerType === "touch" ? { x: clientX, before: slider.value, wanted: null } : null;
  });
  slider.addEventListener("input", () => {
    if (!finger) return commit(slider.value);
    finger.wanted = slider.value;
    slider.value = finger.before;
  });
  slider.addEventListener("pointermove", ({ clientX }) => {
    if (!finger || Math.abs(clientX - finger.x) < SIDEWAYS) return;
    const { wanted } = finger;
    finger = null;
    if (wanted !== null) commit(wanted);
  });
  slider.addEventListener("pointerup", () => {
    const wanted = finger?.wanted ?? null;
    finger = null;
    if (wanted !== null) commit(wanted);
  });
  slider.addEventListener("pointercancel", () => {
    if (finger) slider.value = finger.before;
    finger = null;
  });
}

// A button without effect keeps the focus, so that the keyboard stays where it is, and says so.
export function showSpent({ root, figure, state, parameters }) {
  const spent = figure.spent?.(state, parameters) ?? [];
  for (const button of root.querySelectorAll("button[name]")) button.ariaDisabled = spent.includes(button.name) || null;
}

export function showValue(slider) {
  const decimals = (slider.step.split(".")[1] ?? "").length;
  const value = slider.valueAsNumber;
  const text = slider.dataset.words?.split("|")[value] ?? value.toFixed(decimals).replace("-", "\u2212");
  slider.setAttribute("aria-valuetext", text);
  slider.closest(".live-knob").querySelector("output").textContent = text;
}

function takeClock(scene) {
  const run = scene.root.querySelector(".live-run");
  if (!run) return;
  const label = () => (run.textContent = scene.running ? "Pause" : scene.figure.next ? "Play" : "Run");
  const turn = (on) => {
    scene.run(on);
    label();
  };
  scene.stopPlaying = () => turn(false);
  label();
  run.onclick = () => {
    turn(!scene.running);
    if (scene.running && scene.figure.next) scene.step();
  };
  scene.root.querySelector(".live-step").onclick = () => {
    if (scene.running) turn(false);
    scene.step();
  };
}

// The whole screen for a projector; where a browser has no full screen, the whole window.
function takeEnlargement(scene) {
  const { root } = scene;
  const button = root.querySelector(".live-enlarge");
  button.hidden = root.matches(".live-alone *") && !document.fullscreenEnabled; // there it fills its frame already
  const enlarge = (on) => {
    root.classList.toggle("live-large", on);
    button.textContent = on ? "Back" : "Enlarge";
    scene.resize();
  };
  enlarge(false);
  button.onclick = async () => {
    const on = !root.classList.contains("live-large");
    enlarge(on);
    if (on) await root.requestFullscreen?.().catch(() => {});
    else if (document.fullscreenElement === root) await document.exitFullscreen();
  };
  root.addEventListener("fullscreenchange", () => document.fullscreenElement === root || enlarge(false));
  root.addEventListener("keydown", ({ key }) => key === "Escape" && root.classList.contains("live-large") && enlarge(false));
}

function makeTabs(scene) {
  const row = scene.root.querySelector(".live-tabs");
  const tabs = [...new Set(scene.panels.map(({ tab }) => tab))];
  if (!row || tabs.length < 2) return;
  const choose = (chosen) => {
    scene.tab = chosen;
    for (const button of row.children) button.setAttribute("aria-pressed", String(button.textContent === chosen));
  };
  for (const tab of tabs) {
    const button = Object.assign(document.createElement("button"), { type: "button", textContent: tab });
    button.onclick = () => {
      choose(tab);
      scene.paint();
    };
    row.append(button);
  }
  choose(scene.tab);
}

// What the reader takes hold of in the picture follows the hand. A finger takes hold once it moves sideways or lifts where
// it came down, so that it can scroll past; at once where a panel's `grip` says that it is on a thing.
function takeHand(scene) {
  const canvas = scene.stage.querySelector("canvas");
  let hand = null;
  const place = (event) => {
    const scale = scene.width / canvas.clientWidth;
    return { x: event.offsetX * scale, y: event.offsetY * scale };
  };
  const move = (event) => {
    const { panel, frame, holds } = hand;
    const found = panel.drag(scene.state, scene.parameters, frame, { ...place(event), first: !holds }, Math.random);
    hand.holds = true;
    if (found === true) scene.act(() => {});
    else if (found) scene.set(found);
    else hand = null;
  };
  canvas.classList.add("live-hand");
  canvas.addEventListener("pointerdown", (event) => {
    const at = place(event);
    const over = ({ frame }) => at.x >= frame.x && at.x < frame.x + frame.width && at.y >= frame.y && at.y < frame.y + frame.height;
    const under = arrangePanels(scene).find((one) => one.panel.drag && over(one));
    if (event.button !== 0 || !under) return;
    const grip = under.panel.grip ? under.panel.grip(scene.state, scene.parameters, under.frame, at) : null;
    if (under.panel.grip && grip === null) return;
    hand = { ...under, x: event.clientX, gripped: grip !== null };
    canvas.setPointerCapture(event.pointerId);
    if (event.pointerType !== "touch" || hand.gripped) move(event);
  });
  canvas.addEventListener("touchstart", (event) => hand?.gripped && event.preventDefault(), { passive: false });
  canvas.addEventListener("pointermove", (event) => {
    if (hand && (hand.holds || Math.abs(event.clientX - hand.x) > SIDEWAYS)) move(event);
  });
  const letGo = () => {
    if (hand?.holds && hand.panel.release) scene.act((state) => hand.panel.release(state));
    hand = null;
  };
  canvas.addEventListener("pointerup", (event) => {
    if (hand && !hand.holds) move(event);
    letGo();
  });
  canvas.addEventListener("pointercancel", letGo);
}
