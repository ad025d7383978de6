import { describe, expect, test } from 'vitest';
import { joined, socketBytesOf } from '../../../src/harness/compare-codecs/accounts.ts';
import { figuresOfTrial, summarisePace } from '../../../src/harness/compare-codecs/summarise.ts';
import type { CodecMeasurement, CodecTrial, RoleAccount } from '../../../src/results/codec-result.ts';

const reading = (atSeconds: number) => ({
  atSeconds,
  cpu: { userUs: 0, systemUs: 0 },
  io: null,
  brokerCpu: null,
  brokerIo: null,
});
const stretch = (from: number, to: number) => ({ from: reading(from), to: reading(to) });
const bounds = (one: readonly [number, number], other: readonly [number, number]) =>
  joined(stretch(...one), stretch(...other)).map(({ from, to }) => [from.atSeconds, to.atSeconds]);

const role = (cpuSeconds: number | null): RoleAccount => ({
  pid: 1,
  stretches: [[0, 1]],
  cpuSeconds,
  sentBytes: 300,
  receivedBytes: 100,
  diskBytesWritten: null,
});

const measurement: CodecMeasurement = {
  records: 100,
  payloadBytes: 5000,
  batches: 4,
  bytesBeforeCompression: 6000,
  bytesAfterCompression: 1500,
  wireBytes: 2000,
  logBytes: 1744,
  produced: { recordsPerSecond: 10, mebibytesPerSecond: 1 },
  consumed: { recordsPerSecond: 20, mebibytesPerSecond: 2 },
  responseTimeMs: null,
  serviceTimeMs: null,
  limit: 'undetermined',
  implementation: null,
  roles: { producer: role(0.002), broker: role(null), consumer: role(0.001) },
};

const trial = (change: Partial<CodecTrial>): CodecTrial => ({
  codec: 'lz4',
  pace: 'full-speed',
  round: 1,
  topic: 't',
  startedAt: '2026-03-01T00:00:00Z',
  failure: null,
  measured: measurement,
  ...change,
});

describe('accounts of roles', () => {
  test('count a broker once while it serves both roles, and not at all between them', () => {
    expect(bounds([0, 5], [6, 9])).toEqual([
      [0, 5],
      [6, 9],
    ]);
    expect(bounds([2, 5], [1, 6])).toEqual([[1, 6]]);
    expect(bounds([1, 5], [2, 6])).toEqual([[1, 6]]);
  });

  test('add up the sockets of all clients, and say nothing when one does not tell', () => {
    const metrics = {
      'producer-metrics:outgoing-byte-total:{client-id=a-1}': 10,
      'producer-metrics:outgoing-byte-total:{client-id=a-2}': 5,
      'producer-metrics:incoming-byte-total:{client-id=a-1}': 3,
    };
    expect(socketBytesOf({ metrics })).toEqual({ sentBytes: 15, receivedBytes: 3 });
    expect(socketBytesOf({ metrics: null })).toBeNull();
  });
});

describe('figures of a trial', () => {
  test('are by record, and null for what is not visible', () => {
    expect(figuresOfTrial(measurement)).toMatchObject({
      ratio: 4,
      wireBytesPerRecord: 20,
      logBytesPerRecord: 17.44,
      recordsPerBatch: 25,
      'producer.cpuSecondsPerMillion': 20,
      'broker.cpuSecondsPerMillion': null,
      'producer.networkBytesPerRecord': 4,
      'consumer.diskBytesPerRecord': null,
      cpuSecondsPerMillion: 30,
      cost: 600,
    });
  });

  test('are summed up without failed trials, and without what some trial has not', () => {
    const other = { ...measurement, logBytes: null, wireBytes: 3000 };
    const summary = summarisePace([
      trial({}),
      trial({ measured: other }),
      trial({ failure: 'it broke' }),
      trial({ failure: 'it never began', measured: null }),
    ]);
    expect(summary).toMatchObject({ trialsDone: 2, trialsFailed: 2 });
    expect(summary.figures.wireBytesPerRecord).toEqual({ median: 25, least: 20, most: 30 });
    expect(summary.figures.logBytesPerRecord).toBeUndefined();
  });
});
