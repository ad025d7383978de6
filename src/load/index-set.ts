/**
 * Which records of a test were acknowledged and which came back: a bit for each index in memory that all threads share, so that lost and
 * repeated records are known exactly, whichever producer sent them and whichever consumer received them.
 */

/** Most indexes of a set: half a gibibyte of bits, of which the system gives only what is used. */
export const mostIndexes = 2 ** 32;

const bitsPerWord = 32;

/** Shared memory for a set of indexes from 0 to `capacity - 1`; throws a RangeError above `mostIndexes`. */
export const createIndexSet = (capacity: number): SharedArrayBuffer => {
  if (capacity > mostIndexes) throw new RangeError(`a set holds up to ${mostIndexes} indexes; got ${capacity}`);
  return new SharedArrayBuffer(Math.ceil(capacity / bitsPerWord) * Int32Array.BYTES_PER_ELEMENT);
};

/** One thread's hold on a set. */
export class IndexSet {
  /** Indexes below this one fit. */
  readonly capacity: number;
  readonly #words: Int32Array;

  constructor(shared: SharedArrayBuffer) {
    this.#words = new Int32Array(shared);
    this.capacity = this.#words.length * bitsPerWord;
  }

  /** Adds an index below the capacity. @returns whether it was not there before, in any thread */
  add(index: number): boolean {
    const bit = 1 << (index % bitsPerWord);
    return (Atomics.or(this.#words, Math.floor(index / bitsPerWord), bit) & bit) === 0;
  }

  /** Adds the first `count` of some indexes below the capacity. */
  addFirst(indexes: Float64Array, count: number): void {
    for (let place = 0; place < count; place++) this.add(indexes[place] ?? 0);
  }
}

const bitsIn = (word: number): number => {
  let pairs = word - ((word >>> 1) & 0x55555555);
  pairs = (pairs & 0x33333333) + ((pairs >>> 2) & 0x33333333);
  return Math.imul((pairs + (pairs >>> 4)) & 0x0f0f0f0f, 0x01010101) >>> 24;
};

/** Looks for indexes that one set has and another one lacks, once nothing is added to the first any more. */
export class MissingSearch {
  readonly #wanted: Int32Array;
  readonly #found: Int32Array;
  /** Words before this one lack nothing, and never will again. */
  #place = 0;

  constructor(wanted: SharedArrayBuffer, found: SharedArrayBuffer) {
    this.#wanted = new Int32Array(wanted);
    this.#found = new Int32Array(found);
  }

  /** Whether nothing is missing; goes on where the last look found something. */
  isComplete(): boolean {
    while (this.#place < this.#wanted.length && this.#missingIn(this.#place) === 0) this.#place++;
    return this.#place === this.#wanted.length;
  }

  /** How many indexes are missing. */
  count(): number {
    let missing = 0;
    for (let place = this.#place; place < this.#wanted.length; place++) missing += bitsIn(this.#missingIn(place));
    return missing;
  }

  /** The lowest missing indexes, at most so many. */
  first(most: number): readonly number[] {
    const indexes: number[] = [];
    for (let place = this.#place; place < this.#wanted.length && indexes.length < most; place++) {
      const missing = this.#missingIn(place);
      for (let bit = 0; missing !== 0 && bit < bitsPerWord && indexes.length < most; bit++)
        if ((missing & (1 << bit)) !== 0) indexes.push(place * bitsPerWord + bit);
    }
    return indexes;
  }

  #missingIn(place: number): number {
    return Atomics.load(this.#wanted, place) & ~Atomics.load(this.#found, place);
  }
}
