/** What the trials of a step come to. */
import { median } from '../measure/statistics/samples.ts';
import type { FigureRange, TrialResult, WorkloadTrial } from './workload-run.ts';

/** A figure of a result without its warm-up, such as `responseTimeMs.p99`; null where it was not measured. */
export const figureOf = (result: TrialResult, name: string): number | null => {
  // The warm-up does not count where there is one.
  const steady = result.command === 'producer-perf-test' ? (result.steadyState ?? result) : result;
  const [key = '', point] = name.split('.');
  const value: unknown = Object.hasOwn(steady, key) ? Reflect.get(steady, key) : null;
  const figure: unknown = point === undefined || value === null ? value : Reflect.get(Object(value), point);
  return typeof figure === 'number' ? figure : null;
};

/**
 * Medians and ranges over trials.
 * @param names figures of a result, such as `recordsPerSecond` and `responseTimeMs.p99`
 */
export const summariseTrials = (
  trials: readonly WorkloadTrial[],
  names: readonly string[],
): Readonly<Record<string, FigureRange>> => {
  const results = trials.flatMap(({ result, failure }) => (result === null || failure !== null ? [] : [result]));
  const ranges = names.flatMap((name) => {
    const values = results.map((result) => figureOf(result, name)).filter((value) => value !== null);
    if (values.length === 0 || values.length < results.length) return [];
    return [[name, { median: median(values), least: Math.min(...values), most: Math.max(...values) }] as const];
  });
  return Object.fromEntries(ranges);
};

/** Kinds of verdicts on the generator with their numbers; none for tests without one, and for trials that failed: the failure is what is to be said of them. */
export const countVerdicts = (trials: readonly WorkloadTrial[]): Readonly<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { result, failure } of trials) {
    const kind = failure === null && result !== null && 'verdict' in result ? result.verdict?.kind : undefined;
    if (kind !== undefined) counts[kind] = (counts[kind] ?? 0) + 1;
  }
  return counts;
};

/** Whether two ranges have values in common. */
export const overlaps = (one: FigureRange, other: FigureRange): boolean =>
  one.least <= other.most && other.least <= one.most;
