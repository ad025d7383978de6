/** Runs in words, for a terminal: a list of many, and a summary of any one. */
import type { CompleteRun, PartialRun } from '../results/run-record.ts';
import { type FoundRun, numbered, type StoredRun } from '../results/store.ts';
import { columnsText, factLines, harmless } from './columns.ts';
import { fieldWords, listsOf, scalarsOf, sentencesOf, valueText } from './document.ts';
import { completeTest, figuresOf, latencyColumns, type RunFigures } from './figures.ts';
import { kindOfCommand } from './kinds.ts';
import { amountCell, latencyCell } from './numbers.ts';
import { partialText, withFigures } from './so-far.ts';
import { count, seconds } from './text.ts';
import { trialText } from './workload-text.ts';

const stateOf = (figures: RunFigures): string =>
  figures.problems.length > 0 ? 'problems' : figures.verdict === null ? 'done' : figures.verdict.kind;

/** Rate, 99th percentile and state of a run that is no test. */
const otherCells = (run: CompleteRun | PartialRun): readonly string[] => {
  if (run.isPartial) return ['–', '–', 'partial'];
  const isBad = sentencesOf(run).bad.length > 0;
  const known = kindOfCommand(run.command).listed?.(run) ?? { rate: '–', p99: '–', state: 'done' };
  return [known.rate, known.p99, isBad ? 'problems' : known.state];
};

/** @param place from 0; negative for what has no number */
const listRow = (found: FoundRun, place: number): readonly string[] => {
  if (found.run === null) return ['–', found.name, '–', '–', 'cannot be read'];
  const number = String(place + 1);
  const test = completeTest(found.run);
  if (test === null) return [number, found.name, ...otherCells(found.run)];
  const figures = figuresOf(test);
  const p99 = figures.latencies[0]?.summary.p99;
  return [number, found.name, count(test.recordsPerSecond), latencyCell(p99), stateOf(figures)];
};

/** A line a run, the latest first, with a heading; the numbers are of those that can be read. */
export const listLines = (runs: readonly FoundRun[]): readonly string[] => {
  const places = new Map(numbered(runs).map((run, index) => [run, index]));
  return columnsText(
    [['', 'run', 'records/s', 'p99 ms', 'state'], ...runs.map((run) => listRow(run, places.get(run) ?? -1))],
    (column) => column === 0 || column === 2 || column === 3,
  ).map(harmless);
};

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

const partialLines = (stored: StoredRun): readonly string[] => {
  const { run, soFar } = stored;
  const trials = soFar?.trials.map((trial) => harmless(trialText(trial, ''))) ?? [];
  return [
    ...factLines([
      ['command', String(run.command)],
      ...(run.topic === undefined ? [] : [['topic', run.topic] as const]),
      ['started', String(run.startedAt)],
      ['state', `partial: ${partialText(stored)}`],
    ]),
    ...(trials.length === 0 ? [] : ['', ...trials]),
  ];
};

/** Longer lists are in run.json. */
const mostRows = 40;
const mostColumns = 8;

/** A run of a kind that is not known, as its document tells it. */
const genericLines = ({ run }: StoredRun): readonly string[] => {
  const { good, bad } = sentencesOf(run);
  return [
    ...factLines([
      ['command', run.command],
      ...scalarsOf(run),
      ...bad.map((line) => ['problem', line] as const),
      ...good.map((line) => ['result', line] as const),
    ]),
    ...listsOf(run).flatMap(({ field, columns, rows }) => {
      const shown = columns.slice(0, mostColumns);
      const cells = rows.slice(0, mostRows).map((row) => shown.map((column) => valueText(row[column])));
      return ['', `${fieldWords(field)}:`, ...columnsText([shown.map(fieldWords), ...cells], () => false)];
    }),
  ];
};

const otherLines = (stored: StoredRun): readonly string[] => {
  const { folder } = stored;
  const { run } = withFigures(stored);
  const isStopped = stored.run.isPartial && !run.isPartial;
  const lines = run.isPartial
    ? partialLines(stored)
    : (kindOfCommand(run.command).lines?.(run)?.map(harmless) ?? genericLines(stored));
  const state = isStopped ? [...factLines([['state', `partial: ${partialText(stored)}`]]), ''] : [];
  return [...state, ...lines, '', ...factLines([['folder', folder]])];
};

/** A run's summary. */
export const showLines = (stored: StoredRun): readonly string[] => {
  const test = completeTest(stored.run);
  if (test === null) return otherLines(stored);
  const figures = figuresOf(test);
  const { records, recordsLabel, failed, verdict, problems } = figures;
  const rate = `${count(test.recordsPerSecond)} records/s, ${amountCell(test.mebibytesPerSecond)} MiB/s`;
  const rows: (readonly [string, string])[] = [
    ['command', test.command],
    ['topic', test.topic],
    ['started', test.startedAt],
    ['driver', test.driver],
    ['records', `${count(records)} ${recordsLabel}${failed > 0 ? `, ${count(failed)} failed` : ''}`],
    ['elapsed', seconds(test.elapsedSeconds)],
    ['rate', rate],
    ...(verdict === null ? [] : [['verdict', verdict.sentence] as const]),
    ...problems.map((line) => ['problem', line] as const),
    ['folder', stored.folder],
  ];
  return [...factLines(rows), ...latencyLines(figures)];
};
