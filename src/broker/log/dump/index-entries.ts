import { readFileSync } from 'node:fs';
import { OFFSET_INDEX_ENTRY_BYTES } from '../offset-index.ts';
import { TIME_INDEX_ENTRY_BYTES } from '../time-index.ts';

/** An entry of an `.index` file: the last offset of a batch and where the batch begins. */
export type OffsetEntry = { readonly offset: number; readonly position: number };
/** An entry of a `.timeindex` file. */
export type TimeEntry = { readonly timestampMs: number; readonly offset: number };

/** An index file as it is on disk, with what a crash or a running broker left behind its entries. */
export class IndexEntries<Entry> {
  readonly fileBytes: number;
  readonly entryBytes: number;
  /** Whole entries, those of zeros at the end of a preallocated file included. */
  readonly count: number;
  readonly #bytes: Buffer;
  readonly #read: (bytes: Buffer, at: number) => Entry;

  constructor(path: string, entryBytes: number, read: (bytes: Buffer, at: number) => Entry) {
    this.#bytes = readFileSync(path);
    this.fileBytes = this.#bytes.length;
    this.entryBytes = entryBytes;
    this.count = Math.floor(this.fileBytes / entryBytes);
    this.#read = read;
  }

  /** The entry at this place, which must be one of `count`. */
  entry(index: number): Entry {
    return this.#read(this.#bytes, index * this.entryBytes);
  }
}

/** Reads an `.index` file. Throws the file system's error. */
export const readOffsetIndex = (path: string, baseOffset: number): IndexEntries<OffsetEntry> =>
  new IndexEntries(path, OFFSET_INDEX_ENTRY_BYTES, (bytes, at) => ({
    offset: baseOffset + bytes.readInt32BE(at),
    position: bytes.readInt32BE(at + 4),
  }));

/** Reads a `.timeindex` file. Throws the file system's error. */
export const readTimeIndex = (path: string, baseOffset: number): IndexEntries<TimeEntry> =>
  new IndexEntries(path, TIME_INDEX_ENTRY_BYTES, (bytes, at) => ({
    timestampMs: Number(bytes.readBigInt64BE(at)),
    offset: baseOffset + bytes.readInt32BE(at + 8),
  }));

/** Number of entries before the zeros of a preallocated file: the offset of every entry but the first lies above the base. */
export const usedCount = (index: IndexEntries<OffsetEntry>, baseOffset: number): number => {
  let low = Math.min(1, index.count);
  let high = index.count;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (index.entry(middle).offset === baseOffset) high = middle;
    else low = middle + 1;
  }
  return low;
};

/** Where to look for the batch with this offset: the position of the last entry at or before it, 0 when there is none. */
export const positionFor = (index: IndexEntries<OffsetEntry>, used: number, offset: number): number => {
  let low = 0;
  let high = used;
  while (low < high) {
    const middle = (low + high) >>> 1;
    if (index.entry(middle).offset <= offset) low = middle + 1;
    else high = middle;
  }
  return low === 0 ? 0 : index.entry(low - 1).position;
};
