/** A page with the history of a baseline: each metric over the comparisons with it, and where its level changed. */
import { type ChangePoint, changePoints } from '../../measure/statistics/change-points.ts';
import { median, quantileOfSorted, sorted } from '../../measure/statistics/samples.ts';
import type { Baseline } from '../../results/baseline.ts';
import type { RegressionMetricName, RegressionResult } from '../../results/regression-result.ts';
import { figureText, percentChange } from '../regression-figures.ts';
import type { Chart } from './chart.ts';
import { type Html, html, table } from './markup.ts';
import { page } from './page.ts';
import { figure, type Part } from './run-sections.ts';

/** Trials of one day's build: a baseline that was saved, or the candidate of a comparison with it. */
export type HistoryPoint = {
  /** ISO 8601. */
  readonly at: string;
  /** Such as `saved` or the candidate's label. */
  readonly label: string;
  /** Of Spillway; null when it is not known. */
  readonly commit: string | null;
  readonly metrics: readonly RegressionMetricName[];
  readonly trials: readonly Readonly<Record<string, number | null>>[];
  /** In the sense of `environmentDifferences`: said in the table, as a change there may be the machine's. */
  readonly isElsewhere: boolean;
};

/** The fewest points in which a change of level can be found: four before, and four after. */
const leastPoints = 8;
/** A history is drawn again with the same result. */
const seed = 1;

const commitOf = (environment: Readonly<Record<string, unknown>> | null): string | null => {
  const commit = environment?.gitCommit;
  return typeof commit === 'string' ? commit.slice(0, 10) : null;
};

/**
 * The history of a baseline: each time that it was saved, and the candidates of all comparisons with it, in the order of time. Comparisons in
 * which nothing was compared are left out, and so are those with other baselines.
 */
export const historyOf = (
  saved: readonly Baseline[],
  comparisons: readonly RegressionResult[],
): readonly HistoryPoint[] => {
  const names = new Set(saved.map(({ name }) => name));
  const fromBaselines = saved.map(
    ({ savedAt, environment, metrics, trials }): HistoryPoint => ({
      at: savedAt,
      label: 'saved',
      commit: commitOf(environment),
      metrics,
      trials: trials.map(({ figures }) => figures),
      isElsewhere: false,
    }),
  );
  const fromComparisons = comparisons.flatMap((result): HistoryPoint[] => {
    const { baseline, candidate } = result.sides;
    if (result.verdict === null || baseline.stored === null || !names.has(baseline.stored.name)) return [];
    const trials = result.trials.filter(({ side, isWarmup }) => side === 'candidate' && !isWarmup);
    return [
      {
        at: result.startedAt,
        label: candidate.label,
        commit: commitOf(candidate.environment),
        metrics: result.metrics,
        trials: trials.map(({ figures }) => figures),
        isElsewhere: result.environmentDifferences.length > 0,
      },
    ];
  });
  return [...fromBaselines, ...fromComparisons].toSorted((one, other) => Date.parse(one.at) - Date.parse(other.at));
};

type Trend = {
  readonly metric: RegressionMetricName;
  /** Of each point: null where it was not measured in all trials. */
  readonly middles: readonly (number | null)[];
  readonly lows: readonly (number | null)[];
  readonly highs: readonly (number | null)[];
  /** Places among the points that have the metric are turned into places among all points. */
  readonly changes: readonly ChangePoint[];
};

const valuesOf = ({ trials }: HistoryPoint, key: string): readonly number[] | null => {
  const values = trials.map((figures) => figures[key] ?? null).filter((value) => value !== null);
  return values.length === 0 || values.length < trials.length ? null : values;
};

const trendOf = (points: readonly HistoryPoint[], metric: RegressionMetricName): Trend => {
  const measured = points.map((point) => valuesOf(point, metric.key));
  const at = (share: number): readonly (number | null)[] =>
    measured.map((values) => (values === null ? null : quantileOfSorted(sorted(values), share)));
  const middles = measured.map((values) => (values === null ? null : median(values)));
  const places = middles.flatMap((value, place) => (value === null ? [] : [place]));
  const known = middles.filter((value) => value !== null);
  const found = known.length < leastPoints ? [] : changePoints(known, { seed });
  return {
    metric,
    middles,
    lows: at(0.25),
    highs: at(0.75),
    changes: found.map((change) => ({ ...change, place: places[change.place] ?? change.place })),
  };
};

const inUnit = (values: readonly (number | null)[], unit: string): readonly (number | null)[] =>
  unit === 'bytes' ? values.map((value) => (value === null ? null : value / 2 ** 20)) : values;

