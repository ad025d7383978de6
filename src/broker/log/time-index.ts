import { closeSync, fstatSync, openSync, readSync } from 'node:fs';
import { errorCode } from './errors.ts';
import { IndexFile } from './index-file.ts';

/** Size of an entry of a `.timeindex` file: int64 time stamp, int32 offset relative to the segment's base. */
export const TIME_INDEX_ENTRY_BYTES = 12;

/** A time stamp in milliseconds since the epoch and the offset that it belongs to. */
export type TimestampOffset = { readonly timestampMs: number; readonly offset: number };

/**
 * A segment's `.timeindex` (Kafka's `TimeIndex`): the largest time stamp so far and the last offset of the batch that has it,
 * both ascending. Records with a larger time stamp than an entry's come behind its offset.
 */
export class TimeIndex {
  readonly baseOffset: number;
  readonly #file: IndexFile;

  constructor(path: string, baseOffset: number) {
    this.baseOffset = baseOffset;
    this.#file = new IndexFile(path, TIME_INDEX_ENTRY_BYTES);
  }

  /** Number of entries. */
  get count(): number {
    return this.#file.count;
  }

  /** Whether entries should go to disk now. */
  get isDueForWrite(): boolean {
    return this.#file.isDueForWrite;
  }

  /** Adds an entry if its time stamp is above the last one's; -1, a batch without time stamps, never is. */
  append(timestampMs: number, offset: number): void {
    if (timestampMs <= (this.count > 0 ? this.#timestampAt(this.count - 1) : -1)) return;
    const at = this.#file.grow();
    const high = Math.floor(timestampMs / 0x1_0000_0000);
    this.#file.bytes.writeInt32BE(high, at);
    this.#file.bytes.writeUInt32BE(timestampMs - high * 0x1_0000_0000, at + 4);
    this.#file.bytes.writeInt32BE(offset - this.baseOffset, at + 8);
  }

  /** The last entry with a time stamp of at most `timestampMs`, or null: records before its offset are not later. */
  floor(timestampMs: number): TimestampOffset | null {
    let low = 0;
    let high = this.count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (this.#timestampAt(middle) <= timestampMs) low = middle + 1;
      else high = middle - 1;
    }
    return high < 0 ? null : this.#entryAt(high);
  }

  /** The last entry, or null when there is none. */
  last(): TimestampOffset | null {
    return this.count === 0 ? null : this.#entryAt(this.count - 1);
  }

  /** Drops all entries from `count` on. */
  truncate(count: number): void {
    this.#file.truncate(count);
  }

  /** Brings the file up to date. */
  write(): void {
    this.#file.write();
  }

  /** Reads the file; false when it is missing or its entries do not ascend, and it must be rebuilt. */
  load(): boolean {
    if (!this.#file.load()) return false;
    for (let entry = 1; entry < this.count; entry++) {
      if (this.#timestampAt(entry) <= this.#timestampAt(entry - 1)) return false;
      if (this.#entryAt(entry).offset <= this.#entryAt(entry - 1).offset) return false;
    }
    return this.count === 0 || this.#entryAt(0).offset >= this.baseOffset;
  }

  #timestampAt(entry: number): number {
    const at = entry * TIME_INDEX_ENTRY_BYTES;
    return this.#file.bytes.readInt32BE(at) * 0x1_0000_0000 + this.#file.bytes.readUInt32BE(at + 4);
  }

  #entryAt(entry: number): TimestampOffset {
    const offset = this.baseOffset + this.#file.bytes.readInt32BE(entry * TIME_INDEX_ENTRY_BYTES + 8);
    return { timestampMs: this.#timestampAt(entry), offset };
  }
}

/**
 * The last entry of a `.timeindex` file without reading the rest; null for an empty file, undefined when it is missing or
 * does not look like one.
 */
export const readLastTime = (path: string, baseOffset: number): TimestampOffset | null | undefined => {
  let descriptor: number;
  try {
    descriptor = openSync(path, 'r');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined;
    throw error;
  }
  try {
    const { size } = fstatSync(descriptor);
    if (size === 0) return null;
    const entry = Buffer.alloc(TIME_INDEX_ENTRY_BYTES);
    if (size % entry.length !== 0 || readSync(descriptor, entry, 0, entry.length, size - entry.length) < entry.length)
      return undefined;
    const relativeOffset = entry.readInt32BE(8);
    if (relativeOffset < 0) return undefined;
    return {
      timestampMs: entry.readInt32BE(0) * 0x1_0000_0000 + entry.readUInt32BE(4),
      offset: baseOffset + relativeOffset,
    };
  } finally {
    closeSync(descriptor);
  }
};
