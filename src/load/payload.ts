/** The values that are sent: made before the test starts, picked by a record's index, the same again for the same seed. */
import { readFileSync } from 'node:fs';

/** How values are made; the plan of a producer test carries one. */
export type PayloadSpec =
  | { readonly kind: 'random'; readonly sizeBytes: number; readonly seed: number }
  | { readonly kind: 'file'; readonly path: string; readonly delimiter: string; readonly seed: number }
  | { readonly kind: 'monotonic' };

/** The value of record `index`; valid until the next call, since a value may be written into the same bytes again. */
export type Payloads = (index: number) => Uint8Array;

/** Different values in a pool: enough that no two neighbours are alike, few enough to stay in the processor's cache. */
const poolValues = 64;
/** Bound of a pool, so that large values do not fill the memory. */
const poolBytes = 4 * 1024 * 1024;
const letterA = 0x41;
const letters = 26;

/** Spreads the bits of a record's index and the seed over 32 bits (the finishing steps of MurmurHash3, public domain). */
const spread = (index: number, seed: number): number => {
  let bits = (index ^ seed) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
};

/** Bytes 'A' to 'Z' from a seeded generator (SplitMix32). */
const fillWithLetters = (value: Uint8Array, seed: number): void => {
  let state = seed | 0;
  for (let position = 0; position < value.length; position++) {
    state = (state + 0x9e3779b9) | 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    bits = (bits ^ (bits >>> 15)) >>> 0;
    // The high part of the product is even over the 26 letters to one part in 10^8.
    value[position] = letterA + Math.floor((bits * letters) / 2 ** 32);
  }
};

/** Number of values in a pool of values of this size: a power of two, at least one. */
export const poolSize = (sizeBytes: number): number => {
  let count = poolValues;
  while (count > 1 && count * sizeBytes > poolBytes) count /= 2;
  return count;
};

const randomPayloads = (sizeBytes: number, seed: number): Payloads => {
  const count = poolSize(sizeBytes);
  const all = new Uint8Array(count * sizeBytes);
  fillWithLetters(all, spread(seed, 0));
  const pool = Array.from({ length: count }, (_, place) => all.subarray(place * sizeBytes, (place + 1) * sizeBytes));
  const empty = new Uint8Array(0);
  return (index) => pool[spread(index, seed) & (count - 1)] ?? empty;
};

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

const filePayloads = (path: string, delimiter: string, seed: number): Payloads => {
  const values = splitPayloads(readFileSync(path), delimiter);
  const first = values[0];
  if (first === undefined) throw new Error(`the payload file ${path} holds no value: give a file with at least one`);
  const count = values.length;
  return (index) => values[Math.floor((spread(index, seed) * count) / 2 ** 32)] ?? first;
};

const monotonicPayloads = (): Payloads => {
  // One array for each number of digits: no allocation for a record, and a value has no spare bytes.
  const scratch = Array.from({ length: 17 }, (_, digits) => new Uint8Array(digits));
  const empty = new Uint8Array(0);
  let digits = 1;
  return (index) => {
    while (index >= 10 ** digits) digits++;
    while (digits > 1 && index < 10 ** (digits - 1)) digits--;
    const value = scratch[digits] ?? empty;
    let rest = index;
    for (let position = digits - 1; position >= 0; position--) {
      const quotient = Math.floor(rest / 10);
      value[position] = 0x30 + (rest - quotient * 10);
      rest = quotient;
    }
    return value;
  };
};

/** Makes the values of a test. Throws an Error when a payload file cannot be read or holds no value. */
export const createPayloads = (spec: PayloadSpec): Payloads => {
  switch (spec.kind) {
    case 'random':
      return randomPayloads(spec.sizeBytes, spec.seed);
    case 'file':
      return filePayloads(spec.path, spec.delimiter, spec.seed);
    case 'monotonic':
      return monotonicPayloads();
  }
};
