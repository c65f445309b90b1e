// What the node tests share: the cases that Python wrote, how near two results must be, and a generator of random numbers.
import assert from "node:assert/strict";
import { readFileSync } from "node:fs";

export function given() {
  return JSON.parse(readFileSync(process.argv[2], "utf8"));
}

// Numbers or arrays; Infinity where one is not a number, or where there is none.
export function furthest(a, b) {
  const [ours, theirs] = [a, b].map((some) => (typeof some === "number" ? [some] : Array.from(some)));
  assert.equal(ours.length, theirs.length);
  return ours.reduce((most, value, i) => {
    const off = Math.abs(value - theirs[i]);
    return Math.max(most, Number.isNaN(off) ? Infinity : off);
  }, 0);
}

export function near(ours, expected, what, within = 1e-12) {
  const off = furthest(ours, expected);
  assert.ok(off <= within, `${what}: off by ${off}`);
}

// Park and Miller's generator: uniform numbers in (0, 1), the same in every run.
export function parkMiller(seed = 1) {
  let state = seed;
  return () => (state = (state * 48271) % 2147483647) / 2147483647;
}
