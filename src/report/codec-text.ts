/** A comparison of codecs as text: tables of sizes and speeds, of latencies, and of what each role took, and the recommendation. */
import {
  type CodecComparison,
  type CodecPaceSummary,
  type CodecSummary,
  type CodecTrial,
  codecRoles,
} from '../results/codec-result.ts';
import { latencyCell } from './numbers.ts';
import { count } from './text.ts';

/** Titles of columns, and rows of texts. */
export type Table = { readonly titles: readonly string[]; readonly rows: readonly (readonly string[])[] };

/** Rows under titles: the first column to the left, numbers to the right. */
const lined = ({ titles, rows }: Table): readonly string[] => {
  const widths = titles.map((title, column) => Math.max(title.length, ...rows.map((row) => row[column]?.length ?? 0)));
  const line = (cells: readonly string[]): string =>
    cells
      .map((text, column) => (column === 0 ? text.padEnd(widths[column] ?? 0) : text.padStart(widths[column] ?? 0)))
      .join('  ')
      .trimEnd();
  return [line(titles), ...rows.map(line)];
};

/** What is not visible, and what was not measured. */
const notVisible = 'not visible';
const none = '–';

const medianOf = ({ figures }: CodecPaceSummary, name: string): number | null => figures[name]?.median ?? null;

const cell = (value: number | null, text: (value: number) => string, absent = none): string =>
  value === null ? absent : text(value);

const bytes = (value: number): string =>
  value > 0 && value < 9.95 ? value.toFixed(2) : value < 1000 ? value.toFixed(1) : count(value);
const cpu = (value: number): string => (value < 10 ? value.toFixed(3) : value.toFixed(2));
const ratio = (value: number): string => value.toFixed(2);
const mebibytes = (value: number): string => value.toFixed(1);

const measured = (
  codecs: readonly CodecSummary[],
  at: (codec: CodecSummary) => CodecPaceSummary,
): readonly (readonly [CodecSummary, CodecPaceSummary])[] =>
  codecs.flatMap((codec) => (at(codec).trialsDone + at(codec).trialsFailed === 0 ? [] : [[codec, at(codec)] as const]));

const trialsCell = ({ trialsDone, trialsFailed }: CodecPaceSummary): string =>
  trialsFailed === 0 ? String(trialsDone) : `${trialsDone}, ${trialsFailed} failed`;

/** Rates and sizes. */
const speedTable = (codecs: readonly CodecSummary[]): Table => ({
  titles: [
    ...['codec', 'records/s', 'MiB/s', 'read records/s', 'read MiB/s', 'ratio'],
    ...['wire bytes/record', 'disk bytes/record', 'trials'],
  ],
  rows: measured(codecs, ({ fullSpeed }) => fullSpeed).map(([{ codec }, pace]) => [
    codec,
    cell(medianOf(pace, 'recordsPerSecond'), count),
    cell(medianOf(pace, 'mebibytesPerSecond'), mebibytes),
    cell(medianOf(pace, 'readRecordsPerSecond'), count),
    cell(medianOf(pace, 'readMebibytesPerSecond'), mebibytes),
    cell(medianOf(pace, 'ratio'), ratio),
    cell(medianOf(pace, 'wireBytesPerRecord'), bytes),
    cell(medianOf(pace, 'logBytesPerRecord'), bytes, notVisible),
    trialsCell(pace),
  ]),
});

/** Latencies and sizes at the common rate. */
const rateTable = (codecs: readonly CodecSummary[]): Table => ({
  titles: [
    ...['codec', 'p50 ms', 'p90 ms', 'p99 ms', 'p99.9 ms', 'max ms', 'ratio'],
    ...['wire bytes/record', 'disk bytes/record', 'trials'],
  ],
  rows: measured(codecs, ({ commonRate }) => commonRate).map(([{ codec }, pace]) => [
    codec,
    ...['p50', 'p90', 'p99', 'p999', 'max'].map((point) => latencyCell(medianOf(pace, `responseTimeMs.${point}`))),
    cell(medianOf(pace, 'ratio'), ratio),
    cell(medianOf(pace, 'wireBytesPerRecord'), bytes),
    cell(medianOf(pace, 'logBytesPerRecord'), bytes, notVisible),
    trialsCell(pace),
  ]),
});

