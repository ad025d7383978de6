/** A stored baseline against trials that run now, or against another one: trials that are no pairs, tested once. */
import { type Comparison, compareRuns, leastTrials } from '../../measure/statistics/compare-runs.ts';
import type { RegressionMetricName, SideName } from '../../results/regression-result.ts';
import { TestFailure } from '../failure.ts';
import {
  type Compared,
  type Effort,
  endedEarly,
  measuredOf,
  refused,
  runOrEnd,
  type Surroundings,
  Trials,
} from './compare-pairs.ts';
import { timeText } from './design.ts';
import type { TrialOutcome } from './trial-runner.ts';

/** The trials of sides that are stored; null for the one that is run. */
export type StoredTrials = Readonly<Record<SideName, readonly TrialOutcome[] | null>>;

/** Whether trials of the other side share a process, as those of the baseline did. */
export type StoredEffort = Effort & { readonly runsTogether: boolean };

const other: Readonly<Record<SideName, SideName>> = { baseline: 'candidate', candidate: 'baseline' };

/** The fewest trials of a side beside `others` of the other one that can tell a change from chance. */
const leastBeside = (others: number, level: number): number => {
  const balanced = leastTrials(level, false);
  // Each that the other side lacks has to be made up for: the ways to share them out are what counts.
  return others >= balanced ? balanced : Math.ceil((balanced * balanced) / Math.max(1, others));
};

const compare = (trials: Trials, metrics: readonly RegressionMetricName[], { alpha, seed }: Effort): Comparison => {
  const { baseline, candidate } = trials.outcomes;
  const sides = {
    baseline: baseline.map(({ figures }) => figures),
    candidate: candidate.map(({ figures }) => figures),
    isPaired: false,
  };
  return refused(() => compareRuns(sides, { metrics, alpha, seed }));
};

const keepStored = (trials: Trials, stored: StoredTrials): void => {
  for (const side of ['baseline', 'candidate'] as const)
    stored[side]?.forEach((outcome, place) => {
      trials.add(side, place + 1, outcome);
      trials.outcomes[side].push(outcome);
    });
};

const first = (outcomes: readonly TrialOutcome[], side: SideName): TrialOutcome => {
  const [outcome] = outcomes;
  if (outcome === undefined) throw new TestFailure(`the ${side} has no trials`, { isUsage: true });
  return outcome;
};

/**
 * Compares with what is stored. A side that is run gets a warm-up trial, then as many trials as the budget allows, at most `mostPairs`.
 * Rejects with a TestFailure for wrong usage when the sides cannot be compared, or not in the time.
 */
export const compareStored = async (
  stored: StoredTrials,
  effort: StoredEffort,
  around: Surroundings,
): Promise<Compared> => {
  const trials = new Trials();
  const running: SideName | null =
    stored.baseline === null ? 'baseline' : stored.candidate === null ? 'candidate' : null;
  keepStored(trials, stored);
  let metrics: readonly RegressionMetricName[] = [];
  let count = 0;
  let ended: Compared['design']['ended'] = 'stored';
  try {
    if (running === null) {
      const { baseline, candidate } = trials.outcomes;
      const pair = { baseline: first(baseline, 'baseline'), candidate: first(candidate, 'candidate') };
      metrics = around.choose(pair);
      measuredOf(metrics, pair.baseline, pair.candidate);
    } else {
      const began = around.nowMs();
      const elapsed = (): number => (around.nowMs() - began) / 1e3;
      trials.addControl(around.control());
      const warm = first(await runOrEnd(around, running, 1), running);
      trials.add(running, 0, warm);
      const known = first(trials.outcomes[other[running]], other[running]);
      metrics = around.choose(
        running === 'candidate' ? { baseline: known, candidate: warm } : { baseline: warm, candidate: known },
      );
      const least = leastBeside(
        trials.outcomes[other[running]].length,
        effort.alpha /
          (running === 'candidate' ? measuredOf(metrics, known, warm) : measuredOf(metrics, warm, known)).length,
      );
      count = fittingTrials(effort, least, elapsed());
      around.onNotice(`trials of ${timeText(elapsed())}: ${count}, after one to warm up`);
      ended = await runTrials(trials, running, count, { effort, around, elapsed, metrics, least });
    }
    const comparison = compare(trials, metrics, effort);
    const { kept, control, outcomes } = trials;
    return {
      ...{ comparison, metrics, trials: kept, outcomes, control, failure: null },
      design: { lookAt: [count], lookedAt: [running === null ? 0 : outcomes[running].length], mostPairs: count, ended },
    };
  } catch (error) {
    return endedEarly(error, trials, metrics, { lookAt: [count], lookedAt: [], mostPairs: count });
  }
};

const fittingTrials = ({ mostPairs, budgetSeconds }: Effort, least: number, trialSeconds: number): number => {
  const fit = Math.floor((0.95 * (budgetSeconds - trialSeconds)) / trialSeconds);
  if (mostPairs < least)
    throw new TestFailure(
      `${mostPairs} trials are too few to compare with the baseline; allow at least ${least} by --max-pairs, or compare fewer --metrics`,
      { isUsage: true },
    );
  if (fit < least)
    throw new TestFailure(
      `${Math.max(0, fit)} trials of ${timeText(trialSeconds)} fit into the budget of ${timeText(budgetSeconds)}, and ${least} are needed; give at least --budget ${Math.ceil(((least + 1) * trialSeconds) / 0.95)}s`,
      { isUsage: true },
    );
  return Math.min(mostPairs, fit);
};

type Running = {
  readonly effort: StoredEffort;
  readonly around: Surroundings;
  readonly elapsed: () => number;
  readonly metrics: readonly RegressionMetricName[];
  readonly least: number;
};

const runTrials = async (
  trials: Trials,
  side: SideName,
  count: number,
  { effort, around, elapsed, least }: Running,
): Promise<'pairs' | 'time'> => {
  const keep = (outcome: TrialOutcome): void => {
    trials.add(side, trials.outcomes[side].length + 1, outcome);
    trials.outcomes[side].push(outcome);
  };
  if (effort.runsTogether) {
    trials.addControl(around.control());
    around.onNotice(`running ${count} trials in one process, as those of the baseline were`);
    for (const outcome of await runOrEnd(around, side, count)) keep(outcome);
    return 'pairs';
  }
  for (let done = 0; done < count; done++) {
    const each = elapsed() / (done + 1);
    if (done >= least && elapsed() + each > effort.budgetSeconds) return 'time';
    around.onProgress({ pairsDone: done, mostPairs: count, secondsLeft: (count - done) * each, estimate: null });
    trials.addControl(around.control());
    keep(first(await runOrEnd(around, side, 1), side));
  }
  return 'pairs';
};
