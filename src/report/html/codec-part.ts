/** The page of a comparison of codecs: what to take, what each codec costs each role, sizes, rates and latencies. */
import {
  type CodecComparison,
  type CodecPaceSummary,
  type CodecSummary,
  codecComparison,
  codecRoles,
} from '../../results/codec-result.ts';
import { codecTables, type Table } from '../codec-text.ts';
import { count } from '../text.ts';
import { codecCharts } from './codec-charts.ts';
import { flattened } from './facts.ts';
import type { Kind } from './kinds.ts';
import { type Html, html, table } from './markup.ts';
import { figure, type Part } from './run-sections.ts';

const problems = ({ failure, isInterrupted, trials }: CodecComparison): readonly string[] => [
  ...(failure === null ? [] : [failure]),
  ...(isInterrupted ? ['interrupted'] : []),
  ...trials.flatMap(({ codec, pace, round, failure: reason }) =>
    reason === null ? [] : [`${codec}, ${pace}, round ${round}: ${reason}`],
  ),
];

const headline = (run: CodecComparison): readonly Html[] => {
  const wrong = problems(run);
  const { recommendation } = run;
  return [
    ...(wrong.length === 0
      ? []
      : [
          html`<section class="verdict bad" aria-label="Problems"><h2>Not everything went well</h2>${wrong.map((line) => html`<p>${line}</p>`)}</section>`,
        ]),
    recommendation === null
      ? html`<section class="verdict warn"><h2>No recommendation</h2><p>No codec went through all its trials at a common rate.</p></section>`
      : html`<section class="verdict good" aria-label="Recommendation"><h2>${`Recommended: ${recommendation.codec}`}</h2><p>${recommendation.text}</p>
<details><summary>The rule</summary><p>${`The rule: ${recommendation.rule}. Settings: ${Object.entries(
          recommendation.settings,
        )
          .map(([name, value]) => `${name}=${value}`)
          .join(' ')}`}</p></details></section>`,
  ];
};

const tableSection = (id: string, title: string, text: string, { titles, rows }: Table): Html =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><p>${text}</p>${table(title, titles, rows)}</section>`;

const rangesOf = ({ figures }: CodecPaceSummary): readonly (readonly [string, string, string, string])[] =>
  Object.entries(figures).map(([name, { median, least, most }]) => [
    name,
    ...([median, least, most].map((value) => String(Number(value.toPrecision(6)))) as [string, string, string]),
  ]);

const allFigures = (codecs: readonly CodecSummary[]): Html =>
  html`<section aria-labelledby="figures"><h2 id="figures">All figures</h2><p>Medians over the rounds, with the least and the most.</p>
${codecs.flatMap(({ codec, implementation, fullSpeed, commonRate }) =>
  (
    [
      ['at full speed', fullSpeed],
      ['at the common rate', commonRate],
    ] as const
  ).map(
    ([title, pace]) =>
      html`<details><summary>${`${codec} ${title}${implementation === null ? '' : ` (${implementation})`}`}</summary>${table(`${codec} ${title}`, ['figure', 'median', 'least', 'most'], rangesOf(pace))}</details>`,
  ),
)}</section>`;

const factSection = (id: string, title: string, of: unknown): Html =>
  html`<section aria-labelledby="${id}"><h2 id="${id}">${title}</h2><details><summary>All of it</summary><div class="facts">${table(title, ['name', 'value'], flattened(of))}</div></details></section>`;

const trialRows = ({ trials }: CodecComparison) =>
  trials.map(({ codec, pace, round, measured, failure }) => [
    codec,
    pace,
    round,
    measured === null ? '–' : count(measured.records),
    measured === null ? '–' : count(measured.produced.recordsPerSecond),
    measured === null ? '–' : count(measured.consumed.recordsPerSecond),
    ...codecRoles.map((role) => measured?.roles[role].cpuSeconds?.toFixed(2) ?? '–'),
    failure ?? '',
  ]);

const trialTitles = [
  ...['codec', 'pace', 'round', 'records', 'written/s', 'read/s'],
  ...['producer CPU s', 'broker CPU s', 'consumer CPU s', 'failure'],
];

/** All of the page but its files. */
export const codecPart = (run: CodecComparison): Part => {
  const charts = codecCharts(run);
  return {
    charts: charts.map(({ chart }) => chart),
    html: [
      ...headline(run),
      ...charts.map(
        ({ chart, title, text }) =>
          html`<section aria-labelledby="${`${chart.id}-title`}"><h2 id="${`${chart.id}-title`}">${title}</h2><p>${text}</p>${figure(chart, `${title}.`)}</section>`,
      ),
      ...codecTables(run).map(({ id, title, note, table: rows }) => tableSection(id, title, note, rows)),
      ...(run.notes.length === 0
        ? []
        : [
            html`<section class="verdict warn"><h2>To know</h2>${run.notes.map((note) => html`<p>${`${note}.`}</p>`)}</section>`,
          ]),
      allFigures(run.codecs),
      html`<section aria-labelledby="trials"><h2 id="trials">Trials</h2><p>${`${run.trials.length} trials in ${run.elapsedSeconds.toFixed(0)} s, in the order in which they ran.`}</p>
<details><summary>All trials</summary>${table('All trials', trialTitles, trialRows(run))}</details></section>`,
      factSection('environment', 'Environment', run.environment),
      factSection('configuration', 'Configuration', run.configuration),
    ],
  };
};

/** Records of compare-codecs. */
export const codecKind: Kind = {
  title: ({ run }) => `Codecs on ${codecComparison(run)?.source ?? 'records'}`,
  part: ({ run }) => {
    const found = codecComparison(run);
    return found === null ? null : codecPart(found);
  },
};
