import { partitionForKey } from './key-hash.ts';
import type { Random } from './random.ts';
import { type QueueLengths, StickyChoice } from './sticky-choice.ts';

/** What a partitioner may know of a topic and of what waits for it. */
export type PartitionView = QueueLengths & {
  /** A record of `recordBytes` more would not go to this partition: its batch goes out now when there is no room for it. */
  left(partition: number, recordBytes: number): void;
};

/** Chooses the partition of each record that names none. Called for every record: nothing is allocated. */
export type Partitioner = {
  /** The partition of a record. @param recordBytes what it takes in a batch, about */
  choose(key: Uint8Array | null, value: Uint8Array | null, recordBytes: number): number;
  /** The record was appended where choose() said. */
  appended(key: Uint8Array | null, recordBytes: number): void;
};

/**
 * A partitioner of one's own: the index of a partition, 0 or more and less than `partitionCount`.
 * The bytes are the record's own and must not be kept.
 */
export type CustomPartitioner = (key: Uint8Array | null, value: Uint8Array | null, partitionCount: number) => number;

/** Kafka's own partitioner: records of a key to the key's partition, others to a partition that changes after `batch.size` bytes (KIP-794). */
export class BuiltInPartitioner implements Partitioner {
  readonly #view: PartitionView;
  readonly #sticky: StickyChoice;
  readonly #stickyBytes: number;
  readonly #hasKeys: boolean;
  #partition = -1;
  #bytes = 0;

  constructor(
    view: PartitionView,
    options: {
      /** Bytes of records after which records without a key go elsewhere. */
      readonly batchSizeBytes: number;
      readonly isAdaptive: boolean;
      readonly ignoreKeys: boolean;
      readonly random: Random;
    },
  ) {
    this.#view = view;
    this.#sticky = new StickyChoice(view, options);
    this.#stickyBytes = Math.max(1, options.batchSizeBytes);
    this.#hasKeys = !options.ignoreKeys;
  }

  choose(key: Uint8Array | null, _value: Uint8Array | null, recordBytes: number): number {
    if (key !== null && this.#hasKeys) return partitionForKey(key, this.#view.partitionCount);
    if (this.#partition < 0 || (this.#bytes > 0 && this.#bytes + recordBytes > this.#stickyBytes))
      this.#move(recordBytes);
    return this.#partition;
  }

  appended(key: Uint8Array | null, recordBytes: number): void {
    if (key === null || !this.#hasKeys) this.#bytes += recordBytes;
  }

  #move(recordBytes: number): void {
    const before = this.#partition;
    this.#partition = this.#sticky.next();
    this.#bytes = 0;
    if (before >= 0 && before !== this.#partition) this.#view.left(before, recordBytes);
  }
}

/** Every record to the next partition that has a leader, whatever its key (Kafka's `RoundRobinPartitioner`). */
export class RoundRobinPartitioner implements Partitioner {
  readonly #view: PartitionView;
  #next: number;

  constructor(view: PartitionView, random: Random) {
    this.#view = view;
    this.#next = Math.floor(random() * view.partitionCount);
  }

  choose(): number {
    const { partitionCount } = this.#view;
    for (let tried = 0; tried < partitionCount; tried++) {
      const partition = (this.#next + tried) % partitionCount;
      if (!this.#view.hasLeader(partition)) continue;
      this.#next = partition;
      return partition;
    }
    return this.#next % partitionCount;
  }

  appended(): void {
    this.#next++;
    if (this.#next >= this.#view.partitionCount) this.#next = 0;
  }
}

/** A function's choice, checked. */
export class FunctionPartitioner implements Partitioner {
  readonly #view: PartitionView;
  readonly #choose: CustomPartitioner;

  constructor(view: PartitionView, choose: CustomPartitioner) {
    this.#view = view;
    this.#choose = choose;
  }

  choose(key: Uint8Array | null, value: Uint8Array | null): number {
    const { partitionCount } = this.#view;
    const partition = this.#choose(key, value, partitionCount);
    if (partition >= 0 && partition < partitionCount && Number.isInteger(partition)) return partition;
    throw new RangeError(
      `the partitioner chose ${partition}; it must be a whole number from 0 to ${partitionCount - 1}`,
    );
  }

  appended(): void {}
}
