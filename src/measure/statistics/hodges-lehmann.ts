/** By how much trials differ: the shift of Hodges and Lehmann, with the interval that belongs to the rank test. */
import { normalQuantile } from './normal.ts';
import { atMost, groupSums, lowerCritical, type NullDistribution } from './null-distribution.ts';
import { quantileOfSorted, requireSamples, requireShare } from './samples.ts';
import { plainSignFlips } from './signed-rank.ts';

/** An estimate and what it may be; without a bound (infinite) where the trials are too few for the level. */
export type Interval = {
  readonly estimate: number;
  readonly low: number;
  readonly high: number;
  /** The share of such intervals that hold the truth: at least what was asked for, the tests being discrete. */
  readonly confidence: number;
};

const mostExactPairs = 100;
const mostExactTrials = 60;

/**
 * The shift of paired differences (of logarithms, for a ratio): the median of all means of two of them (Walsh averages), each with itself too. The
 * interval holds the shifts that the signed-rank test does not refuse at level `alpha`.
 *
 * Sources: Hodges and Lehmann (1963), Annals of Mathematical Statistics 34; Hollander, Wolfe and Chicken (2014), "Nonparametric Statistical
 * Methods", section 3.3.
 */
export const pairedShift = (differences: readonly number[], alpha: number): Interval => {
  requireSamples(differences, 1, 'differences of pairs');
  requireShare(alpha, 'the level');
  const count = differences.length;
  const averages = new Float64Array((count * (count + 1)) / 2);
  let place = 0;
  for (let first = 0; first < count; first++)
    for (let second = first; second < count; second++)
      averages[place++] = ((differences[first] ?? 0) + (differences[second] ?? 0)) / 2;
  if (count <= mostExactPairs) return exactInterval(averages.sort(), plainSignFlips(count), 0, alpha);
  return normalInterval(averages.sort(), (count * (count + 1) * (2 * count + 1)) / 24, alpha);
};

/**
 * The shift from `baseline` to `candidate`, which are no pairs: the median of all differences between the two. The interval holds the
 * shifts that the Mann-Whitney test does not refuse at level `alpha`.
 *
 * Sources: as for pairs; Hollander, Wolfe and Chicken (2014), section 4.3.
 */
export const groupShift = (baseline: readonly number[], candidate: readonly number[], alpha: number): Interval => {
  requireSamples(baseline, 1, 'the baseline');
  requireSamples(candidate, 1, 'the candidate');
  requireShare(alpha, 'the level');
  const differences = Float64Array.from(candidate.flatMap((value) => baseline.map((from) => value - from))).sort();
  const size = candidate.length;
  const all = baseline.length + size;
  if (all > mostExactTrials) return normalInterval(differences, (differences.length * (all + 1)) / 12, alpha);
  const ranks = Array.from({ length: all }, (_, place) => place + 1);
  return exactInterval(differences, groupSums(ranks, size), (size * (size + 1)) / 2, alpha);
};

/** `lowest` is the test statistic's smallest value, which the distribution counts from. */
const exactInterval = (values: Float64Array, of: NullDistribution, lowest: number, alpha: number): Interval => {
  const critical = lowerCritical(of, alpha / 2);
  return between(values, critical - lowest, critical < lowest ? 1 : 1 - 2 * atMost(of, critical));
};

const normalInterval = (values: Float64Array, variance: number, alpha: number): Interval => {
  const cut = values.length / 2 + normalQuantile(alpha / 2) * Math.sqrt(variance) - 0.5;
  return between(values, Math.floor(cut), 1 - alpha);
};

/** The interval that leaves `cut` of the sorted values out on each side. */
const between = (values: Float64Array, cut: number, confidence: number): Interval => ({
  estimate: quantileOfSorted(values, 0.5),
  low: cut < 0 ? Number.NEGATIVE_INFINITY : (values[cut] ?? Number.NEGATIVE_INFINITY),
  high: cut < 0 ? Number.POSITIVE_INFINITY : (values[values.length - 1 - cut] ?? Number.POSITIVE_INFINITY),
  confidence,
});

/** The interval and estimate of a ratio, from those of its logarithm. */
export const asRatio = ({ estimate, low, high, confidence }: Interval): Interval => ({
  estimate: Math.exp(estimate),
  low: Math.exp(low),
  high: Math.exp(high),
  confidence,
});
