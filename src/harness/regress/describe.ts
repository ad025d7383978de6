/** From the statistics to what is reported of a comparison. */
import type { Comparison, MetricComparison } from '../../measure/statistics/compare-runs.ts';
import type { Interval } from '../../measure/statistics/hodges-lehmann.ts';
import type { Outlier } from '../../measure/statistics/outliers.ts';
import { quantileShifts } from '../../measure/statistics/quantile-shifts.ts';
import type {
  DistributionComparison,
  EnvironmentDifference,
  RatioInterval,
  RegressionMetric,
  RegressionMetricName,
  RegressionVerdict,
  SideName,
  WorkloadThresholdComparison,
} from '../../results/regression-result.ts';
import { summariseTrials } from '../../results/step-figures.ts';
import { evaluateThresholds, type Threshold } from '../../workload/thresholds.ts';
import { quantiles } from './trial-figures.ts';
import type { TrialOutcome } from './trial-runner.ts';

type Outcomes = Readonly<Record<SideName, readonly TrialOutcome[]>>;

/** Bounds that the trials were too few for are null in a document. */
const asBounds = ({ estimate, low, high, confidence }: Interval): RatioInterval => ({
  estimate,
  low: low > 0 && Number.isFinite(low) ? low : null,
  high: Number.isFinite(high) ? high : null,
  confidence,
});

const asOutliers = (outliers: readonly Outlier[]) =>
  outliers.map(({ place, score }) => ({ place, score: Number.isFinite(score) ? score : null }));

const describeMetric = (found: MetricComparison, names: readonly RegressionMetricName[]): RegressionMetric => {
  const { metric, verdict, ratio, ratioOfMedians, p, level, baseline, candidate, pairsNeeded } = found;
  const { sentence, trends, outliers, notes } = found;
  return {
    ...{ ...metric, unit: names.find(({ key }) => key === metric.key)?.unit ?? '' },
    ...{ verdict, baseline, candidate, change: asBounds(ratio), ratioOfMedians: asBounds(ratioOfMedians) },
    ...{ p, level, pairsNeeded, sentence, trends, notes },
    outliers: { baseline: asOutliers(outliers.baseline), candidate: asOutliers(outliers.candidate) },
  };
};

/** The table of verdicts. */
export const describeMetrics = (
  comparison: Comparison | null,
  names: readonly RegressionMetricName[],
): readonly RegressionMetric[] => comparison?.metrics.map((found) => describeMetric(found, names)) ?? [];

const leastTrials = 3;

/** Whole latency distributions; null where a side has none in some trial. */
export const describeDistribution = (
  { baseline, candidate }: Outcomes,
  isPaired: boolean,
  seed: number,
): DistributionComparison | null => {
  const tables = [baseline, candidate].map((outcomes) =>
    outcomes.flatMap(({ quantilesMs }) => (quantilesMs === null ? [] : [quantilesMs])),
  );
  const [from = [], to = []] = tables;
  const isWhole = from.length === baseline.length && to.length === candidate.length;
  if (!isWhole || from.length < leastTrials || to.length < leastTrials) return null;
  const isResponse = [...baseline, ...candidate].every(({ figures }) => typeof figures.responseTimeP50Ms === 'number');
  return {
    name: isResponse ? 'response time' : 'service time',
    quantiles: quantileShifts({ quantiles, baseline: from, candidate: to, isPaired, alpha: 0.05, seed }),
  };
};

/** How both sides' medians stand with the workload's thresholds. */
export const describeThresholds = (
  thresholds: readonly Threshold[],
  { baseline, candidate }: Outcomes,
): readonly WorkloadThresholdComparison[] => {
  const names = thresholds.map(({ figure }) => figure);
  const standing = (outcomes: readonly TrialOutcome[]) => {
    const trials = outcomes.flatMap(({ trial }) => (trial === null ? [] : [trial]));
    if (trials.length === 0) return null;
    const figures = Object.entries(summariseTrials(trials, names)).map(([name, { median }]) => [name, median] as const);
    return evaluateThresholds(thresholds, [Object.fromEntries(figures)]);
  };
  const [from, to] = [standing(baseline), standing(candidate)];
  const at = (results: ReturnType<typeof standing>, place: number) => {
    const result = results?.[place];
    return result === undefined ? null : { value: result.value, isMet: result.isMet };
  };
  return thresholds.map(({ text }, place) => ({
    threshold: text,
    baseline: at(from, place),
    candidate: at(to, place),
  }));
};

