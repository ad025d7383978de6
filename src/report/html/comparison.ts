/** The part of a page that compares several runs: a table, overlays, and throughput against latency. */
import type { StoredRun } from '../../results/store.ts';
import type { RunFigures } from '../figures.ts';
import { amountCell, changeText, latencyCell } from '../numbers.ts';
import { count } from '../text.ts';
import { type Chart, percentileChart, tailOverlay, throughputOverlay, tradeOffChart } from './chart.ts';
import { type Content, type Html, html, table } from './markup.ts';
import { distributionOf, figure, type Part } from './run-sections.ts';

/** A run of a comparison. */
export type ComparedRun = {
  readonly label: string;
  readonly stored: StoredRun;
  readonly figures: RunFigures;
  /** Its place among the runs: one colour in all charts. */
  readonly colour: number;
};

/** More lines than this in one chart cannot be told apart. */
const mostLines = 12;

/** A name that says what is different: the settings of the client and the plan that are not the same in all runs. */
export const differences = (runs: readonly RunFigures[]): readonly string[] => {
  // Tests of several kinds have settings of different names.
  const commands = new Set(runs.map(({ run }) => run.command));
  if (commands.size > 1) return runs.map(({ run }, index) => `${index + 1} ${run.command}`);
  const settings = runs.map(({ run }) => run.configuration.client);
  const names = [...new Set(settings.flatMap((each) => Object.keys(each)))].filter(
    (name) => !/(client|transactional|group)\.id$|bootstrap\.servers$/.test(name),
  );
  const differing = names.filter((name) => new Set(settings.map((each) => String(each[name]))).size > 1).slice(0, 4);
  const labels = settings.map((each) =>
    differing.flatMap((name) => (each[name] === undefined ? [] : [`${name}=${each[name]}`])).join(' '),
  );
  const isClear = new Set(labels).size === runs.length && labels.every((label) => label !== '');
  return isClear ? labels : runs.map((_, index) => [`${index + 1}`, labels[index]].join(' ').trim());
};

type Measure = {
  readonly heading: string;
  /** Null and undefined where it was not measured, or another program did not tell. */
  readonly of: (figures: RunFigures) => number | null | undefined;
  readonly text: (value: number) => string;
  readonly isMoreBetter: boolean;
};

const latencyMeasure = (heading: string, field: 'p50' | 'p99' | 'p999' | 'max'): Measure => ({
  heading,
  of: ({ latencies }) => latencies[0]?.summary[field],
  text: latencyCell,
  isMoreBetter: false,
});

const measures: readonly Measure[] = [
  { heading: 'records/s', of: ({ run }) => run.recordsPerSecond, text: count, isMoreBetter: true },
  { heading: 'MiB/s', of: ({ run }) => run.mebibytesPerSecond, text: amountCell, isMoreBetter: true },
  latencyMeasure('50 % ms', 'p50'),
  latencyMeasure('99 % ms', 'p99'),
  latencyMeasure('99.9 % ms', 'p999'),
  latencyMeasure('max ms', 'max'),
];

const bestOf = ({ of, isMoreBetter }: Measure, runs: readonly ComparedRun[]): number | undefined => {
  const values = runs.map(({ figures }) => of(figures)).filter((value) => value !== undefined && value !== null);
  if (values.length < 2) return undefined;
  return isMoreBetter ? Math.max(...values) : Math.min(...values);
};

const comparedCell = (measure: Measure, { figures }: ComparedRun, base: RunFigures, best: number | undefined): Html => {
  const value = measure.of(figures);
  if (value === undefined || value === null) return html`–`;
  const change = figures === base ? '' : changeText(value, measure.of(base) ?? 0);
  const text = value === best ? html`<b>${measure.text(value)}</b>` : html`${measure.text(value)}`;
  return html`${text}${change === '' ? null : html`<small class="range">${change}</small>`}`;
};

const comparisonTable = (runs: readonly ComparedRun[], base: RunFigures): Html => {
  const bests = measures.map((measure) => bestOf(measure, runs));
  return table(
    'Comparison of runs',
    ['run', ...measures.map(({ heading }) => heading), 'failed', 'limit', 'folder'],
    runs.map((each): readonly Content[] => [
      each.label,
      ...measures.map((measure, index) => comparedCell(measure, each, base, bests[index])),
      count(each.figures.failed),
      each.figures.problems.length > 0
        ? (each.figures.problems[0] ?? '')
        : each.figures.verdict === null
          ? '–'
          : each.figures.verdict.kind,
      each.stored.name,
    ]),
  );
};

const section = (id: string, title: string, text: string, chart: Chart): Html =>
  html`<section aria-labelledby="${`${id}-title`}"><h2 id="${`${id}-title`}">${title}</h2><p>${text}</p>${figure(chart, `${title}.`)}</section>`;

const overlays = (runs: readonly ComparedRun[]): Part => {
  const timed = runs.filter(({ figures }) => figures.latencies.length > 0);
  const withWindows = runs.filter(({ figures }) => figures.windows.length > 0);
  const parts: (readonly [title: string, text: string, chart: Chart])[] = [];
  if (timed.length > 0)
    parts.push([
      'Latency by percentile',
      'Of each run, the latency that it is judged by: from when records were due, or without a rate from the send. Both axes are logarithmic.',
      percentileChart(
        'percentiles',
        timed.flatMap(({ figures, stored, label, colour }) =>
          figures.latencies.slice(0, 1).map((main) => ({ ...distributionOf(main, stored, label), colour })),
        ),
      ),
    ]);
  if (timed.length > 1)
    parts.push([
      'Throughput against the tail',
      'Further right is more, further down is quicker.',
      tradeOffChart('trade-off', timed),
    ]);
  if (withWindows.length > 0)
    parts.push([
      'Throughput over time',
      'Each step is one reporting interval, from the start of each run.',
      throughputOverlay('throughput', withWindows),
    ]);
  if (timed.some(({ figures }) => figures.windows.length > 0))
    parts.push([
      '99th percentile over time',
      'Of the records that were acknowledged or received in each interval.',
      tailOverlay('latencies', timed),
    ]);
  return {
    html: parts.map(([title, text, chart]) => section(chart.id, title, text, chart)),
    charts: parts.map(([, , chart]) => chart),
  };
};

/** The comparison of at least two runs; changes are against the first. */
export const comparisonPart = (runs: readonly ComparedRun[]): Part => {
  const [base] = runs;
  if (base === undefined) return { html: [], charts: [] };
  const drawn = runs.slice(0, mostLines);
  const { html: sections, charts } = overlays(drawn);
  const left = runs.length - drawn.length;
  return {
    html: [
      html`<section aria-labelledby="compared" class="long steps"><h2 id="compared">Comparison</h2>
<p>Changes are against the first run. The best of each column is bold; whether a difference is more than noise needs repetitions.</p>
${comparisonTable(runs, base.figures)}${left === 0 ? null : html`<p>The charts show the first ${mostLines} runs; the table has all.</p>`}</section>`,
      ...sections,
    ],
    charts,
  };
};
