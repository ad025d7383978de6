/**
 * What a rank statistic's values are worth when nothing differs: exact distributions, counted with the shift algorithm (Streitberg and Röhmel,
 * 1986, "Exact distributions for permutation and rank tests", Statistical Software Newsletter 12). Ranks come doubled, so that midranks are whole
 * numbers too and ties need no approximation.
 */

/** `shares[v]` is the probability of the statistic being `v` (in doubled ranks, if it was made of such). */
export type NullDistribution = { readonly shares: Float64Array };

/** Of the sum of those ranks that get a plus, each with probability one half (signed-rank test). */
export const signFlips = (doubledRanks: ArrayLike<number>): NullDistribution => {
  const shares = new Float64Array(sumOf(doubledRanks) + 1);
  shares[0] = 1;
  let highest = 0;
  for (let place = 0; place < doubledRanks.length; place++) {
    const rank = doubledRanks[place] ?? 0;
    highest += rank;
    for (let sum = highest; sum >= 0; sum--)
      shares[sum] = ((shares[sum] ?? 0) + (sum >= rank ? (shares[sum - rank] ?? 0) : 0)) / 2;
  }
  return { shares };
};

/** Of the sum of ranks in a group of `size`, when every group of that size is equally likely (rank-sum test). */
export const groupSums = (doubledRanks: ArrayLike<number>, size: number): NullDistribution => {
  const length = sumOf(doubledRanks) + 1;
  const counts = Array.from({ length: size + 1 }, () => new Float64Array(length));
  const none = counts[0];
  if (none !== undefined) none[0] = 1;
  for (let place = 0; place < doubledRanks.length; place++) {
    const rank = doubledRanks[place] ?? 0;
    for (let members = Math.min(size, place + 1); members > 0; members--) {
      const to = counts[members] ?? new Float64Array();
      const from = counts[members - 1] ?? new Float64Array();
      for (let sum = rank; sum < length; sum++) to[sum] = (to[sum] ?? 0) + (from[sum - rank] ?? 0);
    }
  }
  const wanted = counts[size] ?? new Float64Array();
  const all = wanted.reduce((total, count) => total + count, 0);
  return { shares: wanted.map((count) => count / all) };
};

/** The probability of a value of at most `value`. */
export const atMost = ({ shares }: NullDistribution, value: number): number => {
  let sum = 0;
  for (let place = 0; place <= value && place < shares.length; place++) sum += shares[place] ?? 0;
  return Math.min(1, sum);
};

/** The probability of a value of at least `value`. */
export const atLeast = ({ shares }: NullDistribution, value: number): number => {
  let sum = 0;
  // From the end: small probabilities are added up before large ones.
  for (let place = shares.length - 1; place >= value && place >= 0; place--) sum += shares[place] ?? 0;
  return Math.min(1, sum);
};

/** Twice the smaller tail: the two-sided p-value of `value`. */
export const twoSided = (distribution: NullDistribution, value: number): number =>
  Math.min(1, 2 * Math.min(atMost(distribution, value), atLeast(distribution, value)));

/** The largest value whose lower tail is at most `share`; -1 when even the smallest value is likelier than that. */
export const lowerCritical = ({ shares }: NullDistribution, share: number): number => {
  let sum = 0;
  // A tail that is the share itself must count as such, whatever was rounded.
  const limit = share * (1 + 1e-9);
  for (let value = 0; value < shares.length; value++) {
    sum += shares[value] ?? 0;
    if (sum > limit) return value - 1;
  }
  return shares.length - 1;
};

const sumOf = (values: ArrayLike<number>): number => Array.from(values).reduce((sum, value) => sum + value, 0);
