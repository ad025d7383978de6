import type { Slab } from '../../protocol/slab.ts';
import { GATHER_BELOW_BYTES, MAX_READ_SLICES, TAIL_CACHE_BATCHES, TAIL_CACHE_BYTES } from './limits.ts';
import type { LogRead } from './log-read.ts';
import type { ReadPool } from './read-pool.ts';

/**
 * The most recent batches of all partitions, in the very memory that they were received into. One bound in bytes holds for
 * the whole broker and counts whole slabs, since a small batch keeps all of its slab alive. The oldest batch goes first,
 * whatever its partition.
 */
export class TailCache {
  readonly maxBytes: number;
  readonly #maxBatches: number;
  /** The partitions of the cached batches, oldest first, as a ring. */
  #queue: (PartitionTail | null)[] = new Array(1024).fill(null);
  #head = 0;
  #count = 0;
  /** How many cached batches lie in a slab. */
  readonly #pins = new Map<Slab, number>();
  #pinnedBytes = 0;

  constructor(options: { readonly maxBytes?: number; readonly maxBatches?: number } = {}) {
    this.maxBytes = options.maxBytes ?? TAIL_CACHE_BYTES;
    this.#maxBatches = options.maxBatches ?? TAIL_CACHE_BATCHES;
  }

  /** Memory kept alive by cached batches, bytes; never over `maxBytes` when a call returns. */
  get pinnedBytes(): number {
    return this.#pinnedBytes;
  }

  /** Batches in the cache, those of dropped partitions included until their turn comes. */
  get batchCount(): number {
    return this.#count;
  }