/** All in one: a threshold that the candidate does not meet counts as slower. */
export const verdictOf = (
  comparison: Comparison | null,
  thresholds: readonly WorkloadThresholdComparison[],
): RegressionVerdict | null => {
  if (comparison === null) return null;
  return thresholds.some(({ candidate }) => candidate?.isMet === false) ? 'slower' : comparison.verdict;
};

/** What a comparison is summed up from. */
export type Summary = {
  readonly verdict: RegressionVerdict | null;
  readonly metrics: readonly RegressionMetric[];
  readonly thresholds: readonly WorkloadThresholdComparison[];
  readonly undecided: 'pass' | 'fail';
  readonly environmentDifferences: readonly EnvironmentDifference[];
  readonly isAcross: boolean;
  readonly failure: string | null;
};

const changeOf = ({ name, change }: RegressionMetric): string => {
  const percent = 100 * (change.estimate - 1);
  return `${name} ${percent < 0 ? '−' : '+'}${Math.abs(percent).toFixed(1)} %`;
};

const listOf = (metrics: readonly RegressionMetric[], verdict: RegressionVerdict): string =>
  metrics
    .filter((metric) => metric.verdict === verdict)
    .map(changeOf)
    .join(', ');

const missedText = (thresholds: readonly WorkloadThresholdComparison[]): string =>
  thresholds
    .filter(({ candidate }) => candidate?.isMet === false)
    .map(({ threshold, candidate }) => `${threshold} (it has ${candidate?.value?.toPrecision(4) ?? 'no such figure'})`)
    .join(', ');

const verdictText = ({ verdict, metrics, thresholds, undecided }: Summary): string => {
  const unsure = listOf(metrics, 'undecided');
  const rest = unsure === '' ? '' : `; undecided: ${unsure}`;
  switch (verdict) {
    case 'slower': {
      const slower = listOf(metrics, 'slower');
      const missed = missedText(thresholds);
      return `slower: ${[slower, missed === '' ? '' : `the candidate does not meet ${missed}`].filter((part) => part !== '').join('; ')}${rest}`;
    }
    case 'undecided':
      return `undecided: the trials cannot tell whether ${unsure} is noise; this is not "no regression", and counts as a ${undecided === 'pass' ? 'pass (--undecided fail makes it fail)' : 'failure (--undecided fail)'}`;
    case 'faster':
      return `faster: ${listOf(metrics, 'faster')}; nothing is slower`;
    default:
      return 'same: every metric stays within its threshold';
  }
};

/** What became of a comparison, in a sentence or two. */
export const summaryText = (summary: Summary): string => {
  if (summary.failure !== null) return `not compared: ${summary.failure}`;
  if (summary.verdict === null) return 'not compared: interrupted';
  const across = summary.environmentDifferences.map(
    ({ fact, baseline, candidate }) => `${fact} ${baseline} and ${candidate}`,
  );
  const warning =
    summary.isAcross && across.length > 0 ? ` Compared across different environments: ${across.join('; ')}.` : '';
  return `${verdictText(summary)}.${warning}`;
};

/** The exit status of a comparison that was not interrupted. */
export const exitStatusOf = ({
  verdict,
  undecided,
  failure,
}: Pick<Summary, 'verdict' | 'undecided' | 'failure'>): number => {
  if (failure !== null) return 1;
  return verdict === 'slower' || (verdict === 'undecided' && undecided === 'fail') ? 3 : 0;
};
