/** Comparisons for tests of reports: real statistics of made-up trials. */
import { compareRuns, type MetricComparison } from '../../src/measure/statistics/compare-runs.ts';
import type { Interval } from '../../src/measure/statistics/hodges-lehmann.ts';
import { quantileShifts } from '../../src/measure/statistics/quantile-shifts.ts';
import { randomNormal, randomUnits } from '../../src/measure/statistics/random.ts';
import { trendOf } from '../../src/measure/statistics/trend.ts';
import type {
  RegressionMetric,
  RegressionResult,
  RegressionSide,
  RegressionTrial,
  SideName,
} from '../../src/results/regression-result.ts';

const units = { recordsPerSecond: 'records/s', serviceTimeP99Ms: 'ms' };
const metrics = [
  { key: 'recordsPerSecond', name: 'records/s', better: 'larger', threshold: 0.02 },
  { key: 'serviceTimeP99Ms', name: 'service time p99', better: 'smaller', threshold: 0.05 },
] as const;
const quantiles = [0.5, 0.9, 0.99, 0.999];
const pairCount = 20;

const bound = (value: number): number | null => (Number.isFinite(value) ? value : null);
const interval = ({ estimate, low, high, confidence }: Interval) => ({
  estimate,
  low: bound(low),
  high: bound(high),
  confidence,
});
const places = (all: readonly { readonly place: number; readonly score: number }[]) =>
  all.map(({ place, score }) => ({ place, score: bound(score) }));

const metricOf = (compared: MetricComparison): RegressionMetric => {
  const { metric, ratio, ratioOfMedians, outliers, ...rest } = compared;
  const unit = metric.key === 'recordsPerSecond' ? units.recordsPerSecond : units.serviceTimeP99Ms;
  return {
    ...metric,
    unit,
    ...rest,
    change: interval(ratio),
    ratioOfMedians: interval(ratioOfMedians),
    outliers: { baseline: places(outliers.baseline), candidate: places(outliers.candidate) },
  };
};

const side = (name: SideName, label: string): RegressionSide => ({
  side: name,
  label,
  kind: 'workload',
  overrides: {},
  command: null,
  target: 'a broker of our own',
  stored: null,
  environment: { nodeVersion: 'v20.19.0' },
});

/** One trial; `slower` is the share by which it is slower than others. */
const trialOf = (order: number, name: SideName, slower: number, noise: () => number): RegressionTrial => {
  const luck = Math.exp(0.01 * noise());
  const p99 = 4 * (1 + slower) * luck;
  return {
    order,
    side: name,
    pair: Math.floor((order - 1) / 2),
    isWarmup: order <= 2,
    startedAt: new Date(Date.UTC(2026, 2, 1, 10, 0, 2 * order)).toISOString(),
    seconds: 1.5,
    figures: { recordsPerSecond: 1_000_000 / (1 + slower) / luck, serviceTimeP99Ms: p99 },
    quantilesMs: [p99 / 4, p99 / 2, p99, p99 * 2],
    stealSeconds: 0,
    limit: 'target',
  };
};

/** A comparison of 20 pairs in which the candidate is slower by a share, with what a test changes. */
export const regressionResult = (slower = 0, changes: Partial<RegressionResult> = {}): RegressionResult => {
  const random = randomUnits(7);
  const noise = () => randomNormal(random);
  const trials = Array.from({ length: 2 * (pairCount + 1) }, (_, place) =>
    place % 2 === 0 ? trialOf(place + 1, 'baseline', 0, noise) : trialOf(place + 1, 'candidate', slower, noise),
  );
  const of = (name: SideName) => trials.filter((trial) => trial.side === name && !trial.isWarmup);
  const [from, to] = [of('baseline'), of('candidate')];
  const compared = compareRuns(
    { baseline: from.map(({ figures }) => figures), candidate: to.map(({ figures }) => figures), isPaired: true },
    { metrics, alpha: 0.01, seed: 1 },
  );
  const shifts = quantileShifts({
    quantiles,
    baseline: from.map(({ quantilesMs }) => quantilesMs ?? []),
    candidate: to.map(({ quantilesMs }) => quantilesMs ?? []),
    isPaired: true,
    alpha: 0.05,
    seed: 1,
  });
  return {
    schemaVersion: 1,
    command: 'regress',
    workload: { name: 'orders', fingerprint: 'abc', settings: {} },
    startedAt: '2026-03-01T10:00:00.000Z',
    elapsedSeconds: 65.4321,
    argv: ['orders.yaml'],
    sides: { baseline: side('baseline', 'linger.ms=0'), candidate: side('candidate', 'linger.ms=5') },
    verdict: compared.verdict,
    sentence: `the candidate is ${compared.verdict}`,
    undecided: 'pass',
    exitStatus: compared.verdict === 'slower' ? 3 : 0,
    metrics: compared.metrics.map(metricOf),
    notMeasured: compared.notMeasured,
    distribution: { name: 'service time', quantiles: shifts },
    thresholds: [],
    quantiles,
    trials,
    control: {
      work: 'a million additions',
      trials: from.map((_, place) => ({ beforeOrder: 2 * place + 1, milliseconds: 10 + (place % 3) / 10 })),
      trend: trendOf(from.map((_, place) => Math.log(10 + (place % 3) / 10))),
      outliers: [],
      notes: [],
    },
    design: {
      isPaired: true,
      trialsRan: 'apart',
      alpha: 0.01,
      lookAt: [20],
      lookedAt: [20],
      method: 'one look',
      seed: 1,
      mostPairs: 20,
      budgetSeconds: 300,
      ended: 'settled',
    },
    environmentDifferences: [],
    failure: null,
    isInterrupted: false,
    runRecord: null,
    ...changes,
  };
};

/** A side failed: there is nothing to compare. */
export const failedComparison = (): RegressionResult =>
  regressionResult(0, {
    verdict: null,
    sentence: 'nothing was compared',
    metrics: [],
    distribution: null,
    control: null,
    exitStatus: 1,
    failure: 'the candidate failed: <no> "broker" & \u0007 no topic',
  });
