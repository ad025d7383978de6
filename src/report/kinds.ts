/** How kinds of runs that are no single test are told in words, by their command: in a list, in a terminal, in Markdown. */
import { codecComparison } from '../results/codec-result.ts';
import { ioTestOf } from '../results/io-test-record.ts';
import { codecLines } from './codec-text.ts';
import { ioTestLines } from './io-test-text.ts';
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

const workload: RunKind = {
  listed: onlyWith(workloadRun, (run) => {
    const best = stepFigures(run).find(({ step }) => step.index === run.best?.step);
    const isMissed = run.thresholds.some(({ isMet }) => !isMet);
    return {
      rate: best?.rate ? count(best.rate.median) : none,
      p99: latencyCell(best?.tailMs?.median),
      state: isMissed ? 'threshold not met' : 'best step',
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
