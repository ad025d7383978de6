/** Runs as CSV (RFC 4180): a line a run, for spreadsheets. */
import type { TestResult } from '../results/run-record.ts';
import { figuresOf, latencyColumns } from './figures.ts';

/** A run and the name it is shown by. */
export type NamedRun = { readonly name: string; readonly run: TestResult };

/** Units are part of a column's name; latencies are those that a run is judged by: from when records were due, where that is known. */
const header = [
  'run',
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

const row = ({ name, run }: NamedRun): string => {
  const { records, failed, latencies, verdict } = figuresOf(run);
  const [main] = latencies;
  return [
    name,
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
    run.failure,
  ]
    .map(cell)
    .join(',');
};

/** The CSV text of runs, with a header. */
export const csvText = (runs: readonly NamedRun[]): string =>
  `${[header.join(','), ...runs.map(row)].join('\r\n')}\r\n`;
