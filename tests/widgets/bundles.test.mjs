// node bundles.test.mjs folder colors.json: every bundle is a widget's front end; the two palettes are the book's.
import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { PALETTES } from "../../code/sgdphysics/widgets/shared/plot.js";

const [folder, colors] = process.argv.slice(2);
for (const file of readdirSync(folder)) {
  const { default: figure, ...others } = await import(`file://${folder}/${file}`);
  assert.equal(typeof figure.render, "function");
  assert.equal(typeof figure.attach, "function");
  assert.deepEqual(others, {});
}
const { free_energy: freeEnergy, ...rest } = JSON.parse(readFileSync(colors, "utf8"));
for (const [name, color] of Object.entries({ freeEnergy, ...rest })) assert.equal(PALETTES.light[name], color);
assert.deepEqual(Object.keys(PALETTES.dark), Object.keys(PALETTES.light));

const light = (color) => {
  const linear = [1, 3, 5].map((at) => parseInt(color.slice(at, at + 2), 16) / 255)
    .map((c) => (c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4));
  return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2];
};
const contrast = (a, b) => (Math.max(light(a), light(b)) + 0.05) / (Math.min(light(a), light(b)) + 0.05);
for (const shades of Object.values(PALETTES)) {
  assert.ok(contrast(shades.text, shades.background) > 7);
  assert.ok(contrast(shades.neutral, shades.background) > 4.5);
}
console.log(readdirSync(folder).length);
