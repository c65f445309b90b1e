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
    const moved = scene.sliders.filter((slider) => slider.value !== slider.defaultValue).map(({ name, value }) => [name, value]);
    const state = moved.length ? `#${new URLSearchParams([["figure", scene.figure.name], ...moved])}` : "";
    history.replaceState(history.state, "", location.pathname + location.search + state);
  }, 300);
}
