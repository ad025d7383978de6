/** From the trials of a run to its steps, thresholds and best point. */
import { countVerdicts, overlaps, summariseTrials } from '../../results/step-figures.ts';
import type { WorkloadBest, WorkloadStep, WorkloadThreshold, WorkloadTrial } from '../../results/workload-run.ts';
import type { Point } from '../../workload/sweep.ts';
import {
  type BestRule,
  evaluateThresholds,
  type Figures,
  figureNames,
  type Threshold,
} from '../../workload/thresholds.ts';

/** A step before its trials. */
export type UnjudgedStep = { readonly index: number; readonly point: Point; readonly argv: readonly string[] };

/** What a run is judged by. */
export type Rules = {
  readonly thresholds: readonly Threshold[];
  /** Null takes the highest records a second, or with response times the lowest 99th percentile of them. */
  readonly best: BestRule | null;
};

/** What became of a run. */
export type Judgement = {
  readonly steps: readonly WorkloadStep[];
  readonly thresholds: readonly WorkloadThreshold[];
  readonly best: WorkloadBest | null;
};

const words: Readonly<Record<string, string>> = {
  recordsPerSecond: 'records/s',
  mebibytesPerSecond: 'MiB/s',
};

const mediansOf = ({ figures, trialsDone }: WorkloadStep): Figures | null =>
  trialsDone === 0 ? null : Object.fromEntries(Object.entries(figures).map(([name, { median }]) => [name, median]));

const ruleFor = (steps: readonly WorkloadStep[], given: BestRule | null): BestRule => {
  if (given !== null) return given;
  const responses = ['responseTimeMs.p99', 'endToEndResponseTimeMs.p99', 'endToEndServiceTimeMs.p99'];
  const figure = responses.find((name) => steps.every(({ figures }) => figures[name] !== undefined));
  // Where rates are given, most steps reach them: what differs is how long records took.
  return figure === undefined ? { direction: 'highest', figure: 'recordsPerSecond' } : { direction: 'lowest', figure };
};

const bestOf = (
  steps: readonly WorkloadStep[],
  thresholds: readonly WorkloadThreshold[],
  given: BestRule | null,
): WorkloadBest | null => {
  const failing = new Set(thresholds.filter(({ isMet }) => !isMet).map(({ step }) => step));
  const candidates = steps.filter(
    ({ index, trialsDone, trialsFailed }) => trialsDone > 0 && trialsFailed === 0 && !failing.has(index),
  );
  const { direction, figure } = ruleFor(candidates, given);
  const sign = direction === 'highest' ? -1 : 1;
  const sorted = candidates
    .filter(({ figures }) => figures[figure] !== undefined)
    .toSorted((one, other) => sign * ((one.figures[figure]?.median ?? 0) - (other.figures[figure]?.median ?? 0)));
  const [best, ...others] = sorted;
  const range = best?.figures[figure];
  if (best === undefined || range === undefined) return null;
  const notTold = others.flatMap(({ index, figures }) => {
    const other = figures[figure];
    return other !== undefined && overlaps(range, other) ? [index] : [];
  });
  const among = thresholds.length === 0 ? 'without a failed trial' : 'that met all thresholds, without a failed trial';
  const rule = `${direction} median ${words[figure] ?? figure} of the steps ${among}`;
  return { step: best.index, rule, notTold };
};

/** Judges a run by the trials that it has so far. */
export const judgeRun = (
  planned: readonly UnjudgedStep[],
  trials: readonly WorkloadTrial[],
  { thresholds, best }: Rules,
): Judgement => {
  const counting = trials.filter(({ isRepeated }) => !isRepeated);
  const byStep = new Map<number, WorkloadTrial[]>();
  for (const trial of counting) {
    const own = byStep.get(trial.step);
    if (own === undefined) byStep.set(trial.step, [trial]);
    else own.push(trial);
  }
  const steps = planned.map(({ index, point, argv }) => {
    const own = byStep.get(index) ?? [];
    const trialsFailed = own.filter(({ failure }) => failure !== null).length;
    return {
      index,
      point,
      argv,
      trialsDone: own.length - trialsFailed,
      trialsFailed,
      figures: summariseTrials(own, figureNames),
      verdicts: countVerdicts(own),
    };
  });
  const evaluated = evaluateThresholds(thresholds, steps.map(mediansOf));
  return { steps, thresholds: evaluated, best: bestOf(steps, evaluated, best) };
};
