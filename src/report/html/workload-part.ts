/** The part of a page that shows a run of a workload: the best step, all steps, a heat map over two axes, and the trade-off. */
import type { FigureRange, WorkloadRun } from '../../results/workload-run.ts';
import { amountCell, latencyCell } from '../numbers.ts';
import { count } from '../text.ts';
import { type StepFigures, stepFigures, tailNameOf } from '../workload-figures.ts';
import type { Chart } from './chart.ts';
import { factSection } from './facts.ts';
import { type Html, html, raw, table } from './markup.ts';
import { figure, type Part } from './run-sections.ts';

/** More points than this cannot be named in a legend; the table has all. */
const mostPoints = 64;

const rangeCell = (range: FigureRange | null, text: (value: number) => string): Html => {
  if (range === null) return html`–`;
  const { median, least, most } = range;
  return html`${text(median)}${least === most ? null : html` <small>${text(least)} – ${text(most)}</small>`}`;
};

const headline = (run: WorkloadRun, steps: readonly StepFigures[]): readonly Html[] => {
  const best = steps.find(({ step }) => step.index === run.best?.step);
  const failed = steps.reduce((sum, { step }) => sum + step.trialsFailed, 0);
  const also = steps.filter(({ step }) => run.best?.notTold.includes(step.index)).map(({ label }) => label);
  const problems = [
    ...(run.failure === null ? [] : [run.failure]),
    ...(run.isInterrupted ? ['interrupted'] : []),
    ...(failed === 0 ? [] : [`${failed} trials failed`]),
    ...run.thresholds
      .filter(({ isMet }) => !isMet)
      .map(({ threshold, step }) => `${threshold} is not met by ${steps[step]?.label ?? step}`),
  ];
  return [
    ...(problems.length === 0
      ? []
      : [
          html`<section class="verdict bad" aria-label="Problems"><h2>Not everything went well</h2>${problems.map((line) => html`<p>${line}</p>`)}</section>`,
        ]),
    best === undefined
      ? html`<section class="verdict warn"><h2>No best point</h2><p>No step did all it was asked and met the thresholds.</p></section>`
      : html`<section class="verdict good" aria-label="Best point"><h2>${`Best: ${best.label}`}</h2>
<p>${`${best.rate === null ? '' : `${count(best.rate.median)} records/s`}${best.tailMs === null ? '' : `, 99 % within ${latencyCell(best.tailMs.median)} ms`} (${run.best?.rule ?? ''}, medians of ${best.step.trialsDone} trials)`}</p>
${also.length === 0 ? null : html`<p>${`Not told apart from it by these trials: ${also.join('; ')}`}</p>`}</section>`,
  ];
};

const stepTable = (run: WorkloadRun, steps: readonly StepFigures[]): Html =>
  html`<section aria-labelledby="steps"><h2 id="steps">All steps</h2>
<p>${`Medians over the trials of each step, with the least and the most. 99 % is of ${tailNameOf(run) ?? 'no latency'}.`}</p>
${table(
  'All steps',
  ['step', 'records/s', 'MiB/s', '99 % ms', 'trials', 'failed', 'limit'],
  steps.map(({ step, label, rate, tailMs }) => [
    step.index === run.best?.step ? html`<b>${label}</b>` : label,
    rangeCell(rate, count),
    rangeCell(step.figures.mebibytesPerSecond ?? null, amountCell),
    rangeCell(tailMs, latencyCell),
    step.trialsDone,
    step.trialsFailed,
    Object.entries(step.verdicts)
      .map(([kind, times]) => `${kind} × ${times}`)
      .join(', '),
  ]),
)}</section>`;

const tradeOff = (steps: readonly StepFigures[]): Chart | null => {
  const points = steps
    .flatMap(({ label, rate, tailMs }, colour) =>
      rate === null || tailMs === null
        ? []
        : [{ label, colour, rate: rate.median, ms: Math.max(0.001, tailMs.median) }],
    )
    .slice(0, mostPoints)
    .toSorted((a, b) => a.rate - b.rate);
  if (points.length < 2) return null;
  return {
    kind: 'points',
    id: 'trade-off',
    xLabel: 'records/s',
    yLabel: '99th percentile, ms',
    unit: 'ms',
    isLog: true,
    x: points.map(({ rate }) => rate),
    series: points.map(({ label, colour, ms }, index) => ({
      label,
      colour,
      values: points.map((_, other) => (other === index ? ms : null)),
    })),
    bands: [],
  };
};

