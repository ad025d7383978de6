/** Pairs of trials in random order, until the verdict is clear or the budget is spent. */
import { type Comparison, compareAtLook, isSettled, lookAfter } from '../../measure/statistics/compare-runs.ts';
import { type RandomUnit, randomUnits } from '../../measure/statistics/random.ts';
import type { Design } from '../../measure/statistics/sequential.ts';
import type {
  RegressionDesign,
  RegressionMetricName,
  RegressionTrial,
  SideName,
} from '../../results/regression-result.ts';
import { TestFailure } from '../failure.ts';
import type { ControlTrial } from './control-work.ts';
import { designWith, leastPairs, looksFor, timeText } from './design.ts';
import type { TrialOutcome } from './trial-runner.ts';

/** How strictly, and for how long. */
export type Effort = {
  readonly alpha: number;
  readonly seed: number;
  /** Trials of each side at most. */
  readonly mostPairs: number;
  readonly budgetSeconds: number;
};

/** What a comparison is told and given: processes, clocks and people are its caller's. */
export type Surroundings = {
  /** Runs so many trials of a side; null when it was interrupted. Rejects with a TestFailure when the side fails. */
  run(side: SideName, count: number): Promise<readonly TrialOutcome[] | null>;
  /** Runs the control work: milliseconds. */
  control(): number;
  nowMs(): number;
  /** What is compared, now that each side has run once or is known. Throws a TestFailure for sides that cannot be compared. */
  choose(outcomes: Readonly<Record<SideName, TrialOutcome>>): readonly RegressionMetricName[];
  onProgress(progress: RegressionProgress): void;
  onNotice(line: string): void;
};

/** How far a comparison is. */
export type RegressionProgress = {
  readonly pairsDone: number;
  readonly mostPairs: number;
  readonly secondsLeft: number;
  /** The name of the first metric with its median ratio so far, candidate to baseline; null before the first pair. */
  readonly estimate: { readonly name: string; readonly ratio: number } | null;
};

/** What came of all trials. */
export type Compared = {
  /** Null when a side failed, or it was interrupted. */
  readonly comparison: Comparison | null;
  readonly metrics: readonly RegressionMetricName[];
  readonly trials: readonly RegressionTrial[];
  /** Those that count, in their order. */
  readonly outcomes: Readonly<Record<SideName, readonly TrialOutcome[]>>;
  readonly control: readonly ControlTrial[];
  readonly design: Pick<RegressionDesign, 'lookAt' | 'lookedAt' | 'mostPairs' | 'ended'>;
  /** Which side failed, and why. */
  readonly failure: { readonly side: SideName; readonly reason: string } | null;
};

/** Trials take a little longer than the first pair in some pairs: this much of the budget is planned for. */
const plannedShare = 0.95;

const sideNames: readonly SideName[] = ['baseline', 'candidate'];

/** What is kept while trials run. */
export class Trials {
  readonly kept: RegressionTrial[] = [];
  readonly control: ControlTrial[] = [];
  readonly outcomes: Record<SideName, TrialOutcome[]> = { baseline: [], candidate: [] };

  add(side: SideName, pair: number, { figures, quantilesMs, startedAt, seconds, stealSeconds, limit }: TrialOutcome) {
    const order = this.kept.length + 1;
    const isWarmup = pair === 0;
    this.kept.push({
      ...{ order, side, pair, isWarmup, startedAt, seconds },
      ...{ figures, quantilesMs, stealSeconds, limit },
    });
  }

  addControl(milliseconds: number): void {
    this.control.push({ beforeOrder: this.kept.length + 1, milliseconds });
  }
}

/** A side that failed, or an interruption, ends everything. */
class Ended extends Error {
  override readonly name = 'Ended';
  readonly failure: Compared['failure'];
  constructor(failure: Compared['failure']) {
    super(failure?.reason ?? 'interrupted');
    this.failure = failure;
  }
}

/** Runs trials of a side, and makes one end of all ends. */
export const runOrEnd = async (
  { run }: Pick<Surroundings, 'run'>,
  side: SideName,
  count: number,
): Promise<readonly TrialOutcome[]> => {
  let outcomes: readonly TrialOutcome[] | null;
  try {
    outcomes = await run(side, count);
  } catch (error) {
    if (!(error instanceof TestFailure)) throw error;
    if (!error.isUsage) throw new Ended({ side, reason: error.message });
    if (/^the (sides|baseline|candidate)\b/.test(error.message)) throw error;
    throw new TestFailure(`the ${side} cannot be compared: ${error.message}`, { cause: error, isUsage: true });
  }
  if (outcomes === null) throw new Ended(null);
  return outcomes;
};

