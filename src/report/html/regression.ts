/** The part of a page that shows a comparison: the verdict, each metric, trials in their order, and by how much each quantile moved. */
import type {
  QuantileComparison,
  RegressionMetric,
  RegressionResult,
  RegressionTrial,
  RegressionVerdict,
  SideName,
} from '../../results/regression-result.ts';
import { figureText, percentChange, rangeText, regressionRun } from '../regression-figures.ts';
import type { Chart } from './chart.ts';
import { factSection } from './facts.ts';
import type { Kind } from './kinds.ts';
import { type Html, html, table } from './markup.ts';
import { figure, type Part } from './run-sections.ts';

/** The colour of the verdict's edge: undecided is a warning, since it is not "no change". */
export const verdictTones: Readonly<Record<RegressionVerdict, 'good' | 'warn' | 'bad'>> = {
  slower: 'bad',
  undecided: 'warn',
  same: 'good',
  faster: 'good',
};

const sides: readonly SideName[] = ['baseline', 'candidate'];

const headline = ({ verdict, sentence, failure, environmentDifferences, thresholds }: RegressionResult): Html => {
  const missed = thresholds.filter(({ candidate }) => candidate?.isMet === false);
  const title = verdict === null ? 'Nothing was compared' : verdict.replace(/^./, (letter) => letter.toUpperCase());
  return html`<section class="verdict ${verdict === null ? 'bad' : verdictTones[verdict]}" aria-label="Verdict"><h2>${title}</h2><p>${sentence}</p>
${failure === null ? null : html`<p>${failure}</p>`}
${missed.map(({ threshold, candidate }) => html`<p>${`${threshold} is not met: ${candidate?.value ?? 'not measured'}`}</p>`)}
${environmentDifferences.map(({ fact, baseline, candidate }) => html`<p>${`Not the same surroundings: ${fact} is ${baseline}, then ${candidate}`}</p>`)}</section>`;
};

const metricSection = ({ metrics, notMeasured }: RegressionResult): Html =>
  html`<section aria-labelledby="metrics"><h2 id="metrics">Metrics</h2>
<p>Medians of both sides; the change is Hodges and Lehmann’s shift with the interval that the rank test allows, corrected for looking several times.</p>
${table(
  'Metrics',
  ['metric', 'baseline', 'candidate', 'change', 'between', 'threshold', 'p', 'verdict'],
  metrics.map(({ name, unit, baseline, candidate, change, threshold, p, verdict }) => [
    name,
    figureText(baseline, unit),
    figureText(candidate, unit),
    percentChange(change.estimate),
    rangeText(change),
    `${Number((100 * threshold).toFixed(1))} %`,
    p < 1e-4 ? p.toExponential(0) : p.toPrecision(2),
    verdict === 'slower' ? html`<b>${verdict}</b>` : verdict,
  ]),
)}
${metrics.map(({ sentence }) => html`<p>${sentence}</p>`)}
${notMeasured.length === 0 ? null : html`<p>${`Not measured: ${notMeasured.join(', ')}.`}</p>`}</section>`;

/** Values with two digits more than they are worth: charts show them as they are. */
const valueIn = (trial: RegressionTrial, { key, unit }: RegressionMetric): number | null => {
  const value = trial.figures[key] ?? null;
  return value !== null && unit === 'bytes' ? value / 2 ** 20 : value;
};

const chartUnit = (unit: string): string => (unit === 'bytes' ? 'MiB' : unit);

/** Trials of one metric in the order in which they ran; those of the warm-up are shaded. */
const orderChart = (id: string, metric: RegressionMetric, trials: readonly RegressionTrial[]): Chart => ({
  kind: 'order',
  id,
  xLabel: 'trials in their order',
  yLabel: `${metric.name}${metric.name === metric.unit || metric.unit === '' ? '' : `, ${chartUnit(metric.unit)}`}`,
  unit: chartUnit(metric.unit),
  isLog: false,
  isClose: true,
  x: trials.map(({ order }) => order),
  series: sides.map((side, colour) => ({
    label: side,
    colour,
    values: trials.map((trial) => (trial.side === side ? valueIn(trial, metric) : null)),
  })),
  bands: trials.filter(({ isWarmup }) => isWarmup).map(({ order }) => [order - 0.5, order + 0.5] as const),
});

const controlChart = ({ control }: RegressionResult): Chart | null =>
  control === null || control.trials.length < 2
    ? null
    : {
        kind: 'order',
        id: 'control',
        xLabel: 'trials in their order',
        yLabel: 'milliseconds',
        unit: 'ms',
        isLog: false,
        isClose: true,
        x: control.trials.map(({ beforeOrder }) => beforeOrder),
        series: [{ label: control.work, colour: 2, values: control.trials.map(({ milliseconds }) => milliseconds) }],
        bands: [],
      };

