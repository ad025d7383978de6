/**
 * A comparison as the two JSON shapes that github-action-benchmark reads (`tool: customBiggerIsBetter` and `customSmallerIsBetter`): lists of
 * `name`, `unit`, `value`, and `range` and `extra` as text. It keeps the values of commits and draws them; whether one is slower is ours to say.
 *
 * Source: the README of benchmark-action/github-action-benchmark, "Examples: Custom benchmarks".
 */
import type { RegressionMetric, RegressionResult } from '../results/regression-result.ts';
import { percentChange, rangeText } from './regression-figures.ts';

/** One line of either shape. */
export type BenchmarkEntry = {
  readonly name: string;
  readonly unit: string;
  /** The candidate's median. */
  readonly value: number;
  /** How far the bootstrap interval reaches, such as `± 1.2 %`. */
  readonly range: string;
  /** The verdict, in a line that is shown beside the value. */
  readonly extra: string;
};

/** Which of the shapes: metrics of which more is better, or less. */
export type BenchmarkShape = 'customBiggerIsBetter' | 'customSmallerIsBetter';

const entryOf = (metric: RegressionMetric, workload: string): BenchmarkEntry => {
  const { name, unit, candidate, change, ratioOfMedians, verdict } = metric;
  const { low, high } = ratioOfMedians;
  const half = low === null || high === null ? null : (100 * (high - low)) / 2;
  return {
    name: `${workload}: ${name}`,
    // Charts of values need a unit, and figures of programs may have none.
    unit: unit === '' ? 'value' : unit,
    value: Number(candidate.toPrecision(6)),
    range: half === null ? '' : `± ${half.toFixed(1)} %`,
    extra: `${verdict}: ${percentChange(change.estimate)} against the baseline (${rangeText(change)})`,
  };
};

/** The entries of one shape, for `--benchmark-bigger FILE` and `--benchmark-smaller FILE`; empty when nothing was compared. */
export const benchmarkJson = (result: RegressionResult, shape: BenchmarkShape): readonly BenchmarkEntry[] => {
  const better = shape === 'customBiggerIsBetter' ? 'larger' : 'smaller';
  const workload = result.workload?.name ?? 'programs';
  return result.metrics.filter((metric) => metric.better === better).map((metric) => entryOf(metric, workload));
};
