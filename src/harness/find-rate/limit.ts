/** A limit on latencies, as people say it: `p99 < 10 ms`. */
import { figureNames } from '../../workload/thresholds.ts';
import { TestFailure } from '../failure.ts';

/** A limit of one figure. */
export type Limit = {
  /** As it was given. */
  readonly text: string;
  /** Of a result, such as `responseTimeMs.p99`. */
  readonly figure: string;
  /** Whether the bound itself holds. */
  readonly isInclusive: boolean;
  readonly boundMs: number;
};

/** Tests that can be searched with, and the latency that a limit is of unless it says another one: from when records were due. */
const latencies = { 'producer-perf-test': 'responseTimeMs', 'e2e-latency': 'endToEndResponseTimeMs' } as const;

const unitMs: Readonly<Record<string, number>> = { us: 1e-3, µs: 1e-3, ms: 1, s: 1e3 };

/** Percentiles as people write them. */
const points: Readonly<Record<string, string>> = { 'p99.9': 'p999', 'p99.99': 'p9999' };

/** So many records of a trial lie above a percentile at least: fewer say little of it. */
const leastAbove = 10;

/** Records that a trial must have for a limit's figure to mean something. */
export const recordsNeeded = ({ figure }: Pick<Limit, 'figure'>): number => {
  const digits = /\.p(\d+)$/.exec(figure)?.[1] ?? '50';
  return Math.round(leastAbove / (1 - Number(`0.${digits}`)));
};

const isOf = (figure: string, command: keyof typeof latencies): boolean =>
  command === 'producer-perf-test'
    ? /^(serviceTimeMs|responseTimeMs)\./.test(figure)
    : /^(ack|endToEnd)\w+TimeMs\./.test(figure);

/**
 * Reads a limit.
 * @throws TestFailure for wrong usage when it is none, or of a latency that the test does not have.
 */
export const parseLimit = (text: string, command: keyof typeof latencies): Limit => {
  const [, name = '', sign = '', bound = '', unit = ''] =
    /^\s*([\w.]+)\s*(<=?)\s*(\d+(?:\.\d+)?)\s*([a-zµ]+)?\s*$/i.exec(text) ?? [];
  const boundMs = Number(bound) * (unitMs[unit] ?? Number.NaN);
  if (!(boundMs > 0))
    throw new TestFailure(
      `--limit must be a percentile, < or <=, and a time with its unit (us, ms or s), such as 'p99 < 10 ms'; got ${JSON.stringify(text)}`,
      { isUsage: true },
    );
  const point = points[name] ?? name;
  const figure = point.includes('.') ? point : `${latencies[command]}.${point}`;
  if (!figureNames.includes(figure) || !isOf(figure, command))
    throw new TestFailure(
      `--limit ${JSON.stringify(text)} is of no latency of this test: give mean, p50, p95, p99, p99.9, p99.99 or max, or one of another latency such as ${figureNames.find((each) => isOf(each, command) && each.endsWith('.p99'))}`,
      { isUsage: true },
    );
  return { text: text.trim(), figure, isInclusive: sign === '<=', boundMs };
};

/** Whether a value is within a limit. */
export const isWithin = (valueMs: number, { isInclusive, boundMs }: Limit): boolean =>
  isInclusive ? valueMs <= boundMs : valueMs < boundMs;