const trialTable = ({ trials, metrics }: RegressionResult): Html =>
  html`<details><summary>${`All ${trials.length} trials`}</summary>${table(
    'All trials in their order',
    ['trial', 'pair', 'side', ...metrics.map(({ name }) => name), 'stolen s', 'limit'],
    trials.map((trial) => [
      trial.order,
      trial.isWarmup ? 'warm-up' : trial.pair,
      trial.side,
      ...metrics.map(({ key, unit }) => {
        const value = trial.figures[key] ?? null;
        return value === null ? '–' : figureText(value, unit);
      }),
      trial.stealSeconds === null ? '–' : trial.stealSeconds.toFixed(2),
      trial.limit ?? '–',
    ]),
  )}</details>`;

const orderPart = (result: RegressionResult): Part => {
  const { metrics, trials, control } = result;
  if (metrics.length === 0 || trials.length === 0) return { html: [], charts: [] };
  const charts = metrics.map((metric, place) => orderChart(`order-${place}`, metric, trials));
  const machine = controlChart(result);
  const notes = metrics.flatMap((metric) => metric.notes);
  return {
    charts: [...charts, ...(machine === null ? [] : [machine])],
    html: [
      html`<section aria-labelledby="order"><h2 id="order">Trials in their order</h2>
<p>A drift that both sides share is the machine’s, and pairs take it out. Trials that stand apart are named and count like the others; the shaded ones are the warm-up, which does not count.</p>
${notes.map((note) => html`<p>${note}</p>`)}
${metrics.map((metric, place) => html`<h3>${metric.name}</h3>${charts.slice(place, place + 1).map((chart) => figure(chart, `${metric.name} of trials in their order.`))}`)}
${
  machine === null
    ? null
    : html`<h3>The machine alone <small>${control?.work ?? ''}, before each pair</small></h3>${(control?.notes ?? []).map((note) => html`<p>${note}</p>`)}${figure(machine, 'A fixed piece of work in the order of trials.')}`
}
${trialTable(result)}</section>`,
    ],
  };
};

const inPercent = (ratio: number): number => 100 * (ratio - 1);

const quantileName = (quantile: number): string => `${Number((100 * quantile).toFixed(4))} %`;

const shiftChart = (quantiles: readonly QuantileComparison[]): Chart => ({
  kind: 'percentile',
  id: 'shifts',
  xLabel: 'percentile of records',
  yLabel: 'change, %',
  unit: '%',
  isLog: false,
  isClose: true,
  x: quantiles.map(({ quantile }) => 1 / (1 - quantile)),
  series: [
    { label: 'change', colour: 0, values: quantiles.map(({ ratio }) => inPercent(ratio)) },
    { label: 'band, from', colour: 1, isDashed: true, values: quantiles.map(({ bandLow }) => inPercent(bandLow)) },
    { label: 'band, to', colour: 1, isDashed: true, values: quantiles.map(({ bandHigh }) => inPercent(bandHigh)) },
    { label: 'no change', colour: 7, values: quantiles.map(() => 0) },
  ],
  bands: [],
});

const shiftPart = ({ distribution }: RegressionResult): Part => {
  if (distribution === null) return { html: [], charts: [] };
  // The longest has no place on an axis of 1 / (1 - part): the table has it.
  const drawn = distribution.quantiles.filter(({ quantile }) => quantile < 1);
  const chart = shiftChart(drawn);
  return {
    charts: [chart],
    html: [
      html`<section aria-labelledby="quantiles"><h2 id="quantiles">${`The whole ${distribution.name}`}</h2>
<p>By how much each quantile moved, candidate to baseline. The dashed band holds all of them together in 95 of 100 cases; where it holds no change, none is shown. It describes and does not decide.</p>
${figure(chart, `Change of each quantile of the ${distribution.name}.`)}${table(
  `Quantiles of the ${distribution.name}`,
  ['quantile', 'baseline', 'candidate', 'change', 'between', 'band'],
  distribution.quantiles.map((each) => [
    quantileName(each.quantile),
    figureText(each.baseline, 'ms'),
    figureText(each.candidate, 'ms'),
    percentChange(each.ratio),
    rangeText(each),
    rangeText({ low: each.bandLow, high: each.bandHigh }),
  ]),
)}</section>`,
    ],
  };
};

/** All of a comparison but its files. */
export const regressionPart = (result: RegressionResult): Part => {
  const parts = [orderPart(result), shiftPart(result)];
  return {
    charts: parts.flatMap(({ charts }) => charts),
    html: [
      headline(result),
      ...(result.metrics.length === 0 ? [] : [metricSection(result)]),
      ...parts.flatMap((part) => part.html),
      factSection('sides', 'Sides', result.sides),
      factSection('design', 'How it was decided', result.design),
      ...(result.workload === null ? [] : [factSection('workload', 'Workload', result.workload)]),
    ],
  };
};

const titleOf = ({ workload, sides: { baseline, candidate } }: RegressionResult): string =>
  `${candidate.label} against ${baseline.label}${workload === null ? '' : ` in ${workload.name}`}`;

/** How runs of `spillway regress` are shown. */
export const regressionKind: Kind = {
  title: ({ run }) => {
    const found = regressionRun(run);
    return found === null ? 'Comparison' : titleOf(found);
  },
  part: ({ run }) => {
    const found = regressionRun(run);
    return found === null ? null : regressionPart(found);
  },
};
