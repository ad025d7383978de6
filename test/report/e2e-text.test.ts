import { describe, expect, it } from 'vitest';
import {
  e2eDetailTexts,
  e2eFailureText,
  e2eForeignText,
  e2eRepeatsText,
  e2eSampleLine,
  e2eSummaryLines,
} from '../../src/report/e2e-text.ts';
import type { E2eResult } from '../../src/results/e2e-result.ts';

const latency = (p50: number) => ({
  count: 10,
  mean: p50 + 0.00005,
  p50,
  p90: p50 * 2,
  p95: p50 * 3,
  p99: p50 * 4,
  p999: p50 * 5,
  p9999: p50 * 6,
  max: p50 * 7,
});

const result = (changes: Partial<E2eResult> = {}): E2eResult => ({
  schemaVersion: 1,
  command: 'e2e-latency',
  topic: 't',
  startedAt: '2026-03-01T10:20:30.456Z',
  driver: 'native',
  driverNotes: [],
  elapsedSeconds: 1,
  recordsPerSecond: 10,
  mebibytesPerSecond: 0.1,
  recordsSent: 10,
  recordsFailed: 0,
  errors: {},
  recordsReceived: 10,
  recordsLost: 0,
  recordsDuplicated: 0,
  recordsForeign: 0,
  recordsChanged: 0,
  warmupRecords: 0,
  recordsRetried: 0,
  fetchesRetried: 0,
  reconnects: 0,
  ackTimeMs: latency(0.5),
  ackResponseTimeMs: null,
  endToEndServiceTimeMs: latency(1),
  endToEndResponseTimeMs: null,
  sendLatenessMs: null,
  verdict: null,
  windows: [],
  failure: null,
  isInterrupted: false,
  generator: { cpuSeconds: 0, peakRssBytes: 1, maxEventLoopDelayMs: 0, maxLatenessMs: null },
  brokerCpuSeconds: null,
  environment: {},
  configuration: { plan: {}, client: {}, topic: {}, broker: null },
  metrics: null,
  runRecord: null,
  ...changes,
});

const paced = result({
  ackResponseTimeMs: latency(2),
  endToEndResponseTimeMs: latency(3),
  generator: { cpuSeconds: 0, peakRssBytes: 1, maxEventLoopDelayMs: 0, maxLatenessMs: 8 },
});

describe('the lines of an end-to-end test', () => {
  it("are Kafka's, with fractions", () => {
    expect(e2eSampleLine(1000, 0.41234)).toBe('1000\t0.412');
    expect(e2eSummaryLines(result())).toEqual([
      'Avg latency: 1.0001 ms',
      'Percentiles: 50th = 1.000, 99th = 4.000, 99.9th = 5.000',
    ]);
  });

  it('count from the due time where there is one', () => {
    expect(e2eSummaryLines(paced)[1]).toBe('Percentiles: 50th = 3.000, 99th = 12.000, 99.9th = 15.000');
  });

  it('are NaN when no record came back', () => {
    expect(e2eSummaryLines(result({ recordsReceived: 0, endToEndServiceTimeMs: null }))).toEqual([
      'Avg latency: NaN ms',
      'Percentiles: 50th = NaN, 99th = NaN, 99.9th = NaN',
    ]);
  });

  it('are left out when all records that came back were of the warm-up', () => {
    expect(e2eSummaryLines(result({ endToEndServiceTimeMs: null }))).toEqual([]);
  });
});

describe('what is said beside the lines of an end-to-end test', () => {
  it('is what one record at a time hides', () => {
    expect(e2eDetailTexts(result({ warmupRecords: 5 }))).toEqual([
      'the first 5 records are warm-up, and in no latency',
      'longest 7.00 ms, one record at a time: a stall is felt by one record alone',
      'to the acknowledgement, from the send: 0.50 ms 50th, 2.00 ms 99th, 2.50 ms 99.9th, 3.50 ms max',
    ]);
  });

  it('is what starting at the send would have said, at a rate', () => {
    expect(e2eDetailTexts(paced).slice(0, 2)).toEqual([
      'the latencies above count from when records were due, longest 21.00 ms; latest send 8.00 ms after its time',
      'from the send: 1.00 ms 50th, 4.00 ms 99th, 5.00 ms 99.9th, 7.00 ms max',
    ]);
  });

  it('is nothing that went wrong when every record came back once', () => {
    expect(e2eFailureText(result(), 10)).toBeNull();
    expect(e2eFailureText(result({ recordsReceived: 9, isInterrupted: true }), 10)).toBeNull();
    expect(e2eRepeatsText(result())).toBeNull();
  });

  it.each([
    [{ recordsReceived: 9 }, '10 acknowledged, 9 received, 0 failed'],
    [{ recordsLost: 1 }, '10 acknowledged, 10 received, 0 failed, 1 lost (acknowledged and not received)'],
    [{ recordsChanged: 1 }, '10 acknowledged, 10 received, 0 failed, 1 received otherwise than they were sent'],
    [{ recordsDuplicated: 2, isInterrupted: true }, '10 acknowledged, 10 received, 0 failed, 2 received again'],
    [
      { recordsFailed: 1, errors: { NOT_ENOUGH_REPLICAS: { count: 1, message: 'too few' } } },
      '10 acknowledged, 10 received, 1 failed: NOT_ENOUGH_REPLICAS x1: too few',
    ],
    [{ failure: 'the broker is gone' }, 'the broker is gone; 10 acknowledged, 10 received, 0 failed'],
  ])('is what went wrong: %o', (changes, text) => {
    expect(e2eFailureText(result(changes), 10)).toBe(text);
  });

  it('is that others wrote to the topic, which is no failure', () => {
    expect(e2eForeignText(result())).toBeNull();
    expect(e2eForeignText(result({ recordsForeign: 2 }))).toBe(
      '2 records were not of this test, and left out: something else writes to the topic',
    );
    expect(e2eFailureText(result({ recordsForeign: 2 }), 10)).toBeNull();
  });

  it('is what was done again', () => {
    expect(e2eRepeatsText(result({ recordsRetried: 1, reconnects: 2 }))).toBe(
      '1 record was sent again, 2 connections were opened again',
    );
  });
});
