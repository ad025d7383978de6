import type { ClientError } from '../client-error.ts';
import type { ConsumerConfig } from '../properties/consumer-properties.ts';
import type { RecordListener } from '../record-delivery.ts';
import type { Assignor, TopicPartitions } from './assignor.ts';

/** What a consumer of a group is made for. */
export type GroupConsumerOptions = {
  readonly groupId: string;
  /** Names of topics, or a pattern that their whole names match: topics that come later are read, too. */
  readonly topics: readonly string[] | RegExp;
  /** Everything else: membership, commits, fetches. `group.id` is not looked at. */
  readonly config: ConsumerConfig;
  /** In place of `partition.assignment.strategy`. */
  readonly assignors?: readonly Assignor[];
  /** The listener of records of one topic, asked for when the topic is read; false from it ends run(). */
  readonly listen: (topic: string) => RecordListener;
  /**
   * Told after each rebalance which partitions are new and which went; nothing is read from those that went any more. With
   * cooperative assignment the others are read all the while.
   */
  readonly onRebalance?: (assigned: readonly TopicPartitions[], revoked: readonly TopicPartitions[]) => void;
  /** Told about errors after which the consumer goes on. */
  readonly onRetry?: (error: ClientError) => void;
  /** See ConsumerOptions. */
  readonly onUnreadable?: (error: ClientError) => void;
  /** For listeners that put records aside; without it a record is handled when its listener returns. */
  readonly handling?: RecordHandling;
};

/** How records are handled that listeners put aside. */
export type RecordHandling = {
  /** Resolves when nothing is being handled; from then on nothing is begun. */
  readonly settle: () => Promise<void>;
  /** Goes on after settle(). Records of partitions that are read no more have had their time. */
  readonly release: () => void;
  /** Told that the records of an answer have gone to the listeners. */
  readonly onHandedOver: () => void;
  /** Since when one piece of work has not ended, milliseconds of `performance.now()`; null while nothing is being handled. */
  readonly busySinceMs: () => number | null;
};
