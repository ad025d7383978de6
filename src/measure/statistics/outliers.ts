/** Trials that stand apart: marked so that a person looks, never cut away, since a slow trial may be the finding. */
import { median, requireSamples } from './samples.ts';

/** A trial that stands apart. */
export type Outlier = {
  /** Which, from 0. */
  readonly place: number;
  readonly value: number;
  /** Its distance from the median in standard deviations, as the middle of the values scatters; infinite where that does not scatter. */
  readonly score: number;
};

const leastValues = 5;
const boundary = 3.5;

/**
 * Values whose modified z-score, 0.6745 times their distance from the median by the median of all such distances, is beyond 3.5 (Iglewicz
 * and Hoaglin, 1993, "How to Detect and Handle Outliers"). When half of the values are equal that median is 0, and 1.2533 times the mean
 * distance, a normal distribution's deviation too, stands in. None are marked among fewer than 5.
 */
export const outliersOf = (values: readonly number[]): Outlier[] => {
  requireSamples(values, 1, 'values');
  if (values.length < leastValues) return [];
  const middle = median(values);
  const distances = values.map((value) => Math.abs(value - middle));
  const typical = median(distances);
  const scale =
    typical > 0 ? typical / 0.6745 : 1.2533 * (distances.reduce((sum, distance) => sum + distance, 0) / values.length);
  return values.flatMap((value, place) => {
    const score = scale === 0 ? 0 : (value - middle) / scale;
    return Math.abs(score) > boundary ? [{ place, value, score }] : [];
  });
};
