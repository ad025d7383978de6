/** Runs as Markdown: for pull requests, issues and wikis. */
import type { NamedRun } from './csv.ts';
import { figuresOf, latencyColumns, type RunFigures } from './figures.ts';
import { amountCell, latencyCell } from './numbers.ts';
import { count, oneLine } from './text.ts';

/** Text that stays text: nothing in it is markup, a table's bar or HTML. */
export const plain = (text: string): string => oneLine(text).replace(/[\\`*_{}[\]<>()#+!|~]/g, (sign) => `\\${sign}`);

/** A table's lines; all columns but the first one are numbers. */
export const table = (head: readonly string[], rows: readonly (readonly string[])[]): readonly string[] => [
  `| ${head.join(' | ')} |`,
  `|${head.map((_, column) => (column === 0 ? '---' : '---:')).join('|')}|`,
  ...rows.map((cells) => `| ${cells.join(' | ')} |`),
];

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
    `${count(run.recordsPerSecond)} records/s, ${run.mebibytesPerSecond.toFixed(1)} MiB/s: ${count(records)} records ${recordsLabel} in ${run.elapsedSeconds.toFixed(2)} s (${run.command}, topic ${plain(run.topic)}, driver ${run.driver})`,
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

/** The Markdown text of runs: a table that compares them, when there are several, and a section each. */
export const markdownText = (runs: readonly NamedRun[]): string => {
  const title = runs.length === 1 ? '# Spillway report' : `# Spillway report of ${runs.length} runs`;
  const table = runs.length === 1 ? [] : ['', ...comparison(runs)];
  return `${[title, ...table, ...runs.flatMap((run) => ['', ...runSection(run)])].join('\n')}\n`;
};
