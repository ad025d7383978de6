/** The page of a run of a workload: the best step, the trade-off, the figures over the axes, latencies, time, and all steps. */
import type { StoredRun } from '../../results/store.ts';
import type { FigureRange, WorkloadRun } from '../../results/workload-run.ts';
import { figuresOf, verdictWords } from '../figures.ts';
import { mergedWorkload, type NamedWorkload } from '../merged-workloads.ts';
import { amountCell, latencyCell } from '../numbers.ts';
import { count } from '../text.ts';
import {
  decidingColumns,
  type StepFigures,
  type SweepAxis,
  stepFigures,
  sweepAxes,
  tailNameOf,
  timeWords,
  workloadRun,
} from '../workload-figures.ts';
import { bandsOf, type Chart, type NamedFigures, tailOverlay, throughputOverlay } from './chart.ts';
import { factSection } from './facts.ts';
import type { Kind } from './kinds.ts';
import { type Content, type Html, html, table } from './markup.ts';
import { card, figure, type Part } from './run-sections.ts';
import { frontierOf, stepPercentiles, tradeOffOf } from './sweep-charts.ts';
import { sweepPart } from './sweep-maps.ts';

/** More lines than this in one chart cannot be told apart. */
const mostLines = 8;
/** Names of more steps than this are not read. */
const mostNames = 8;

const nothing: Part = { html: [], charts: [] };

const rangeCell = (range: FigureRange | null | undefined, text: (value: number) => string): Html => {
  if (range === null || range === undefined) return html`–`;
  const { median, least, most } = range;
  const isOne = text(least) === text(most);
  return html`${text(median)}${isOne ? null : html`<small class="range">${text(least)} – ${text(most)}</small>`}`;
};

const times = (value: number, what: string): string => `${count(value)} ${what}${value === 1 ? '' : 's'}`;

const problemsOf = (run: WorkloadRun, steps: readonly StepFigures[]): readonly string[] => {
  const failed = steps.reduce((sum, { step }) => sum + step.trialsFailed, 0);
  return [
    ...(run.failure === null ? [] : [run.failure]),
    ...(run.isInterrupted ? ['interrupted'] : []),
    ...(failed === 0 ? [] : [`${times(failed, 'trial')} failed: see the table of trials`]),
    ...run.thresholds
      .filter(({ isMet }) => !isMet)
      .map(({ threshold, step }) => `${threshold} is not met by ${steps[step]?.label ?? step}`),
  ];
};

const isVerdict = (kind: string): kind is keyof typeof verdictWords => Object.hasOwn(verdictWords, kind);

/** What limited the trials, all steps together. */
const limitSection = (steps: readonly StepFigures[]): Html | null => {
  const totals = new Map<string, number>();
  for (const { step } of steps)
    for (const [kind, value] of Object.entries(step.verdicts)) totals.set(kind, (totals.get(kind) ?? 0) + value);
  if (totals.size === 0) return null;
  const parts = [...totals]
    .toSorted(([, a], [, b]) => b - a)
    .map(([kind, value]) => `${isVerdict(kind) ? verdictWords[kind] : kind} in ${times(value, 'trial')}`);
  const isTarget = [...totals.keys()].every((kind) => kind === 'target-limited' || kind === 'pace-held');
  const note = isTarget
    ? 'So the figures are the target’s.'
    : 'Where the limit was not the target, a figure says less of the target than of what limited it.';
  return html`<section class="verdict ${isTarget ? 'good' : 'warn'}" aria-label="Limits"><h2>What was the limit</h2><p>${parts.join('; ')}. ${note}</p></section>`;
};

