/** The keys that are sent: functions of a record's index and the seed. */
import { readPacked } from './packed-values.ts';
import { createDigits } from './payload.ts';
import { below, createRandom, derivedSeed, type Random, spread, unitOf } from './random.ts';
import { shuffle } from './sizes.ts';

/** How records get their keys; keys are decimal numbers, with zeros in front up to `digits`. Plain data, kept in the run record. */
export type KeySpec =
  /** The record's index. */
  | { readonly kind: 'sequential'; readonly digits: number }
  /** The record's index modulo `keys`: KIP-1299's RANGE. */
  | { readonly kind: 'range'; readonly keys: number; readonly digits: number }
  /** Each of 0 to `keys - 1` as likely as any other: KIP-1299's RANDOM. */
  | { readonly kind: 'uniform'; readonly keys: number; readonly digits: number; readonly seed: number }
  /** The k-th most frequent key comes with probability proportional to `1 / k^exponent`; which key that is depends on the seed. */
  | {
      readonly kind: 'zipf';
      readonly keys: number;
      readonly exponent: number;
      readonly digits: number;
      readonly seed: number;
    }
  /** The keys that came with sampled values. */
  | { readonly kind: 'sampled' };

/** The key of record `index`; valid until the next call, since a key may be written into the same bytes again. */
export type Keys = (index: number) => Uint8Array | null;

/** Most keys of a Zipf distribution: its table takes 12 bytes a key. */
export const mostZipfKeys = 1_000_000;
/** Up to so many keys are kept as bytes; numbers beyond are written anew each time. */
const mostRendered = 65_536;

/** The bytes of key `number`. */
const renderer = (keys: number, digits: number): ((number: number) => Uint8Array) => {
  const write = createDigits(Math.max(1, digits));
  if (keys > mostRendered) return write;
  const rendered = Array.from({ length: keys }, (_, number) => write(number).slice());
  const first = rendered[0] ?? new Uint8Array(0);
  return (number) => rendered[number] ?? first;
};

/**
 * A table from which a number is drawn by its weight with one look (Walker's alias method): column i stands for itself with probability
 * `shares[i]`, else for `aliases[i]`.
 */
const aliasTable = (weights: Float64Array): { readonly shares: Float64Array; readonly aliases: Uint32Array } => {
  const count = weights.length;
  const mean = weights.reduce((sum, weight) => sum + weight, 0) / count;
  const shares = weights.map((weight) => weight / mean);
  const aliases = new Uint32Array(count);
  const small: number[] = [];
  const large: number[] = [];
  for (const [column, share] of shares.entries()) (share < 1 ? small : large).push(column);
  for (;;) {
    const low = small.pop();
    const high = large.pop();
    if (low === undefined || high === undefined) {
      // What is left over is 1 but for rounding.
      for (const column of [low, high, ...small, ...large]) if (column !== undefined) shares[column] = 1;
      return { shares, aliases };
    }
    aliases[low] = high;
    const rest = (shares[high] ?? 0) - (1 - (shares[low] ?? 0));
    shares[high] = rest;
    (rest < 1 ? small : large).push(high);
  }
};

/** Zipf's k-th most frequent key for each k: shuffled, so that frequent keys are not neighbours. */
const ranksToKeys = (keys: number, random: Random): Uint32Array => {
  const numbers = Array.from({ length: keys }, (_, number) => number);
  shuffle(numbers, random);
  return Uint32Array.from(numbers);
};

const zipfKeys = ({ keys, exponent, digits, seed }: Extract<KeySpec, { kind: 'zipf' }>): Keys => {
  const { shares, aliases } = aliasTable(Float64Array.from({ length: keys }, (_, rank) => (rank + 1) ** -exponent));
  const keyOfRank = ranksToKeys(keys, createRandom(derivedSeed(seed, 2)));
  const columnSeed = derivedSeed(seed, 3);
  const shareSeed = derivedSeed(seed, 4);
  const render = renderer(keys, digits);
  return (index) => {
    const column = below(spread(index, columnSeed), keys);
    const isOwn = unitOf(spread(index, shareSeed)) < (shares[column] ?? 1);
    return render(keyOfRank[isOwn ? column : (aliases[column] ?? 0)] ?? 0);
  };
};

/**
 * Makes the keys of a test.
 * @param sample of packed values, for sampled keys, which go with the values in turn: `worker` and `workers` as for the payload
 */
export const createKeys = (spec: KeySpec, sample: SharedArrayBuffer | null, worker = 0, workers = 1): Keys => {
  switch (spec.kind) {
    case 'sequential': {
      const write = createDigits(Math.max(1, spec.digits));
      return (index) => write(index);
    }
    case 'range': {
      const { keys } = spec;
      const render = renderer(keys, spec.digits);
      return (index) => render(index % keys);
    }
    case 'uniform': {
      const { keys } = spec;
      const seed = derivedSeed(spec.seed, 2);
      const render = renderer(keys, spec.digits);
      return (index) => render(below(spread(index, seed), keys));
    }
    case 'zipf':
      return zipfKeys(spec);
    case 'sampled': {
      const keys = sample === null ? [] : readPacked(sample).keys;
      const offset = Math.floor((worker * keys.length) / workers);
      return (index) => keys[(Math.floor(index / workers) + offset) % keys.length] ?? null;
    }
  }
};
