import { didYouMean } from '../client/properties/nearest.ts';
import { allMetrics, usualMetrics } from '../harness/regress/trial-figures.ts';
import type { WorkloadIdentity } from '../results/baseline.ts';
import type { RegressionMetricName } from '../results/regression-result.ts';
import type { FlagValues } from './flags.ts';
import { parseAssignments, quoted, readNumber, UsageError } from './usage.ts';

const keys = allMetrics.map(({ key }) => key);

const known = (flag: string, key: string): string => {
  if (keys.includes(key)) return key;
  throw new UsageError(
    `--${flag}: no metric is called ${quoted(key)}; ${didYouMean(key, keys, `known are ${keys.join(', ')}`)}`,
  );
};

/** `3%`, or 3. Throws UsageError for anything else. */
const readPercent = (key: string, text: string): number => {
  const percent = readNumber(text.replace(/ ?%$/, ''));
  if (percent > 0 && percent < 100) return percent / 100;
  throw new UsageError(
    `--threshold ${key} must be a percentage above 0 and below 100, such as 3%; got ${quoted(text)}`,
  );
};

/** End-to-end tests time the way to receipt; without a rate there is no due time to count from. */
const usualFor = ({ settings }: WorkloadIdentity): readonly string[] => {
  const isEndToEnd = settings.test === 'end-to-end';
  const hasRate = (settings.rate !== undefined && settings.rate !== 'max') || settings.pace !== undefined;
  const usual = usualMetrics.map(({ key }) => key);
  return isEndToEnd && !hasRate ? usual.map((key) => key.replace('responseTime', 'serviceTime')) : usual;
};

/**
 * Reads --metrics and --threshold.
 * @param workload null for figures of programs, which say themselves what they are
 * @returns null for those
 * @throws UsageError for a metric that is not known
 */
export function chosenMetrics(
  flags: FlagValues,
  workload: WorkloadIdentity | null,
): readonly RegressionMetricName[] | null {
  const asked = flags.list('metrics').flatMap((text) => text.split(',').filter((key) => key !== ''));
  const thresholds = parseAssignments('threshold', flags.list('threshold'));
  if (workload === null) {
    if (asked.length === 0 && Object.keys(thresholds).length === 0) return null;
    throw new UsageError('--metrics and --threshold are for a workload; programs print what their figures are');
  }
  const chosen = asked.length === 0 ? usualFor(workload) : [...new Set(asked.map((key) => known('metrics', key)))];
  for (const key of Object.keys(thresholds))
    if (!chosen.includes(known('threshold', key)))
      throw new UsageError(`--threshold ${key} is for a metric that is not compared; add it to --metrics`);
  const prefix = workload.settings.test === 'end-to-end' ? 'end-to-end ' : '';
  return allMetrics
    .filter(({ key }) => chosen.includes(key))
    .map((metric) => ({
      ...metric,
      name: /Time/.test(metric.key) ? `${prefix}${metric.name}` : metric.name,
      threshold:
        thresholds[metric.key] === undefined ? metric.threshold : readPercent(metric.key, thresholds[metric.key] ?? ''),
    }));
}
