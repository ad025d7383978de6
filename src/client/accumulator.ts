import { type BatchPool, type ProduceBatch, sizeForRecord } from './produce-batch.ts';

/**
 * Batches of one topic that wait to be sent: for each partition at most one that is being filled and a queue of full ones.
 * What may wait is bounded by `buffer.memory`, through the pool.
 */
export class Accumulator {
  /** Bytes of batches that wait, open ones included. */
  waitingBytes = 0;
  readonly #pool: BatchPool;
  readonly #nowUs: () => number;
  readonly #open: (ProduceBatch | null)[] = [];
  readonly #full: ProduceBatch[][] = [];
  #nextOrder = 0;

  /** @param nowUs monotonic clock, microseconds; read once a batch */
  constructor(pool: BatchPool, nowUs: () => number) {
    this.#pool = pool;
    this.#nowUs = nowUs;
  }

  /** Number of partitions that batches can be kept for. */
  get partitionCount(): number {
    return this.#full.length;
  }

  /** Makes room for partitions up to `count`. */
  growTo(count: number): void {
    while (this.#full.length < count) {
      this.#full.push([]);
      this.#open.push(null);
    }
  }

  /**
   * Appends a record. `full` says that the batch before it became full (there may be something to send), `begun` that the
   * record is the first of its batch (a wait of linger.ms begins), `none` that `buffer.memory` has no room.
   */
  append(
    partition: number,
    timestampMs: number,
    key: Uint8Array | null,
    value: Uint8Array | null,
    sentAtUs: number,
    dueAtUs: number,
    tag: number,
    headers: Uint8Array | null = null,
  ): 'appended' | 'begun' | 'full' | 'none' {
    const open = this.#open[partition];
    if (open === undefined) throw new RangeError(`partition ${partition} is not one of ${this.#full.length}`);
    if (open !== null) {
      const before = open.end;
      if (open.append(timestampMs, key, value, sentAtUs, dueAtUs, tag, headers)) {
        this.waitingBytes += open.end - before;
        return 'appended';
      }
    }
    const valueBytes = (value === null ? 0 : value.length) + (headers === null ? 0 : headers.length);
    const fresh = this.#pool.take(sizeForRecord(key === null ? -1 : key.length, valueBytes));
    if (fresh === null) return 'none';
    if (open !== null) this.#full[partition]?.push(open);
    fresh.begin(partition, this.#nowUs());
    fresh.order = this.#nextOrder++;
    fresh.append(timestampMs, key, value, sentAtUs, dueAtUs, tag, headers);
    this.waitingBytes += fresh.sizeBytes;
    this.#open[partition] = fresh;
    return open === null ? 'begun' : 'full';
  }

  /**
   * The next batch of a partition that may be sent at `nowUs`: the oldest full one unless it waits for a retry, else the
   * open one when it was begun at `openedBeforeUs` or earlier. Null when there is none.
   */
  takeReady(partition: number, nowUs: number, openedBeforeUs: number, maxSizeBytes: number): ProduceBatch | null {
    const queue = this.#full[partition];
    const oldest = queue?.[0];
    if (queue !== undefined && oldest !== undefined) {
      if (oldest.notBeforeUs > nowUs || oldest.sizeBytes > maxSizeBytes) return null;
      queue.shift();
      this.waitingBytes -= oldest.sizeBytes;
      return oldest;
    }
    const open = this.#open[partition];
    if (open === undefined || open === null || open.createdAtUs > openedBeforeUs || open.sizeBytes > maxSizeBytes)
      return null;
    this.#open[partition] = null;
    this.waitingBytes -= open.sizeBytes;
    return open;
  }

  /** The batch that stands first in a partition's queue, full or to be sent again; null when there is none but the open one. */
  firstWaiting(partition: number): ProduceBatch | null {
    return this.#full[partition]?.[0] ?? null;
  }

  /** Whether takeReady() would give a batch of the partition, of whatever size. */
  hasReady(partition: number, nowUs: number, openedBeforeUs: number): boolean {
    const oldest = this.#full[partition]?.[0];
    if (oldest !== undefined) return oldest.notBeforeUs <= nowUs;
    const open = this.#open[partition];
    return open !== undefined && open !== null && open.createdAtUs <= openedBeforeUs;
  }

  /** Puts a batch back in its place, for a retry. */
  putBack(batch: ProduceBatch): void {
    const queue = this.#full[batch.partition];
    if (queue === undefined) return;
    const found = queue.findIndex((other) => other.order > batch.order);
    queue.splice(found < 0 ? queue.length : found, 0, batch);
    this.waitingBytes += batch.sizeBytes;
  }

  /** Takes every batch that was created at `createdBeforeUs` or earlier, whether full or open. */
  takeOlderThan(createdBeforeUs: number): ProduceBatch[] {
    const taken: ProduceBatch[] = [];
    for (let partition = 0; partition < this.#full.length; partition++) {
      const queue = this.#full[partition] ?? [];
      while (queue[0] !== undefined && queue[0].createdAtUs <= createdBeforeUs) taken.push(...queue.splice(0, 1));
      const open = this.#open[partition];
      if (open !== undefined && open !== null && open.createdAtUs <= createdBeforeUs) {
        taken.push(open);
        this.#open[partition] = null;
      }
    }
    for (const batch of taken) this.waitingBytes -= batch.sizeBytes;
    return taken;
  }

  /** Takes every batch that was never sent, whether full or open. */
  takeUnsent(): ProduceBatch[] {
    const taken: ProduceBatch[] = [];
    for (let partition = 0; partition < this.#full.length; partition++) {
      const queue = this.#full[partition] ?? [];
      taken.push(...queue.filter(({ attempts }) => attempts === 0));
      this.#full[partition] = queue.filter(({ attempts }) => attempts > 0);
      const open = this.#open[partition] ?? null;
      if (open === null) continue;
      taken.push(open);
      this.#open[partition] = null;
    }
    for (const batch of taken) this.waitingBytes -= batch.sizeBytes;
    return taken;
  }

  /** How many batches of a partition wait, the open one included. */
  queueLength(partition: number): number {
    return (this.#full[partition]?.length ?? 0) + ((this.#open[partition] ?? null) === null ? 0 : 1);
  }

  /** Closes the open batch of a partition when it has no room for `recordBytes` more; whether it did. */
  closeIfFull(partition: number, recordBytes: number): boolean {
    const open = this.#open[partition] ?? null;
    if (open === null || open.sizeBytes + recordBytes <= open.capacityBytes) return false;
    this.#full[partition]?.push(open);
    this.#open[partition] = null;
    return true;
  }

  /**
   * When something waiting next needs attention after `nowUs`: an open batch whose linger ends, a full one whose wait for a
   * retry ends, or one that reaches `deliveryTimeoutUs`. What is already due waits for room in flight, not for a time.
   * Infinity when nothing waits for a time.
   */
  nextEventUs(nowUs: number, lingerUs: number, deliveryTimeoutUs: number): number {
    let next = Number.POSITIVE_INFINITY;
    for (let partition = 0; partition < this.#full.length; partition++) {
      const oldest = this.#full[partition]?.[0];
      if (oldest !== undefined) {
        next = Math.min(next, oldest.createdAtUs + deliveryTimeoutUs);
        if (oldest.notBeforeUs > nowUs) next = Math.min(next, oldest.notBeforeUs);
      }
      const open = this.#open[partition];
      if (open === undefined || open === null) continue;
      const lingersUntilUs = open.createdAtUs + lingerUs;
      next = Math.min(next, lingersUntilUs > nowUs ? lingersUntilUs : open.createdAtUs + deliveryTimeoutUs);
    }
    return next;
  }
}
