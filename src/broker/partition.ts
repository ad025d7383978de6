import { ErrorCode } from '../protocol/errors.ts';
import type { PartitionLog } from './log/partition-log.ts';
import type { Topic } from './topics.ts';

/** Somebody who waits for a partition to grow. */
export type AppendWaiter = {
  /** `addedBytes` were written and can be read now; Infinity when the partition is gone and the answer is due at once. */
  appended(addedBytes: number): void;
};

/** Leader epoch of every partition: there is one node, so leadership never moves. */
export const LEADER_EPOCH = 0;

/** One partition of a topic: its log, and the fetches that wait for more of it. */
export class Partition {
  readonly topic: Topic;
  readonly index: number;
  readonly log: PartitionLog;
  /** Bytes staged and not written yet. */
  stagedBytes = 0;
  /** True when it is in the append queue's list. */
  isQueued = false;
  /** True when the last write failed, so that what was staged for it is lost. */
  hasFailed = false;
  readonly #waiters = new Set<AppendWaiter>();
  #isDeleted = false;

  constructor(topic: Topic, index: number, log: PartitionLog) {
    this.topic = topic;
    this.index = index;
    this.log = log;
  }

  /** True once the topic was deleted: nothing may be staged or read any more. */
  get isDeleted(): boolean {
    return this.#isDeleted;
  }

  /** Calls `waiter.appended` after each write until it is removed. */
  addWaiter(waiter: AppendWaiter): void {
    this.#waiters.add(waiter);
  }

  removeWaiter(waiter: AppendWaiter): void {
    this.#waiters.delete(waiter);
  }

  /** Tells everybody who waits; they may remove themselves. */
  wake(addedBytes: number): void {
    for (const waiter of this.#waiters) waiter.appended(addedBytes);
  }

  /** Removes the log's files and answers who waits. */
  delete(): void {
    this.#isDeleted = true;
    this.log.delete();
    this.wake(Number.POSITIVE_INFINITY);
  }
}

/** What Kafka answers when a client's leader epoch is not the broker's; -1 on the wire means that the client has none. */
export const leaderEpochError = (currentLeaderEpoch: number): number => {
  if (currentLeaderEpoch < 0 || currentLeaderEpoch === LEADER_EPOCH) return ErrorCode.NONE;
  return ErrorCode.UNKNOWN_LEADER_EPOCH;
};
