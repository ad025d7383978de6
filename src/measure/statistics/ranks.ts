/** Ranks of values, those that are equal sharing one. */

/** Ranks from 1, smallest first, in the order of the values; equal values all have the mean of their ranks (midranks). */
export type Ranks = {
  readonly ranks: Float64Array;
  /** How many values are equal, for each value that comes more than once. */
  readonly tieSizes: readonly number[];
};

/** Ranks of `values` (Lehmann, 2006, "Nonparametrics", section 1.4). */
export const midranks = (values: ArrayLike<number>): Ranks => {
  const order = Array.from({ length: values.length }, (_, place) => place);
  const at = (place: number): number => values[order[place] ?? 0] ?? 0;
  order.sort((one, other) => (values[one] ?? 0) - (values[other] ?? 0));
  const ranks = new Float64Array(values.length);
  const tieSizes: number[] = [];
  for (let first = 0; first < order.length; ) {
    let next = first + 1;
    while (next < order.length && at(next) === at(first)) next++;
    for (let place = first; place < next; place++) ranks[order[place] ?? 0] = (first + 1 + next) / 2;
    if (next - first > 1) tieSizes.push(next - first);
    first = next;
  }
  return { ranks, tieSizes };
};

/** The sum of t³ - t over groups of equal values: what ties take from the variance of a rank statistic. */
export const tieTerm = (tieSizes: readonly number[]): number =>
  tieSizes.reduce((sum, size) => sum + size ** 3 - size, 0);
