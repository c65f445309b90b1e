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
