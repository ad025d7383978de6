import { type Slab, SlabPool } from '../../protocol/slab.ts';
import { READ_BUFFER_BYTES, READ_POOL_FREE_BYTES } from './limits.ts';

/** Pooled buffers for file reads, in a few sizes so that a small read does not hold a large buffer while it is sent. */
export class ReadPool {
  /** Size of the largest pooled buffer, bytes. */
  readonly largestBytes: number;
  readonly #pools: readonly SlabPool[];

  constructor(options: { readonly bufferBytes?: readonly number[]; readonly maxFreeBytes?: number } = {}) {
    const sizes = options.bufferBytes ?? READ_BUFFER_BYTES;
    const maxFreeBytes = options.maxFreeBytes ?? READ_POOL_FREE_BYTES;
    this.#pools = sizes.map((slabBytes) => new SlabPool({ slabBytes, maxFreeBytes }));
    this.largestBytes = Math.max(...sizes);
  }

  /** The smallest pooled buffer of at least `sizeBytes`, or one made for this read when that is over the largest. */
  take(sizeBytes: number): Slab {
    let pool: SlabPool | undefined;
    for (pool of this.#pools) if (pool.slabBytes >= sizeBytes) break;
    if (pool === undefined) throw new Error('a read pool needs at least one buffer size');
    return pool.take(sizeBytes);
  }
}