/** What each role took. */
const roleTable = (codecs: readonly CodecSummary[], at: (codec: CodecSummary) => CodecPaceSummary): Table => {
  const of = (what: string): readonly string[] => codecRoles.map((role) => `${role}.${what}`);
  const columns = [
    ...of('cpuSecondsPerMillion').map((name) => [name, cpu] as const),
    ['cpuSecondsPerMillion', cpu] as const,
    ...of('networkBytesPerRecord').map((name) => [name, bytes] as const),
    ...of('diskBytesPerRecord').map((name) => [name, bytes] as const),
  ];
  return {
    titles: [
      'codec',
      ...codecRoles.map((role) => `CPU ${role}`),
      'sum',
      ...codecRoles.map((role) => `net ${role}`),
      ...codecRoles.map((role) => `disk ${role}`),
    ],
    rows: measured(codecs, at).map(([{ codec }, pace]) => [
      codec,
      ...columns.map(([name, text]) => cell(medianOf(pace, name), text, pace.trialsDone > 0 ? notVisible : none)),
    ]),
  };
};

const roleNote =
  'CPU: seconds for a million records; net: bytes sent and received for a record; disk: bytes written for a record';

/** A table of a comparison with its heading. */
export type CodecTable = {
  readonly id: string;
  readonly title: string;
  readonly note: string;
  readonly table: Table;
};

/** All tables of a comparison. */
export const codecTables = ({ codecs, commonRate }: CodecComparison): readonly CodecTable[] => {
  const hasRate = commonRate !== null && codecs.some(({ commonRate: pace }) => pace.trialsDone + pace.trialsFailed > 0);
  const rate = `at ${count(commonRate ?? 0)} records/s`;
  return [
    {
      id: 'speed',
      title: 'At full speed',
      note: 'first written and then read; ratio is the size of records in batches before compression by that after it',
      table: speedTable(codecs),
    },
    {
      id: 'speed-roles',
      title: 'By role, at full speed',
      note: roleNote,
      table: roleTable(codecs, ({ fullSpeed }) => fullSpeed),
    },
    ...(hasRate
      ? [
          {
            id: 'rate',
            title: `At ${count(commonRate)} records/s`,
            note: 'written and read at the same time; response time from when a record was due to its acknowledgement',
            table: rateTable(codecs),
          },
          {
            id: 'rate-roles',
            title: `By role, ${rate}`,
            note: roleNote,
            table: roleTable(codecs, ({ commonRate: pace }) => pace),
          },
        ]
      : []),
  ];
};

/** The whole comparison. */
export const codecLines = (result: CodecComparison): readonly string[] => {
  const { payload, recommendation, rounds, secondsPerTrial, source, target, notes } = result;
  const { producer } = result.configuration;
  const size = payload === null ? '' : `, ${payload.meanValueBytes.toFixed(0)} bytes a value`;
  const settings = ['batch.size', 'linger.ms', 'acks'].map((name) => `${name}=${producer[name] ?? '?'}`).join(' ');
  return [
    `${source}${size}, to ${target}; ${settings}; medians of ${rounds} ${rounds === 1 ? 'round' : 'rounds'}, trials of ${secondsPerTrial} s`,
    ...codecTables(result).flatMap(({ title, note, table }) => ['', `${title}: ${note}`, ...lined(table)]),
    ...(notes.length === 0 ? [] : ['', ...notes.map((note) => `${note}.`)]),
    '',
    recommendation === null
      ? 'No recommendation: no codec went through all its trials at a common rate.'
      : recommendation.text,
  ];
};

/** A trial that ended, in one line. */
export const codecTrialText = ({ codec, pace, round, failure, measured: found }: CodecTrial): string => {
  const head = `${codec}, ${pace === 'full-speed' ? 'full speed' : 'common rate'}, round ${round}`;
  if (failure !== null) return `${head}: failed, ${failure}`;
  if (found === null) return `${head}: nothing was measured`;
  const { produced, consumed, responseTimeMs } = found;
  const reading = responseTimeMs === null ? `, read ${count(consumed.recordsPerSecond)} records/s` : '';
  const tail = responseTimeMs === null ? '' : `, p99 ${latencyCell(responseTimeMs.p99)} ms`;
  return `${head}: ${count(produced.recordsPerSecond)} records/s${reading}${tail}`;
};
