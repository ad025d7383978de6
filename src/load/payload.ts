/** The values that are sent: made before the test starts, picked by a record's index, the same again for the same seed. */
import { type DocumentMaker, jsonDocument, logLine, quoteDocument } from './documents.ts';
import { type Filler, fillWithBytes, fillWithLetters, partlyRandom } from './fillers.ts';
import { readPacked } from './packed-values.ts';
import { below, createRandom, derivedSeed, spread } from './random.ts';
import { drawSizes, longestSize, meanSize, type SizeSpec, shortestSize } from './sizes.ts';

/** What generated values consist of. */
export const payloadContents = ['letters', 'random', 'json', 'log', 'quotes'] as const;

/** One of `payloadContents`: letters A to Z, bytes of every kind, orders as JSON, lines of an access log, level-1 market quotes as JSON. */
export type PayloadContent = (typeof payloadContents)[number];

/** How a producer gets its values. */
export type PayloadSpec =
  /** Letters of one size. */
  | { readonly kind: 'random'; readonly sizeBytes: number; readonly seed: number }
  | {
      readonly kind: 'generated';
      readonly content: PayloadContent;
      /** Null for documents as long as they come. */
      readonly size: SizeSpec | null;
      /** Share of random bytes, the rest is redundant; null leaves the content as it is. */
      readonly randomShare: number | null;
      readonly seed: number;
    }
  /** Values that were read before: picked at random, or one after the other. */
  | {
      readonly kind: 'given';
      /** `packed-values.ts` */
      readonly values: SharedArrayBuffer;
      readonly order: 'random' | 'sequence';
      readonly seed: number;
    }
  /** The record's index in decimal. */
  | { readonly kind: 'monotonic' };

/** The value of record `index`; valid until the next call, since a value may be written into the same bytes again. */
export type Payloads = (index: number) => Uint8Array;

/** A pool holds several batches of most sizes, so that no batch holds a value twice, and a codec finds nothing that is not in the data. */
const leastPoolBytes = 256 * 1024;
/** Values in a pool: not fewer than make neighbours differ, and not more than are made in some milliseconds. */
const leastValues = 64;
const mostValues = 16_384;
/** Bound of a pool, so that large values do not fill the memory. */
const mostPoolBytes = 4 * 1024 * 1024;
/** Documents of no given size are about this long, bytes. */
const documentBytes = 400;

/** Number of values in a pool of values of this mean size: a power of two, at least one. */
export const poolSize = (sizeBytes: number): number => {
  let count = leastValues;
  while (count < mostValues && count * sizeBytes < leastPoolBytes) count *= 2;
  while (count > 1 && count * sizeBytes > mostPoolBytes) count /= 2;
  return count;
};

/** Sizes that differ need more values to show their distribution, also when these are large. */
const leastSizes = 64;

const fillers: Readonly<Record<'letters' | 'random', Filler>> = { letters: fillWithLetters, random: fillWithBytes };

/** Contents that are documents, which have lengths of their own. */
export const documentContents = ['json', 'log', 'quotes'] as const satisfies readonly PayloadContent[];

type DocumentContent = (typeof documentContents)[number];

const documents: Readonly<Record<DocumentContent, DocumentMaker>> = {
  json: jsonDocument,
  log: logLine,
  quotes: quoteDocument,
};

/** Whether values of this content have lengths of their own. */
export const isDocument = (content: PayloadContent): content is DocumentContent => Object.hasOwn(documents, content);

/** How many values the pool of these sizes has. */
const sizesIn = (size: SizeSpec): number => {
  const fitting = poolSize(meanSize(size));
  return size.kind === 'fixed' ? fitting : Math.max(leastSizes, fitting);
};

/** The shortest value that a pool of these sizes has, bytes. */
export const shortestOf = (size: SizeSpec): number => shortestSize(size, sizesIn(size));

/** The longest value of a pool, bytes; found without filling one where sizes tell. */
export const longestOfPool = (spec: Extract<PayloadSpec, { kind: 'random' | 'generated' }>): number => {
  if (spec.kind === 'random') return spec.sizeBytes;
  const { size } = spec;
  if (size !== null) return longestSize(size, sizesIn(size));
  return generatePool(spec).reduce((longest, { length }) => Math.max(longest, length), 0);
};

