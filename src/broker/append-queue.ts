import type { ExchangeOwner } from './exchange.ts';
import type { Journal } from './journal.ts';
import { MAX_STAGED_BYTES } from './limits.ts';
import { errorCode } from './log/errors.ts';
import type { Partition } from './partition.ts';

/** Whose responses may go out once batches are written. */
type Pumped = Pick<ExchangeOwner, 'pump'>;

/** A produce request whose batches are staged; asked to settle once they are written or lost. */
export type StagedProduce = {
  readonly owner: Pumped;
  /** Partitions that could not be written have `hasFailed` set now. */
  settle(): void;
};

/**
 * Gathers all batches that arrive in one turn of the event loop, over all connections, and writes them together: one
 * vectored write for each partition, then the acknowledgements, several of a connection in one write.
 */
export class AppendQueue {
  readonly #journal: Journal;
  #partitions: Partition[] = [];
  #produces: StagedProduce[] = [];
  #stagedBytes = 0;
  #isScheduled = false;

  constructor(journal: Journal) {
    this.#journal = journal;
  }

  /** Takes note of a batch that was staged in its partition's log. */
  staged(partition: Partition, sizeBytes: number): void {
    partition.stagedBytes += sizeBytes;
    this.#stagedBytes += sizeBytes;
    if (partition.isQueued) return;
    partition.isQueued = true;
    this.#partitions.push(partition);
  }

  /** Has the request settled after the next write, which comes at the end of this turn or, when much is staged, now. */
  settleLater(produce: StagedProduce): void {
    this.#produces.push(produce);
    if (this.#stagedBytes >= MAX_STAGED_BYTES) {
      this.flush();
    } else if (!this.#isScheduled) {
      this.#isScheduled = true;
      setImmediate(this.#onImmediate);
    }
  }

  readonly #onImmediate = (): void => {
    this.#isScheduled = false;
    this.flush();
  };

  /** Writes all that is staged, answers, and wakes the fetches that wait. */
  flush(): void {
    const partitions = this.#partitions;
    const produces = this.#produces;
    if (produces.length === 0) return;
    this.#partitions = [];
    this.#produces = [];
    this.#stagedBytes = 0;
    for (const partition of partitions) this.#write(partition);
    const owners = new Set<Pumped>();
    for (const produce of produces) {
      produce.settle();
      owners.add(produce.owner);
    }
    // What a pumped connection does next may stage anew, so the partitions are made ready for it first.
    const added = partitions.map((partition) => {
      const bytes = partition.hasFailed ? 0 : partition.stagedBytes;
      partition.hasFailed = false;
      partition.stagedBytes = 0;
      return bytes;
    });
    for (const owner of owners) owner.pump();
    partitions.forEach((partition, index) => {
      const addedBytes = added[index] ?? 0;
      if (addedBytes > 0) partition.wake(addedBytes);
    });
  }

  #write(partition: Partition): void {
    partition.isQueued = false;
    if (partition.isDeleted) {
      partition.hasFailed = true;
      return;
    }
    try {
      partition.log.flush();
    } catch (error) {
      partition.hasFailed = true;
      this.#journal.sayDiskRefusal(errorCode(error), error instanceof Error ? error.message : String(error));
    }
  }
}
