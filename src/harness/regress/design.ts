/** When to look, and how many trials can be run in the time there is. */
import { leastTrials } from '../../measure/statistics/compare-runs.ts';
import { type Design, defaultLooks, planDesign } from '../../measure/statistics/sequential.ts';
import { smallestSignedRankP } from '../../measure/statistics/signed-rank.ts';

/** The most pairs unless told otherwise. */
export const defaultMostPairs = defaultLooks.lookAt.at(-1) ?? 30;

/** Where looks lie, as shares of the most pairs: those that the default design has. */
const shares = defaultLooks.lookAt.map((pairs) => pairs / defaultMostPairs);

/** A design whose looks are these; null when the last one has too few pairs to tell anything from chance. */
export const designWith = (lookAt: readonly number[], alpha: number, metricCount: number): Design | null => {
  try {
    return planDesign({ alpha, lookAt, spending: defaultLooks.spending, metricCount });
  } catch (error) {
    // All else that it refuses cannot be asked for from here.
    if (error instanceof RangeError) return null;
    throw error;
  }
};

/**
 * Numbers of pairs to look at when there are `mostPairs` at most. Of few pairs an early look could tell nothing, however clear they are: it is left
 * out, and the others have its share of the error rate.
 */
export const looksFor = (mostPairs: number, alpha: number): readonly number[] => {
  let looks = [...new Set(shares.map((share) => Math.max(1, Math.ceil(share * mostPairs))))];
  for (;;) {
    const planned = designWith(looks, alpha, 1);
    const vain =
      planned === null ? -1 : looks.findIndex((pairs, look) => smallestSignedRankP(pairs) > planned.level(look, 1));
    if (vain < 0 || looks.length === 1) return looks;
    looks = looks.toSpliced(vain, 1);
  }
};

/** The fewest pairs whose last look can tell a change from chance. */
export const leastPairs = (alpha: number, metricCount: number): number => {
  let pairs = leastTrials(alpha / metricCount, true);
  while (designWith(looksFor(pairs, alpha), alpha, metricCount) === null) pairs++;
  return pairs;
};

/** Names the methods, for whoever reads a verdict. */
export const methodText = (isPaired: boolean): string =>
  isPaired
    ? "Wilcoxon's signed-rank test on pairs in random order; group-sequential looks by alpha spending (Lan and DeMets, 1983, O'Brien and Fleming's type); Holm's correction for several metrics; Hodges and Lehmann's shift with repeated confidence intervals (Jennison and Turnbull, 1989)"
    : "Mann and Whitney's test on trials that are no pairs, once; Holm's correction for several metrics; Hodges and Lehmann's shift with its interval";

/** A time as a person says it. */
export const timeText = (seconds: number): string =>
  seconds < 90 ? `${Math.max(1, Math.round(seconds))} s` : `${(seconds / 60).toFixed(1).replace(/\.0$/, '')} min`;
