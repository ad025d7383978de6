/**
 * What a ratio of medians may be, by drawing the trials again. All intervals are plain percentile intervals: the corrections of BCa need the
 * jackknife, which is known to fail for medians (Efron and Tibshirani, 1993, "An Introduction to the Bootstrap", section 11.6), while the
 * percentile interval of a median is close to the one by order statistics (Efron, 1979). They describe; verdicts rest on rank intervals,
 * which hold their level with few trials, too.
 */
import type { Interval } from './hodges-lehmann.ts';
import { type RandomUnit, randomIndex, randomUnits } from './random.ts';
import { logs, median, quantileOfSorted, requireSamples, requireShare, sorted, sortInPlace } from './samples.ts';

/** How to draw. */
export type BootstrapOptions = {
  /** The share of intervals that miss the truth; 0.05 for an interval of 95 %. */
  readonly alpha: number;
  readonly seed: number;
  /** Default 2000: the ends of a 95 % interval then move by about a twentieth of its width between seeds. */
  readonly resamples?: number;
};

const defaultResamples = 2000;

/** The ratio of medians, candidate to baseline, of trials that are no pairs: each side is drawn anew by itself. Values above 0. */
export const groupRatioInterval = (
  baseline: readonly number[],
  candidate: readonly number[],
  options: BootstrapOptions,
): Interval => {
  requireSamples(baseline, 2, 'the baseline');
  requireSamples(candidate, 2, 'the candidate');
  const from = Float64Array.from(logs(baseline, 'the baseline'));
  const to = Float64Array.from(logs(candidate, 'the candidate'));
  const fromDraw = new Float64Array(from.length);
  const toDraw = new Float64Array(to.length);
  return percentileInterval(median(to) - median(from), options, (random) => {
    for (let place = 0; place < from.length; place++) fromDraw[place] = from[randomIndex(random, from.length)] ?? 0;
    for (let place = 0; place < to.length; place++) toDraw[place] = to[randomIndex(random, to.length)] ?? 0;
    return middleOf(toDraw) - middleOf(fromDraw);
  });
};

/** The ratio of medians, candidate to baseline, of pairs: pairs are drawn, so that what both of a pair share stays shared. Values above 0. */
export const pairedRatioInterval = (
  baseline: readonly number[],
  candidate: readonly number[],
  options: BootstrapOptions,
): Interval => blockRatioInterval(baseline, candidate, { ...options, blockLength: 1 });

/**
 * As `pairedRatioInterval`, drawing runs of neighbouring pairs, so that a drift of the machine stays in the noise: blocks that go round from
 * the last pair to the first, so that none is drawn less often. `blockLength` defaults to the cube root of the number of pairs.
 *
 * Sources: Künsch (1989), "The jackknife and the bootstrap for general stationary observations", Annals of Statistics 17; Politis and Romano
 * (1992), "A circular block-resampling procedure for stationary data"; the length: Hall, Horowitz and Jing (1995), Biometrika 82.
 */
export const blockRatioInterval = (
  baseline: readonly number[],
  candidate: readonly number[],
  options: BootstrapOptions & { readonly blockLength?: number },
): Interval => {
  requireSamples(baseline, 2, 'the baseline');
  requireSamples(candidate, baseline.length, 'the candidate');
  if (candidate.length !== baseline.length)
    throw new RangeError(`${baseline.length} and ${candidate.length} trials are no pairs`);
  const from = Float64Array.from(logs(baseline, 'the baseline'));
  const to = Float64Array.from(logs(candidate, 'the candidate'));
  const count = from.length;
  const blockLength = options.blockLength ?? Math.max(1, Math.round(Math.cbrt(count)));
  if (!Number.isInteger(blockLength) || blockLength < 1 || blockLength > count)
    throw new RangeError(`a block has 1 to ${count} pairs; got ${blockLength}`);
  const fromDraw = new Float64Array(count);
  const toDraw = new Float64Array(count);
  return percentileInterval(median(to) - median(from), options, (random) => {
    for (let place = 0; place < count; ) {
      const start = randomIndex(random, count);
      for (let step = 0; step < blockLength && place < count; step++, place++) {
        fromDraw[place] = from[(start + step) % count] ?? 0;
        toDraw[place] = to[(start + step) % count] ?? 0;
      }
    }
    return middleOf(toDraw) - middleOf(fromDraw);
  });
};

/** The middle of values that need not stay in their order. */
const middleOf = (values: Float64Array): number => quantileOfSorted(sortInPlace(values), 0.5);

/** The percentile interval of a logarithm that `draw` gives another value of each time, as a ratio. */
const percentileInterval = (
  estimate: number,
  { alpha, seed, resamples = defaultResamples }: BootstrapOptions,
  draw: (random: RandomUnit) => number,
): Interval => {
  requireShare(alpha, 'the level');
  const random = randomUnits(seed);
  const drawn = sorted(Array.from({ length: resamples }, () => draw(random)));
  return {
    estimate: Math.exp(estimate),
    low: Math.exp(quantileOfSorted(drawn, alpha / 2)),
    high: Math.exp(quantileOfSorted(drawn, 1 - alpha / 2)),
    confidence: 1 - alpha,
  };
};
