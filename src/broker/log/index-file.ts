import { closeSync, constants, ftruncateSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { errorCode } from './errors.ts';
import { INDEX_WRITE_ENTRIES } from './limits.ts';

/**
 * Bytes of an index of fixed-size entries: all of them in memory, on disk what has been written so far. Entries reach the
 * disk in groups, because an index can always be rebuilt from its log and a system call for each batch cannot be had back.
 */
export class IndexFile {
  readonly path: string;
  readonly entryBytes: number;
  /** The entries, big-endian as on disk; valid up to `count`. */
  bytes: Buffer;
  /** Number of entries. */
  count = 0;
  #writtenCount = 0;

  constructor(path: string, entryBytes: number) {
    this.path = path;
    this.entryBytes = entryBytes;
    this.bytes = Buffer.alloc(64 * entryBytes);
  }

  /** Room for one more entry at the returned position in `bytes`; the caller fills it. */
  grow(): number {
    const at = this.count * this.entryBytes;
    if (at === this.bytes.length) {
      const larger = Buffer.alloc(this.bytes.length * 2);
      this.bytes.copy(larger);
      this.bytes = larger;
    }
    this.count++;
    return at;
  }

  /** Drops all entries from `count` on. */
  truncate(count: number): void {
    this.count = Math.min(this.count, count);
    this.#writtenCount = Math.min(this.#writtenCount, this.count);
  }

  /** Whether so many entries wait that they are worth a write. */
  get isDueForWrite(): boolean {
    return this.count - this.#writtenCount >= INDEX_WRITE_ENTRIES;
  }

  /**
   * Writes what is not on disk yet and cuts the file to exactly the entries there are. When that fails (a full disk), the
   * file is removed instead, so that no half index is ever believed: who opens the log next rebuilds it.
   */
  write(): void {
    try {
      const from = this.#writtenCount * this.entryBytes;
      const end = this.count * this.entryBytes;
      const descriptor = openSync(this.path, constants.O_RDWR | constants.O_CREAT, 0o644);
      try {
        for (let at = from; at < end; ) at += writeSync(descriptor, this.bytes, at, end - at, at);
        ftruncateSync(descriptor, end);
      } finally {
        closeSync(descriptor);
      }
      this.#writtenCount = this.count;
    } catch (error) {
      this.#writtenCount = 0;
      removeUnreadable(this.path, error);
    }
  }

  /** Takes the entries of the file, or returns false when there is no file or not a whole number of entries in it. */
  load(): boolean {
    let bytes: Buffer;
    try {
      bytes = readFileSync(this.path);
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return false;
      throw error;
    }
    if (bytes.length % this.entryBytes !== 0) return false;
    this.count = bytes.length / this.entryBytes;
    this.#writtenCount = this.count;
    if (this.count > 0) this.bytes = bytes;
    return true;
  }
}

const removeUnreadable = (path: string, cause: unknown): void => {
  try {
    rmSync(path, { force: true });
  } catch (error) {
    throw new Error(`${path} could neither be written (${errorCode(cause)}) nor removed (${errorCode(error)})`, {
      cause,
    });
  }
};
