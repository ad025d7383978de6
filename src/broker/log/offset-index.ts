import { IndexFile } from './index-file.ts';

/** Size of an entry of an `.index` file: int32 offset relative to the segment's base, int32 position in the `.log`. */
export const OFFSET_INDEX_ENTRY_BYTES = 8;

/**
 * A segment's `.index` (Kafka's `OffsetIndex`): a sparse map from the last offset of a batch to the position of the batch in
 * the segment's `.log`, both ascending. Held in memory and searched there.
 */
export class OffsetIndex {
  readonly baseOffset: number;
  readonly #file: IndexFile;

  constructor(path: string, baseOffset: number) {
    this.baseOffset = baseOffset;
    this.#file = new IndexFile(path, OFFSET_INDEX_ENTRY_BYTES);
  }

  /** Number of entries. */
  get count(): number {
    return this.#file.count;
  }

  /** Whether entries should go to disk now. */
  get isDueForWrite(): boolean {
    return this.#file.isDueForWrite;
  }

  /** Adds the batch at `position` whose last offset is `lastOffset`; both above those of the entry before. */
  append(lastOffset: number, position: number): void {
    const at = this.#file.grow();
    this.#file.bytes.writeInt32BE(lastOffset - this.baseOffset, at);
    this.#file.bytes.writeInt32BE(position, at + 4);
  }

  /** A batch boundary from which scanning forward finds `offset`: the best one that the index knows. */
  positionFor(offset: number): number {
    const entry = this.#lastAtMost(offset - this.baseOffset, 0);
    return entry < 0 ? 0 : this.#file.bytes.readInt32BE(entry * OFFSET_INDEX_ENTRY_BYTES + 4);
  }

  /** The last batch boundary at or before `position` that the index knows; 0 when it knows none. */
  boundaryAtOrBefore(position: number): number {
    const entry = this.#lastAtMost(position, 4);
    return entry < 0 ? 0 : this.#file.bytes.readInt32BE(entry * OFFSET_INDEX_ENTRY_BYTES + 4);
  }

  /** The last boundary that the index knows; 0 when it is empty. */
  lastPosition(): number {
    if (this.count === 0) return 0;
    return this.#file.bytes.readInt32BE((this.count - 1) * OFFSET_INDEX_ENTRY_BYTES + 4);
  }

  /** Drops all entries from `count` on. */
  truncate(count: number): void {
    this.#file.truncate(count);
  }

  /** Brings the file up to date. */
  write(): void {
    this.#file.write();
  }

  /** Reads the file; false when it is missing, or cannot be the index of a log of `logBytes` bytes, and must be rebuilt. */
  load(logBytes: number): boolean {
    if (!this.#file.load()) return false;
    const { bytes, count } = this.#file;
    let previousOffset = -1;
    let previousPosition = -1;
    for (let at = 0; at < count * OFFSET_INDEX_ENTRY_BYTES; at += OFFSET_INDEX_ENTRY_BYTES) {
      const offset = bytes.readInt32BE(at);
      const position = bytes.readInt32BE(at + 4);
      if (offset <= previousOffset || position <= previousPosition || position >= logBytes) return false;
      previousOffset = offset;
      previousPosition = position;
    }
    return true;
  }

  /** Index of the last entry whose int32 at `field` is at most `target`, or -1. */
  #lastAtMost(target: number, field: number): number {
    const { bytes, count } = this.#file;
    let low = 0;
    let high = count - 1;
    while (low <= high) {
      const middle = (low + high) >>> 1;
      if (bytes.readInt32BE(middle * OFFSET_INDEX_ENTRY_BYTES + field) <= target) low = middle + 1;
      else high = middle - 1;
    }
    return high;
  }
}
