/** The small JSON document that any load generator may print: the last line of its output that is an object. */
import { noFigures, type ToolFigures, type ToolLatency } from './figures.ts';

type Fields = Readonly<Record<string, unknown>>;

/** Fields that are read; Spillway's own document (`--json`) is understood, too. */
export const jsonFields = [
  'records',
  'failedRecords',
  'bytes',
  'elapsedSeconds',
  'recordsPerSecond',
  'mebibytesPerSecond',
  'latencyMs',
] as const;

const isObject = (value: unknown): value is Fields =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

const parse = (line: string): Fields | null => {
  try {
    const value: unknown = JSON.parse(line);
    return isObject(value) ? value : null;
  } catch {
    return null; // A line that only begins like one.
  }
};

/** Fields that count, under both names. */
const counts = [
  'records',
  'recordsSent',
  'recordsConsumed',
  'failedRecords',
  'recordsFailed',
  'bytes',
  'bytesConsumed',
];
const amounts = ['elapsedSeconds', 'recordsPerSecond', 'mebibytesPerSecond', 'rebalanceTimeMs', 'fetchTimeMs'];
const latencies = ['mean', 'p50', 'p95', 'p99', 'p999', 'max'];

const isAmount = (value: unknown): boolean => typeof value === 'number' && Number.isFinite(value) && value >= 0;
const isCount = (value: unknown): boolean => isAmount(value) && Number.isInteger(value);

/** Whether all that is given can be what it says: nothing is less than nothing, and no record is half a one. */
const isPossible = (fields: Fields): boolean => {
  const all = (names: readonly string[], of: Fields, isFine: (value: unknown) => boolean): boolean =>
    names.every((name) => of[name] === undefined || of[name] === null || isFine(of[name]));
  const times = fields.latencyMs ?? fields.serviceTimeMs ?? {};
  return (
    all(counts, fields, isCount) && all(amounts, fields, isAmount) && isObject(times) && all(latencies, times, isAmount)
  );
};

const numberAt = (fields: Fields, ...names: readonly string[]): number | null => {
  for (const name of names) {
    const value = fields[name];
    if (typeof value === 'number' && Number.isFinite(value)) return value;
  }
  return null;
};

const latencyOf = (value: unknown): ToolLatency | null => {
  if (!isObject(value)) return null;
  const at = (name: keyof ToolLatency): number | null => numberAt(value, name);
  return { mean: at('mean'), p50: at('p50'), p95: at('p95'), p99: at('p99'), p999: at('p999'), max: at('max') };
};

/** Reads it; null when no line is an object that says how many records, or how many a second, and when a figure in it cannot be. */
export const readJsonFigures = (stdout: string): ToolFigures | null => {
  const line = stdout.split(/\r?\n/).findLast((each) => each.trimStart().startsWith('{'));
  const fields = line === undefined ? null : parse(line);
  if (fields === null || !isPossible(fields)) return null;
  const records = numberAt(fields, 'records', 'recordsSent', 'recordsConsumed');
  const elapsedSeconds = numberAt(fields, 'elapsedSeconds');
  const given = numberAt(fields, 'recordsPerSecond');
  if (records === null && given === null) return null;
  const counted = records !== null && elapsedSeconds !== null && elapsedSeconds > 0 ? records / elapsedSeconds : null;
  return {
    ...noFigures,
    records,
    failedRecords: numberAt(fields, 'failedRecords', 'recordsFailed'),
    bytes: numberAt(fields, 'bytes', 'bytesConsumed'),
    elapsedSeconds: elapsedSeconds ?? (records !== null && given !== null && given > 0 ? records / given : null),
    recordsPerSecond: given ?? counted,
    mebibytesPerSecond: numberAt(fields, 'mebibytesPerSecond'),
    latencyMs: latencyOf(fields.latencyMs ?? fields.serviceTimeMs),
    rebalanceTimeMs: numberAt(fields, 'rebalanceTimeMs'),
    fetchTimeMs: numberAt(fields, 'fetchTimeMs'),
  };
};
