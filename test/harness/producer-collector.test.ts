import { describe, expect, test } from 'vitest';
import { ProducerCollector, type ProducerCollectorOptions } from '../../src/harness/producer-collector.ts';
import type { ProducerDone, ProducerWindowMessage } from '../../src/load/messages.ts';
import { LatencyCounts, type LatencySnapshot } from '../../src/measure/latency-counts.ts';
import type { ProducerWindow } from '../../src/results/result.ts';

const counted = (microseconds: readonly number[]): LatencySnapshot | null => {
  const counts = new LatencyCounts();
  for (const value of microseconds) counts.record(value);
  return counts.take();
};

const windowOf = (
  index: number,
  isFinal: boolean,
  warmUp: readonly number[],
  steady: readonly number[],
): ProducerWindowMessage => ({
  kind: 'window',
  index,
  isFinal,
  all: { recordsSent: warmUp.length + steady.length, recordsFailed: 1, valueBytes: 1024 * 1024 },
  steady: { recordsSent: steady.length, recordsFailed: 0, valueBytes: 512 * 1024 },
  serviceTime: { warmUp: counted(warmUp), steady: counted(steady) },
  responseTime: null,
  sendLateness: null,
  batchWait: { warmUp: counted(warmUp.slice(0, 1)), steady: counted(steady.slice(0, 1)) },
  requestTime: { warmUp: null, steady: null },
});

const doneOf = (fields: Partial<ProducerDone>): ProducerDone => ({
  kind: 'done',
  failure: null,
  metrics: null,
  thread: {
    elapsedSeconds: 1,
    cpuSeconds: null,
    activeSeconds: 0,
    p99EventLoopDelayMs: 0,
    maxEventLoopDelayMs: 0,
    gcPauseMs: 0,
  },
  firstSendUs: null,
  firstSteadySendUs: null,
  firstSteadyDueUs: null,
  lastAckUs: null,
  lastSettledUs: null,
  failures: {},
  repeats: { retries: 0, reconnects: 0 },
  compression: { codec: 'none', level: null, implementation: null, bytesBefore: 0, bytesAfter: 0, batchesLeft: 0 },
  negativeLatencies: 0,
  maxLatenessUs: 0,
  blocked: { count: 0, totalUs: 0, maxUs: 0 },
  limits: { memoryFullUs: 0, inFlightFullUs: 0 },
  spinUs: 0,
  recordsUnsent: 0,
  transactions: null,
  ...fields,
});

