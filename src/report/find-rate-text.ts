/** What `spillway find-rate` found, in words and as a table of its rates. */
import type { FindRateResult, RateEdge, RateTrial } from '../results/find-rate-result.ts';
import { latencyCell } from './numbers.ts';
import { count } from './text.ts';

/** A record of find-rate that has ended; null for anything else. */
export const findRateRun = (run: unknown): FindRateResult | null => {
  if (typeof run !== 'object' || run === null || !('trials' in run) || !('command' in run)) return null;
  // What the store has read of this command is what find-rate wrote.
  return run.command === 'find-rate' && Array.isArray(run.trials) ? (run as FindRateResult) : null;
};

const rateText = (rate: number): string => (rate < 100 ? String(Number(rate.toPrecision(3))) : count(rate));

/** A figure's name as limits say it: `responseTime p99.99`. */
const figureText = (name: string): string => name.replace('Ms.', ' ').replace(/ p(\d\d)(\d+)$/, ' p$1.$2');

/** What was the limit at the edge. */
const limitText = ({ limitedBy, trials, edge }: FindRateResult): string | null => {
  const failed = trials
    .filter(({ isHeld }) => !isHeld)
    .toSorted((one, other) => Math.abs(one.rate - (edge?.median ?? 0)) - Math.abs(other.rate - (edge?.median ?? 0)));
  if (limitedBy === 'generator') {
    const example = failed.find(({ outcome }) => outcome === 'generator');
    return `the generator was the limit, not the target, which may hold more: ${example?.reason ?? ''}`;
  }
  if (limitedBy === 'machine') {
    const example = failed.find(({ outcome }) => outcome === 'machine');
    return `this machine was the limit, not the target alone: ${example?.reason ?? ''}`;
  }
  const [example] = failed;
  return limitedBy === null || example === undefined
    ? null
    : `the target was the limit: at ${rateText(example.rate)} records/s ${example.reason}`;
};

/** How the search ended, in one line. */
export const findRateHeadline = (result: FindRateResult): string => {
  const { rate, end, limits, trials } = result;
  const limit = limits.join(' and ');
  const lowest = Math.min(...trials.map((trial) => trial.rate));
  if (rate === null)
    return end === 'none-held'
      ? `no rate held ${limit}: not even ${rateText(lowest)} records/s${lowest > 1 ? ', and slower trials of this length have too few records: give a longer --trial-duration' : ''}`
      : `no rate has been found that holds ${limit}`;
  const sure = end === 'found' || end === 'most-rate' ? '' : ', as far as the search came';
  const open = end === 'most-rate' ? ', the highest that was allowed (--most-rate): it may hold more' : '';
  return `highest rate that holds ${limit}: ${rateText(rate)} records/s${open}${sure}`;
};

const trialsText = (trials: number): string => (trials === 1 ? '1 trial' : `${count(trials)} trials`);

/** Where the edge lies. */
const edgeText = ({ least, most, confidence }: RateEdge): string => {
  if (most === null)
    return `the edge is at least ${rateText(least ?? 0)} records/s: no trial failed, no upper end was seen`;
  if (least === null || confidence === null) return `the edge is below ${rateText(most)} records/s: no trial held`;
  return `${Math.round(confidence * 100)} % sure that the edge lies between ${rateText(least)} and ${rateText(most)} records/s`;
};

/** How sure that is. */
const sureText = (result: FindRateResult): string => {
  const { edge, trialsAtRate, heldAtRate, rate, trials, trialSeconds, end } = result;
  const there = rate === null ? '' : `${heldAtRate} of ${trialsText(trialsAtRate)} at it held; `;
  const between = edge === null || end === 'none-held' || end === 'most-rate' ? '' : `${edgeText(edge)}; `;
  return `${there}${between}${trialsText(trials.length)} of ${Number(trialSeconds.toPrecision(3))} s`;
};

/** The result in a few lines. */
export const findRateLines = (result: FindRateResult): readonly string[] => {
  const limit = limitText(result);
  return [
    findRateHeadline(result),
    sureText(result),
    ...(limit === null ? [] : [limit]),
    ...(result.end === 'own-limit'
      ? [
          'ended there: all trials that failed did so by the generator or this machine, and more trials would not tell of the target',
        ]
      : []),
    ...(result.failure === null ? [] : [`problem: ${result.failure}`]),
    ...(result.isInterrupted ? ['interrupted'] : []),
  ];
};

/** Trials at one rate. */
export type RateRow = {
  readonly rate: number;
  readonly trials: number;
  readonly held: number;
  /** Of each limit's figure, the least and the most of the trials; null where it was not measured. */
  readonly figures: readonly (readonly [least: number, most: number] | null)[];
  /** Why those that did not hold did not. */
  readonly reasons: readonly RateTrial['outcome'][];
};

/** All rates that were tried, the lowest first. */
export const rateRows = ({ trials }: Pick<FindRateResult, 'trials'>): readonly RateRow[] => {
  const names = Object.keys(trials[0]?.figures ?? {});
  return [...new Set(trials.map(({ rate }) => rate))]
    .toSorted((one, other) => one - other)
    .map((rate) => {
      const own = trials.filter((trial) => trial.rate === rate);
      return {
        rate,
        trials: own.length,
        held: own.filter(({ isHeld }) => isHeld).length,
        figures: names.map((name) => {
          const values = own.map(({ figures }) => figures[name] ?? null).filter((value) => value !== null);
          return values.length === 0 ? null : ([Math.min(...values), Math.max(...values)] as const);
        }),
        reasons: [...new Set(own.filter(({ isHeld }) => !isHeld).map(({ outcome }) => outcome))],
      };
    });
};

const rangeCell = (range: readonly [number, number] | null): string => {
  if (range === null) return '–';
  const [least, most] = range;
  return least === most ? latencyCell(least) : `${latencyCell(least)}..${latencyCell(most)}`;
};

/** Headings and cells of the table of rates. */
export const rateTable = (
  result: Pick<FindRateResult, 'trials'>,
): { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] } => ({
  head: [
    'records/s',
    'held',
    ...Object.keys(result.trials[0]?.figures ?? {}).map((name) => `${figureText(name)} ms`),
    'failed by',
  ],
  rows: rateRows(result).map(({ rate, trials, held, figures, reasons }) => [
    rateText(rate),
    `${held}/${trials}`,
    ...figures.map(rangeCell),
    reasons.join(', '),
  ]),
});

/** The table as lines of equal columns. */
export const rateTableLines = (result: Pick<FindRateResult, 'trials'>): readonly string[] => {
  const { head, rows } = rateTable(result);
  const all = [head, ...rows];
  const widths = head.map((_, column) => Math.max(...all.map((cells) => (cells[column] ?? '').length)));
  return all.map((cells) =>
    cells
      .map((text, column) => (column === head.length - 1 ? text : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd(),
  );
};

/** A trial that ended, in one line. */
export const rateTrialText = ({ rate, isHeld, reason, figures }: RateTrial): string => {
  const values = Object.entries(figures).map(([name, value]) => `${figureText(name)} ${latencyCell(value)} ms`);
  return `${rateText(rate)} records/s: ${isHeld ? 'held' : `did not hold, ${reason}`} (${values.join(', ')})`;
};
