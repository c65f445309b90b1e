// The standard normal law: the logarithm of P(Z < x), to rounding, at any x.

const ROOT = Math.sqrt(2 * Math.PI);
const FAR = 2.5; // from there on by a continued fraction, nearer to zero by a series of positive terms

export function logCdf(x) {
  if (x < -FAR) return (-x * x) / 2 - Math.log(ROOT) + Math.log(mills(-x));
  if (x > FAR) return Math.log1p(-Math.exp(logCdf(-x)));
  let sum = 0;
  for (let term = x, k = 1; Math.abs(term) > 1e-18; k += 1) {
    sum += term;
    term *= (x * x) / (2 * k + 1);
  }
  return Math.log(0.5 + (Math.exp((-x * x) / 2) / ROOT) * sum);
}

// P(Z > x)/phi(x) = 1/(x + 1/(x + 2/(x + 3/(x + ...)))), from the far end of the fraction on (Laplace).
function mills(x) {
  let rest = x;
  for (let k = 60; k > 0; k -= 1) rest = x + k / rest;
  return 1 / rest;
}

export function cdf(x) {
  return Math.exp(logCdf(x));
}
