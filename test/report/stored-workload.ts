/** Runs of workloads for tests of reports. */
import type { StoredRun } from '../../src/results/store.ts';
import type { WorkloadRun } from '../../src/results/workload-run.ts';
import { producerRun } from './stored.ts';

const range = (median: number) => ({ median, least: median - 1, most: median + 1 });

/** A run over two axes; `text` stands in a name, a setting and a value of an axis. */
export const workloadRun = (text = 'text'): WorkloadRun => ({
  isPartial: false,
  schemaVersion: 1,
  command: 'run',
  workload: text,
  source: 'a.yaml',
  startedAt: '2026-03-01T10:20:30.456Z',
  argv: [],
  plan: { note: text },
  environment: {},
  elapsedSeconds: 12,
  isInterrupted: false,
  failure: null,
  steps: [0, 1, 2, 3].map((index) => ({
    index,
    point: { 'client.linger.ms': index % 2, 'payload.kind': index < 2 ? text : 'json' },
    argv: [],
    trialsDone: 3,
    trialsFailed: 0,
    figures: {
      recordsPerSecond: range(1000 * (index + 1)),
      'serviceTimeMs.p50': range(5 - index),
      'serviceTimeMs.p99': range(10 - index),
    },
    verdicts: { 'target-limited': 3 },
  })),
  trials: [{ step: 3, trial: 1, attempt: 1, startedAt: '', failure: null, isRepeated: false, result: producerRun() }],
  thresholds: [{ threshold: 'serviceTimeMs.p99 < 8', step: 0, value: 10, isMet: false }],
  best: { step: 3, rule: 'highest median records/s', notTold: [2] },
  runRecord: null,
});

/** It as the store gives it: a run of a kind that has a record of its own. */
export const storedWorkload = (run: WorkloadRun, name = 'w'): StoredRun =>
  ({ name, folder: `/${name}`, run, files: {} }) as unknown as StoredRun;
