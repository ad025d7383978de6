/** Whether trials went up or down in the order they ran: a machine that warms up or is throttled shows here. */
import { normalTwoSided } from './mann-whitney.ts';
import { midranks } from './ranks.ts';
import { median, requireSamples } from './samples.ts';

/** The trend of values in their order. */
export type Trend = {
  /** From -1 (each value below all before) to 1. Ties count for nothing (Kendall's tau-a). */
  readonly tau: number;
  /** Two-sided, for there being no trend. */
  readonly p: number;
  /** The median of the slopes between all pairs of values (Theil and Sen), a step: of logarithms about the share by which a trial grew. */
  readonly slope: number;
};

/** Longer than this, the normal approximation is as good. */
const mostExact = 40;

/**
 * The Mann-Kendall test for a trend, with the Theil-Sen slope. Exact up to 40 values without ties, else by the normal approximation with
 * ties and continuity. Values are taken to be independent: a machine whose trials cling to the ones before shows trends more often.
 *
 * Sources: Mann (1945), Econometrica 13; Kendall (1975), "Rank Correlation Methods"; Sen (1968), Journal of the American Statistical Association 63.
 */
export const trendOf = (values: readonly number[]): Trend => {
  requireSamples(values, 3, 'values in their order');
  const slopes: number[] = [];
  let score = 0;
  values.forEach((value, place) => {
    for (let later = place + 1; later < values.length; later++) {
      const difference = (values[later] ?? 0) - value;
      score += Math.sign(difference);
      slopes.push(difference / (later - place));
    }
  });
  const { tieSizes } = midranks(values);
  const p =
    tieSizes.length === 0 && values.length <= mostExact
      ? exactP(values.length, score)
      : normalP(values.length, score, tieSizes);
  return { tau: score / slopes.length, p, slope: median(slopes) };
};

/** Over all orders: the number of inversions is counted value by value. */
const exactP = (count: number, score: number): number => {
  const pairs = (count * (count - 1)) / 2;
  let shares = new Float64Array(pairs + 1);
  shares[0] = 1;
  for (let values = 2; values <= count; values++) {
    const next = new Float64Array(pairs + 1);
    for (let inversions = 0; inversions <= pairs; inversions++)
      for (let added = 0; added < values && added <= inversions; added++)
        next[inversions] = (next[inversions] ?? 0) + (shares[inversions - added] ?? 0) / values;
    shares = next;
  }
  const fewer = (pairs - Math.abs(score)) / 2;
  return Math.min(1, 2 * shares.subarray(0, fewer + 1).reduce((sum, share) => sum + share, 0));
};

const normalP = (count: number, score: number, tieSizes: readonly number[]): number => {
  const term = (size: number): number => size * (size - 1) * (2 * size + 5);
  const variance = (term(count) - tieSizes.reduce((sum, size) => sum + term(size), 0)) / 18;
  // The score moves in steps of two: continuity takes one of it, which halves of both are.
  return normalTwoSided(score / 2, variance / 4);
};
