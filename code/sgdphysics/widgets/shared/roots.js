// Where f changes its sign between two places, to rounding or within `close`.
export function crossing(f, low, high, close = 0) {
  const sign = Math.sign(f(low));
  for (;;) {
    const middle = (low + high) / 2;
    if (high - low <= close || middle <= low || middle >= high) return middle;
    if (Math.sign(f(middle)) === sign) low = middle;
    else high = middle;
  }
}

// The zero of f beyond which its chords from a and b < a lead, by ever shorter ones: for a concave f, from above.
export function chords(f, a, b) {
  let [before, at, old] = [a, b, f(a)];
  for (let tries = 0; tries < 60 && Math.abs(at - before) > 1e-11; tries += 1) {
    const here = f(at);
    const next = here === old ? at : at - (here * (at - before)) / (here - old);
    [before, at, old] = [at, next, here];
  }
  return at;
}
