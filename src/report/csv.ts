/** Runs as CSV (RFC 4180): a line a run or a trial, for spreadsheets. */
import type { DocumentList } from './document.ts';
import { figuresOf, latencyColumns } from './figures.ts';
import type { NamedLine } from './named-runs.ts';

/** Units are part of a column's name; latencies are those that a run is judged by: from when records were due, where that is known. */
const header: readonly string[] = [
  'command',
  'topic',
  'driver',
  'startedAt',
  'records',
  'recordsFailed',
  'elapsedSeconds',
  'recordsPerSecond',
  'mebibytesPerSecond',
  'latency',
  ...latencyColumns.map(([field]) => `${field}Ms`),
  'verdict',
  'failure',
];

/** A text that a spreadsheet would take for a formula gets an apostrophe before it, as OWASP advises. */
const harmless = (text: string): string => (/^[=+\-@\t\r]/.test(text) ? `'${text}` : text);

const cell = (value: string | number | null): string => {
  if (value === null) return '';
  if (typeof value === 'number') return String(value);
  const text = harmless(value);
  return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const row = ({ run, failure, startedAt }: NamedLine): readonly (string | number | null)[] => {
  if (run === null)
    return header.map((column) =>
      column === 'startedAt' ? (startedAt ?? null) : column === 'failure' ? (failure ?? null) : null,
    );
  const { records, failed, latencies, verdict } = figuresOf(run);
  const [main] = latencies;
  return [
    run.command,
    run.topic,
    run.driver,
    run.startedAt,
    records,
    failed,
    run.elapsedSeconds,
    run.recordsPerSecond,
    run.mebibytesPerSecond,
    main?.field ?? null,
    ...latencyColumns.map(([field]) => main?.summary[field] ?? null),
    verdict?.kind ?? null,
    failure ?? run.failure,
  ];
};

const linesText = (rows: readonly (readonly (string | number | null)[])[]): string =>
  `${rows.map((cells) => cells.map(cell).join(',')).join('\r\n')}\r\n`;

/** The CSV text of runs, with a header; trials of workloads have their step, trial and axes in columns after the run. */
export const csvText = (runs: readonly NamedLine[]): string => {
  const axes = [...new Set(runs.flatMap(({ trial }) => Object.keys(trial?.point ?? {})))];
  const hasTrials = runs.some(({ trial }) => trial !== undefined);
  const places = hasTrials ? ['step', 'trial', ...axes] : [];
  return linesText([
    ['run', ...places, ...header],
    ...runs.map((each) => [
      each.name,
      ...(hasTrials
        ? [each.trial?.step ?? null, each.trial?.trial ?? null, ...axes.map((axis) => each.trial?.point[axis] ?? null)]
        : []),
      ...row(each),
    ]),
  ]);
};

const plainCell = (value: unknown): string | number | null =>
  value === null || value === undefined ? null : typeof value === 'number' ? value : String(value);

/** The CSV text of a list of a document of another kind. */
export const listCsvText = ({ columns, rows }: DocumentList): string =>
  linesText([columns, ...rows.map((fields) => columns.map((column) => plainCell(fields[column])))]);
