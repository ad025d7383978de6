/** Whether two groups of trials that are no pairs differ: the Mann-Whitney U test (Wilcoxon's rank-sum test). */
import { normalCdf } from './normal.ts';
import { groupSums, twoSided } from './null-distribution.ts';
import { midranks, tieTerm } from './ranks.ts';
import { requireSamples } from './samples.ts';

/** What a rank test found. */
export type RankTest = {
  /** U of the first group, or the sum of the ranks above zero. */
  readonly statistic: number;
  /** Two-sided. */
  readonly p: number;
  /** How the p-value was reached. */
  readonly method: 'exact' | 'normal';
};

/** Both groups together: up to here all ways of sharing out the ranks are counted, in milliseconds. */
const mostExact = 60;

/**
 * Tests whether values of `first` tend to be above or below those of `second`. Exact over all ways to share out the midranks up to 60
 * values in all, also with ties; beyond that by the normal approximation, its variance corrected for ties and with continuity.
 *
 * Sources: Mann and Whitney (1947), Annals of Mathematical Statistics 18; Lehmann (2006), "Nonparametrics", chapter 1.
 */
export const mannWhitney = (first: readonly number[], second: readonly number[]): RankTest => {
  requireSamples(first, 1, 'the first group');
  requireSamples(second, 1, 'the second group');
  const { ranks, tieSizes } = midranks([...first, ...second]);
  const rankSum = ranks.subarray(0, first.length).reduce((sum, rank) => sum + rank, 0);
  const statistic = rankSum - (first.length * (first.length + 1)) / 2;
  const all = ranks.length;
  if (all <= mostExact) {
    const doubled = ranks.map((rank) => 2 * rank);
    return { statistic, p: twoSided(groupSums(doubled, first.length), Math.round(2 * rankSum)), method: 'exact' };
  }
  const product = first.length * second.length;
  const variance = (product / 12) * (all + 1 - tieTerm(tieSizes) / (all * (all - 1)));
  return { statistic, p: normalTwoSided(statistic - product / 2, variance), method: 'normal' };
};

/** The two-sided p-value of a rank statistic that is `distance` from its mean, by the normal approximation with continuity. */
export const normalTwoSided = (distance: number, variance: number): number =>
  variance <= 0 ? 1 : Math.min(1, 2 * normalCdf(-Math.max(0, Math.abs(distance) - 0.5) / Math.sqrt(variance)));
