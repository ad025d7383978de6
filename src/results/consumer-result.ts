/** Parts of what a consumer test found. */

/** Partitions of one topic. */
export type TopicPartitions = { readonly topic: string; readonly partitions: readonly number[] };

/** What one consumer, or all of a group together, read. */
type ConsumerShare = {
  /** Null when the partitions were assigned. */
  readonly groupId: string | null;
  readonly recordsConsumed: number;
  /** Keys and values. */
  readonly bytesConsumed: number;
  readonly recordsRedelivered: number;
  /** Rebalances that ended with an assignment; of a group, the most that one of its consumers saw. */
  readonly rebalances: number;
  /** Time until partitions were there to read; of a group, the mean of its consumers that had some. */
  readonly rebalanceTimeMs: number;
};

/** A consumer group of a test. */
export type ConsumerGroupResult = ConsumerShare & {
  /** How the group shares partitions out, such as `range`; null when it was not learned. */
  readonly assignor: string | null;
  /** Consumers of this test; the group may have others. */
  readonly consumers: number;
  /** Those that had no partition to read. */
  readonly idleConsumers: number;
};

/** One consumer of a test. */
export type ConsumerMemberResult = ConsumerShare & {
  readonly clientId: string;
  /** The id that the group's coordinator gave; null when it was not learned, or without a group. */
  readonly memberId: string | null;
  /** What it read at the end. */
  readonly partitions: readonly TopicPartitions[];
  /** It had nothing to read in the whole test. */
  readonly isIdle: boolean;
};

/** What was left of a partition at the end. */
export type PartitionLag = {
  readonly groupId: string | null;
  readonly topic: string;
  readonly partition: number;
  /** The next offset to read. */
  readonly position: number;
  readonly endOffset: number;
  /** endOffset - position. */
  readonly records: number;
};
