/** Runs for tests of reports. */
import type { LatencySummary, ProducerResult } from '../../src/results/result.ts';
import type { StoredRun } from '../../src/results/store.ts';

/** A summary whose figures grow from a median. */
export const latency = (p50: number): LatencySummary => ({
  count: 1000,
  mean: p50,
  p50,
  p90: p50 * 2,
  p95: p50 * 3,
  p99: p50 * 4,
  p999: p50 * 5,
  p9999: p50 * 6,
  max: p50 * 7,
});

const times = { responseTimeMs: null, sendLatenessMs: null, batchWaitMs: latency(1), requestTimeMs: latency(0.5) };

/** A producer run of so many windows, with what a test changes. */
export const producerRun = (changes: Partial<ProducerResult> = {}, windowCount = 10): ProducerResult => ({
  schemaVersion: 1,
  command: 'producer-perf-test',
  topic: 'orders',
  startedAt: '2026-03-01T10:20:30.456Z',
  driver: 'native',
  driverNotes: [],
  elapsedSeconds: 10,
  recordsPerSecond: 1000,
  mebibytesPerSecond: 1,
  failure: null,
  isInterrupted: false,
  reconnects: 0,
  generator: { cpuSeconds: 1, peakRssBytes: 1, maxEventLoopDelayMs: 1 },
  brokerCpuSeconds: null,
  environment: { cpuModel: 'a processor', cpuCount: 2 },
  configuration: {
    plan: { argv: ['--topic', 'orders'] },
    client: { acks: 'all' },
    topic: { name: 'orders' },
    broker: null,
  },
  metrics: null,
  runRecord: null,
  recordsSent: 10_000,
  recordsFailed: 0,
  errors: {},
  recordsRetried: 0,
  blockedTime: { count: 0, totalMs: 0, maxMs: 0, share: 0 },
  verdict: {
    kind: 'target-limited',
    sentence: 'the target was the limit',
    evidence: {
      elapsedSeconds: 10,
      hasSchedule: false,
      producers: [],
      sendLatenessP99Ms: null,
      sendLatenessMaxMs: null,
      mainThreadCpuShare: 0.1,
      brokerCpuShare: null,
      processorCount: 2,
      machineBusyShare: 0.5,
      othersCpuShare: 0.1,
      stealShare: 0,
      cpuPressureShare: 0,
      throttledShare: 0,
    },
  },
  compression: null,
  payload: { meanValueBytes: 100, longestValueBytes: 100, measuredCompressibility: {} },
  transactions: null,
  recordsUnsent: 0,
  steadyState: null,
  serviceTimeMs: latency(2),
  ...times,
  windows: Array.from({ length: windowCount }, (_, index) => ({
    startSeconds: index,
    endSeconds: index + 1,
    recordsSent: 1000,
    recordsFailed: 0,
    recordsPerSecond: index === 3 ? 10 : 1000 + index,
    mebibytesPerSecond: 1,
    serviceTimeMs: index === 3 ? null : latency(2),
    ...times,
  })),
  ...changes,
});

/** It as it is stored. */
export const stored = (run: ProducerResult, name = 'a-run'): StoredRun => ({
  name,
  folder: `/results/${name}`,
  run: { isPartial: false, ...run },
  files: {
    'service-time.hgrm':
      '       Value     Percentile TotalCount 1/(1-Percentile)\n\n       1.000 0.000000000000          1           1.00\n       2.000 0.500000000000        500           2.00\n      14.000 1.000000000000       1000\n#[Mean    =        2.000]\n',
  },
});