const bestCards = (run: WorkloadRun, { step, rate, tailMs }: StepFigures): Html => {
  const time = tailNameOf(run)?.replace(/\.p99$/, '') ?? '';
  const latency = (label: string, field: string): Html | null => {
    const range = step.figures[`${time}.${field}`];
    return range === undefined ? null : card(label, latencyCell(range.median), 'ms');
  };
  const cards = [
    rate === null ? null : card('throughput', count(rate.median), 'records/s'),
    step.figures.mebibytesPerSecond === undefined
      ? null
      : card('values', amountCell(step.figures.mebibytesPerSecond.median), 'MiB/s'),
    latency('half within', 'p50'),
    tailMs === null ? null : card('99 % within', latencyCell(tailMs.median), 'ms'),
    latency('99.9 % within', 'p999'),
    latency('longest', 'max'),
    card('trials', count(step.trialsDone), 'of this step'),
  ];
  return html`<ul class="cards" aria-label="Figures of the best step">${cards.filter((each) => each !== null)}</ul>`;
};

const bestSection = (run: WorkloadRun, steps: readonly StepFigures[], best: StepFigures | null): Html => {
  if (best === null)
    return html`<section class="verdict warn"><h2>No best point</h2><p>No step did all it was asked and met the thresholds.</p></section>`;
  const also = steps.filter(({ step }) => run.best?.notTold.includes(step.index)).map(({ label }) => label);
  const more = also.length > mostNames ? ` and ${also.length - mostNames} more` : '';
  const isOne = steps.length === 1;
  return html`<section class="verdict good"><h2>${isOne ? 'Done' : `Best: ${best.label}`}</h2>
<p>${`${isOne ? '' : `By the ${run.best?.rule ?? 'rule'}. `}The figures are medians over ${times(best.step.trialsDone, 'trial')}.`}</p>
${also.length === 0 ? null : html`<p>${`Not told apart from it by these trials: ${also.slice(0, mostNames).join('; ')}${more}. Their ranges overlap with its own: more trials may tell.`}</p>`}</section>
${bestCards(run, best)}`;
};

/** @param best the best step, or what stands there for several runs; null for none */
const headline = (
  run: WorkloadRun,
  steps: readonly StepFigures[],
  best: StepFigures | Html | null,
): readonly Html[] => {
  const problems = problemsOf(run, steps);
  return [
    ...(problems.length === 0
      ? []
      : [
          html`<section class="verdict bad" aria-label="Problems"><h2>Not everything went well</h2>${problems.map((line) => html`<p>${line}</p>`)}</section>`,
        ]),
    best !== null && 'html' in best ? best : bestSection(run, steps, best),
    ...[limitSection(steps)].filter((part) => part !== null),
  ];
};

const tradeOffPart = (
  steps: readonly StepFigures[],
  axes: readonly SweepAxis[],
  best: StepFigures | undefined,
): Part => {
  const chart = tradeOffOf(steps, axes, best?.step.index);
  if (chart === null) return nothing;
  const hasGroups = chart.series.length > 2;
  const [first, ...rest] = axes;
  const words = hasGroups
    ? `colours are ${first?.short}, and beside each point stands ${rest.map(({ short }) => short).join(' · ')}`
    : `beside each point stands ${axes.map(({ short }) => short).join(' · ')}`;
  return {
    charts: [chart],
    html: [
      html`<section aria-labelledby="curve"><h2 id="curve">Throughput against the tail</h2><p>${`A point is a step: further right is more, further down is quicker; ${words}. Thin bars go from the least to the most of the trials, the ring is the best step, and the dashed line joins the steps that none beats in both.`}</p>${figure(chart, 'Throughput against the 99th percentile.', 'the table of all steps holds')}</section>`,
    ],
  };
};

/** All steps; of many, the best one and those that no other one beats. */
const chosen = (steps: readonly StepFigures[], best: StepFigures | undefined): readonly StepFigures[] => {
  if (steps.length <= mostLines) return steps;
  const order = [...(best === undefined ? [] : [best]), ...frontierOf(steps)];
  const kept = new Set([...new Set(order)].slice(0, mostLines));
  return steps.filter((step) => kept.has(step));
};