describe('producer collector', () => {
  const collect = (
    onHistograms: ProducerCollectorOptions['onHistograms'] = () => {},
  ): { readonly collector: ProducerCollector; readonly seen: readonly ProducerWindow[] } => {
    const seen: ProducerWindow[] = [];
    const collector = new ProducerCollector({
      workers: 2,
      reportingIntervalMs: 1000,
      onWindow: (window) => seen.push(window),
      onHistograms,
    });
    collector.addWindow(0, windowOf(0, false, [1000, 2000], [3000]));
    collector.addWindow(1, windowOf(0, false, [1000], [5000, 5000]));
    collector.addWindow(0, windowOf(1, true, [], [7000]));
    collector.addWindow(1, windowOf(1, true, [], []));
    const failed = { count: 2, message: 'the leader moved' };
    collector.addDone(
      0,
      doneOf({
        firstSendUs: 100,
        firstSteadySendUs: 500_100,
        lastAckUs: 2_000_100,
        lastSettledUs: 2_500_000,
        failures: { NOT_LEADER_OR_FOLLOWER: failed },
      }),
    );
    collector.addDone(
      1,
      doneOf({
        firstSendUs: 300,
        firstSteadySendUs: 600_000,
        lastAckUs: 1_000_000,
        lastSettledUs: 1_000_000,
        failures: { NOT_LEADER_OR_FOLLOWER: failed, REQUEST_TIMED_OUT: { count: 1, message: 'too late' } },
      }),
    );
    return { collector, seen };
  };

  test('measures from the first send of any producer to when the fate of the last record was known', () => {
    const summary = collect().collector.summary(null);
    expect(summary.recordsSent).toBe(7);
    expect(summary.recordsFailed).toBe(4);
    expect(summary.elapsedSeconds).toBeCloseTo(2.5, 3);
    expect(summary.recordsPerSecond).toBeCloseTo(7 / 2.5, 3);
    expect(summary.mebibytesPerSecond).toBeCloseTo(4 / 2.5, 3);
    expect(summary.serviceTimeMs?.count).toBe(7);
    expect(summary.serviceTimeMs?.max).toBeCloseTo(7, 1);
    expect(summary.responseTimeMs).toBeNull();
    expect(summary.batchWaitMs).toMatchObject({ count: 5, max: 7 });
  });

  test('counts from the start of a schedule, so that a late start does not raise the rate', () => {
    const { collector } = collect();
    expect(collector.summary(-1_499_900).elapsedSeconds).toBeCloseTo(4, 3);
    expect(collector.summary(-1_499_900).recordsPerSecond).toBeCloseTo(7 / 4, 3);
  });

  test('counts the steady state from when its first record was due', () => {
    const collector = new ProducerCollector({ workers: 1, reportingIntervalMs: 1000, onWindow: () => {} });
    collector.addWindow(0, { ...windowOf(0, true, [1000], [2000]) });
    const times = { firstSendUs: 0, firstSteadySendUs: 700_000, firstSteadyDueUs: 500_000 };
    collector.addDone(0, doneOf({ ...times, lastAckUs: 1_000_000, lastSettledUs: 1_000_000 }));
    expect(collector.steadySummary()?.elapsedSeconds).toBeCloseTo(0.5, 3);
  });

  test('hands the latencies of each interval over once, in order, the unfinished one at the end', () => {
    const handed: [seconds: number, count: number][] = [];
    const { collector } = collect((window, { serviceTime }) =>
      handed.push([window.endSeconds, serviceTime.totalCount]),
    );
    expect(handed).toEqual([[1, 6]]);
    collector.windows(0);
    expect(handed).toEqual([
      [1, 6],
      [2.5, 1],
    ]);
  });

  test('leaves the warm-up out of the steady state', () => {
    const steady = collect().collector.steadySummary();
    expect(steady?.recordsSent).toBe(4);
    expect(steady?.elapsedSeconds).toBe(1.5);
    expect(steady?.serviceTimeMs?.count).toBe(4);
    expect(steady?.serviceTimeMs?.p50).toBeCloseTo(5, 1);
  });

  test('shows whole intervals as they end, and the unfinished one at the end alone', () => {
    const { collector, seen } = collect();
    expect(seen.map((window) => window.recordsSent)).toEqual([6]);
    const windows = collector.windows(0);
    expect(windows.map((window) => window.recordsSent)).toEqual([6, 1]);
    expect(windows[1]).toMatchObject({ startSeconds: 1, endSeconds: 2.5 });
    expect(windows[0]?.serviceTimeMs?.count).toBe(6);
  });

  test('adds up failures by the name of the error', () => {
    expect(collect().collector.errors()).toEqual({
      NOT_LEADER_OR_FOLLOWER: { count: 4, message: 'the leader moved' },
      REQUEST_TIMED_OUT: { count: 1, message: 'too late' },
    });
  });

  test('has no latencies and no rate without records', () => {
    const collector = new ProducerCollector({
      workers: 1,
      reportingIntervalMs: 1000,
      onWindow: () => {},
    });
    collector.addWindow(0, windowOf(0, true, [], []));
    collector.addDone(0, doneOf({}));
    const summary = collector.summary(null);
    expect(summary.elapsedSeconds).toBe(0);
    expect(summary.recordsPerSecond).toBe(0);
    expect(summary.serviceTimeMs).toBeNull();
    expect(summary.responseTimeMs).toBeNull();
    expect(collector.steadySummary()).toBeNull();
  });
});
