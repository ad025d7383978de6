/** Runs in words, for a terminal: a list of many, and a summary of any one. */
import { ioTestOf } from '../results/io-test-record.ts';
import type { FoundRun, StoredRun } from '../results/store.ts';
import type { WorkloadRun } from '../results/workload-run.ts';
import { completeTest, figuresOf, latencyColumns, type RunFigures } from './figures.ts';
import { ioTestLines } from './io-test-text.ts';
import { amountCell, latencyCell } from './numbers.ts';
import { count, oneLine } from './text.ts';
import { stepFigures, workloadRun } from './workload-figures.ts';

/** Control characters of a record shall not reach a terminal. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is replaced
const harmless = (text: string): string => text.replace(/[\u0000-\u001f\u007f-\u009f]/g, '?');

const shown = (text: string): string => harmless(oneLine(text));

/** Columns of equal width, numbers to the right. */
const columnsText = (
  rows: readonly (readonly string[])[],
  isNumber: (column: number) => boolean,
): readonly string[] => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((cells) => (cells[column] ?? '').length)));
  const cellText = (text: string, column: number): string =>
    isNumber(column) ? text.padStart(widths[column] ?? 0) : text.padEnd(widths[column] ?? 0);
  return rows.map((cells) => cells.map(cellText).join('  ').trimEnd());
};

const stateOf = (figures: RunFigures): string =>
  figures.problems.length > 0 ? 'problems' : figures.verdict === null ? 'done' : figures.verdict.kind;

const listRow = (found: FoundRun, index: number): readonly string[] => {
  const number = String(index + 1);
  if (found.run === null) return [number, found.name, '–', '–', 'cannot be read'];
  const test = completeTest(found.run);
  if (test === null) return [number, found.name, '–', '–', found.run.isPartial ? 'partial' : 'done'];
  const figures = figuresOf(test);
  const p99 = figures.latencies[0]?.summary.p99;
  return [number, found.name, count(test.recordsPerSecond), latencyCell(p99), stateOf(figures)];
};

/** A line a run, the latest first, with a heading. */
export const listLines = (runs: readonly FoundRun[]): readonly string[] =>
  columnsText(
    [['', 'run', 'records/s', 'p99 ms', 'state'], ...runs.map(listRow)],
    (column) => column === 0 || column === 2 || column === 3,
  ).map(harmless);

const latencyLines = ({ latencies }: RunFigures): readonly string[] =>
  latencies.length === 0
    ? []
    : [
        '',
        ...columnsText(
          [
            ['latency in ms', ...latencyColumns.map(([, heading]) => heading)],
            ...latencies.map(({ label, summary }) => [
              label,
              ...latencyColumns.map(([field]) => latencyCell(summary[field])),
            ]),
          ],
          (column) => column > 0,
        ),
      ];

const facts = (rows: readonly (readonly [name: string, value: string])[]): readonly string[] => {
  const width = Math.max(...rows.map(([name]) => name.length));
  return rows.map(([name, value]) => `${name.padEnd(width)}  ${shown(value)}`);
};

const workloadLines = (run: WorkloadRun, folder: string): readonly string[] => {
  const steps = stepFigures(run);
  const best = steps.find(({ step }) => step.index === run.best?.step);
  const rows: (readonly [string, string])[] = [
    ['workload', run.workload],
    ['started', run.startedAt],
    ['trials', `${run.trials.length} in ${run.elapsedSeconds.toFixed(1)} s`],
    ['best', best === undefined ? 'none' : `${best.label} (${run.best?.rule ?? ''})`],
    ...(run.failure === null ? [] : [['problem', run.failure] as const]),
    ['folder', folder],
  ];
  const table = columnsText(
    [
      ['step', 'records/s', 'p99 ms', 'trials', 'failed'],
      ...steps.map(({ step, label, rate, tailMs }) => [
        label,
        rate === null ? '–' : count(rate.median),
        latencyCell(tailMs?.median),
        count(step.trialsDone),
        count(step.trialsFailed),
      ]),
    ],
    (column) => column > 0,
  );
  return [...facts(rows), '', ...table.map(harmless)];
};

const plainLines = ({ run, folder }: StoredRun): readonly string[] => {
  const state = run.isPartial
    ? 'partial: the run was killed before it could end, and has no figures'
    : 'ended; this command has no summary for it: see run.json';
  const rows: (readonly [string, string])[] = [
    ['command', String(run.command)],
    ['started', String(run.startedAt)],
    ['state', state],
    ['folder', folder],
  ];
  return facts(run.topic === undefined ? rows : [['topic', run.topic], ...rows]);
};

/** A run's summary. */
export const showLines = (stored: StoredRun): readonly string[] => {
  const test = completeTest(stored.run);
  const workload = workloadRun(stored.run);
  if (workload !== null) return workloadLines(workload, stored.folder);
  const ioTest = ioTestOf(stored.run);
  if (ioTest !== null) return [...ioTestLines(ioTest).map(harmless), '', `folder  ${shown(stored.folder)}`];
  if (test === null) return plainLines(stored);
  const figures = figuresOf(test);
  const { records, recordsLabel, failed, verdict, problems } = figures;
  const rate = `${count(test.recordsPerSecond)} records/s, ${amountCell(test.mebibytesPerSecond)} MiB/s`;
  const rows: (readonly [string, string])[] = [
    ['command', test.command],
    ['topic', test.topic],
    ['started', test.startedAt],
    ['driver', test.driver],
    ['records', `${count(records)} ${recordsLabel}${failed > 0 ? `, ${count(failed)} failed` : ''}`],
    ['elapsed', `${test.elapsedSeconds.toFixed(2)} s`],
    ['rate', rate],
    ...(verdict === null ? [] : [['verdict', verdict.sentence] as const]),
    ...problems.map((line) => ['problem', line] as const),
    ['folder', stored.folder],
  ];
  return [...facts(rows), ...latencyLines(figures)];
};