/** The values of a generated payload, in the order in which a single producer sends them, again and again. */
export const generatePool = (
  spec: Extract<PayloadSpec, { kind: 'random' | 'generated' }>,
): readonly [Uint8Array, ...Uint8Array[]] => {
  const size: SizeSpec | null = spec.kind === 'random' ? { kind: 'fixed', bytes: spec.sizeBytes } : spec.size;
  const content = spec.kind === 'random' ? 'letters' : spec.content;
  const count = size === null ? poolSize(documentBytes) : sizesIn(size);
  const sizes = size === null ? null : drawSizes(size, count, createRandom(derivedSeed(spec.seed, 1)));
  const random = createRandom(derivedSeed(spec.seed, 0));
  if (isDocument(content)) {
    const make = documents[content];
    const values = Array.from({ length: count }, (_, place) =>
      Buffer.from(make(random, place, sizes?.[place] ?? null)),
    );
    return [values[0] ?? new Uint8Array(1), ...values.slice(1)];
  }
  const share = spec.kind === 'generated' ? spec.randomShare : null;
  const fill = share === null ? fillers[content] : partlyRandom(share);
  const lengths = sizes ?? [];
  const all = new Uint8Array(lengths.reduce((sum, length) => sum + length, 0));
  let position = 0;
  const values = lengths.map((length) => {
    const value = all.subarray(position, position + length);
    fill(value, random);
    position += length;
    return value;
  });
  return [values[0] ?? new Uint8Array(1), ...values.slice(1)];
};

/** The values in turn, each producer beginning at another place, so that each sees all of them. */
const inTurn = (pool: readonly [Uint8Array, ...Uint8Array[]], worker: number, workers: number): Payloads => {
  const count = pool.length;
  const first = pool[0];
  const offset = Math.floor((worker * count) / workers);
  const isPowerOfTwo = (count & (count - 1)) === 0;
  const mask = count - 1;
  if (isPowerOfTwo && workers === 1) return (index) => pool[index & mask] ?? first;
  if (isPowerOfTwo) return (index) => pool[(Math.floor(index / workers) + offset) & mask] ?? first;
  return (index) => pool[(Math.floor(index / workers) + offset) % count] ?? first;
};

const monotonicPayloads = (): Payloads => {
  const digits = createDigits();
  return (index) => digits(index);
};

/** Most digits of a whole number that JavaScript counts to. */
const mostDigits = 16;
/** 10, 100 and so on: the least number with one digit more than its place. */
const powersOfTen = Float64Array.from({ length: mostDigits }, (_, place) => 10 ** (place + 1));
const largestInt32 = 0x7fffffff;
const zero = 0x30;

/** Writes whole numbers in decimal, into the same bytes again: nothing is allocated. `least` digits are padded with zeros. */
export const createDigits = (least = 1): ((number: number) => Uint8Array) => {
  // One array for each number of digits: a value has no spare bytes.
  const scratch = Array.from({ length: Math.max(mostDigits + 1, least + 1) }, (_, length) => new Uint8Array(length));
  const empty = new Uint8Array(0);
  return (number) => {
    let digits = 1;
    while (digits <= mostDigits && number >= (powersOfTen[digits - 1] ?? Number.POSITIVE_INFINITY)) digits++;
    const length = digits > least ? digits : least;
    const value = scratch[length] ?? empty;
    let position = length - 1;
    let large = number;
    while (large > largestInt32) {
      const quotient = Math.floor(large / 10);
      value[position--] = zero + (large - quotient * 10);
      large = quotient;
    }
    // Division of 32-bit integers by ten is a multiplication to V8: a tenth of the time.
    let rest = large | 0;
    for (; position >= 0; position--) {
      const quotient = (rest / 10) | 0;
      value[position] = zero + (rest - quotient * 10);
      rest = quotient;
    }
    return value;
  };
};

/** The values as producer `worker` of `workers` sends them. */
export type PayloadsFor = (worker: number, workers: number) => Payloads;

/**
 * Makes the values of all producers over one pool.
 * @param isOwn whether the caller writes into the values: then they are no shared memory
 * Throws an Error when given values are none.
 */
export const payloadsOf = (spec: PayloadSpec, isOwn = false): PayloadsFor => {
  switch (spec.kind) {
    case 'random':
    case 'generated': {
      const pool = generatePool(spec);
      return (worker, workers) => inTurn(pool, worker, workers);
    }
    case 'given': {
      const given = readPacked(spec.values).values;
      const values = isOwn ? given.map((value) => new Uint8Array(value)) : given;
      const [first, ...others] = values;
      if (first === undefined) throw new Error('there is no value to send: give at least one');
      if (spec.order === 'sequence') return (worker, workers) => inTurn([first, ...others], worker, workers);
      const { seed } = spec;
      return () => (index) => values[below(spread(index, seed), values.length)] ?? first;
    }
    case 'monotonic':
      return monotonicPayloads;
  }
};

/**
 * Makes the values as producer `worker` of `workers` sends them.
 * Throws an Error when given values are none.
 */
export const createPayloads = (spec: PayloadSpec, worker = 0, workers = 1): Payloads =>
  payloadsOf(spec)(worker, workers);
