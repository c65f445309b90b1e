// What a figure's own page lets a reader keep: the picture as PNG and what was measured as CSV, from a file too.

// The buttons, on a page that has a place for them.
export function takeSaving(scene) {
  const place = scene.root.querySelector(".live-keep");
  if (!place) return;
  offer(place, scene, "Save picture", "png", (save) => scene.context.canvas.toBlob(save));
  if (!scene.figure.table) return;
  offer(place, scene, "Save data", "csv", (save) => save(new Blob([csv(scene.figure.table(scene.state, scene.parameters))], { type: "text/csv" })));
}

function offer(place, scene, label, kind, make) {
  const button = Object.assign(document.createElement("button"), { type: "button", textContent: label });
  button.onclick = () => make((blob) => {
    const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(blob), download: `${setting(scene)}.${kind}` });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 60000);
  });
  place.append(button);
}

// "stove temperature=0.45 gravity=0.02": what a file shows.
function setting({ figure, parameters }) {
  return [figure.name, ...Object.entries(parameters).map((pair) => pair.join("="))].join(" ");
}

// { columns, rows } as text: the columns' names, then a line a row; nothing where there is no number.
export function csv({ columns, rows }) {
  const lines = rows.map((row) => row.map((value) => (Number.isFinite(value) ? value : "")));
  return [columns, ...lines].map((line) => `${line.join(",")}\n`).join("");
}
