import type { Slab, SlabPool } from './slab.ts';

/** A size prefix that cannot be: negative, or over the receiver's bound. The connection is to be closed. */
export class FrameError extends Error {
  override readonly name = 'FrameError';
}

/** Handles one whole frame: `slab.bytes[start, end)` without its 4-byte size. Whoever keeps bytes beyond the call retains the slab. */
export type FrameHandler = (slab: Slab, start: number, end: number) => void;

/** Reads of less than this fraction of an idle slab count as small; after this many small reads a connection counts as idle. */
const SMALL_READS_UNTIL_IDLE = 64;

/**
 * Splits a byte stream into Kafka's size-delimited frames, without copying whole ones: the socket reads straight into
 * `target()`, and a frame is handed over where it landed. Only a frame that meets the end of its slab moves to the next.
 *
 * A quiet connection holds a slab of the `idle` pool (small), a busy one of the `busy` pool, so that thousands of open
 * connections stay cheap and a loaded one gets long reads.
 */
export class FrameReader {
  readonly #idlePool: SlabPool;
  readonly #busyPool: SlabPool;
  /** Largest frame that is accepted, bytes, the size prefix not counted; may change between frames. */
  maxFrameBytes: number;
  readonly #onFrame: FrameHandler;
  #pool: SlabPool;
  #slab: Slab | null;
  #start = 0;
  #end = 0;
  #smallReads = 0;

  constructor(options: {
    readonly idlePool: SlabPool;
    readonly busyPool: SlabPool;
    /** Largest frame that is accepted, bytes, the size prefix not counted. */
    readonly maxFrameBytes: number;
    readonly onFrame: FrameHandler;
  }) {
    this.#idlePool = options.idlePool;
    this.#busyPool = options.busyPool;
    this.maxFrameBytes = options.maxFrameBytes;
    this.#onFrame = options.onFrame;
    this.#pool = options.idlePool;
    this.#slab = this.#pool.take();
  }

  /** Where the socket shall put the next bytes; never empty. */
  target(): Buffer {
    const slab = this.#slab;
    if (slab === null) return Buffer.allocUnsafe(1);
    return slab.bytes.subarray(this.#end);
  }

  /** `byteCount` bytes arrived in `target()`: hands over every frame that is now whole. Throws FrameError; what onFrame throws passes through. */
  received(byteCount: number): void {
    const slab = this.#slab;
    if (slab === null) return;
    const hasFilledTarget = this.#end + byteCount === slab.bytes.length;
    this.#end += byteCount;
    this.#handOver(slab);
    if (this.#slab === null) return;
    this.#adapt(byteCount, hasFilledTarget);
    this.#makeRoom(slab);
  }

  /** Lets go of the slab; nothing is handed over any more. */
  close(): void {
    this.#slab?.release();
    this.#slab = null;
  }

  #handOver(slab: Slab): void {
    const { bytes } = slab;
    while (this.#end - this.#start >= 4) {
      const start = this.#start + 4;
      const size = this.#frameSize(bytes);
      if (this.#end - start < size) return;
      this.#start = start + size;
      this.#onFrame(slab, start, start + size);
      if (this.#slab === null) return;
    }
  }

  #frameSize(bytes: Buffer): number {
    const size = bytes.readInt32BE(this.#start);
    if (size < 0) throw new FrameError(`the frame size is negative (${size}): this is not Kafka's protocol`);
    if (size > this.maxFrameBytes)
      throw new FrameError(`a frame of ${size} bytes is over the bound of ${this.maxFrameBytes} bytes`);
    return size;
  }

  #adapt(byteCount: number, hasFilledTarget: boolean): void {
    if (hasFilledTarget && byteCount >= this.#idlePool.slabBytes / 2) {
      this.#pool = this.#busyPool;
      this.#smallReads = 0;
    } else if (byteCount < this.#idlePool.slabBytes / 2) {
      if (++this.#smallReads >= SMALL_READS_UNTIL_IDLE) this.#pool = this.#idlePool;
    } else {
      this.#smallReads = 0;
    }
  }

  /** Makes sure that the rest of the current frame, or a good part of a slab, fits behind what is there. */
  #makeRoom(slab: Slab): void {
    const { length } = slab.bytes;
    const pending = this.#end - this.#start;
    const isRightKind = length === this.#pool.slabBytes;
    if (pending === 0 && slab.isSole && isRightKind) {
      this.#start = 0;
      this.#end = 0;
      return;
    }
    const needed = pending >= 4 ? 4 + this.#frameSize(slab.bytes) : 0;
    const hasRoom = length - this.#start >= needed && length - this.#end >= Math.min(length >> 3, 4096);
    if (hasRoom && (isRightKind || (pending > 0 && length > this.#pool.slabBytes))) return;
    // A frame that is larger than a slab gets a block of its own size, and a few bytes so that a read can never be empty.
    const next = this.#pool.take(needed === 0 ? 0 : needed + 64);
    slab.bytes.copy(next.bytes, 0, this.#start, this.#end);
    slab.release();
    this.#slab = next;
    this.#start = 0;
    this.#end = pending;
  }
}
