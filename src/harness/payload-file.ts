/** Payload files: UTF-8 text whose pieces are values. Bytes that are no UTF-8 are kept. */
import { readFileSync, statSync } from 'node:fs';
import { mostPackedBytes, packValues } from '../load/packed-values.ts';

/** Splits the bytes of a payload file at each delimiter; empty values are dropped. An empty delimiter keeps the file in one. */
export const splitPayloads = (bytes: Buffer, delimiter: string): Buffer[] => {
  const mark = Buffer.from(delimiter, 'utf8');
  const values: Buffer[] = [];
  let start = 0;
  while (start < bytes.length) {
    const found = mark.length === 0 ? -1 : bytes.indexOf(mark, start);
    const end = found === -1 ? bytes.length : found;
    if (end > start) values.push(bytes.subarray(start, end));
    start = end + mark.length;
    if (found === -1) break;
  }
  return values;
};

/** A value of a payload file: its length, and the line that it begins in, from 1. */
export type FileValue = { readonly bytes: number; readonly line: number };

const newline = 0x0a;

const lineAt = (bytes: Buffer, position: number): number => {
  let line = 1;
  for (let at = bytes.indexOf(newline); at !== -1 && at < position; at = bytes.indexOf(newline, at + 1)) line++;
  return line;
};

/**
 * The longest and the shortest value in a payload file, the first of several; null when it holds none.
 * Throws the file system's error when the file cannot be read, and a RangeError when it is too large to be held.
 */
export const extremeValues = (
  path: string,
  delimiter: string,
): { readonly longest: FileValue; readonly shortest: FileValue } | null => {
  const bytes = readBounded(path);
  const values = splitPayloads(bytes, delimiter);
  const [first, ...others] = values;
  if (first === undefined) return null;
  const placed = (value: Buffer): FileValue => ({
    bytes: value.length,
    line: lineAt(bytes, value.byteOffset - bytes.byteOffset),
  });
  return {
    longest: placed(others.reduce((best, value) => (value.length > best.length ? value : best), first)),
    shortest: placed(others.reduce((best, value) => (value.length < best.length ? value : best), first)),
  };
};

/** What some editors put before UTF-8 text; it is no part of the first value. */
const byteOrderMark = Buffer.from('\uFEFF', 'utf8');

/** The file's bytes as they are, whether or not they are UTF-8, behind a byte order mark. */
const readBounded = (path: string): Buffer => {
  const { size } = statSync(path);
  if (size > mostPackedBytes)
    throw new RangeError(`it has ${size} bytes, and all values are held in memory: the most is ${mostPackedBytes}`);
  const bytes = readFileSync(path);
  return bytes.subarray(0, byteOrderMark.length).equals(byteOrderMark) ? bytes.subarray(byteOrderMark.length) : bytes;
};

/** The values of a payload file in shared memory, for all producers. Throws an Error when it cannot be read or holds no value. */
export const loadPayloadFile = (path: string, delimiter: string): SharedArrayBuffer => {
  const values = splitPayloads(readBounded(path), delimiter);
  if (values.length === 0) throw new Error(`the payload file ${path} holds no value: give a file with at least one`);
  return packValues(values.map((value) => ({ key: null, value })));
};
