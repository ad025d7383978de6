/** How many pairs would have shown a change, with the noise that was seen. */
import { pairedShift } from './hodges-lehmann.ts';
import { lowerCritical } from './null-distribution.ts';
import { type RandomUnit, randomIndex, randomNormal, randomUnits } from './random.ts';
import { requireSamples, requireShare, sortInPlace } from './samples.ts';
import { plainSignFlips } from './signed-rank.ts';

/** What is asked for. */
export type PowerQuestion = {
  /** Logarithms of the ratios seen in pairs: the noise is what is left of them without their shift. */
  readonly logRatios: readonly number[];
  /** The change to see, such as 0.05 for 5 %. */
  readonly change: number;
  /** The two-sided level that one metric is tested at. */
  readonly alpha: number;
  /** How often it shall be seen: 0.8 for 8 of 10 times. */
  readonly power: number;
  readonly seed: number;
  /** Where to stop asking; default 200. */
  readonly mostPairs?: number;
};

const rounds = 400;

/**
 * How many pairs a signed-rank test needs to see a change; null when `mostPairs` do not do. By simulation: noise is drawn from what was seen
 * without its shift, smoothed by a normal kernel (Silverman and Young, 1987, "The bootstrap: to smooth or not to smooth?", Biometrika 74;
 * width by Silverman's rule) and widened to the sample's variance, so that a few pairs stand for more than their own values. Good to about
 * a tenth, and never surer than the noise was known.
 */
export const pairsNeeded = (question: PowerQuestion): number | null => {
  const { alpha, change, power, mostPairs = 200 } = question;
  requireShare(alpha, 'the level');
  requireShare(power, 'the power');
  requireSamples(question.logRatios, 3, 'pairs to know the noise by');
  if (!(change > 0)) throw new RangeError(`the change to see must be above 0, such as 0.05; got ${change}`);
  const shift = Math.log1p(change);
  const isEnough = (pairs: number): boolean => powerAt(pairs, shift, question) >= power;
  let low = Math.ceil(1 - Math.log2(alpha)) - 1;
  let high = low + 1;
  // Upwards by doubling: tests of many pairs are those that take long.
  while (!isEnough(Math.min(high, mostPairs))) {
    if (high >= mostPairs) return null;
    low = high;
    high *= 2;
  }
  high = Math.min(high, mostPairs);
  while (high - low > 1) {
    const middle = Math.floor((low + high) / 2);
    if (isEnough(middle)) high = middle;
    else low = middle;
  }
  return high;
};

/** The share of simulated tests of `pairs` pairs that see the shift. */
const powerAt = (pairs: number, shift: number, { logRatios, alpha, seed }: PowerQuestion): number => {
  const critical = lowerCritical(plainSignFlips(pairs), alpha / 2);
  // The same stream for every number of pairs: power then grows smoothly with it.
  const draw = noiseOf(logRatios, randomUnits(seed));
  const values = new Float64Array(pairs);
  let seen = 0;
  for (let round = 0; round < rounds; round++) {
    for (let pair = 0; pair < pairs; pair++) values[pair] = shift + draw();
    const against = negativeRankSum(values);
    if (against <= critical) seen++;
  }
  return seen / rounds;
};

/** The sum of the ranks that negative values have by their size, for values without ties: both signs are sorted, and merged. */
const negativeRankSum = (values: Float64Array): number => {
  const above = sortInPlace(values.filter((value) => value >= 0));
  const below = sortInPlace(values.filter((value) => value < 0).map((value) => -value));
  let smaller = 0;
  let sum = 0;
  for (let place = 0; place < below.length; place++) {
    while (smaller < above.length && (above[smaller] ?? 0) < (below[place] ?? 0)) smaller++;
    sum += smaller + place + 1;
  }
  return sum;
};

/** Draws from the noise around the shift of `values`. */
const noiseOf = (values: readonly number[], random: RandomUnit): (() => number) => {
  const { estimate } = pairedShift(values, 0.5);
  const centred = values.map((value) => value - estimate);
  const variance = centred.reduce((sum, value) => sum + value * value, 0) / (centred.length - 1);
  const width = 1.06 * Math.sqrt(variance) * centred.length ** -0.2;
  // Drawing again has the variance with n below, the kernel adds its own: brought back to the sample's.
  const own = (variance * (centred.length - 1)) / centred.length;
  const scale = variance === 0 ? 0 : Math.sqrt(variance / (own + width * width));
  return () => scale * ((centred[randomIndex(random, centred.length)] ?? 0) + width * randomNormal(random));
};
