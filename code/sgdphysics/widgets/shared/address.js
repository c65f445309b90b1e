// A figure's sliders in the page's address: #figure=stove&temperature=0.57 sets those of one figure, #temperature=0.57 that
// of every figure that has it. The address follows the reader's hand, so that a copied link shows what is seen.

function addressed(scene) {
  const wanted = new URLSearchParams(location.hash.slice(1));
  const figure = wanted.get("figure");
  if (figure !== null && figure !== scene.figure.name) return {};
  const known = scene.sliders.filter(({ name }) => wanted.get(name) && Number.isFinite(Number(wanted.get(name))));
  return Object.fromEntries(known.map(({ name }) => [name, wanted.get(name)]));
}

// In a notebook the address belongs to the notebook.
function isNotebook(scene) {
  return Boolean(scene.model) || "jpThemeLight" in document.body.dataset;
}

// Sets the sliders that the address names, now and whenever it changes; returns how to stop that.
export function fromAddress(scene, set) {
  if (isNotebook(scene)) return () => {};
  const obey = () => {
    const values = addressed(scene);
    const [name] = Object.keys(values);
    if (!name) return;
    set(values);
    const first = [...document.querySelectorAll("figure.live input")].find((slider) => slider.name === name);
    if (location.hash.includes("figure=") || scene.root.contains(first)) scene.root.scrollIntoView({ block: "center" });
  };
  obey();
  addEventListener("hashchange", obey);
  return () => removeEventListener("hashchange", obey);
}

export function toAddress(scene) {
  if (isNotebook(scene)) return;
  clearTimeout(scene.addressing); // browsers allow some hundred changes a minute
  scene.addressing = setTimeout(() => {
    history.replaceState(history.state, "", location.pathname + location.search + stateOf(scene));
  }, 300);
}

// The sliders that do not stand where they started, or nothing.
function stateOf({ figure, sliders }) {
  const moved = sliders.filter((slider) => slider.value !== slider.defaultValue).map(({ name, value }) => [name, value]);
  return moved.length ? `#${new URLSearchParams([["figure", figure.name], ...moved])}` : "";
}

// On paper the caption ends in the address where this very state moves; a file on one's own disk has none to give.
export function addressForPaper(scene) {
  if (isNotebook(scene) || !location.protocol.startsWith("http")) return;
  scene.root.querySelector("figcaption").dataset.address = location.origin + location.pathname + stateOf(scene);
}