  /** Accounts for a batch that `tail` has just taken in, and makes room for it. */
  added(tail: PartitionTail, slab: Slab): void {
    const pins = this.#pins.get(slab);
    if (pins === undefined) this.#pinnedBytes += slab.bytes.length;
    this.#pins.set(slab, (pins ?? 0) + 1);
    if (this.#count === this.#queue.length) this.#growQueue();
    this.#queue[(this.#head + this.#count) & (this.#queue.length - 1)] = tail;
    this.#count++;
    while (this.#count > 0 && (this.#pinnedBytes > this.maxBytes || this.#count > this.#maxBatches)) this.#evict();
  }

  /** Accounts for a batch that its partition let go of. */
  dropped(slab: Slab): void {
    const pins = (this.#pins.get(slab) ?? 0) - 1;
    if (pins > 0) this.#pins.set(slab, pins);
    else {
      this.#pins.delete(slab);
      this.#pinnedBytes -= slab.bytes.length;
    }
    slab.release();
  }

  #evict(): void {
    const tail = this.#queue[this.#head];
    this.#queue[this.#head] = null;
    this.#head = (this.#head + 1) & (this.#queue.length - 1);
    this.#count--;
    tail?.evictOldest();
  }

  #growQueue(): void {
    const larger: (PartitionTail | null)[] = new Array(this.#queue.length * 2).fill(null);
    for (let index = 0; index < this.#count; index++)
      larger[index] = this.#queue[(this.#head + index) & (this.#queue.length - 1)] ?? null;
    this.#queue = larger;
    this.#head = 0;
  }
}

/**
 * One partition's part of the tail cache: its last batches without a gap, as a ring over parallel arrays. Offsets ascend, so
 * a batch is found by binary search.
 */
export class PartitionTail {
  readonly #cache: TailCache;
  readonly #pool: ReadPool;
  #baseOffsets = new Float64Array(16);
  #starts = new Float64Array(16);
  #ends = new Float64Array(16);
  #slabs: (Slab | null)[] = new Array(16).fill(null);
  #head = 0;
  #count = 0;
  /** Batches that were dropped before their turn in the cache's queue came. */
  #droppedAhead = 0;

  constructor(cache: TailCache, pool: ReadPool) {
    this.#cache = cache;
    this.#pool = pool;
  }

  /** Batches of this partition in the cache. */
  get count(): number {
    return this.#count;
  }

  /** Takes in the batch behind the last one, with the caller's reference to the slab. */
  add(slab: Slab, start: number, end: number, baseOffset: number): void {
    if (this.#count === this.#slabs.length) this.#grow();
    const at = (this.#head + this.#count) & (this.#slabs.length - 1);
    this.#baseOffsets[at] = baseOffset;
    this.#starts[at] = start;
    this.#ends[at] = end;
    this.#slabs[at] = slab;
    this.#count++;
    this.#cache.added(this, slab);
  }

  /** Called by the cache: lets go of the oldest batch, if it is still there. */
  evictOldest(): void {
    if (this.#droppedAhead > 0) this.#droppedAhead--;
    else this.#dropOldest();
  }

  /** Lets go of everything (the log is closed or cut). */
  clear(): void {
    this.#droppedAhead += this.#count;
    while (this.#count > 0) this.#dropOldest();
  }

  /**
   * Whole batches from the one that holds `offset` on, at most `maxBytes` of them, except that with `minOneBatch` the first
   * may be larger, and none from `limitOffset` on. Null when the batch is not here.
   */
  read(offset: number, maxBytes: number, minOneBatch: boolean, limitOffset: number): LogRead | null {
    if (this.#count === 0 || offset < this.#baseOffset(0)) return null;
    const first = this.#find(offset);
    let end = first;
    let sizeBytes = 0;
    for (; end < this.#count; end++) {
      const size = this.#size(end);
      if (sizeBytes + size > maxBytes && !(end === first && minOneBatch)) break;
      if (this.#baseOffset(end) >= limitOffset) break;
      sizeBytes += size;
    }
    return this.#collect(first, end);
  }

  /** Makes slices of batches [first, end): neighbours in a slab as one, runs of small batches copied into one buffer. */
  #collect(first: number, end: number): LogRead {
    const slices: Buffer[] = [];
    const held: Slab[] = [];
    let sizeBytes = 0;
    let index = first;
    while (index < end && slices.length < MAX_READ_SLICES) {
      const runEnd = this.#smallRunEnd(index, end);
      if (runEnd - index > 1) {
        const gathered = this.#gather(index, runEnd, held);
        slices.push(gathered);
        sizeBytes += gathered.length;
        index = runEnd;
        continue;
      }
      const at = this.#at(index);
      const slab = this.#slabs[at];
      if (slab === null || slab === undefined) break;
      let sliceEnd = this.#ends[at] ?? 0;
      for (index++; index < end && this.#follows(index, slab, sliceEnd); index++) sliceEnd = this.#end(index);
      if (held[held.length - 1] !== slab) {
        slab.retain();
        held.push(slab);
      }
      const slice = slab.bytes.subarray(this.#starts[at] ?? 0, sliceEnd);
      slices.push(slice);
      sizeBytes += slice.length;
    }
    return {
      slices,
      sizeBytes,
      memoryBytes: sizeBytes,
      release: () => {
        for (const slab of held) slab.release();
      },
    };
  }

  /** End of the run of small batches that begins at `index`, as far as one read buffer takes. */
  #smallRunEnd(index: number, end: number): number {
    let runEnd = index;
    let bytes = 0;
    while (runEnd < end) {
      const size = this.#size(runEnd);
      if (size >= GATHER_BELOW_BYTES || bytes + size > this.#pool.largestBytes) break;
      bytes += size;
      runEnd++;
    }
    return runEnd;
  }

  #gather(first: number, end: number, held: Slab[]): Buffer {
    let sizeBytes = 0;
    for (let index = first; index < end; index++) sizeBytes += this.#size(index);
    const target = this.#pool.take(sizeBytes);
    held.push(target);
    let filled = 0;
    for (let index = first; index < end; index++) {
      const at = this.#at(index);
      this.#slabs[at]?.bytes.copy(target.bytes, filled, this.#starts[at], this.#ends[at]);
      filled += this.#size(index);
    }
    return target.bytes.subarray(0, filled);
  }

  #follows(index: number, slab: Slab, end: number): boolean {
    const at = this.#at(index);
    return this.#slabs[at] === slab && this.#starts[at] === end;
  }

  /** The last batch whose base offset is at most `offset`. */
  #find(offset: number): number {
    let low = 0;
    let high = this.#count - 1;
    while (low < high) {
      const middle = (low + high + 1) >>> 1;
      if (this.#baseOffset(middle) <= offset) low = middle;
      else high = middle - 1;
    }
    return low;
  }

  #dropOldest(): void {
    const slab = this.#slabs[this.#head];
    this.#slabs[this.#head] = null;
    this.#head = (this.#head + 1) & (this.#slabs.length - 1);
    this.#count--;
    if (slab !== null && slab !== undefined) this.#cache.dropped(slab);
  }

  #at(index: number): number {
    return (this.#head + index) & (this.#slabs.length - 1);
  }

  #baseOffset(index: number): number {
    return this.#baseOffsets[this.#at(index)] ?? 0;
  }

  #end(index: number): number {
    return this.#ends[this.#at(index)] ?? 0;
  }

  #size(index: number): number {
    const at = this.#at(index);
    return (this.#ends[at] ?? 0) - (this.#starts[at] ?? 0);
  }

  #grow(): void {
    const length = this.#slabs.length * 2;
    const baseOffsets = new Float64Array(length);
    const starts = new Float64Array(length);
    const ends = new Float64Array(length);
    const slabs: (Slab | null)[] = new Array(length).fill(null);
    for (let index = 0; index < this.#count; index++) {
      const at = this.#at(index);
      baseOffsets[index] = this.#baseOffsets[at] ?? 0;
      starts[index] = this.#starts[at] ?? 0;
      ends[index] = this.#ends[at] ?? 0;
      slabs[index] = this.#slabs[at] ?? null;
    }
    this.#baseOffsets = baseOffsets;
    this.#starts = starts;
    this.#ends = ends;
    this.#slabs = slabs;
    this.#head = 0;
  }
}
