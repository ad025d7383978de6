/** Figures of comparisons as text: values with their unit, changes in per cent. */
import type { RatioInterval, RegressionMetric, RegressionResult } from '../results/regression-result.ts';
import { latencyCell } from './numbers.ts';
import { count } from './text.ts';

/** The run as a comparison that has ended; null for anything else. */
export const regressionRun = (run: unknown): RegressionResult | null => {
  if (typeof run !== 'object' || run === null || !('command' in run) || !('sides' in run)) return null;
  // What the store has read of this command is what a comparison writes.
  return run.command === 'regress' && 'metrics' in run && Array.isArray(run.metrics) ? (run as RegressionResult) : null;
};

/** A value with its unit; bytes as MiB. */
export const figureText = (value: number, unit: string): string => {
  if (unit === 'bytes') return `${(value / 2 ** 20).toFixed(1)} MiB`;
  const number = unit === 'ms' ? latencyCell(value) : digits(value);
  return unit === '' ? number : `${number} ${unit}`;
};

/** Four digits, or all those before the point. */
const digits = (value: number): string =>
  Math.abs(value) >= 1000 ? count(value) : String(Number(value.toPrecision(4)));

const sign = (share: number): string => (share < 0 ? '−' : '+');

/** A ratio as a change: 1.031 is `+3.1 %`. */
export const percentChange = (ratio: number): string => {
  const percent = Math.abs(100 * (ratio - 1));
  return `${sign(ratio - 1)}${percent >= 100 ? count(percent) : percent.toFixed(percent < 0.095 && percent > 0 ? 2 : 1)} %`;
};

/** The interval of a change; one without a bound is open. */
export const rangeText = ({ low, high }: Pick<RatioInterval, 'low' | 'high'>): string => {
  if (low === null && high === null) return 'too few trials';
  return `${low === null ? 'any' : percentChange(low)} to ${high === null ? 'any' : percentChange(high)}`;
};

/** The change of a metric in a line, as JUnit's output has it. */
export const changeLine = ({ name, unit, baseline, candidate, change, threshold }: RegressionMetric): string =>
  `${name}: ${figureText(baseline, unit)} to ${figureText(candidate, unit)}, ${percentChange(change.estimate)} (${rangeText(change)}), threshold ${(100 * threshold).toFixed(0)} %`;
