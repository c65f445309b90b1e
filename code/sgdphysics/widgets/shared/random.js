// Fills an array with independent standard normal numbers from uniform ones in [0, 1): the polar method (Marsaglia and
// Bray 1964).
export function fillNormals(array, random) {
  for (let i = 0; i < array.length; i += 2) {
    let x;
    let y;
    let square;
    do {
      x = 2 * random() - 1;
      y = 2 * random() - 1;
      square = x * x + y * y;
    } while (square >= 1 || square === 0);
    const stretch = Math.sqrt((-2 * Math.log(square)) / square);
    array[i] = x * stretch;
    if (i + 1 < array.length) array[i + 1] = y * stretch;
  }
  return array;
}

// Uniform numbers in [0, 1) that a seed decides, the same on every machine: the generator mulberry32.
export function seeded(seed) {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let word = Math.imul(state ^ (state >>> 15), state | 1);
    word ^= word + Math.imul(word ^ (word >>> 7), word | 61);
    return ((word ^ (word >>> 14)) >>> 0) / 2 ** 32;
  };
}