/** A cell of a heat map; its colour goes from nothing to full, and its number says the same. */
const heatCell = (value: number | undefined, least: number, most: number, text: (value: number) => string): Html => {
  if (value === undefined) return html``;
  const part = most > least ? (value - least) / (most - least) : 0;
  return html`<span class="heat" style="${raw(`--heat:${(part * 55).toFixed(0)}%`)}">${text(value)}</span>`;
};

const heatMap = (
  title: string,
  steps: readonly StepFigures[],
  [rows, columns]: readonly [string, string],
  of: (step: StepFigures) => number | undefined,
  text: (value: number) => string,
): Html => {
  const values = steps.map(of).filter((value) => value !== undefined);
  const valuesOf = (axis: string): readonly string[] => [...new Set(steps.map(({ step }) => String(step.point[axis])))];
  const at = (row: string, column: string): number | undefined => {
    const found = steps.find(({ step }) => String(step.point[rows]) === row && String(step.point[columns]) === column);
    return found === undefined ? undefined : of(found);
  };
  const [least, most] = [Math.min(...values), Math.max(...values)];
  return html`<h3>${title}</h3><div class="grid">${table(
    `${title}: ${rows} down, ${columns} across`,
    [`${rows} ↓  ${columns} →`, ...valuesOf(columns)],
    valuesOf(rows).map((row) => [
      row,
      ...valuesOf(columns).map((column) => heatCell(at(row, column), least, most, text)),
    ]),
  )}</div>`;
};

const heatMaps = (steps: readonly StepFigures[]): Html | null => {
  const axes = Object.keys(steps[0]?.step.point ?? {}).filter(
    (axis) => new Set(steps.map(({ step }) => String(step.point[axis]))).size > 1,
  );
  const [rows, columns] = axes;
  // With a third axis, a place of the map would stand for several steps.
  if (rows === undefined || columns === undefined || axes.length > 2) return null;
  return html`<section aria-labelledby="map"><h2 id="map">Over the axes</h2><p>The deeper the colour, the higher the figure.</p>
${heatMap('Throughput, records/s', steps, [rows, columns], ({ rate }) => rate?.median, count)}
${steps.some(({ tailMs }) => tailMs !== null) ? heatMap('99th percentile, ms', steps, [rows, columns], ({ tailMs }) => tailMs?.median, latencyCell) : null}</section>`;
};

/** All of a workload's run but its files. */
export const workloadPart = (run: WorkloadRun): Part => {
  const steps = stepFigures(run);
  const chart = tradeOff(steps);
  const trials = run.trials.map(({ step, trial, attempt, failure, result }) => [
    `${steps[step]?.label ?? step}`,
    trial,
    attempt,
    result === null ? '–' : count(result.recordsPerSecond),
    failure ?? '',
  ]);
  return {
    charts: chart === null ? [] : [chart],
    html: [
      ...headline(run, steps),
      ...(chart === null
        ? []
        : [
            html`<section aria-labelledby="curve"><h2 id="curve">Throughput against the tail</h2><p>A point is a step: further right is more, further down is quicker.</p>${figure(chart, 'Throughput against the 99th percentile.')}</section>`,
          ]),
      ...[heatMaps(steps)].filter((part) => part !== null),
      stepTable(run, steps),
      html`<section aria-labelledby="trials"><h2 id="trials">Trials</h2><p>${`${run.trials.length} trials in ${run.elapsedSeconds.toFixed(0)} s, in the order in which they ran.`}</p>
<details><summary>All trials</summary>${table('All trials', ['step', 'trial', 'attempt', 'records/s', 'failure'], trials)}</details></section>`,
      factSection('environment', 'Environment', run.environment),
      factSection('configuration', 'Workload', run.plan),
    ],
  };
};
