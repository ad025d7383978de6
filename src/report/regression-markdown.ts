/** A comparison as Markdown: for a job's summary, or a comment on a pull request. */
import type { RegressionMetric, RegressionResult, RegressionVerdict } from '../results/regression-result.ts';
import { plain, table } from './markdown-table.ts';
import { figureText, percentChange, rangeText } from './regression-figures.ts';

const signs: Readonly<Record<RegressionVerdict, string>> = {
  slower: '🔴 slower',
  faster: '🟢 faster',
  same: '⚪ same',
  undecided: '🟡 undecided',
};

const rowOf = ({
  name,
  unit,
  baseline,
  candidate,
  change,
  threshold,
  verdict,
}: RegressionMetric): readonly string[] => [
  plain(name),
  figureText(baseline, unit === name ? '' : unit),
  figureText(candidate, unit === name ? '' : unit),
  percentChange(change.estimate),
  rangeText(change),
  `${Number((100 * threshold).toFixed(1))} %`,
  verdict === 'slower' ? `**${signs[verdict]}**` : signs[verdict],
];

const titleOf = ({ verdict, workload, isInterrupted }: RegressionResult): string => {
  const of = workload === null ? '' : ` in ${plain(workload.name)}`;
  if (verdict === null)
    return isInterrupted ? 'Interrupted: nothing was compared' : 'A side failed: nothing was compared';
  const words: Readonly<Record<RegressionVerdict, string>> = {
    slower: '🔴 Slower',
    faster: '🟢 Faster',
    same: '⚪ No change',
    undecided: '🟡 Undecided',
  };
  return `${words[verdict]}${of}`;
};

const sidesLine = ({ sides, design, trials }: RegressionResult): string => {
  const counted = (side: 'baseline' | 'candidate'): number =>
    trials.filter((trial) => trial.side === side && !trial.isWarmup).length;
  const ran = design.isPaired
    ? `${counted('candidate')} pairs in random order`
    : `${counted('baseline')} and ${counted('candidate')} trials, no pairs`;
  return `Baseline: ${plain(sides.baseline.label)}. Candidate: ${plain(sides.candidate.label)}. ${ran}; at most ${Number((100 * design.alpha).toFixed(2))} of 100 comparisons of equal sides find a change.`;
};

const section = (title: string, lines: readonly string[]): readonly string[] =>
  lines.length === 0 ? [] : ['', `**${title}**`, '', ...lines.map((line) => `* ${plain(line)}`)];

/** The Markdown text, for `--markdown FILE`. */
export const regressionMarkdown = (result: RegressionResult): string => {
  const { metrics, thresholds, environmentDifferences, control } = result;
  return `${[
    `### ${titleOf(result)}`,
    '',
    plain(result.sentence),
    ...(result.failure === null ? [] : ['', `**Failed**: ${plain(result.failure)}`]),
    ...(metrics.length === 0
      ? []
      : [
          '',
          ...table(
            ['metric', 'baseline', 'candidate', 'change', 'between', 'threshold', 'verdict'],
            metrics.map(rowOf),
          ),
          '',
          sidesLine(result),
        ]),
    ...section(
      'Thresholds that are not met',
      thresholds
        .filter(({ candidate }) => candidate?.isMet === false)
        .map(({ threshold, candidate }) => `${threshold}: ${candidate?.value ?? 'not measured'}`),
    ),
    ...section(
      'Not the same surroundings',
      environmentDifferences.map(({ fact, baseline, candidate }) => `${fact}: ${baseline}, then ${candidate}`),
    ),
    ...section(
      'Undecided is not "no change"',
      metrics.filter(({ verdict }) => verdict === 'undecided').map(({ sentence }) => sentence),
    ),
    ...section('The machine', control?.notes ?? []),
    ...(result.notMeasured.length === 0 ? [] : ['', `Not measured: ${result.notMeasured.map(plain).join(', ')}.`]),
  ].join('\n')}\n`;
};
