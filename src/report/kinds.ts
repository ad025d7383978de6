/** How kinds of runs that are no single test are told in words, by their command: in a list, in a terminal, in Markdown. */
import { codecComparison } from '../results/codec-result.ts';
import { ioTestOf } from '../results/io-test-record.ts';
import type { WorkloadRun } from '../results/workload-run.ts';
import { codecLines } from './codec-text.ts';
import { findRateHeadline, findRateLines, findRateRun, rateTable, rateTableLines } from './find-rate-text.ts';
import { ioTestLines } from './io-test-text.ts';
import { plain, table } from './markdown-table.ts';
import { latencyCell } from './numbers.ts';
import { regressionRun } from './regression-figures.ts';
import { regressionMarkdown } from './regression-markdown.ts';
import { regressionText } from './regression-text.ts';
import { count } from './text.ts';
import { stepFigures, workloadRun } from './workload-figures.ts';
import { workloadLines, workloadMarkdown } from './workload-summary.ts';

/** What a list says of a run. */
export type Listed = { readonly rate: string; readonly p99: string; readonly state: string };

/** How a kind is told; each gives null for a record that is not as its command writes it. */
export type RunKind = {
  readonly listed?: (run: unknown) => Listed | null;
  readonly lines?: (run: unknown) => readonly string[] | null;
  /** A section with a heading of the second level. */
  readonly markdown?: (run: unknown, name: string) => string | null;
};

const none = '–';

const onlyWith =
  <Run, Result>(find: (run: unknown) => Run | null, make: (run: Run, name: string) => Result) =>
  (run: unknown, name = ''): Result | null => {
    const found = find(run);
    return found === null ? null : make(found, name);
  };

/** Failed trials first: what thresholds say of them is nothing. */
const workloadState = ({ trials, thresholds }: WorkloadRun): string => {
  const counting = trials.filter(({ isRepeated }) => !isRepeated);
  const failed = counting.filter(({ failure }) => failure !== null).length;
  if (failed > 0) return `${failed} of ${counting.length} trials failed`;
  return thresholds.some(({ isMet }) => !isMet) ? 'threshold not met' : 'best step';
};

const workload: RunKind = {
  listed: onlyWith(workloadRun, (run) => {
    const best = stepFigures(run).find(({ step }) => step.index === run.best?.step);
    return {
      rate: best?.rate ? count(best.rate.median) : none,
      p99: latencyCell(best?.tailMs?.median),
      state: workloadState(run),
    };
  }),
  lines: onlyWith(workloadRun, workloadLines),
  markdown: onlyWith(workloadRun, workloadMarkdown),
};

const kinds: ReadonlyMap<string, RunKind> = new Map([
  ['run', workload],
  [
    'compare-codecs',
    {
      lines: onlyWith(codecComparison, codecLines),
      listed: onlyWith(codecComparison, ({ recommendation }) => ({
        rate: none,
        p99: none,
        state: recommendation === null ? 'done' : `take ${recommendation.codec}`,
      })),
    },
  ],
  [
    'find-rate',
    {
      listed: onlyWith(findRateRun, ({ rate, end }) => ({
        rate: rate === null ? none : count(rate),
        p99: none,
        state:
          rate === null ? 'no rate held' : end === 'found' || end === 'most-rate' ? 'highest rate' : 'not sure yet',
      })),
      lines: onlyWith(findRateRun, (run) => [...findRateLines(run), '', ...rateTableLines(run)]),
      markdown: onlyWith(findRateRun, (run, name) => {
        const { head, rows } = rateTable(run);
        const [headline = findRateHeadline(run), ...more] = findRateLines(run);
        const cells = rows.map((row) => row.map(plain));
        return [
          `## ${name}`,
          '',
          `**${plain(headline)}**`,
          ...more.map((line) => `\n${plain(line)}`),
          '',
          ...table(head.map(plain), cells),
        ].join('\n');
      }),
    },
  ],
  ['io-test', { lines: onlyWith(ioTestOf, ioTestLines) }],
  [
    'regress',
    {
      lines: onlyWith(regressionRun, regressionText),
      listed: onlyWith(regressionRun, ({ verdict }) => ({ rate: none, p99: none, state: verdict ?? 'done' })),
      markdown: onlyWith(regressionRun, (run, name) => `## ${name}\n\n${regressionMarkdown(run)}`),
    },
  ],
]);

/** The kind of a command; one that says nothing for a command that is not known. */
export const kindOfCommand = (command: string): RunKind => kinds.get(command) ?? {};
