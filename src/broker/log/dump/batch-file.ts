import { closeSync, fstatSync, openSync } from 'node:fs';
import { BATCH_OVERHEAD_BYTES, batchMagic, batchSizeBytes, MAGIC_V2 } from '../../../protocol/record-batch.ts';
import { readFully } from '../batch-walk.ts';
import { LARGEST_BATCH_BYTES, READ_BYTES } from './limits.ts';

/** A whole batch, at `bytes[at]`, which stands at `position` of the file. Valid until the next one is asked for. */
export type StoredBatch = {
  readonly bytes: Buffer;
  readonly at: number;
  readonly position: number;
  readonly sizeBytes: number;
};

/** Bytes that must be there before there can be a batch: up to its magic number (Kafka's `HEADER_SIZE_UP_TO_MAGIC`). */
const SMALLEST_REST_BYTES = 17;

/** The shortest message of formats 0 and 1, which is told from bytes that are no message at all. */
const SMALLEST_OLD_BATCH_BYTES = 26;

/** The batches of a `.log` file or a KRaft snapshot, read in order through a buffer of bounded size. */
export class BatchFile {
  readonly #descriptor: number;
  readonly #end: number;
  #buffer = Buffer.alloc(0);
  /** Which bytes of the file the buffer holds. */
  #from = 0;
  #filled = 0;
  #fault: string | null = null;
  #stoppedAt = 0;

  /** Opens the file; no more than its first `maxBytes` are looked at. Throws the file system's error. */
  constructor(path: string, maxBytes = Number.MAX_SAFE_INTEGER) {
    this.#descriptor = openSync(path, 'r');
    this.#end = Math.min(fstatSync(this.#descriptor).size, maxBytes);
  }

  /** Number of bytes that are looked at. */
  get sizeBytes(): number {
    return this.#end;
  }

  /** Where the last walk stopped: the end, or behind the last whole batch. */
  get stoppedAt(): number {
    return this.#stoppedAt;
  }

  /** Why the last walk stopped early, when it found something that cannot be a batch; a batch that is cut off is no fault. */
  get fault(): string | null {
    return this.#fault;
  }

  /** All whole batches from `from` on, where a batch must begin. */
  *batches(from = 0): Generator<StoredBatch> {
    this.#fault = null;
    this.#stoppedAt = from;
    while (this.#stoppedAt < this.#end - SMALLEST_REST_BYTES) {
      const batch = this.#batchAt(this.#stoppedAt);
      if (batch === null) return;
      yield batch;
      this.#stoppedAt += batch.sizeBytes;
    }
  }

  close(): void {
    closeSync(this.#descriptor);
  }

  #batchAt(position: number): StoredBatch | null {
    const headBytes = Math.min(BATCH_OVERHEAD_BYTES, this.#end - position);
    if (!this.#load(position, headBytes)) return null;
    const at = position - this.#from;
    const sizeBytes = batchSizeBytes(this.#buffer, at);
    const magic = batchMagic(this.#buffer, at);
    if (sizeBytes < (magic < MAGIC_V2 ? SMALLEST_OLD_BATCH_BYTES : BATCH_OVERHEAD_BYTES)) {
      this.#fault = `position ${position}: a batch takes at least ${BATCH_OVERHEAD_BYTES} bytes; this one says ${sizeBytes}`;
      return null;
    }
    if (magic < MAGIC_V2) {
      this.#fault = `position ${position}: message format ${magic} is not supported; Kafka writes format 2 since 0.11`;
      return null;
    }
    if (position + sizeBytes > this.#end) return null;
    if (sizeBytes > LARGEST_BATCH_BYTES) {
      this.#fault = `position ${position}: a batch of ${sizeBytes} bytes is more than is read at once, ${LARGEST_BATCH_BYTES}`;
      return null;
    }
    if (!this.#load(position, sizeBytes)) return null;
    return { bytes: this.#buffer, at: position - this.#from, position, sizeBytes };
  }

  /** Makes sure that the buffer holds these bytes; false when the file became shorter meanwhile. */
  #load(position: number, length: number): boolean {
    if (position >= this.#from && position + length <= this.#from + this.#filled) return true;
    const wanted = Math.min(Math.max(READ_BYTES, length), this.#end - position);
    if (this.#buffer.length < wanted) this.#buffer = Buffer.allocUnsafeSlow(wanted);
    this.#from = position;
    this.#filled = readFully(this.#descriptor, this.#buffer, wanted, position);
    return this.#filled >= length;
  }
}
