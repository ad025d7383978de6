/** Whether pairs of trials differ: Wilcoxon's signed-rank test. */
import { normalTwoSided, type RankTest } from './mann-whitney.ts';
import { type NullDistribution, signFlips, twoSided } from './null-distribution.ts';
import { midranks } from './ranks.ts';
import { requireSamples } from './samples.ts';

/** Up to here all ways to share out signs are counted, in milliseconds. */
const mostExact = 100;
const distributions = new Map<number, NullDistribution>();

/**
 * Tests whether differences lie to one side of zero. Differences of zero are ranked with the others and then left out (Pratt, 1959), so that
 * pairs without a difference speak for there being none. Exact over all signs of the midranks up to 100 pairs, also with ties and
 * zeros; beyond that by the normal approximation with the midranks' own variance and continuity.
 *
 * When the order within each pair was drawn at random, and nothing differs, each sign is a fair coin: the p-value then holds whatever the noise is.
 *
 * Sources: Wilcoxon (1945), Biometrics Bulletin 1; Pratt (1959), Journal of the American Statistical Association 54.
 */
export const signedRank = (differences: readonly number[]): RankTest => {
  requireSamples(differences, 1, 'differences of pairs');
  const { ranks } = midranks(differences.map(Math.abs));
  const counted = Array.from(ranks).filter((_, place) => differences[place] !== 0);
  const statistic = ranks.reduce((sum, rank, place) => sum + ((differences[place] ?? 0) > 0 ? rank : 0), 0);
  if (differences.length <= mostExact) {
    const isPlain = new Set(counted).size === differences.length;
    const doubled = counted.map((rank) => 2 * rank);
    const distribution = isPlain ? plainSignFlips(differences.length) : signFlips(doubled);
    return { statistic, p: twoSided(distribution, isPlain ? statistic : Math.round(2 * statistic)), method: 'exact' };
  }
  const mean = counted.reduce((sum, rank) => sum + rank, 0) / 2;
  const variance = counted.reduce((sum, rank) => sum + rank * rank, 0) / 4;
  return { statistic, p: normalTwoSided(statistic - mean, variance), method: 'normal' };
};

/** What the sum of positive ranks is worth for `count` pairs without ties and zeros; in plain ranks, kept for the next time. */
export const plainSignFlips = (count: number): NullDistribution => {
  const known = distributions.get(count);
  if (known !== undefined) return known;
  const made = signFlips(Array.from({ length: count }, (_, place) => place + 1));
  if (count <= mostExact) distributions.set(count, made);
  return made;
};

/** The smallest two-sided p-value that `count` pairs can have, when all differences have one sign: 2 / 2^count. */
export const smallestSignedRankP = (count: number): number => 2 ** (1 - count);
