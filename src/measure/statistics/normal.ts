/**
 * The standard normal distribution. simple-statistics answers from a table with two decimals, and 2.5692 for the quantile 2.5758: its tails are not
 * good enough for levels of a thousandth.
 */

const rootTwoPi = Math.sqrt(2 * Math.PI);
/** Beyond this a continued fraction is quicker and keeps its relative precision, which a difference to one half does not. */
const tailFrom = 3.5;
const tailTerms = 80;

/** How dense the distribution is at `x`. */
export const normalDensity = (x: number): number => Math.exp(-0.5 * x * x) / rootTwoPi;

/**
 * The probability of a value of at most `x`, good to a relative 1e-11 in both tails: the series of Marsaglia (2004, "Evaluating the normal
 * distribution", Journal of Statistical Software 11) in the middle, Laplace's continued fraction (Abramowitz and Stegun, 26.2.14) beyond 3.5.
 */
export const normalCdf = (x: number): number => {
  if (Number.isNaN(x)) return Number.NaN;
  if (x > tailFrom) return 1 - normalCdf(-x);
  if (x < -tailFrom) {
    let fraction = -x;
    for (let term = tailTerms; term > 0; term--) fraction = -x + term / fraction;
    return normalDensity(x) / fraction;
  }
  let term = x;
  let sum = x;
  for (let odd = 3; Math.abs(term) > 1e-18; odd += 2) {
    term *= (x * x) / odd;
    sum += term;
  }
  return 0.5 + normalDensity(x) * sum;
};

/**
 * The value that a share `p` of the distribution is below; minus and plus infinity for 0 and 1. Begins with formula 26.2.23 of Abramowitz and
 * Stegun (good to 4.5e-4), and makes it exact with Halley's steps against `normalCdf`.
 */
export const normalQuantile = (p: number): number => {
  if (!(p >= 0 && p <= 1)) throw new RangeError(`a probability is from 0 to 1; got ${p}`);
  if (p === 0) return Number.NEGATIVE_INFINITY;
  if (p > 0.5) return -normalQuantile(1 - p);
  const t = Math.sqrt(-2 * Math.log(p));
  let x = (2.515517 + t * (0.802853 + t * 0.010328)) / (1 + t * (1.432788 + t * (0.189269 + t * 0.001308))) - t;
  for (let step = 0; step < 3; step++) {
    const newton = (normalCdf(x) - p) / normalDensity(x);
    x -= newton / (1 + (x * newton) / 2);
  }
  return x;
};
