/** A run of find-rate for tests of reports. */
import type { FindRateResult, RateTrial } from '../../src/results/find-rate-result.ts';
import type { StoredRun } from '../../src/results/store.ts';
import { producerRun } from './stored.ts';

const trial = (rate: number, p99: number): RateTrial => ({
  rate,
  phase: 'bisect',
  startedAt: '2026-03-01T10:20:30.456Z',
  isHeld: p99 < 10,
  outcome: p99 < 10 ? 'held' : 'latency',
  reason: p99 < 10 ? 'held' : `p99 was ${p99} ms`,
  figures: { 'responseTimeMs.p99': p99 },
  achievedRate: rate,
  result: producerRun(),
});

/** One that found 4,000 records a second, with what a test changes. */
export const findRateRun = (changes: Partial<FindRateResult> = {}): FindRateResult => ({
  schemaVersion: 1,
  command: 'find-rate',
  topic: 'find-rate',
  startedAt: '2026-03-01T10:20:30.456Z',
  argv: [],
  plan: {},
  limits: ['p99 < 10 ms'],
  trialSeconds: 30,
  warmupSeconds: 3,
  precision: 0.05,
  environment: {},
  elapsedSeconds: 120,
  isInterrupted: false,
  failure: null,
  end: 'found',
  rate: 4000,
  trialsAtRate: 2,
  heldAtRate: 2,
  edge: { median: 4100, least: 4000, most: 4300, confidence: 0.95 },
  limitedBy: 'target',
  trials: [trial(1000, 2), trial(8000, 30), trial(4000, 7), trial(4000, 8)],
  runRecord: null,
  ...changes,
});

/** It as the store gives it. */
export const storedFindRate = (run: FindRateResult = findRateRun()): StoredRun =>
  ({ name: 'f', folder: '/f', run: { isPartial: false, ...run }, files: {} }) as unknown as StoredRun;