/** Makes what came of it when all ended early. Throws anything else again. */
export const endedEarly = (
  error: unknown,
  trials: Trials,
  metrics: readonly RegressionMetricName[],
  design: Omit<Compared['design'], 'ended'>,
): Compared => {
  if (!(error instanceof Ended)) throw error;
  const { kept, control, outcomes } = trials;
  return {
    ...{ comparison: null, metrics, trials: kept, outcomes, control, failure: error.failure },
    design: { ...design, ended: error.failure === null ? 'interrupted' : 'failed' },
  };
};

/** Programs say themselves what they measure: there is no --metrics to name others by. */
const isOwn = (...outcomes: readonly TrialOutcome[]): boolean => outcomes.some(({ metrics }) => metrics !== null);

/** Metrics that a trial of both sides has. Throws a TestFailure for none, and for one that only one side has: that is no "no regression". */
export const measuredOf = (
  metrics: readonly RegressionMetricName[],
  baseline: TrialOutcome,
  candidate: TrialOutcome,
): readonly RegressionMetricName[] => {
  const has = ({ figures }: TrialOutcome, { key }: RegressionMetricName): boolean => typeof figures[key] === 'number';
  const odd = metrics.find((metric) => has(baseline, metric) !== has(candidate, metric));
  if (odd !== undefined)
    throw new TestFailure(
      `the sides cannot be compared: ${odd.name} is missing on the ${has(baseline, odd) ? 'candidate' : 'baseline'}; ${
        isOwn(baseline, candidate)
          ? 'both programs must print the same figures'
          : 'name the metrics that both have, such as --metrics recordsPerSecond'
      }`,
      { isUsage: true },
    );
  const measured = metrics.filter((metric) => has(baseline, metric));
  if (measured.length > 0) return measured;
  throw new TestFailure(
    `nothing can be compared: no side measures ${metrics.map(({ name }) => name).join(', ')}; response times need a rate, and --metrics names others`,
    { isUsage: true },
  );
};

/** What the statistics refuse is wrong input. */
export const refused = <Value>(compare: () => Value): Value => {
  try {
    return compare();
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    throw new TestFailure(`the sides cannot be compared: ${error.message}`, { cause: error, isUsage: true });
  }
};

/** How many pairs fit into the time, or a TestFailure that says what would help. */
const fittingPairs = (effort: Effort, metricCount: number, pairSeconds: number, spentSeconds: number): number => {
  const least = leastPairs(effort.alpha, metricCount);
  const fit = Math.floor((plannedShare * (effort.budgetSeconds - spentSeconds)) / pairSeconds);
  const among = `${metricCount} ${metricCount === 1 ? 'metric' : 'metrics'} at an error rate of ${effort.alpha}`;
  if (effort.mostPairs < least)
    throw new TestFailure(
      `${effort.mostPairs} ${effort.mostPairs === 1 ? 'pair is' : 'pairs are'} too few for ${among}: even pairs that all agree could be chance; allow at least ${least} by --max-pairs, or compare fewer --metrics`,
      { isUsage: true },
    );
  if (fit < least)
    throw new TestFailure(
      `${Math.max(0, fit)} pairs of ${timeText(pairSeconds)} fit into the budget of ${timeText(effort.budgetSeconds)}, and ${least} are needed for ${among}; make trials shorter, or give at least --budget ${Math.ceil((spentSeconds + least * pairSeconds) / plannedShare)}s`,
      { isUsage: true },
    );
  return Math.min(effort.mostPairs, fit);
};

const medianRatio = (
  { key, name }: RegressionMetricName,
  { baseline, candidate }: Trials['outcomes'],
): RegressionProgress['estimate'] => {
  const ratios = baseline
    .flatMap(({ figures }, place) => {
      const [from, to] = [figures[key], candidate[place]?.figures[key]];
      return typeof from === 'number' && typeof to === 'number' ? [to / from] : [];
    })
    .toSorted((one, other) => one - other);
  const ratio = ratios[Math.floor(ratios.length / 2)];
  return ratio === undefined ? null : { name, ratio };
};

const figuresOf = ({ outcomes }: Trials) => ({
  baseline: outcomes.baseline.map(({ figures }) => figures),
  candidate: outcomes.candidate.map(({ figures }) => figures),
  isPaired: true,
});

const runPair = async (trials: Trials, pair: number, random: RandomUnit, around: Surroundings): Promise<void> => {
  trials.addControl(around.control());
  const order = random() < 0.5 ? sideNames : sideNames.toReversed();
  for (const side of order) {
    const [outcome] = await runOrEnd(around, side, 1);
    if (outcome === undefined) throw new Ended({ side, reason: 'it ran no trial' });
    trials.add(side, pair, outcome);
    trials.outcomes[side].push(outcome);
  }
};

