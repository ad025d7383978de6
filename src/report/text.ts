import type { ConsumerResult, ErrorCounts, LatencySummary, ProducerResult } from '../results/result.ts';

/** A whole number with commas between thousands; a dash for what another program did not tell. */
export const count = (value: number | null): string =>
  value === null ? '–' : String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');

/** A time in seconds with its unit; a dash for what another program did not tell. */
export const seconds = (value: number | null): string => (value === null ? '–' : `${value.toFixed(2)} s`);

/** A latency with its unit, as precise as it deserves. */
export const milliseconds = (value: number): string => `${value < 100 ? value.toFixed(2) : count(value)} ms`;

/** How far a test is, for the terminal. */
export function progressText(done: number, total: number, recordsPerSecond: number): string {
  if (!Number.isFinite(total)) return `${count(done)} records, ${count(recordsPerSecond)} records/s`;
  const percent = total > 0 ? Math.floor((done / total) * 100) : 0;
  return `${count(done)} of ${count(total)} records (${percent} %), ${count(recordsPerSecond)} records/s`;
}

/** Failed records by Kafka's error name, most frequent first: `NAME xCOUNT: message`, without a message that was `said` already. */
export function errorText(errors: ErrorCounts, said: string | null = null): string {
  return Object.entries(errors)
    .sort(([, a], [, b]) => b.count - a.count)
    .map(([name, { count: times, message }]) => `${name} x${times}${said?.includes(message) ? '' : `: ${message}`}`)
    .join('; ');
}

/** What the codec made of the batches, in one line; null without a codec or batches. */
export function compressionText({ compression }: ProducerResult): string | null {
  if (compression === null || compression.codec === 'none' || compression.ratio === null) return null;
  const { codec, level, implementation, bytesBefore, bytesAfter, ratio, batchesLeft } = compression;
  const name = level === null ? codec : `${codec} level ${level}`;
  const kept = times(
    batchesLeft,
    'batch became no smaller and went without it',
    'batches became no smaller and went without it',
  );
  const left = kept === null ? '' : `; ${kept}`;
  return `${name} (${implementation}): batches of ${count(bytesBefore)} bytes became ${count(bytesAfter)}, ${(ratio * 100).toFixed(1)} %${left}`;
}

/** What the clients did again, in one line; null when they did nothing again. */
export function repeatsText(result: ProducerResult | ConsumerResult): string | null {
  const isProducer = result.command === 'producer-perf-test';
  const retries = isProducer ? result.recordsRetried : result.fetchesRetried;
  const parts = [
    times(
      retries,
      isProducer ? 'record was sent again' : 'fetch was made again',
      isProducer ? 'records were sent again' : 'fetches were made again',
    ),
    times(result.reconnects, 'connection was opened again', 'connections were opened again'),
  ].filter((part) => part !== null);
  return parts.length === 0 ? null : parts.join(', ');
}

const times = (value: number, one: string, more: string): string | null =>
  value === 0 ? null : `${count(value)} ${value === 1 ? one : more}`;

/** That a test was interrupted, and when; null when it was not. */
export const interruptionText = (isInterrupted: boolean, done: number, total: number): string | null =>
  isInterrupted
    ? `interrupted after ${count(done)}${Number.isFinite(total) ? ` of ${count(total)}` : ''} records`
    : null;

/** What went wrong in a producer test, in one line; null when nothing did. */
export function producerFailureText(result: ProducerResult, recordCount: number): string | null {
  const parts: string[] = [];
  if (result.failure !== null) parts.push(result.failure);
  const isShort = result.recordsSent < recordCount && !result.isInterrupted;
  if (result.recordsFailed > 0 || result.failure !== null || isShort) {
    const errors = errorText(result.errors, result.failure);
    const detail = errors === '' ? '' : `: ${errors}`;
    parts.push(`${result.recordsSent} acknowledged, ${result.recordsFailed} failed${detail}`);
  }
  return parts.length === 0 ? null : oneLine(parts.join('; '));
}

/** What went wrong in a consumer test, in one line; null when nothing did. */
export function consumerFailureText(result: ConsumerResult, recordCount: number, shortfallLine: string): string | null {
  const isShort = result.recordsConsumed < recordCount && !result.isInterrupted && !result.isDurationOver;
  if (result.failure === null && !result.isTimedOut && !isShort) return null;
  const reason = result.isTimedOut ? shortfallLine : (result.failure ?? 'the test ended early');
  return oneLine(`${reason.replace(/[.]$/, '')}; ${result.recordsConsumed} of ${recordCount} records were consumed`);
}

/** Holds a text to one line. */
export const oneLine = (text: string): string => text.replace(/\s*[\r\n]+\s*/g, ' ').trim();

/** A producer result in words, for someone who sees one for the first time. */
export function producerText(result: ProducerResult): readonly string[] {
  const { serviceTimeMs } = result;
  return [
    `Produced ${count(result.recordsSent)} records in ${result.elapsedSeconds.toFixed(2)} s`,
    `  rate      ${count(result.recordsPerSecond)} records/s, ${result.mebibytesPerSecond.toFixed(1)} MiB/s`,
    `  latency   ${serviceTimeMs === null ? 'no record was acknowledged' : latencyText(serviceTimeMs)}`,
    '            from send to acknowledgement at full speed: most of it is waiting in the producer',
    `  cost      ${cpuText(result.generator.cpuSeconds, result.recordsSent)} in the producer${brokerCost(result.brokerCpuSeconds, result.recordsSent)}`,
  ];
}

/** A consumer result in words, for someone who sees one for the first time. */
export function consumerText(result: ConsumerResult): readonly string[] {
  return [
    `Consumed ${count(result.recordsConsumed)} records in ${result.elapsedSeconds.toFixed(2)} s`,
    `  rate      ${count(result.recordsPerSecond)} records/s, ${result.mebibytesPerSecond.toFixed(1)} MiB/s, every checksum verified`,
    `  cost      ${cpuText(result.generator.cpuSeconds, result.recordsConsumed)} in the consumer${brokerCost(result.brokerCpuSeconds, result.recordsConsumed)}`,
  ];
}

const latencyText = ({ p50, p99, p999, max }: LatencySummary): string =>
  `half within ${milliseconds(p50)}, 99 % within ${milliseconds(p99)}, 99.9 % within ${milliseconds(p999)}, longest ${milliseconds(max)}`;

const cpuText = (cpuSeconds: number, records: number): string =>
  `${(records > 0 ? (cpuSeconds * 1e6) / records : 0).toFixed(2)} us CPU a record`;

const brokerCost = (cpuSeconds: number | null, records: number): string =>
  cpuSeconds === null ? '' : `, ${cpuText(cpuSeconds, records)} in the broker`;
