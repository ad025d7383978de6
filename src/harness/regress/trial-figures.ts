/** What the document of a trial says of the metrics that sides are compared by. Another build may have printed it: nothing is taken for granted. */
import { defaultMetrics } from '../../measure/statistics/compare-runs.ts';
import type { RegressionMetricName, RegressionTrial } from '../../results/regression-result.ts';

/** What is kept of a trial's document. */
export type TrialFigures = Pick<RegressionTrial, 'figures' | 'quantilesMs' | 'stealSeconds' | 'limit'>;

/** What latency distributions are compared at, and what a summary calls that. */
const points = [
  [0.5, 'p50'],
  [0.9, 'p90'],
  [0.95, 'p95'],
  [0.99, 'p99'],
  [0.999, 'p999'],
  [0.9999, 'p9999'],
] as const;

/** The quantiles of `quantilesMs`. */
export const quantiles: readonly number[] = points.map(([quantile]) => quantile);

const units: Readonly<Record<string, string>> = {
  recordsPerSecond: 'records/s',
  generatorCpuUsPerRecord: 'µs',
  responseTimeP50Ms: 'ms',
  responseTimeP99Ms: 'ms',
  responseTimeP999Ms: 'ms',
  peakMemoryBytes: 'bytes',
};

const extraMetrics: readonly RegressionMetricName[] = [
  {
    key: 'brokerCpuUsPerRecord',
    name: 'broker CPU per record',
    unit: 'µs',
    better: 'smaller',
    threshold: 0.02,
  },
  { key: 'serviceTimeP50Ms', name: 'service time p50', unit: 'ms', better: 'smaller', threshold: 0.05 },
  { key: 'serviceTimeP99Ms', name: 'service time p99', unit: 'ms', better: 'smaller', threshold: 0.05 },
  { key: 'serviceTimeP999Ms', name: 'service time p99.9', unit: 'ms', better: 'smaller', threshold: 0.1 },
];

/** Those that are compared unless others are asked for. */
export const usualMetrics: readonly RegressionMetricName[] = defaultMetrics.map((metric) => ({
  ...metric,
  unit: units[metric.key] ?? '',
}));

/** All that may be asked for. */
export const allMetrics: readonly RegressionMetricName[] = [...usualMetrics, ...extraMetrics];

const at = (value: unknown, path: string): unknown =>
  path
    .split('.')
    .reduce<unknown>(
      (tree, key) =>
        typeof tree === 'object' && tree !== null && Object.hasOwn(tree, key) ? Reflect.get(tree, key) : undefined,
      value,
    );

const numberAt = (value: unknown, ...paths: readonly string[]): number | null => {
  for (const path of paths) {
    const found = at(value, path);
    if (typeof found === 'number' && Number.isFinite(found)) return found;
  }
  return null;
};

const perRecord = (seconds: number | null, records: number | null): number | null =>
  seconds === null || records === null || records <= 0 ? null : (seconds * 1e6) / records;

/** Of an end-to-end test both times are those from send, or from when it was due, to receipt. */
const timeOf = (result: unknown, steady: unknown, name: 'serviceTimeMs' | 'responseTimeMs'): unknown =>
  at(result, 'command') === 'e2e-latency'
    ? at(result, name === 'serviceTimeMs' ? 'endToEndServiceTimeMs' : 'endToEndResponseTimeMs')
    : at(steady, name);

/**
 * Figures of a test's document (`--json`), without its warm-up where it has one; null for what it does not say.
 * @param isAlone false where more than one trial ran in the process: its peak of memory is then no trial's
 */
export const figuresOfResult = (result: unknown, isAlone: boolean): TrialFigures => {
  const steady = at(result, 'steadyState') ?? result;
  const response = timeOf(result, steady, 'responseTimeMs');
  const service = timeOf(result, steady, 'serviceTimeMs');
  const records = numberAt(result, 'recordsSent', 'recordsConsumed', 'recordsReceived');
  const distribution = points.map(([, name]) => numberAt(response ?? service, name));
  const limit = at(result, 'verdict.kind');
  return {
    figures: {
      recordsPerSecond: numberAt(steady, 'recordsPerSecond') ?? numberAt(result, 'outside.recordsPerSecond'),
      generatorCpuUsPerRecord: perRecord(numberAt(result, 'generator.cpuSeconds'), records),
      responseTimeP50Ms: numberAt(response, 'p50'),
      responseTimeP99Ms: numberAt(response, 'p99'),
      responseTimeP999Ms: numberAt(response, 'p999'),
      peakMemoryBytes: isAlone ? numberAt(result, 'generator.peakRssBytes') : null,
      brokerCpuUsPerRecord: perRecord(numberAt(result, 'brokerCpuSeconds'), records),
      serviceTimeP50Ms: numberAt(service, 'p50'),
      serviceTimeP99Ms: numberAt(service, 'p99'),
      serviceTimeP999Ms: numberAt(service, 'p999'),
    },
    quantilesMs: distribution.every((value) => value !== null && value > 0) ? distribution.map(Number) : null,
    stealSeconds: numberAt(result, 'environment.stealSeconds'),
    limit: typeof limit === 'string' ? limit : null,
  };
};

/** The object that a program printed last, on a line of its own; null when there is none. */
export const lastObject = (stdout: string): unknown => {
  const line = stdout.split(/\r?\n/).findLast((each) => each.trimStart().startsWith('{'));
  if (line === undefined) return null;
  try {
    return JSON.parse(line);
  } catch {
    return null; // A line that only begins like one.
  }
};
