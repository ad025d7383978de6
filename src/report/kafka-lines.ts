/**
 * Lines of Kafka's own performance tools, field by field (ProducerPerformance and ConsumerPerformance of Kafka 4.2), so that scripts that
 * parse them keep working. Where Kafka prints whole milliseconds, these have fractions.
 */
import type {
  ConsumerResult,
  ConsumerWindow,
  LatencySummary,
  ProducerSummary,
  ProducerWindow,
} from '../results/result.ts';
import type { DateFormat } from './date-format.ts';

const BYTES_PER_MEBIBYTE = 1024 * 1024;

/** A number with fixed decimals as Java's `%.nf` prints it; NaN stays NaN. */
const fixed = (value: number, decimals: number): string =>
  Number.isFinite(value) ? value.toFixed(decimals) : String(value);

/** Announces a warm-up, before the first record. */
export const warmupLine = (warmupRecords: number): string =>
  `Warmup first ${warmupRecords} records. Steady state results will print after the complete test summary.`;

/** Marks the end of the warm-up. */
export const steadyStateReachedLine = 'In steady state.';

/** A producer's reporting interval. Latencies are NaN when no record was acknowledged in it. */
export function producerWindowLine(window: ProducerWindow): string {
  const { recordsSent, recordsPerSecond, mebibytesPerSecond, serviceTimeMs } = window;
  const mean = fixed(serviceTimeMs?.mean ?? Number.NaN, 1);
  const max = fixed(serviceTimeMs?.max ?? Number.NaN, 1);
  return `${recordsSent} records sent, ${fixed(recordsPerSecond, 1)} records/sec (${fixed(mebibytesPerSecond, 2)} MB/sec), ${mean} ms avg latency, ${max} ms max latency.`;
}

/** A producer's final line: the whole test. Latencies are NaN when no record was acknowledged. */
export const producerSummaryLine = (summary: ProducerSummary): string => summaryLine(summary, 'records sent');

/** A producer's second final line when there was a warm-up: the records after it. */
export const steadyStateLine = (summary: ProducerSummary): string => summaryLine(summary, 'steady state records sent');

const NO_LATENCY: Pick<LatencySummary, 'mean' | 'p50' | 'p95' | 'p99' | 'p999' | 'max'> = {
  mean: Number.NaN,
  p50: Number.NaN,
  p95: Number.NaN,
  p99: Number.NaN,
  p999: Number.NaN,
  max: Number.NaN,
};

function summaryLine(summary: ProducerSummary, what: string): string {
  const { recordsSent, recordsPerSecond, mebibytesPerSecond } = summary;
  const latency = summary.serviceTimeMs ?? NO_LATENCY;
  return [
    `${recordsSent} ${what}`,
    `${fixed(recordsPerSecond, 6)} records/sec (${fixed(mebibytesPerSecond, 2)} MB/sec)`,
    `${fixed(latency.mean, 2)} ms avg latency`,
    `${fixed(latency.max, 2)} ms max latency`,
    `${fixed(latency.p50, 2)} ms 50th`,
    `${fixed(latency.p95, 2)} ms 95th`,
    `${fixed(latency.p99, 2)} ms 99th`,
    `${fixed(latency.p999, 2)} ms 99.9th.`,
  ].join(', ');
}

/** The consumer's CSV header for the result of the whole test. */
export const consumerHeader =
  'start.time, end.time, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec';

/** The consumer's CSV header for --show-detailed-stats. */
export const consumerDetailHeader =
  'time, threadId, data.consumed.in.MB, MB.sec, data.consumed.in.nMsg, nMsg.sec, rebalance.time.ms, fetch.time.ms, fetch.MB.sec, fetch.nMsg.sec';

/** The consumer's CSV row for the whole test. Rates over the fetch time leave out the time to find partitions. */
export function consumerRow(result: ConsumerResult, formatDate: DateFormat): string {
  const mebibytes = result.bytesConsumed / BYTES_PER_MEBIBYTE;
  const fetchSeconds = result.fetchTimeMs / 1000;
  return [
    formatDate(result.startedAtMs),
    formatDate(result.endedAtMs),
    fixed(mebibytes, 4),
    fixed(result.mebibytesPerSecond, 4),
    String(result.recordsConsumed),
    fixed(result.recordsPerSecond, 4),
    fixed(result.rebalanceTimeMs, 0),
    fixed(result.fetchTimeMs, 0),
    fixed(rate(mebibytes, fetchSeconds), 4),
    fixed(rate(result.recordsConsumed, fetchSeconds), 4),
  ].join(', ');
}

/** What was consumed from the start of the test to the end of a window. */
export type ConsumedSoFar = { readonly recordsConsumed: number; readonly bytesConsumed: number };

/**
 * The consumer's CSV row for one interval: amounts since the start of the test, rates of the interval. The time until there were
 * partitions to read is part of its elapsed time, as in Kafka's tool, and not of its fetch time.
 */
export function consumerDetailRow(window: ConsumerWindow, soFar: ConsumedSoFar, formatDate: DateFormat): string {
  const fetchSeconds = window.fetchTimeMs / 1000;
  return [
    formatDate(window.endedAtMs),
    '0',
    fixed(soFar.bytesConsumed / BYTES_PER_MEBIBYTE, 4),
    fixed(window.mebibytesPerSecond, 4),
    String(soFar.recordsConsumed),
    fixed(window.recordsPerSecond, 4),
    fixed(window.rebalanceTimeMs, 0),
    fixed(window.fetchTimeMs, 0),
    fixed(rate(window.bytesConsumed / BYTES_PER_MEBIBYTE, fetchSeconds), 4),
    fixed(rate(window.recordsConsumed, fetchSeconds), 4),
  ].join(', ');
}

const rate = (amount: number, seconds: number): number => (seconds > 0 ? amount / seconds : 0);

/** Said when no record came for the --timeout. */
export const consumerShortfallLine = (timeoutMs: number): string =>
  `WARNING: Exiting before consuming the expected number of records: timeout (${timeoutMs} ms) exceeded. You can use the --timeout option to increase the timeout.`;

/** The table of --print-metrics: a blank line, a heading, `name : value` with three decimals, by name. */
export function metricsLines(metrics: Readonly<Record<string, number>>): readonly string[] {
  const entries = Object.entries(metrics).sort(([a], [b]) => (a < b ? -1 : Number(a > b)));
  const width = Math.max('Metric Name'.length, ...entries.map(([name]) => name.length));
  const rows = entries.map(([name, value]) => `${name.padEnd(width)} : ${fixed(value, 3)}`);
  return ['', `${'Metric Name'.padEnd(width)}   Value`, ...rows];
}
