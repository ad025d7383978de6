/** A comparison in words, for a terminal. */
import type {
  RegressionDesign,
  RegressionMetric,
  RegressionResult,
  RegressionSide,
  RegressionTrial,
  SideName,
} from '../results/regression-result.ts';
import { figureText, percentChange, rangeText } from './regression-figures.ts';

/** Columns of equal width, numbers to the right. */
const columns = (rows: readonly (readonly string[])[], isNumber: (column: number) => boolean): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  return rows.map((cells) =>
    cells
      .map((cell, column) => (isNumber(column) ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
};

const sideText = ({ side, label, kind, target, stored, environment }: RegressionSide): string => {
  const saved = stored === null ? '' : `, saved ${stored.savedAt.slice(0, 10)}, ${stored.file}`;
  const commit = environment?.gitCommit;
  const build = kind === 'build' && typeof commit === 'string' ? `, commit ${commit.slice(0, 10)}` : '';
  return `${side.padEnd(9)}  ${label}${kind === 'figures' || stored !== null ? '' : `, on ${target}`}${build}${saved}`;
};

const metricRow = (metric: RegressionMetric): readonly string[] => [
  metric.name,
  figureText(metric.baseline, metric.unit),
  figureText(metric.candidate, metric.unit),
  percentChange(metric.change.estimate),
  rangeText(metric.change),
  `${Number((100 * metric.threshold).toPrecision(3))} %`,
  metric.verdict,
];

const isNumberColumn = (column: number): boolean => column > 0 && column < 6;

const table = ({ metrics }: RegressionResult): readonly string[] =>
  columns(
    [['', 'baseline', 'candidate', 'change', 'interval', 'threshold', 'verdict'], ...metrics.map(metricRow)],
    isNumberColumn,
  );

const distributionLines = ({ distribution }: RegressionResult): readonly string[] => {
  if (distribution === null) return [];
  const rows = distribution.quantiles.map(({ quantile, baseline, candidate, ratio, bandLow, bandHigh }) => [
    `p${Number((100 * quantile).toPrecision(6))}`,
    figureText(baseline, 'ms'),
    figureText(candidate, 'ms'),
    percentChange(ratio),
    rangeText({ low: bandLow, high: bandHigh }),
  ]);
  return [
    '',
    `${distribution.name}, the whole distribution (the band holds all quantiles together, 95 %):`,
    ...columns([['', 'baseline', 'candidate', 'change', 'band'], ...rows], (column) => column > 0),
  ];
};

const steps = '▁▂▃▄▅▆▇█';

/** Values in their order as blocks, the lowest of the scale at the bottom. */
const blocks = (values: readonly number[], scale: readonly number[]): string => {
  const [least, most] = [Math.min(...scale), Math.max(...scale)];
  return values
    .map((value) => {
      const place = most === least ? 0 : Math.round(((value - least) / (most - least)) * (steps.length - 1));
      return steps[place] ?? ' ';
    })
    .join('');
};

/** Trials of a side in their order; both sides on one scale. */
const plot = (trials: readonly RegressionTrial[], key: string, side: SideName): string => {
  const values = (chosen: readonly RegressionTrial[]): readonly number[] =>
    chosen.flatMap(({ figures }) => figures[key] ?? []);
  return blocks(values(trials.filter((trial) => trial.side === side)), values(trials));
};

/** The control work before each of them, on a scale of its own; none when no trial ran. */
const controlLines = ({ control }: RegressionResult): readonly string[] => {
  if (control === null) return [];
  const times = control.trials.map(({ milliseconds }) => milliseconds);
  const range = `${figureText(Math.min(...times), 'ms')} to ${figureText(Math.max(...times), 'ms')}`;
  return [`  control    ${blocks(times, times)}  ${control.work}, before each pair or trial: ${range}`];
};

const orderLines = (result: RegressionResult): readonly string[] => {
  const { metrics, trials } = result;
  const counting = trials.filter(({ isWarmup }) => !isWarmup);
  const [first] = metrics;
  if (first === undefined) return [];
  return [
    '',
    `${first.name} of the trials in their order:`,
    `  baseline   ${plot(counting, first.key, 'baseline')}`,
    `  candidate  ${plot(counting, first.key, 'candidate')}`,
    ...controlLines(result),
  ];
};

const ends: Readonly<Record<RegressionDesign['ended'], string>> = {
  settled: 'the verdict was clear',
  pairs: 'all that were allowed have run (--max-pairs)',
  time: 'the time was over',
  stored: 'both sides are stored',
  interrupted: 'it was interrupted',
  failed: 'a side failed',
};

const designLines = ({ design, trials, elapsedSeconds }: RegressionResult): readonly string[] => {
  const of = (side: SideName): number => trials.filter((trial) => trial.side === side && !trial.isWarmup).length;
  const counts = design.isPaired
    ? `${Math.min(of('baseline'), of('candidate'))} of at most ${design.mostPairs} pairs`
    : `${of('baseline')} and ${of('candidate')} trials, which are no pairs`;
  const looks = design.isPaired ? `, looked after ${design.lookedAt.join(', ') || 'none'}` : '';
  return [
    `${counts} in ${elapsedSeconds.toFixed(0)} s${looks}; ${ends[design.ended]}`,
    `${design.method}; at most ${Number((100 * design.alpha).toPrecision(3))} of 100 comparisons of equal sides find a change; seed ${design.seed}`,
  ];
};

const mark = (isMet: boolean): string => (isMet ? 'met' : 'not met');

const thresholdLines = ({ thresholds }: RegressionResult): readonly string[] =>
  thresholds.map(({ threshold, baseline, candidate }) => {
    const standing = (name: SideName, one: typeof baseline): readonly string[] =>
      one === null ? [] : [`${name} ${mark(one.isMet)} (${one.value?.toPrecision(4) ?? 'not measured'})`];
    const both = [...standing('baseline', baseline), ...standing('candidate', candidate)];
    return `threshold ${threshold}: ${both.length === 0 ? 'not known of these sides' : both.join(', ')}`;
  });

const noteLines = (result: RegressionResult): readonly string[] => {
  const notes = [
    ...(result.control?.notes ?? []),
    ...result.metrics.flatMap(({ notes: own }) => own),
    ...result.environmentDifferences.map(
      ({ fact, baseline, candidate }) => `the sides differ in ${fact}: ${baseline} and ${candidate}`,
    ),
    ...(result.notMeasured.length === 0 ? [] : [`not measured on either side: ${result.notMeasured.join(', ')}`]),
  ];
  return notes.map((note) => `note: ${note}`);
};

/** The whole comparison; what it says of interrupted and failed ones is why there is no table. */
export const regressionText = (result: RegressionResult): readonly string[] => {
  const { sides, workload, metrics, sentence } = result;
  const head = [
    ...(workload === null ? [] : [`workload   ${workload.name}`]),
    sideText(sides.baseline),
    sideText(sides.candidate),
  ];
  if (metrics.length === 0) return [...head, '', sentence];
  const notes = noteLines(result);
  return [
    ...head,
    '',
    ...table(result),
    ...distributionLines(result),
    ...orderLines(result),
    '',
    ...metrics.map(({ sentence: own }) => own),
    ...thresholdLines(result),
    ...(notes.length === 0 ? [] : ['', ...notes]),
    '',
    ...designLines(result),
    sentence,
  ];
};
