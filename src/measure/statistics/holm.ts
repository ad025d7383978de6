/** Several metrics, one error rate: Holm's correction. */

/**
 * Adjusted p-values, in the order of `ps`: those of at most a level are refused so that the chance of even one false alarm among all metrics stays
 * below that level, however they depend on each other.
 *
 * Source: Holm (1979), "A simple sequentially rejective multiple test procedure", Scandinavian Journal of Statistics 6.
 */
export const holm = (ps: readonly number[]): number[] => {
  for (const p of ps) if (!(p >= 0 && p <= 1)) throw new RangeError(`a p-value lies from 0 to 1; got ${p}`);
  const adjusted = ps.map(() => 1);
  let reached = 0;
  smallestFirst(ps).forEach((place, step) => {
    reached = Math.max(reached, Math.min(1, (ps.length - step) * (ps[place] ?? 1)));
    adjusted[place] = reached;
  });
  return adjusted;
};

/** What became of one metric in Holm's steps. */
export type HolmStep = {
  readonly isRefused: boolean;
  /** How many metrics were still in question when this one was decided: the level is that of one among so many. */
  readonly among: number;
};

/**
 * Holm's steps with a level of its own for each number of metrics still in question: `levelAmong(n)`, which for a single look is the level divided
 * by n, and at a look of a sequential design the look's nominal level for it (Ye, Li, Liu and Yao, 2013, "A group sequential Holm
 * procedure with multiple primary endpoints", Statistics in Medicine 32).
 */
export const holmSteps = (ps: readonly number[], levelAmong: (metricCount: number) => number): HolmStep[] => {
  const steps: HolmStep[] = ps.map(() => ({ isRefused: false, among: ps.length }));
  let among = ps.length;
  let goesOn = true;
  for (const place of smallestFirst(ps)) {
    goesOn = goesOn && (ps[place] ?? 1) <= levelAmong(among);
    steps[place] = { isRefused: goesOn, among };
    if (goesOn) among--;
  }
  return steps;
};

const smallestFirst = (ps: readonly number[]): number[] =>
  ps.map((_, place) => place).sort((one, other) => (ps[one] ?? 1) - (ps[other] ?? 1));
