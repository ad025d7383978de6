/** Runs as Markdown: for pull requests, issues and wikis. */
import type { StoredRun } from '../results/store.ts';
import { fieldWords, listsOf, scalarsOf, sentencesOf, valueText } from './document.ts';
import { completeTest, figuresOf, latencyColumns, type RunFigures } from './figures.ts';
import { kindOfCommand } from './kinds.ts';
import { plain, table } from './markdown-table.ts';
import type { NamedRun } from './named-runs.ts';
import { amountCell, latencyCell } from './numbers.ts';
import { partialText, withFigures } from './so-far.ts';
import { count, seconds } from './text.ts';

const headings = latencyColumns.map(([, heading]) => heading);

const latencyTable = ({ latencies }: RunFigures): readonly string[] =>
  latencies.length === 0
    ? []
    : [
        '',
        ...table(
          ['latency in ms', ...headings],
          latencies.map(({ label, span, summary }) => [
            `${label} (${span})`,
            ...latencyColumns.map(([field]) => latencyCell(summary[field])),
          ]),
        ),
      ];

const runSection = ({ name, run }: NamedRun): readonly string[] => {
  const figures = figuresOf(run);
  const { records, recordsLabel, verdict, problems } = figures;
  return [
    `## ${plain(name)}`,
    '',
    `${count(run.recordsPerSecond)} records/s, ${amountCell(run.mebibytesPerSecond)} MiB/s: ${count(records)} records ${recordsLabel} in ${seconds(run.elapsedSeconds)} (${run.command}, topic ${plain(run.topic)}, driver ${run.driver})`,
    ...(verdict === null ? [] : ['', `**Verdict**: ${plain(verdict.sentence)}`]),
    ...problems.map((line) => `\n**Problem**: ${plain(line)}`),
    ...latencyTable(figures),
  ];
};

const comparison = (runs: readonly NamedRun[]): readonly string[] =>
  table(
    ['run', 'records/s', 'MiB/s', 'p50 ms', 'p99 ms', 'p99.9 ms', 'max ms', 'failed'],
    runs.map(({ name, run }) => {
      const { latencies, failed } = figuresOf(run);
      const summary = latencies[0]?.summary;
      return [
        plain(name),
        amountCell(run.recordsPerSecond),
        amountCell(run.mebibytesPerSecond),
        ...(['p50', 'p99', 'p999', 'max'] as const).map((field) => latencyCell(summary?.[field])),
        count(failed),
      ];
    }),
  );

/** A run of a kind that is not known: its sentences, its figures, and a table for each list. */
const genericSection = ({ name, run }: StoredRun): string => {
  const { good, bad } = sentencesOf(run);
  const document = Object.fromEntries(
    Object.entries(run).filter(([field]) => !['environment', 'configuration', 'plan'].includes(field)),
  );
  return [
    `## ${plain(name)}`,
    ...bad.map((line) => `\n**Problem**: ${plain(line)}`),
    ...good.map((line) => `\n${plain(line)}`),
    '',
    ...table(
      ['figure', 'value'],
      [['command', run.command], ...scalarsOf(document)].map((cells) => cells.map(plain)),
    ),
    ...listsOf(document).flatMap(({ field, columns, rows }) => [
      '',
      `### ${plain(fieldWords(field))}`,
      '',
      ...table(
        columns.map((column) => plain(fieldWords(column))),
        rows.map((row) => columns.map((column) => plain(valueText(row[column])))),
      ),
    ]),
  ].join('\n');
};

const partialSection = (stored: StoredRun): string => {
  const ended = withFigures(stored);
  const figures = ended.run.isPartial ? `## ${plain(stored.name)}` : sectionOf(ended);
  return `${figures}\n\nThis record is partial: ${plain(partialText(stored))}.`;
};

const sectionOf = (stored: StoredRun): string => {
  const { name, run } = stored;
  if (run.isPartial) return partialSection(stored);
  const test = completeTest(run);
  if (test !== null) return runSection({ name, run: test }).join('\n');
  return kindOfCommand(run.command).markdown?.(run, plain(name))?.trimEnd() ?? genericSection(stored);
};

/** The Markdown text of runs: a table that compares tests, when there are several, and a section for each run. */
export const markdownText = (runs: readonly StoredRun[]): string => {
  const title = runs.length === 1 ? '# Spillway report' : `# Spillway report of ${runs.length} runs`;
  const tests = runs.flatMap(({ name, run }) => {
    const test = completeTest(run);
    return test === null ? [] : [{ name, run: test }];
  });
  const head = tests.length < 2 ? [] : [comparison(tests).join('\n')];
  return `${[title, ...head, ...runs.map(sectionOf)].join('\n\n')}\n`;
};
