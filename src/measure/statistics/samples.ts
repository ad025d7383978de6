/** What every statistic here asks of its samples first, and their quantiles. */

/** Refuses samples that are too few, or that hold what is no finite number. `what` names them in the message. */
export const requireSamples = (values: readonly number[], least: number, what: string): void => {
  if (values.length < least)
    throw new RangeError(`${what}: at least ${least} needed, ${values.length} given; run more trials`);
  const strange = values.findIndex((value) => !Number.isFinite(value));
  if (strange >= 0)
    throw new RangeError(
      `${what}: number ${strange + 1} of ${values.length} is ${values[strange]}, not a finite number`,
    );
};

/** Refuses a probability that is not strictly between 0 and 1. */
export const requireShare = (share: number, what: string): void => {
  if (!(share > 0 && share < 1)) throw new RangeError(`${what} lies between 0 and 1; got ${share}`);
};

/** A sorted copy, smallest first. */
export const sorted = (values: Iterable<number>): Float64Array => Float64Array.from(values).sort();

/**
 * The quantile `share` (0 to 1) of values that are sorted, between two of them by their distance: definition 7 of Hyndman and Fan (1996, "Sample
 * quantiles in statistical packages", The American Statistician 50), the default of R and NumPy.
 */
export const quantileOfSorted = (values: ArrayLike<number>, share: number): number => {
  if (values.length === 0) throw new RangeError('a quantile of no values');
  const place = (values.length - 1) * share;
  const below = Math.floor(place);
  const low = values[below] ?? 0;
  return low + ((values[below + 1] ?? low) - low) * (place - below);
};

/** Below this an insertion sort is several times as quick as the call of the built-in one. */
const shortLength = 64;

/** Sorts in place, smallest first: for the many short arrays of a bootstrap. */
export const sortInPlace = (values: Float64Array): Float64Array => {
  if (values.length > shortLength) return values.sort();
  for (let next = 1; next < values.length; next++) {
    const value = values[next] ?? 0;
    let place = next;
    for (; place > 0 && (values[place - 1] ?? 0) > value; place--) values[place] = values[place - 1] ?? 0;
    values[place] = value;
  }
  return values;
};

/** The middle value, or the middle between two. */
export const median = (values: Iterable<number>): number => quantileOfSorted(sorted(values), 0.5);

/** The logarithm of each pair's ratio, candidate to baseline: 0 where they are the same. What both were must be above 0. */
export const logRatios = (baseline: readonly number[], candidate: readonly number[], what: string): number[] => {
  if (baseline.length !== candidate.length)
    throw new RangeError(
      `${what}: ${baseline.length} trials of the baseline and ${candidate.length} of the candidate are no pairs`,
    );
  const from = logs(baseline, what);
  return logs(candidate, what).map((value, place) => value - (from[place] ?? 0));
};

/** The logarithm of each value; ratios are compared by its differences. Refuses what is not above 0. */
export const logs = (values: readonly number[], what: string): number[] =>
  values.map((value) => {
    if (!(value > 0 && Number.isFinite(value)))
      throw new RangeError(`${what} is compared as a ratio and must be above 0; got ${value}`);
    return Math.log(value);
  });
