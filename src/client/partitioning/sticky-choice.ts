import type { Random } from './random.ts';

/** What waits for the partitions of a topic. */
export type QueueLengths = {
  readonly partitionCount: number;
  /** Batches of a partition that are not sent. */
  queueLength(partition: number): number;
  hasLeader(partition: number): boolean;
  /** Whether the leader takes batches, by `partitioner.availability.timeout.ms`. */
  isAvailable(partition: number): boolean;
};

/**
 * Chooses the partition that records without a key stick to next (KIP-794, Kafka's `BuiltInPartitioner`): any that has a leader, all
 * equally; adaptively, one whose queue is shorter more often: with queues of 0, 3 and 1 batches by 4 to 1 to 3, that is what each has
 * less than the longest, and one. Partitions whose leader takes nothing are left out.
 */
export class StickyChoice {
  readonly #queues: QueueLengths;
  readonly #isAdaptive: boolean;
  readonly #random: Random;
  readonly #candidates: number[] = [];
  readonly #runningSums: number[] = [];

  constructor(queues: QueueLengths, options: { readonly isAdaptive: boolean; readonly random: Random }) {
    this.#queues = queues;
    this.#isAdaptive = options.isAdaptive;
    this.#random = options.random;
  }

  /** The next partition. */
  next(): number {
    const { partitionCount } = this.#queues;
    if (partitionCount === 1) return 0;
    if (this.#isAdaptive) {
      this.#collect((partition) => this.#queues.hasLeader(partition) && this.#queues.isAvailable(partition));
      if (this.#candidates.length > 0) return this.#weighted();
    }
    this.#collect((partition) => this.#queues.hasLeader(partition));
    if (this.#candidates.length > 0) return this.#candidates[this.#below(this.#candidates.length)] ?? 0;
    return this.#below(partitionCount);
  }

  #collect(isCandidate: (partition: number) => boolean): void {
    this.#candidates.length = 0;
    for (let partition = 0; partition < this.#queues.partitionCount; partition++)
      if (isCandidate(partition)) this.#candidates.push(partition);
  }

  #weighted(): number {
    let longest = 0;
    for (const partition of this.#candidates) longest = Math.max(longest, this.#queues.queueLength(partition));
    let sum = 0;
    this.#runningSums.length = 0;
    for (const partition of this.#candidates) {
      sum += longest + 1 - this.#queues.queueLength(partition);
      this.#runningSums.push(sum);
    }
    const drawn = this.#below(sum);
    const index = this.#runningSums.findIndex((runningSum) => runningSum > drawn);
    return this.#candidates[index] ?? 0;
  }

  #below(bound: number): number {
    return Math.floor(this.#random() * bound);
  }
}
