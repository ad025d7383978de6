import { expect, test } from 'vitest';
import { E2eCollector } from '../../src/harness/e2e-collector.ts';
import type { E2eDone } from '../../src/load/e2e-messages.ts';

const done: E2eDone = {
  kind: 'done',
  failure: null,
  metrics: null,
  repeats: { retries: 0, reconnects: 0 },
  recordsRetried: 0,
  fetchesRetried: 0,
  thread: {
    elapsedSeconds: 1,
    cpuSeconds: null,
    activeSeconds: 0,
    p99EventLoopDelayMs: 0,
    maxEventLoopDelayMs: 0,
    gcPauseMs: 0,
  },
  sender: null,
  failures: {},
  firstSendUs: 400_000,
  lastReceiptUs: 2_000_000,
  recordsLost: 0,
  recordsDuplicated: 0,
  recordsForeign: 0,
  recordsChanged: 0,
  checks: null,
  lastForeignUs: null,
  negativeLatencies: 0,
  maxLatenessUs: 0,
};

test('counts from the start of a schedule, so that a late start does not raise the rate, and without one from the first send', () => {
  const collector = new E2eCollector({ workers: 1, reportingIntervalMs: 1000, onHistograms: () => {} });
  collector.addDone(0, done);
  expect(collector.summary(0).elapsedSeconds).toBe(2);
  expect(collector.summary(null).elapsedSeconds).toBe(1.6);
});
