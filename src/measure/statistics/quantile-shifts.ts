/** Whole latency distributions compared: by how much each quantile moved, and how sure that is. */
import { randomIndex, randomUnits } from './random.ts';
import { logs, median, quantileOfSorted, requireSamples, requireShare, sorted, sortInPlace } from './samples.ts';

/** One quantile of one side against the other's. */
export type QuantileShift = {
  /** 0.99 for p99. */
  readonly quantile: number;
  /** The median over trials, in the unit of the samples. */
  readonly baseline: number;
  readonly candidate: number;
  /** Candidate to baseline, with the interval of this quantile alone. */
  readonly ratio: number;
  readonly low: number;
  readonly high: number;
  /** The band that holds all quantiles' ratios together. */
  readonly bandLow: number;
  readonly bandHigh: number;
};

/** What to compare: for each trial its quantiles, in the order of `quantiles`, all above 0. */
export type QuantileTables = {
  readonly quantiles: readonly number[];
  readonly baseline: readonly (readonly number[])[];
  readonly candidate: readonly (readonly number[])[];
  /** Trials at the same place are a pair and are drawn together. */
  readonly isPaired: boolean;
  readonly alpha: number;
  readonly seed: number;
  /** Default 1000. */
  readonly resamples?: number;
};

/**
 * How each quantile's median over trials moved, with intervals by a hierarchical bootstrap that draws whole trials, all their quantiles together:
 * latencies of one trial depend on each other and share its luck, so that only trials are independent, and drawing samples within
 * them, too, would count their scatter twice (Davison and Hinkley, 1997, "Bootstrap Methods and their Application", section 3.8). The band for all
 * quantiles together is as many standard errors wide, everywhere, as holds the share 1 - alpha of the redrawn curves (the same, section 4.2.4).
 */
export const quantileShifts = (tables: QuantileTables): QuantileShift[] => {
  const { quantiles, alpha, resamples = 1000 } = tables;
  requireShare(alpha, 'the level');
  const baseline = columnsOf(tables.baseline, quantiles.length, 'the baseline');
  const candidate = columnsOf(tables.candidate, quantiles.length, 'the candidate');
  if (tables.isPaired && tables.baseline.length !== tables.candidate.length)
    throw new RangeError(`${tables.baseline.length} and ${tables.candidate.length} trials are no pairs`);
  const random = randomUnits(tables.seed);
  const curves = quantiles.map(() => new Float64Array(resamples));
  const fromTrials = new Int32Array(tables.baseline.length);
  const toTrials = tables.isPaired ? fromTrials : new Int32Array(tables.candidate.length);
  for (let round = 0; round < resamples; round++) {
    for (let place = 0; place < fromTrials.length; place++) fromTrials[place] = randomIndex(random, fromTrials.length);
    if (toTrials !== fromTrials)
      for (let place = 0; place < toTrials.length; place++) toTrials[place] = randomIndex(random, toTrials.length);
    curves.forEach((curve, column) => {
      curve[round] = medianOf(candidate[column], toTrials) - medianOf(baseline[column], fromTrials);
    });
  }
  const shifts = quantiles.map((_, column) => median(candidate[column] ?? []) - median(baseline[column] ?? []));
  const errors = curves.map((curve) => deviation(curve));
  const reach = bandReach(curves, shifts, errors, 1 - alpha);
  return quantiles.map((quantile, column) => {
    const shift = shifts[column] ?? 0;
    const curve = sorted(curves[column] ?? []);
    const half = reach * (errors[column] ?? 0);
    return {
      quantile,
      baseline: Math.exp(median(baseline[column] ?? [])),
      candidate: Math.exp(median(candidate[column] ?? [])),
      ratio: Math.exp(shift),
      low: Math.exp(quantileOfSorted(curve, alpha / 2)),
      high: Math.exp(quantileOfSorted(curve, 1 - alpha / 2)),
      bandLow: Math.exp(shift - half),
      bandHigh: Math.exp(shift + half),
    };
  });
};

/** The logarithms of each quantile over the trials. */
const columnsOf = (trials: readonly (readonly number[])[], width: number, side: string): Float64Array[] => {
  if (trials.length < 3)
    throw new RangeError(`${side}: quantiles of at least 3 trials needed, ${trials.length} given; run more trials`);
  for (const trial of trials) {
    requireSamples(trial, width, `quantiles of ${side}`);
    if (trial.length > width)
      throw new RangeError(`a trial of ${side} has ${trial.length} quantiles instead of ${width}`);
  }
  return Array.from({ length: width }, (_, column) =>
    Float64Array.from(
      logs(
        trials.map((trial) => trial[column] ?? 0),
        `a quantile of ${side}`,
      ),
    ),
  );
};

const medianOf = (column: Float64Array | undefined, trials: Int32Array): number => {
  const drawn = new Float64Array(trials.length);
  for (let place = 0; place < trials.length; place++) drawn[place] = column?.[trials[place] ?? 0] ?? 0;
  return quantileOfSorted(sortInPlace(drawn), 0.5);
};

const deviation = (values: Float64Array): number => {
  const mean = values.reduce((sum, value) => sum + value, 0) / values.length;
  return Math.sqrt(values.reduce((sum, value) => sum + (value - mean) ** 2, 0) / (values.length - 1));
};

/** How many standard errors the curves stray from the shifts at most, in the given share of them. */
const bandReach = (
  curves: readonly Float64Array[],
  shifts: readonly number[],
  errors: readonly number[],
  share: number,
): number => {
  const furthest = Array.from({ length: curves[0]?.length ?? 0 }, (_, round) =>
    Math.max(
      ...curves.map((curve, column) => {
        const error = errors[column] ?? 0;
        return error === 0 ? 0 : Math.abs((curve[round] ?? 0) - (shifts[column] ?? 0)) / error;
      }),
    ),
  );
  return furthest.length === 0 ? 0 : quantileOfSorted(sorted(furthest), share);
};
