/** Plans and stubs for tests of comparisons: no process is started. */
import type {
  RegressionObserver,
  RegressionPlan,
  RegressionTools,
  SidePlan,
} from '../../../src/harness/regress/run-regression.ts';
import { quantiles, usualMetrics } from '../../../src/harness/regress/trial-figures.ts';
import type { SideProgram, TrialOutcome } from '../../../src/harness/regress/trial-runner.ts';
import { identityOf } from '../../../src/harness/regress/workload-identity.ts';
import { randomNormal, randomUnits } from '../../../src/measure/statistics/random.ts';
import { type Baseline, baselineSchemaVersion } from '../../../src/results/baseline.ts';
import type { SideName } from '../../../src/results/regression-result.ts';

export const machine = {
  cpuModel: 'a processor',
  cpuCount: 4,
  totalMemoryBytes: 16e9,
  nodeVersion: 'v20.0.0',
  spillwayVersion: '0.1.0',
};

const program = (side: SideName): SideProgram => ({ kind: 'spillway', command: ['node', 'main.js'], file: side });

export const runnable = (side: SideName): SidePlan => ({
  label: side === 'baseline' ? 'linger.ms=0' : 'linger.ms=5',
  kind: 'workload',
  overrides: {},
  command: null,
  target: 'a broker of our own',
  brokerVersion: null,
  program: program(side),
  stored: null,
});

export const identity = identityOf('load', { records: 1000 }, { settings: { records: 1000 } });

/** One trial with this many records a second. */
export const outcome = (recordsPerSecond: number | null, changes: Partial<TrialOutcome> = {}): TrialOutcome => ({
  startedAt: '2026-03-01T10:00:00.000Z',
  seconds: 1,
  figures: { recordsPerSecond },
  quantilesMs: null,
  stealSeconds: 0,
  limit: 'target',
  environment: machine,
  metrics: null,
  trial: null,
  ...changes,
});

export const baseline = (rates: readonly number[], changes: Partial<Baseline> = {}): Baseline => ({
  kind: 'spillway-baseline',
  schemaVersion: baselineSchemaVersion,
  name: 'laptop',
  savedAt: '2026-03-01T10:00:00.000Z',
  source: 'a run',
  workload: identity,
  trialsRan: 'apart',
  environment: { ...machine, target: 'a broker of our own', brokerVersion: 'Spillway 0.1.0' },
  metrics: usualMetrics.slice(0, 1),
  quantiles,
  trials: rates.map((recordsPerSecond) => ({ startedAt: '', figures: { recordsPerSecond }, quantilesMs: null })),
  ...changes,
});

export const stored = (file: Baseline): SidePlan => ({
  ...{ label: 'baseline laptop', kind: 'stored', overrides: {}, command: null, target: 'a broker of our own' },
  ...{ brokerVersion: null, program: null, stored: { file: 'laptop.json', baseline: file } },
});

export const regressionPlan = (changes: Partial<RegressionPlan> = {}): RegressionPlan => ({
  sides: { baseline: runnable('baseline'), candidate: runnable('candidate') },
  workload: identity,
  thresholds: [],
  metrics: usualMetrics.slice(0, 1),
  effort: { alpha: 0.01, seed: 1, mostPairs: 30, budgetSeconds: 300 },
  undecided: 'pass',
  trialTimeoutSeconds: null,
  allowsDifferentEnvironment: false,
  argv: ['load.yaml'],
  resultsDir: null,
  ...changes,
});

/** An observer that remembers, and may be stopped. */
export const watcher = (stop = new AbortController().signal) => {
  const notices: string[] = [];
  const observer: RegressionObserver = {
    onProgress: () => {},
    onNotice: (line) => notices.push(line),
    onWarning: (line) => notices.push(line),
    stop,
    interruptStatus: () => 130,
  };
  return { notices, observer };
};

/**
 * Trials of one second each on a clock of their own, about 1000 records a second for either side, with noise.
 * @param effect what the candidate's rate is multiplied by
 */
export const simulated = ({ effect = 1, noise = 0.02, seconds = 1 } = {}) => {
  const random = randomUnits(7);
  const order: SideName[] = [];
  let nowMs = 0;
  const tools: RegressionTools = {
    runTrials: (side, count) => {
      if (side.kind !== 'spillway') throw new Error('no such side');
      const name = side.file === 'candidate' ? 'candidate' : 'baseline';
      const outcomes = Array.from({ length: count }, () => {
        nowMs += seconds * 1e3;
        order.push(name);
        return outcome(1000 * (name === 'candidate' ? effect : 1) * Math.exp(noise * randomNormal(random)));
      });
      return Promise.resolve(outcomes);
    },
    control: () => 40 + random(),
    nowMs: () => nowMs,
  };
  return { tools, order };
};
