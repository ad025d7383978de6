/** The part of a page that shows one run: headline figures, verdict, latency by percentile, and what happened over time. */
import type { StoredRun } from '../../results/store.ts';
import { type LatencyFigures, latencyColumns, type RunFigures, verdictWords } from '../figures.ts';
import { amountCell, latencyCell } from '../numbers.ts';
import { readDistribution } from '../percentile-text.ts';
import { count, seconds } from '../text.ts';
import {
  type Chart,
  latencyChart,
  type NamedDistribution,
  percentileChart,
  stallsOf,
  throughputChart,
} from './chart.ts';
import { type Html, html, table } from './markup.ts';

/** Sections, and the charts in them. */
export type Part = { readonly html: readonly Html[]; readonly charts: readonly Chart[] };

/** The place of a chart: it takes the focus, and says what is under the cursor. */
export const figure = (chart: Chart, description: string, tableHolds = 'the table below holds'): Html =>
  html`<figure><div class="${chart.isSmall === true ? 'chart small' : 'chart'}" id="${chart.id}" role="img" tabindex="0" aria-label="${`${description} The arrow keys move along the chart; ${tableHolds} its figures.`}"></div>
<div class="said" id="${`${chart.id}-said`}" aria-live="polite"></div></figure>`;

/** A figure of the headline. */
export const card = (label: string, value: string, unit: string): Html =>
  html`<li><span>${label}</span><b>${value}</b> <small>${unit}</small></li>`;

/** The figures that are looked at first. */
export const cards = ({ run, records, recordsLabel, failed, latencies }: RunFigures): Html => {
  const [main] = latencies;
  const latency = (label: string, value: number): Html => card(label, latencyCell(value), 'ms');
  return html`<ul class="cards" aria-label="Main figures">
${card('throughput', count(run.recordsPerSecond), 'records/s')}
${card('values', amountCell(run.mebibytesPerSecond), 'MiB/s')}
${
  main === undefined
    ? null
    : [
        latency('half within', main.summary.p50),
        latency('99 % within', main.summary.p99),
        latency('99.9 % within', main.summary.p999),
        latency('longest', main.summary.max),
      ]
}
${card(recordsLabel, count(records), `records in ${seconds(run.elapsedSeconds)}`)}
${failed > 0 ? card('failed', count(failed), 'records') : null}</ul>`;
};

const tones = {
  'target-limited': 'good',
  'pace-held': 'good',
  'generator-limited': 'warn',
  'machine-limited': 'warn',
  undetermined: 'warn',
} as const;

/** What was the limit, and what went wrong. */
export const verdictSections = ({ verdict, problems }: RunFigures): readonly Html[] => [
  ...(problems.length === 0
    ? []
    : [
        html`<section class="verdict bad" aria-label="Problems"><h2>Not everything went well</h2>${problems.map((line) => html`<p>${line}</p>`)}</section>`,
      ]),
  ...(verdict === null
    ? []
    : [
        html`<section class="verdict ${tones[verdict.kind]}" aria-label="Verdict"><h2>${verdictWords[verdict.kind]}</h2><p>${verdict.sentence.replace(/^./, (letter) => letter.toUpperCase())}</p></section>`,
      ]),
];

/** Of percentiles of another program, which does not tell of how many records: enough to draw them all. */
const untoldCount = 10_000;

/** The distribution of a latency: its `.hgrm` file, or what the summary tells when that is not there. */
export const distributionOf = (
  { summary, file }: LatencyFigures,
  { files }: StoredRun,
  label: string,
): NamedDistribution => {
  const text = files[file];
  const known = text === undefined ? [] : readDistribution(text);
  const { p50, p90, p95, p99, p999, p9999, max } = summary;
  const coarse = [
    { part: 0.5, ms: p50 },
    { part: 0.9, ms: p90 },
    { part: 0.95, ms: p95 },
    { part: 0.99, ms: p99 },
    { part: 0.999, ms: p999 },
    { part: 0.9999, ms: p9999 },
    { part: 1, ms: max },
    // Another program tells but some of them.
  ].filter(({ ms }) => Number.isFinite(ms));
  return { label, count: summary.count ?? untoldCount, points: known.length > 0 ? known : coarse };
};

