/** What another program was found to do, in Kafka's lines and in words. What it does not tell is NaN, as in Java's own lines. */
import type {
  ExternalConsumerResult,
  ExternalE2eResult,
  ExternalProducerResult,
  ExternalResult,
} from '../results/external-result.ts';
import type { DateFormat } from './date-format.ts';

const bytesPerMebibyte = 1024 * 1024;

const fixed = (value: number | null, decimals: number): string => (value === null ? 'NaN' : value.toFixed(decimals));

/** The final line of Kafka's producer tool. */
export function externalProducerLine(result: ExternalProducerResult): string {
  const latency = result.serviceTimeMs;
  return [
    `${result.recordsSent} records sent`,
    `${fixed(result.recordsPerSecond, 6)} records/sec (${fixed(result.mebibytesPerSecond, 2)} MB/sec)`,
    `${fixed(latency?.mean ?? null, 2)} ms avg latency`,
    `${fixed(latency?.max ?? null, 2)} ms max latency`,
    `${fixed(latency?.p50 ?? null, 2)} ms 50th`,
    `${fixed(latency?.p95 ?? null, 2)} ms 95th`,
    `${fixed(latency?.p99 ?? null, 2)} ms 99th`,
    `${fixed(latency?.p999 ?? null, 2)} ms 99.9th.`,
  ].join(', ');
}

const over = (amount: number | null, milliseconds: number | null): number | null =>
  amount === null || milliseconds === null || milliseconds <= 0 ? null : amount / (milliseconds / 1e3);

/** The row of Kafka's consumer tool; its times are the program's own where it tells them, and else those of the whole program. */
export function externalConsumerRow(result: ExternalConsumerResult, formatDate: DateFormat): string {
  const mebibytes = result.bytesConsumed === null ? null : result.bytesConsumed / bytesPerMebibyte;
  return [
    formatDate(result.startedAtMs),
    formatDate(result.endedAtMs),
    fixed(mebibytes, 4),
    fixed(result.mebibytesPerSecond, 4),
    String(result.recordsConsumed),
    fixed(result.recordsPerSecond, 4),
    fixed(result.rebalanceTimeMs, 0),
    fixed(result.fetchTimeMs, 0),
    fixed(over(mebibytes, result.fetchTimeMs), 4),
    fixed(over(result.recordsConsumed, result.fetchTimeMs), 4),
  ].join(', ');
}

/** The last two lines of Kafka's end-to-end tool. */
export function externalE2eLines({ endToEndServiceTimeMs: times }: ExternalE2eResult): readonly string[] {
  const at = (name: 'p50' | 'p99' | 'p999'): string => fixed(times?.[name] ?? null, 3);
  return [
    `Avg latency: ${fixed(times?.mean ?? null, 4)} ms`,
    `Percentiles: 50th = ${at('p50')}, 99th = ${at('p99')}, 99.9th = ${at('p999')}`,
  ];
}

/** What the program took, and what the topic says. */
export function externalUsageText(result: ExternalResult | ExternalE2eResult): string {
  const { driver, driverVersion, generator, outside } = result;
  const records = result.command === 'consumer-perf-test' ? result.recordsConsumed : result.recordsSent;
  const { cpuSeconds, peakRssBytes, wallSeconds } = generator;
  const cpu =
    cpuSeconds === null
      ? ''
      : `, ${cpuSeconds.toFixed(2)} s of CPU${records > 0 ? ` (${((cpuSeconds * 1e6) / records).toFixed(2)} us a record)` : ''}`;
  const memory = peakRssBytes === null ? '' : `, at most ${(peakRssBytes / bytesPerMebibyte).toFixed(0)} MiB of memory`;
  const seen =
    outside.recordsPerSecond === null
      ? ''
      : `; seen from outside ${outside.recordsPerSecond.toFixed(0)} records a second`;
  return `${driver}${driverVersion === null ? '' : ` (${driverVersion})`} took ${wallSeconds.toFixed(1)} s${cpu}${memory}${seen}`;
}
