import { describe, expect, it } from 'vitest';
import { blockedText, latencyTable } from '../../src/report/latency-text.ts';
import type { ProducerResult } from '../../src/results/result.ts';

const none = {
  responseTimeMs: null,
  serviceTimeMs: null,
  sendLatenessMs: null,
  batchWaitMs: null,
  requestTimeMs: null,
} as unknown as ProducerResult;
const summary = {
  count: 1,
  mean: 1,
  p50: 0.5,
  p90: 2,
  p95: 3,
  p99: 40.1234,
  p999: 512.34,
  p9999: 9999.9,
  max: 3_600_000,
};

describe('the table of latencies', () => {
  it('shows response and service time side by side, with their difference, to the 99.99th percentile and the maximum', () => {
    const result = { ...none, responseTimeMs: summary, serviceTimeMs: summary, sendLatenessMs: summary };
    expect(latencyTable(result)).toEqual([
      'latencies in ms                                 mean       50th       95th       99th     99.9th    99.99th        max',
      '  response time, due to acknowledged           1.000      0.500      3.000     40.123      512.3     9999.9  3,600,000',
      '  service time, send to acknowledged           1.000      0.500      3.000     40.123      512.3     9999.9  3,600,000',
      '  difference, due to send                      1.000      0.500      3.000     40.123      512.3     9999.9  3,600,000',
    ]);
  });

  it('leaves out what was not timed', () => {
    expect(latencyTable(none)).toEqual([]);
    expect(latencyTable({ ...none, batchWaitMs: summary })).toHaveLength(2);
  });
});

describe('blocked time', () => {
  it('is said only when a send waited', () => {
    const blockedTime = { count: 1200, totalMs: 3400, maxMs: 12.5, share: 0.345 };
    expect(blockedText({ ...none, blockedTime })).toBe(
      'send waited 1,200 times for room in buffer.memory: 3,400 ms together, 12.50 ms at most, 34.5 % of the time',
    );
    expect(blockedText({ ...none, blockedTime: { ...blockedTime, count: 0 } })).toBeNull();
  });
});
