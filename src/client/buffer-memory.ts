import { ClientError } from './client-error.ts';
import { BatchPool } from './produce-batch.ts';
import type { ProducerConfig } from './properties/producer-properties.ts';
import { Stopwatch } from './stopwatch.ts';

type Waiter = { readonly resolve: () => void; readonly reject: (error: ClientError) => void; timer: NodeJS.Timeout };

/** `buffer.memory`: the batches it holds, and those who wait for room in it, for at most `max.block.ms`. */
export class BufferMemory {
  readonly pool: BatchPool;
  /** A record found no room, and nothing was settled since. */
  isFull = false;
  readonly #config: ProducerConfig;
  readonly #full = new Stopwatch();
  #waiters: Waiter[] = [];

  /** @param headroomBytes what every batch keeps in front of its records */
  constructor(config: ProducerConfig, headroomBytes: number) {
    this.#config = config;
    this.pool = new BatchPool({
      headroomBytes,
      batchSizeBytes: config.batchSize,
      bufferMemoryBytes: config.bufferMemory,
    });
  }

  /** How many wait for room. */
  get waitingCount(): number {
    return this.#waiters.length;
  }

  /** A record found no room. */
  ranOut(nowUs: number): void {
    this.isFull = true;
    this.#full.set(true, nowUs);
  }

  /** Memory was given back: those who wait try again. */
  released(nowUs: number): void {
    if (!this.isFull) return;
    this.isFull = false;
    this.#full.set(false, nowUs);
    for (const waiter of this.#waiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.resolve();
    }
  }

  /** Resolves when memory for a batch is free, at once when it is; rejects after `max.block.ms`, or by fail(). */
  untilRoom(): Promise<void> {
    if (!this.isFull) return Promise.resolve();
    const { bufferMemory, maxBlockMs } = this.#config;
    return new Promise((resolve, reject) => {
      const timer = setTimeout(
        () => {
          this.#waiters = this.#waiters.filter((waiter) => waiter.timer !== timer);
          const message = `no room in buffer.memory=${bufferMemory} within max.block.ms=${maxBlockMs}`;
          reject(new ClientError('BUFFER_EXHAUSTED', message));
        },
        Math.min(maxBlockMs, 0x7fffffff),
      );
      this.#waiters.push({ resolve, reject, timer });
    });
  }

  /** Tells those who wait that there is nothing to wait for. */
  fail(error: ClientError): void {
    for (const waiter of this.#waiters.splice(0)) {
      clearTimeout(waiter.timer);
      waiter.reject(error);
    }
  }

  /** Microseconds so far during which there was no room. */
  fullUs(nowUs: number): number {
    return this.#full.totalUs(nowUs);
  }
}