/** The table of all latencies of a run. */
const latencyTable = (latencies: readonly LatencyFigures[]): Html =>
  table(
    'Latencies in milliseconds',
    ['ms', ...latencyColumns.map(([, heading]) => heading), 'samples'],
    latencies.map(({ label, span, summary }) => [
      html`${label} <small>${span}</small>`,
      ...latencyColumns.map(([field]) => latencyCell(summary[field])),
      count(summary.count),
    ]),
  );

const percentilePart = (stored: StoredRun, latencies: readonly LatencyFigures[]): Part => {
  if (latencies.length === 0) return { html: [], charts: [] };
  const chart = percentileChart(
    'percentiles',
    latencies.map((each) => distributionOf(each, stored, each.label)),
  );
  return {
    charts: [chart],
    html: [
      html`<section aria-labelledby="latency"><h2 id="latency">Latency by percentile</h2>
<p>How long the slowest records took: at 99 %, one record in a hundred took at least so long. Both axes are logarithmic.</p>
${figure(chart, 'Latency by percentile.')}${latencyTable(latencies)}</section>`,
    ],
  };
};

/** Longer tables of windows are made of every n-th one: the file of the run has all. */
const mostRows = 600;

const windowTable = ({ windows }: RunFigures): Html => {
  const every = Math.ceil(windows.length / mostRows);
  const stalls = new Set(stallsOf(windows));
  const shown = windows.filter((_, index) => index % every === 0);
  const title =
    every === 1
      ? `Figures of all ${windows.length} intervals`
      : `Figures of every ${every}th of ${windows.length} intervals`;
  return html`<details><summary>${title}</summary>${table(
    title,
    ['seconds', 'records/s', 'MiB/s', '50 % ms', '99 % ms', 'max ms', 'failed', ''],
    shown.map((window) => [
      `${window.startSeconds.toFixed(2)} – ${window.endSeconds.toFixed(2)}`,
      count(window.recordsPerSecond),
      amountCell(window.mebibytesPerSecond),
      latencyCell(window.latency?.p50),
      latencyCell(window.latency?.p99),
      latencyCell(window.latency?.max),
      count(window.failed),
      window.isWarmup ? 'warm-up' : stalls.has(window) ? 'stall' : '',
    ]),
  )}</details>`;
};

const stallText = ({ windows }: RunFigures): string => {
  const stalls = stallsOf(windows).length;
  if (stalls === 0) return 'No interval fell under half of the median rate.';
  return `${stalls} of ${windows.length} intervals fell under half of the median rate, and ${stalls === 1 ? 'is' : 'are'} shaded.`;
};

const timePart = (figures: RunFigures): Part => {
  if (figures.windows.length === 0) return { html: [], charts: [] };
  const [main] = figures.latencies;
  const rate = throughputChart('throughput', figures);
  const latency = main === undefined ? null : latencyChart('latencies', figures);
  return {
    charts: [rate, ...(latency === null ? [] : [latency])],
    html: [
      html`<section aria-labelledby="time"><h2 id="time">Over time</h2><p>Each step is one reporting interval. ${stallText(figures)}</p>
<h3>Throughput</h3>${figure(rate, 'Throughput over time.')}
${latency === null ? null : html`<h3>${main?.label ?? ''} <small>(${main?.span ?? ''})</small></h3>${figure(latency, 'Latency over time.')}`}
${windowTable(figures)}</section>`,
    ],
  };
};

/** All of one run but its facts and files. */
export const runPart = (stored: StoredRun, figures: RunFigures): Part => {
  const parts = [percentilePart(stored, figures.latencies), timePart(figures)];
  return {
    html: [cards(figures), ...verdictSections(figures), ...parts.flatMap((part) => part.html)],
    charts: parts.flatMap((part) => part.charts),
  };
};
