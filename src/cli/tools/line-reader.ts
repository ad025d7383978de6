import type { OutgoingRecord } from '../../client/producer.ts';
import type { FlagValues } from '../flags.ts';
import { quoted, UsageError } from '../usage.ts';
import { ToolFailure } from './tool-failure.ts';
import { readToolProperties } from './tool-properties.ts';

/** How lines become records: what Kafka's LineMessageReader takes. */
export type LineFormat = {
  readonly parsesKey: boolean;
  readonly parsesHeaders: boolean;
  /** A line without a separator is a value as a whole, and no failure. */
  readonly ignoresErrors: boolean;
  readonly keySeparator: Buffer;
  /** Behind the headers. */
  readonly headersDelimiter: Buffer;
  /** Between two headers. */
  readonly headersSeparator: string;
  /** Between a header's key and its value. */
  readonly headerKeySeparator: string;
  /** Text that stands for null; null for none. */
  readonly nullMarker: Buffer | null;
};

const SOURCE = {
  flag: 'reader-property',
  olderFlag: 'property',
  fileFlag: 'reader-config',
  known: [
    'parse.key',
    'parse.headers',
    'ignore.error',
    'key.separator',
    'headers.delimiter',
    'headers.separator',
    'headers.key.separator',
    'null.marker',
  ],
  javaOnly: [],
} as const;

/** Reads --reader-property (or --property). Throws UsageError. */
export function readLineFormat(flags: FlagValues): LineFormat {
  const properties = readToolProperties(flags, SOURCE);
  const text = (name: string, fallback: string): string => {
    const value = properties.text(name) ?? fallback;
    if (value === '') throw new UsageError(`${name} must not be empty`);
    return value;
  };
  const headersDelimiter = text('headers.delimiter', '\t');
  const headersSeparator = text('headers.separator', ',');
  const headerKeySeparator = text('headers.key.separator', ':');
  if (new Set([headersDelimiter, headersSeparator, headerKeySeparator]).size < 3)
    throw new UsageError('headers.delimiter, headers.separator and headers.key.separator must differ from each other');
  const nullMarker = properties.text('null.marker');
  for (const separator of [headersDelimiter, headersSeparator, headerKeySeparator, text('key.separator', '\t')])
    if (separator === nullMarker)
      throw new UsageError(`null.marker must differ from the separators; got ${quoted(nullMarker)}`);
  return {
    parsesKey: properties.isOn('parse.key', false),
    parsesHeaders: properties.isOn('parse.headers', false),
    ignoresErrors: properties.isOn('ignore.error', false),
    keySeparator: Buffer.from(text('key.separator', '\t')),
    headersDelimiter: Buffer.from(headersDelimiter),
    headersSeparator,
    headerKeySeparator,
    nullMarker: nullMarker === null ? null : Buffer.from(nullMarker),
  };
}

/**
 * The record of a line, byte for byte: `headers DELIMITER key SEPARATOR value`, of which only what the format parses is there.
 * Throws ToolFailure for a line that lacks a separator, unless the format ignores that.
 * @param lineNumber from 1, for messages
 */
export function readLine(format: LineFormat, line: Buffer, lineNumber: number, timestampMs: number): OutgoingRecord {
  const { parsesHeaders, parsesKey, headersDelimiter, keySeparator } = format;
  const [headers, behindHeaders] = parsesHeaders
    ? splitLine(format, line, headersDelimiter, 'headers.delimiter', lineNumber)
    : [null, line];
  const [key, value] = parsesKey
    ? splitLine(format, behindHeaders, keySeparator, 'key.separator', lineNumber)
    : [null, behindHeaders];
  return {
    timestampMs,
    key: unlessMarker(format, key),
    value: unlessMarker(format, value),
    headers: readHeaders(format, unlessMarker(format, headers), lineNumber),
  };
}

function splitLine(
  { ignoresErrors }: LineFormat,
  line: Buffer,
  separator: Buffer,
  property: string,
  lineNumber: number,
): readonly [before: Buffer | null, behind: Buffer] {
  const at = line.indexOf(separator);
  if (at >= 0) return [line.subarray(0, at), line.subarray(at + separator.length)];
  if (ignoresErrors) return [null, line];
  throw new ToolFailure(
    `line ${lineNumber} has no ${property} ${quoted(separator.toString())}: ${quoted(shortened(line))}; --property ignore.error=true takes it as a value`,
  );
}

const unlessMarker = ({ nullMarker }: LineFormat, part: Buffer | null): Buffer | null =>
  part !== null && nullMarker?.equals(part) === true ? null : part;

function readHeaders(format: LineFormat, text: Buffer | null, lineNumber: number): OutgoingRecord['headers'] {
  if (text === null || text.length === 0) return [];
  // Latin-1 gives each byte one character, so that the parts are cut out of the bytes as they are.
  const latin = (separator: string): string => Buffer.from(separator).toString('latin1');
  return text
    .toString('latin1')
    .split(latin(format.headersSeparator))
    .map((pair) => {
      const separator = latin(format.headerKeySeparator);
      const at = pair.indexOf(separator);
      if (at < 0 && !format.ignoresErrors)
        throw new ToolFailure(
          `line ${lineNumber} has a header without headers.key.separator ${quoted(format.headerKeySeparator)}: ${quoted(pair)}`,
        );
      const key = Buffer.from(at < 0 ? pair : pair.slice(0, at), 'latin1');
      if (unlessMarker(format, key) === null)
        throw new ToolFailure(`line ${lineNumber} has a header whose key is null.marker; keys cannot be null`);
      const value = at < 0 ? null : Buffer.from(pair.slice(at + separator.length), 'latin1');
      return [key.toString('utf8'), unlessMarker(format, value)] as const;
    });
}

const SHOWN_BYTES = 60;

const shortened = (line: Buffer): string =>
  line.length <= SHOWN_BYTES ? line.toString() : `${line.subarray(0, SHOWN_BYTES).toString()}...`;

const LINE_FEED = 10;
const CARRIAGE_RETURN = 13;

/** The lines of a stream without their ends (`\n` or `\r\n`); bytes behind the last end are a line too. */
export async function* linesOf(input: AsyncIterable<Buffer>): AsyncGenerator<Buffer> {
  let pieces: Buffer[] = [];
  for await (const chunk of input) {
    let start = 0;
    for (let end = chunk.indexOf(LINE_FEED); end >= 0; end = chunk.indexOf(LINE_FEED, start)) {
      yield withoutReturn(Buffer.concat([...pieces, chunk.subarray(start, end)]));
      pieces = [];
      start = end + 1;
    }
    if (start < chunk.length) pieces.push(chunk.subarray(start));
  }
  if (pieces.length > 0) yield Buffer.concat(pieces);
}

const withoutReturn = (line: Buffer): Buffer =>
  line[line.length - 1] === CARRIAGE_RETURN ? line.subarray(0, -1) : line;