const trendChart = (id: string, { metric, middles, lows, highs, changes }: Trend): Chart => {
  const unit = metric.unit === 'bytes' ? 'MiB' : metric.unit;
  return {
    kind: 'order',
    id,
    xLabel: 'saved or compared, in the order of time',
    yLabel: `${metric.name}${metric.name === unit || unit === '' ? '' : `, ${unit}`}`,
    unit,
    isLog: false,
    isClose: true,
    x: middles.map((_, place) => place + 1),
    series: [
      { label: 'median', colour: 0, values: inUnit(middles, metric.unit) },
      { label: 'lower quartile', colour: 7, isDashed: true, values: inUnit(lows, metric.unit) },
      { label: 'upper quartile', colour: 7, isDashed: true, values: inUnit(highs, metric.unit) },
    ],
    // A bar before the first point after each change.
    bands: changes.map(({ place }) => [place + 0.4, place + 0.6] as const),
  };
};

const changeWords = (metric: RegressionMetricName, { before, after }: ChangePoint): string =>
  after > before === (metric.better === 'larger') ? 'better' : 'worse';

const changeTable = (points: readonly HistoryPoint[], trends: readonly Trend[]): Html => {
  const rows = trends.flatMap(({ metric, changes }) =>
    changes.map((change) => {
      const point = points[change.place];
      return [
        metric.name,
        change.place + 1,
        `${point?.at.slice(0, 16) ?? ''} ${point?.commit ?? ''}`,
        figureText(change.before, metric.unit),
        figureText(change.after, metric.unit),
        percentChange(change.after / change.before),
        changeWords(metric, change),
      ];
    }),
  );
  if (rows.length > 0)
    return table('Changes of level', ['metric', 'from', 'when', 'before', 'after', 'change', ''], rows);
  return points.length < leastPoints
    ? html`<p>${`A change of level is looked for in ${leastPoints} points or more; there are ${points.length}.`}</p>`
    : html`<p>No metric changed its level.</p>`;
};

const pointTable = (points: readonly HistoryPoint[], trends: readonly Trend[]): Html =>
  html`<details><summary>${`All ${points.length} points`}</summary>${table(
    'All points',
    ['', 'when', 'what', 'commit', 'trials', ...trends.map(({ metric }) => metric.name), ''],
    points.map(({ at, label, commit, trials, isElsewhere }, place) => [
      place + 1,
      at.slice(0, 16),
      label,
      commit ?? '–',
      trials.length,
      ...trends.map(({ metric, middles }) => {
        const value = middles[place] ?? null;
        return value === null ? '–' : figureText(value, metric.unit);
      }),
      isElsewhere ? 'other surroundings' : '',
    ]),
  )}</details>`;

/** The sections of a history; points are in the order of time. */
export const historyPart = (points: readonly HistoryPoint[]): Part => {
  const metrics = new Map(points.flatMap((point) => point.metrics.map((metric) => [metric.key, metric])));
  const trends = [...metrics.values()].map((metric) => trendOf(points, metric));
  const charts = trends.map((trend, place) => trendChart(`trend-${place}`, trend));
  return {
    charts,
    html: [
      html`<section aria-labelledby="changes"><h2 id="changes">Where the level changed</h2>
<p>Found by E-divisive means (Matteson and James, 2014) at a level of 1 %: a history is split where the energy distance between both parts is larger than in 99 of 100 random orders, then each part in turn. The bars in the charts are these.</p>
${changeTable(points, trends)}</section>`,
      html`<section aria-labelledby="trends"><h2 id="trends">Trends</h2><p>Each point is the median over the trials of one build, with their quartiles.</p>
${trends.map(({ metric }, place) => html`<h3>${metric.name}</h3>${charts.slice(place, place + 1).map((chart) => figure(chart, `${metric.name} over time.`))}`)}
${pointTable(points, trends)}</section>`,
    ],
  };
};

/**
 * The page of a baseline's history. The same points give the same page.
 * Throws a RangeError without points, and an Error of the file system when the chart library is not installed.
 */
export const historyPage = (name: string, points: readonly HistoryPoint[]): string => {
  const [first, last] = [points[0], points.at(-1)];
  if (first === undefined || last === undefined)
    throw new RangeError(`baseline ${name} has no history: nothing was saved, and nothing compared with it`);
  return page(
    `History of baseline ${name}`,
    `${points.length} points from ${first.at} to ${last.at}`,
    historyPart(points),
    html``,
  );
};