/**
 * Runs pairs after a warm-up pair. A number of pairs that the budget allows is planned from the warm-up; should the clock run out before, what is
 * left of the error rate is spent at the last pair that was run, which the clock chose and not the figures.
 * Rejects with a TestFailure for wrong usage when the sides cannot be compared, or not in the time.
 */
export const comparePairs = async (effort: Effort, around: Surroundings): Promise<Compared> => {
  const trials = new Trials();
  const random = randomUnits(effort.seed);
  const began = around.nowMs();
  const elapsed = (): number => (around.nowMs() - began) / 1e3;
  let metrics: readonly RegressionMetricName[] = [];
  let lookAt: readonly number[] = [];
  let mostPairs = effort.mostPairs;
  const lookedAt: number[] = [];
  try {
    await runPair(trials, 0, random, around);
    const { baseline, candidate } = trials.outcomes;
    const [one, other] = [baseline.pop(), candidate.pop()];
    if (one === undefined || other === undefined) throw new Ended(null);
    metrics = around.choose({ baseline: one, candidate: other });
    const measured = measuredOf(metrics, one, other);
    mostPairs = fittingPairs(effort, measured.length, elapsed(), elapsed());
    lookAt = looksFor(mostPairs, effort.alpha);
    const design = designWith(lookAt, effort.alpha, measured.length);
    if (design === null) throw new RangeError('a design for as many pairs as are needed was refused');
    around.onNotice(
      `pairs of ${timeText(elapsed())}: at most ${mostPairs} in ${timeText(effort.budgetSeconds)}, with looks after ${lookAt.join(', ')}; of 100 comparisons of equal sides at most ${Number((100 * effort.alpha).toPrecision(3))} will find a change`,
    );
    let comparison: Comparison | null = null;
    let ended: 'settled' | 'pairs' | 'time' = 'pairs';
    for (let pair = 1; pair <= mostPairs; pair++) {
      const pairSeconds = elapsed() / pair;
      if (pair > 1 && elapsed() + pairSeconds > effort.budgetSeconds) {
        ended = 'time';
        break;
      }
      const secondsLeft = Math.min(effort.budgetSeconds - elapsed(), (mostPairs - pair + 1) * pairSeconds);
      const [first] = measured;
      around.onProgress({
        ...{ pairsDone: pair - 1, mostPairs, secondsLeft },
        estimate: first === undefined ? null : medianRatio(first, trials.outcomes),
      });
      await runPair(trials, pair, random, around);
      if (lookAfter(design, pair) === null) continue;
      lookedAt.push(pair);
      comparison = refused(() => compareAtLook(figuresOf(trials), design, { metrics, seed: effort.seed }));
      around.onNotice(lookText(comparison, pair, mostPairs));
      if (isSettled(comparison.metrics.map(({ verdict }) => verdict))) {
        ended = 'settled';
        break;
      }
    }
    const pairs = baseline.length;
    if (ended === 'time') {
      // Also when it was looked at already: then with all that is left of the error rate.
      if (lookedAt.at(-1) !== pairs) lookedAt.push(pairs);
      const last = lastLook(lookedAt, effort, measured.length);
      comparison = refused(() => compareAtLook(figuresOf(trials), last, { metrics, seed: effort.seed }));
    }
    const { kept, control, outcomes } = trials;
    return {
      ...{ comparison, metrics, trials: kept, outcomes, control, failure: null },
      design: { lookAt, lookedAt, mostPairs, ended },
    };
  } catch (error) {
    return endedEarly(error, trials, metrics, { lookAt, lookedAt, mostPairs });
  }
};

/** A design for when the clock ran out at the last of these numbers. */
const lastLook = (lookAt: readonly number[], effort: Effort, metricCount: number): Design => {
  const design = designWith(lookAt, effort.alpha, metricCount);
  if (design !== null) return design;
  throw new TestFailure(
    `the budget of ${timeText(effort.budgetSeconds)} was spent after ${lookAt.at(-1)} pairs, which are too few to tell a change from chance: ${leastPairs(effort.alpha, metricCount)} are needed; trials took longer than the first ones, give a larger --budget`,
    { isUsage: true },
  );
};

const lookText = ({ metrics }: Comparison, pair: number, mostPairs: number): string =>
  `after ${pair} of at most ${mostPairs} pairs: ${metrics
    .map(({ metric, verdict, ratio }) => {
      const change = 100 * (ratio.estimate - 1);
      return `${metric.name} ${verdict} (${change < 0 ? '−' : '+'}${Math.abs(change).toFixed(1)} %)`;
    })
    .join(', ')}`;
