/** A run of a workload as a summary: for a terminal, and as Markdown. */
import type { FigureRange, WorkloadRun } from '../results/workload-run.ts';
import { columnsText, factLines } from './columns.ts';
import { plain, table } from './markdown-table.ts';
import { latencyCell } from './numbers.ts';
import { count } from './text.ts';
import {
  decidingColumns,
  type StepFigures,
  stepFigures,
  sweepAxes,
  tailNameOf,
  timeWords,
} from './workload-figures.ts';

const bestOf = (run: WorkloadRun, steps: readonly StepFigures[]): StepFigures | undefined =>
  steps.find(({ step }) => step.index === run.best?.step);

/** Steps with their figures, the latest trials' failures, and the best one. */
export const workloadLines = (run: WorkloadRun): readonly string[] => {
  const steps = stepFigures(run);
  const best = bestOf(run, steps);
  const deciding = decidingColumns(run, [tailNameOf(run) ?? '']);
  const rows: (readonly [string, string])[] = [
    ['workload', run.workload],
    ['started', run.startedAt],
    ['trials', `${run.trials.length} in ${run.elapsedSeconds.toFixed(1)} s`],
    ['best', best === undefined ? 'none' : `${best.label} (${run.best?.rule ?? ''})`],
    ...(run.failure === null ? [] : [['problem', run.failure] as const]),
  ];
  const lines = columnsText(
    [
      ['step', 'records/s', 'p99 ms', ...deciding.map(({ title }) => title), 'trials', 'failed'],
      ...steps.map(({ step, label, rate, tailMs }) => [
        label,
        rate === null ? '–' : count(rate.median),
        latencyCell(tailMs?.median),
        ...deciding.map((column) =>
          column.cell(step, (range, text) => (range === undefined ? '–' : text(range.median))),
        ),
        count(step.trialsDone),
        count(step.trialsFailed),
      ]),
    ],
    (column) => column > 0,
  );
  return [...factLines(rows), '', ...lines];
};

const rangeText = (range: FigureRange | null | undefined, text: (value: number) => string): string => {
  if (range === null || range === undefined) return '–';
  const [middle, least, most] = [text(range.median), text(range.least), text(range.most)];
  return least === most ? middle : `${middle} (${least} – ${most})`;
};

/** A section with the best step and a table of all of them. */
export const workloadMarkdown = (run: WorkloadRun, name: string): string => {
  const steps = stepFigures(run);
  const axes = sweepAxes(run);
  const best = bestOf(run, steps);
  const time = tailNameOf(run)?.replace(/\.p99$/, '');
  const also = steps.filter(({ step }) => run.best?.notTold.includes(step.index)).map(({ label }) => label);
  const missed = run.thresholds.filter(({ isMet }) => !isMet);
  const deciding = decidingColumns(
    run,
    ['p50', 'p99', 'p999'].map((field) => `${time}.${field}`),
  );
  const head = [
    'step',
    ...axes.map(({ short }) => plain(short)),
    'records/s',
    'p50 ms',
    'p99 ms',
    'p99.9 ms',
    ...deciding.map(({ title }) => plain(title)),
    'trials',
  ];
  const rows = steps.map(({ step, rate }) => [
    step.index === best?.step.index ? `**${step.index + 1}**` : String(step.index + 1),
    ...axes.map((axis) => plain(String(step.point[axis.name] ?? '–'))),
    rangeText(rate, count),
    ...['p50', 'p99', 'p999'].map((field) => rangeText(step.figures[`${time}.${field}`], latencyCell)),
    ...deciding.map((column) => column.cell(step, rangeText)),
    step.trialsFailed === 0 ? String(step.trialsDone) : `${step.trialsDone}, ${step.trialsFailed} failed`,
  ]);
  const about = time === undefined ? '' : ` Latencies are of the ${timeWords[time] ?? time}.`;
  return [
    `## ${plain(name)}`,
    '',
    `Workload ${plain(run.workload)}: ${run.trials.length} trials in ${run.elapsedSeconds.toFixed(0)} s.`,
    '',
    best === undefined
      ? '**Best**: none, since no step did all it was asked and met every threshold.'
      : `**Best**: ${plain(best.label || 'the only step')}, by the ${plain(run.best?.rule ?? '')}.`,
    ...(also.length === 0 ? [] : [`Not told apart from it by these trials: ${plain(also.join('; '))}.`]),
    ...(run.failure === null ? [] : ['', `**Problem**: ${plain(run.failure)}`]),
    ...missed.map(
      ({ threshold, step }) =>
        `\n**Threshold not met**: ${plain(threshold)} by ${plain(steps[step]?.label ?? String(step))}`,
    ),
    '',
    ...table(head, rows),
    '',
    `Medians over trials, and (least – most).${about}`,
    '',
  ].join('\n');
};
