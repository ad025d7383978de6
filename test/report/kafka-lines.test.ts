import { describe, expect, it } from 'vitest';
import {
  consumerDetailHeader,
  consumerDetailRow,
  consumerHeader,
  consumerRow,
  metricsLines,
  producerSummaryLine,
  producerWindowLine,
  steadyStateLine,
} from '../../src/report/kafka-lines.ts';
import type { ConsumerResult, ConsumerWindow, LatencySummary, ProducerSummary } from '../../src/results/result.ts';

const latency: LatencySummary = {
  count: 50_000,
  mean: 0.6049,
  p50: 0.274,
  p90: 0.8,
  p95: 0.92,
  p99: 7.31,
  p999: 101,
  p9999: 120,
  max: 197.04,
};

const summary: ProducerSummary = {
  recordsSent: 50_000,
  recordsFailed: 0,
  elapsedSeconds: 0.435,
  recordsPerSecond: 114_942.5287356,
  mebibytesPerSecond: 21.923,
  serviceTimeMs: latency,
  responseTimeMs: null,
  sendLatenessMs: null,
  batchWaitMs: null,
  requestTimeMs: null,
};

/** How Kafka's own system tests read the producer's line: fields by commas, the first word of a field, MB/s after the bracket. */
const parseStats = (line: string): number[] => {
  const fields = line.split(',').map((field) => field.trim());
  const firstWord = (text: string | undefined): number => Number(text?.split(' ')[0]);
  const [records, rates, ...latencies] = fields;
  return [
    firstWord(records),
    firstWord(rates),
    firstWord(rates?.split('(')[1]),
    ...latencies.map((field) => firstWord(field)),
  ];
};

describe("the producer's lines", () => {
  it("are Kafka's, with fractions of milliseconds", () => {
    expect(producerSummaryLine(summary)).toBe(
      '50000 records sent, 114942.528736 records/sec (21.92 MB/sec), 0.60 ms avg latency, 197.04 ms max latency, 0.27 ms 50th, 0.92 ms 95th, 7.31 ms 99th, 101.00 ms 99.9th.',
    );
    expect(steadyStateLine(summary)).toMatch(/^50000 steady state records sent, 114942\.528736 records\/sec/);
  });

  it('can be read back by the rules of Kafka’s system tests', () => {
    const [records, rate, mebibytes, ...latencies] = parseStats(producerSummaryLine(summary));
    expect([records, rate, mebibytes]).toEqual([50_000, 114_942.528736, 21.92]);
    expect(latencies).toEqual([0.6, 197.04, 0.27, 0.92, 7.31, 101]);
  });

  it('say NaN for a latency without a sample', () => {
    const line = producerSummaryLine({ ...summary, recordsSent: 0, recordsPerSecond: 0, serviceTimeMs: null });
    expect(line).toContain('0 records sent, 0.000000 records/sec');
    expect(line).toContain('NaN ms avg latency, NaN ms max latency, NaN ms 50th');
  });

  it('show a window with one decimal', () => {
    const window = { ...summary, startSeconds: 0, endSeconds: 5 };
    expect(producerWindowLine(window)).toBe(
      '50000 records sent, 114942.5 records/sec (21.92 MB/sec), 0.6 ms avg latency, 197.0 ms max latency.',
    );
  });
});

const consumed = {
  startedAtMs: 1000,
  endedAtMs: 3000,
  recordsConsumed: 1_000_000,
  bytesConsumed: 104_857_600,
  recordsPerSecond: 500_000,
  mebibytesPerSecond: 50,
  rebalanceTimeMs: 400.4,
  fetchTimeMs: 1599.6,
} as ConsumerResult;

describe("the consumer's rows", () => {
  it("have Kafka's columns", () => {
    const row = consumerRow(consumed, (ms) => `t${ms}`);
    expect(row).toBe('t1000, t3000, 100.0000, 50.0000, 1000000, 500000.0000, 400, 1600, 62.5156, 625156.2891');
    expect(row.split(',')).toHaveLength(consumerHeader.split(',').length);
  });

  it('add amounts up and keep rates of the interval when detailed', () => {
    const window: ConsumerWindow = {
      startSeconds: 1,
      endSeconds: 2,
      endedAtMs: 2000,
      rebalanceTimeMs: 0,
      fetchTimeMs: 1000,
      recordsConsumed: 10,
      bytesConsumed: 1_048_576,
      recordsRedelivered: 0,
      recordsPerSecond: 10,
      mebibytesPerSecond: 1,
    };
    const row = consumerDetailRow(window, { recordsConsumed: 30, bytesConsumed: 3 * 1_048_576 }, String);
    expect(row).toBe('2000, 0, 3.0000, 1.0000, 30, 10.0000, 0, 1000, 1.0000, 10.0000');
    expect(row.split(',')).toHaveLength(consumerDetailHeader.split(',').length);
    const first = consumerDetailRow(
      { ...window, startSeconds: 0, rebalanceTimeMs: 1000, recordsPerSecond: 5, mebibytesPerSecond: 0.5 },
      { recordsConsumed: 10, bytesConsumed: 1_048_576 },
      String,
    );
    expect(first).toBe('2000, 0, 1.0000, 0.5000, 10, 5.0000, 1000, 1000, 1.0000, 10.0000');
  });

  it('have rates of zero when nothing was fetched', () => {
    const row = consumerRow({ ...consumed, recordsConsumed: 0, bytesConsumed: 0, fetchTimeMs: 0 }, String);
    expect(row.split(', ').slice(-2)).toEqual(['0.0000', '0.0000']);
  });
});

describe('the metrics table', () => {
  it('is sorted, aligned, and has three decimals', () => {
    const lines = metricsLines({ 'producer-metrics:record-send-total:{}': 5, 'a:b:{}': 1.23456 });
    const width = 'producer-metrics:record-send-total:{}'.length;
    expect(lines).toEqual([
      '',
      `${'Metric Name'.padEnd(width)}   Value`,
      `${'a:b:{}'.padEnd(width)} : 1.235`,
      'producer-metrics:record-send-total:{} : 5.000',
    ]);
  });
});
