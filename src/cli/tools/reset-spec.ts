import type { GroupOffset } from '../../client/admin/group-offsets.ts';
import type { FlagValues } from '../flags.ts';
import { readFailure, readInputFile } from '../input-file.ts';
import { parseNumber, quoted, UsageError } from '../usage.ts';

/** Where offsets are moved to. */
export type ResetSpec =
  | { readonly kind: 'earliest' | 'latest' | 'current' }
  | { readonly kind: 'offset'; readonly offset: number }
  | { readonly kind: 'shift'; readonly by: number }
  | { readonly kind: 'time'; readonly timestampMs: number }
  | { readonly kind: 'file'; readonly offsets: readonly FileOffset[] };

/** A row of --from-file; `group` is null where the file names none. */
export type FileOffset = GroupOffset & { readonly group: string | null };

const SPECS = [
  'to-earliest',
  'to-latest',
  'to-current',
  'to-offset',
  'shift-by',
  'to-datetime',
  'by-duration',
  'from-file',
] as const;

/**
 * Reads which of --to-earliest and the others is given.
 * @throws UsageError when none is, or several are, or a value cannot be read.
 */
export function readResetSpec(flags: FlagValues, nowMs: number): ResetSpec {
  const given = SPECS.filter((name) => flags.isGiven(name));
  const [name] = given;
  if (name === undefined || given.length > 1) {
    const got = given.length === 0 ? 'none' : given.map((each) => `--${each}`).join(' and ');
    throw new UsageError(`exactly one of ${SPECS.map((each) => `--${each}`).join(', ')} is needed; got ${got}`);
  }
  const text = flags.value(name) ?? '';
  switch (name) {
    case 'to-earliest':
      return { kind: 'earliest' };
    case 'to-latest':
      return { kind: 'latest' };
    case 'to-current':
      return { kind: 'current' };
    case 'to-offset':
      return { kind: 'offset', offset: parseNumber(name, text, { min: 0 }) };
    case 'shift-by':
      return { kind: 'shift', by: parseNumber(name, text, { min: Number.MIN_SAFE_INTEGER }) };
    case 'to-datetime':
      return { kind: 'time', timestampMs: readTime(text) };
    case 'by-duration':
      return { kind: 'time', timestampMs: nowMs - readDuration(text) };
    case 'from-file':
      return { kind: 'file', offsets: readOffsetsFile(text) };
  }
}

/** `YYYY-MM-DDThh:mm:ss.sss`, UTC unless a zone follows; milliseconds since the epoch. Throws UsageError. */
export function readTime(text: string): number {
  const match = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}(?::\d{2}(?:\.\d{1,9})?)?)(Z|[+-]\d{2}(?::?\d{2})?)?$/.exec(text);
  const [, local = '', zone = 'Z'] = match ?? [];
  const zoneText = zone === 'Z' ? zone : `${zone.slice(0, 3)}:${zone.slice(3).replace(':', '') || '00'}`;
  const timestampMs = Date.parse(`${local}${zoneText}`);
  if (Number.isFinite(timestampMs)) return timestampMs;
  throw new UsageError(
    `--to-datetime must be YYYY-MM-DDThh:mm:ss.sss, in UTC or with a zone behind; got ${quoted(text)}`,
  );
}

/** `PnDTnHnMnS` in milliseconds. Throws UsageError. */
export function readDuration(text: string): number {
  const match = /^P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text);
  if (match === null || text === 'P')
    throw new UsageError(`--by-duration must be PnDTnHnMnS, such as P1DT12H or PT90S; got ${quoted(text)}`);
  const [days, hours, minutes, seconds] = match.slice(1).map((part) => Number(part ?? 0));
  return (((days ?? 0) * 24 + (hours ?? 0)) * 60 + (minutes ?? 0)) * 60_000 + (seconds ?? 0) * 1000;
}

/** `topic,partition,offset` or `group,topic,partition,offset` on each line, values perhaps in quotes. Throws UsageError. */
export function readOffsetsFile(path: string): readonly FileOffset[] {
  let text: string;
  try {
    text = readInputFile(path).toString('utf8');
  } catch (error) {
    throw new UsageError(`--from-file must name a readable CSV file; ${readFailure(path, error)}`, { cause: error });
  }
  const rows = text.split(/\r?\n/).map((line, index) => ({ line: line.trim(), number: index + 1 }));
  return rows.filter(({ line }) => line !== '').map(({ line, number }) => readRow(line, `${path}:${number}`));
}

function readRow(line: string, where: string): FileOffset {
  const fields = line.split(',').map((field) => field.trim().replace(/^"(.*)"$/, '$1'));
  const group = fields.length === 4 ? (fields[0] ?? null) : null;
  const [topic = '', partition = '', offset = ''] = fields.slice(-3);
  const isRight =
    (fields.length === 3 || fields.length === 4) && topic !== '' && /^\d+$/.test(partition) && /^\d+$/.test(offset);
  if (isRight) return { group, topic, partition: Number(partition), offset: Number(offset) };
  throw new UsageError(
    `expected topic,partition,offset or group,topic,partition,offset; got ${quoted(line)} (${where})`,
  );
}

/** Topics that are asked for, by name: their partitions, or null for all of them. */
export type TopicScope = ReadonlyMap<string, readonly number[] | null>;

/** Reads `NAME` or `NAME:0,1` of each --topic. Throws UsageError. */
export function readTopicScope(texts: readonly string[]): TopicScope {
  const scope = new Map<string, readonly number[] | null>();
  for (const text of texts) {
    const [name = '', list, ...rest] = text.split(':');
    if (name === '' || rest.length > 0)
      throw new UsageError(`--topic must be NAME, or NAME:0,1 for partitions; got ${quoted(text)}`);
    if (scope.has(name)) throw new UsageError(`--topic names ${name} twice; keep one`);
    scope.set(name, list === undefined ? null : list.split(',').map((part) => parseNumber('topic', part, { min: 0 })));
  }
  return scope;
}