const percentilePart = (run: WorkloadRun, steps: readonly StepFigures[], best: StepFigures | undefined): Part => {
  const time = tailNameOf(run)?.replace(/\.p99$/, '');
  const shown = chosen(steps, best);
  const chart = time === undefined ? null : stepPercentiles(run, time, shown);
  if (chart === null || time === undefined) return nothing;
  const which =
    shown.length < steps.length ? ` Of ${steps.length} steps: the best one, and those on the dashed line above.` : '';
  return {
    charts: [chart],
    html: [
      html`<section aria-labelledby="latency"><h2 id="latency">Latency by percentile</h2><p>${`The ${timeWords[time] ?? time}: medians over the trials of each step, joined by straight lines. Both axes are logarithmic.${which}`}</p>${figure(chart, 'Latency by percentile of steps.', 'the table of all steps holds')}</section>`,
    ],
  };
};

/** Fewer intervals than this are no course of events. */
const leastWindows = 3;

const timePart = (run: WorkloadRun, best: StepFigures | undefined): Part => {
  const trials: readonly NamedFigures[] = run.trials.flatMap(({ step, trial, failure, result }) =>
    result === null || failure !== null || step !== best?.step.index
      ? []
      : [{ label: `trial ${trial}`, figures: figuresOf(result) }],
  );
  const shown = trials.filter(({ figures }) => figures.windows.length >= leastWindows).slice(0, mostLines);
  if (shown.length === 0) return nothing;
  const bands = shown.flatMap(({ figures }) => bandsOf(figures.windows));
  const rate: Chart = { ...throughputOverlay('throughput', shown), bands };
  const tail: Chart | null = shown.some(({ figures }) => figures.latencies.length > 0)
    ? { ...tailOverlay('latencies', shown), bands }
    : null;
  const stalls =
    bands.length === 0
      ? 'No interval fell under half of its trial’s median rate.'
      : `${times(bands.length, 'interval')} fell under half of the trial’s median rate, and ${bands.length === 1 ? 'is' : 'are'} shaded.`;
  return {
    charts: [rate, ...(tail === null ? [] : [tail])],
    html: [
      html`<section aria-labelledby="time"><h2 id="time">Over time</h2><p>${`The trials of the best step, each from its start. ${stalls}`}</p>
<h3>Throughput</h3>${figure(rate, 'Throughput over time of the trials of the best step.', 'run.json below holds')}
${tail === null ? null : html`<h3>99th percentile</h3>${figure(tail, '99th percentile over time of the trials of the best step.', 'run.json below holds')}`}</section>`,
    ],
  };
};

const verdictText = ({ step }: StepFigures): string =>
  Object.entries(step.verdicts)
    .map(([kind, value], _, all) => (all.length === 1 ? kind : `${kind} × ${value}`))
    .join(', ');

const stepTable = (run: WorkloadRun, steps: readonly StepFigures[], axes: readonly SweepAxis[]): Html => {
  const time = tailNameOf(run)?.replace(/\.p99$/, '');
  const latency = ({ step }: StepFigures, field: string): Html =>
    rangeCell(step.figures[`${time}.${field}`], latencyCell);
  const about = time === undefined ? '' : ` Latencies are of the ${timeWords[time] ?? time}.`;
  const deciding = decidingColumns(
    run,
    ['p50', 'p99', 'p999'].map((field) => `${time}.${field}`),
  );
  return html`<section aria-labelledby="steps" class="long steps"><h2 id="steps">All steps</h2>
<p>${`Medians over the trials of each step; below them the least and the most.${about}`}</p>
${table(
  'All steps',
  [
    'step',
    ...axes.map(({ short }) => short),
    'records/s',
    'MiB/s',
    '50 % ms',
    '99 % ms',
    '99.9 % ms',
    ...deciding.map(({ title }) => title),
    'trials',
    'limit',
  ],
  steps.map((each): readonly Content[] => [
    each.step.index === run.best?.step && steps.length > 1
      ? html`<b>${each.step.index + 1} best</b>`
      : each.step.index + 1,
    ...axes.map(({ name }) => String(each.step.point[name] ?? '–')),
    rangeCell(each.rate, count),
    rangeCell(each.step.figures.mebibytesPerSecond, amountCell),
    latency(each, 'p50'),
    latency(each, 'p99'),
    latency(each, 'p999'),
    ...deciding.map((column) =>
      column.cell(each.step, (range, text) =>
        range === undefined ? '–' : `${text(range.median)} (${text(range.least)} – ${text(range.most)})`,
      ),
    ),
    each.step.trialsFailed === 0 ? each.step.trialsDone : `${each.step.trialsDone}, ${each.step.trialsFailed} failed`,
    verdictText(each),
  ]),
)}</section>`;
};

