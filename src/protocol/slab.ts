/**
 * Reference-counted blocks of bytes. Sockets read into them, frames are handled in place, and the log's tail cache keeps
 * serving from them; a block goes back to its pool when the last holder has let go. Fresh memory from the kernel costs a
 * page fault for each 4 KiB, which at Kafka's batch sizes is a tenth of all the work, so blocks are used again.
 */
export class Slab {
  readonly bytes: Buffer;
  #references = 1;
  readonly #pool: SlabPool;

  /** Made by SlabPool.take() only; the taker holds the first reference. */
  constructor(bytes: Buffer, pool: SlabPool) {
    this.bytes = bytes;
    this.#pool = pool;
  }

  /** Whether nobody but the caller, who holds a reference, keeps this block. */
  get isSole(): boolean {
    return this.#references === 1;
  }

  /** Holds the block until a matching release(). */
  retain(): void {
    if (this.#references < 1) throw new Error('a released slab cannot be retained');
    this.#references++;
  }

  /** Lets go of the block. */
  release(): void {
    if (this.#references < 1) throw new Error('a slab was released twice');
    if (--this.#references === 0) this.#pool.takeBack(this);
  }
}

/** Hands out slabs of one size and keeps a bounded number of free ones. */
export class SlabPool {
  /** Size of a slab, bytes. */
  readonly slabBytes: number;
  readonly #maxFreeBytes: number;
  readonly #free: Buffer[] = [];

  constructor(options: { readonly slabBytes: number; readonly maxFreeBytes: number }) {
    this.slabBytes = options.slabBytes;
    this.#maxFreeBytes = options.maxFreeBytes;
  }

  /** A slab of the pool's size, or of `minBytes` when that is more; an oversized one is not pooled afterwards. */
  take(minBytes = 0): Slab {
    if (minBytes > this.slabBytes) return new Slab(Buffer.allocUnsafeSlow(minBytes), this);
    return new Slab(this.#free.pop() ?? Buffer.allocUnsafeSlow(this.slabBytes), this);
  }

  /** Called by a slab whose last reference went. */
  takeBack(slab: Slab): void {
    if (slab.bytes.length !== this.slabBytes) return;
    if ((this.#free.length + 1) * this.slabBytes <= this.#maxFreeBytes) this.#free.push(slab.bytes);
  }
}