const trialTable = (run: WorkloadRun, steps: readonly StepFigures[]): Html => {
  const rows = run.trials.map(({ step, trial, attempt, failure, result }): readonly Content[] => {
    const figures = result === null ? null : figuresOf(result);
    const summary = figures?.latencies[0]?.summary;
    return [
      `${step + 1} ${steps[step]?.label ?? ''}`,
      attempt === 1 ? trial : `${trial}, attempt ${attempt}`,
      result === null ? '–' : count(result.recordsPerSecond),
      latencyCell(summary?.p50),
      latencyCell(summary?.p99),
      latencyCell(summary?.max),
      failure ?? figures?.verdict?.kind ?? '',
    ];
  });
  return html`<section aria-labelledby="trials"><h2 id="trials">Trials</h2><p>${`${times(run.trials.length, 'trial')} in ${run.elapsedSeconds.toFixed(0)} s, in the order in which they ran.`}</p>
<details><summary>All trials</summary>${table('All trials', ['step', 'trial', 'records/s', '50 % ms', '99 % ms', 'max ms', 'limit or failure'], rows)}</details></section>`;
};

/** The best step of each of several runs. */
const bests = (runs: readonly NamedWorkload[]): Html =>
  html`<section class="verdict good"><h2>The best step of each run</h2>${runs.map(({ name, run }) => {
    const best = stepFigures(run).find(({ step }) => step.index === run.best?.step);
    const rate = best?.rate ? `, ${count(best.rate.median)} records/s` : '';
    const tail = best?.tailMs ? `, 99 % within ${latencyCell(best.tailMs.median)} ms` : '';
    return html`<p>${best === undefined ? `${name}: none` : `${name}: ${best.label}${rate}${tail}, by the ${run.best?.rule ?? 'rule'}`}</p>`;
  })}<p>Steps of different runs were measured at different times: a difference may be the machine’s.</p></section>`;

/** Several runs of workloads beside each other. */
const workloadsPart = (runs: readonly [NamedWorkload, ...NamedWorkload[]]): Part => partOf(mergedWorkload(runs), runs);

/** All of a workload's run but its files. */
export const workloadPart = (run: WorkloadRun): Part => partOf(run, null);

const partOf = (run: WorkloadRun, several: readonly NamedWorkload[] | null): Part => {
  const steps = stepFigures(run);
  const axes = sweepAxes(run);
  const best = steps.find(({ step }) => step.index === run.best?.step);
  const parts = [
    tradeOffPart(steps, axes, best),
    // Runs over different axes have no map in common.
    steps.every(({ step }) => axes.every(({ name }) => Object.hasOwn(step.point, name)))
      ? sweepPart(steps, axes, best?.step.index)
      : nothing,
    percentilePart(run, steps, best),
    timePart(run, best),
  ];
  return {
    charts: parts.flatMap((part) => part.charts),
    html: [
      ...headline(run, steps, several === null ? (best ?? null) : bests(several)),
      ...parts.flatMap((part) => part.html),
      stepTable(run, steps, axes),
      trialTable(run, steps),
      factSection('environment', 'Environment', run.environment),
      factSection('configuration', 'Workload', run.plan),
    ],
  };
};

const named = ({ name, run }: StoredRun): readonly NamedWorkload[] => {
  const found = workloadRun(run);
  return found === null ? [] : [{ name, run: found }];
};

/** Records of run. */
export const workloadKind: Kind = {
  title: ({ run }) => `Workload ${workloadRun(run)?.workload ?? ''}`.trim(),
  part: (stored) => {
    const [only] = named(stored);
    return only === undefined ? null : workloadPart(only.run);
  },
  several: (runs) => {
    const [first, ...more] = runs.flatMap(named);
    return first === undefined || more.length + 1 < runs.length ? null : workloadsPart([first, ...more]);
  },
};
