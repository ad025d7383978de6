/** What goes between a consumer test and its workers. */
import type { TopicPartitions } from '../drivers/driver.ts';
import type { CommonDone, CommonJob, Opening, RetryMessage } from './messages.ts';
import type { SharedPositions } from './positions.ts';

/** Where a consumer's partitions come from. */
export type ConsumerReading =
  | {
      readonly kind: 'assigned';
      readonly assignments: readonly { readonly topic: string; readonly partitions: readonly number[] | null }[];
    }
  | {
      readonly kind: 'group';
      readonly groupId: string;
      readonly topics: readonly string[];
      /** A regular expression that whole names match, in place of the names; null for none. */
      readonly pattern: string | null;
    };

/** A consumer's task: read until the quota that it shares is used up. */
export type ConsumerJob = CommonJob & {
  readonly kind: 'consumer';
  readonly reading: ConsumerReading;
  /** Records per second over all consumers; null for as fast as possible. */
  readonly throughput: number | null;
  /** Of what `throughput` allows, see `load/rate-share.ts`. */
  readonly rateShare: SharedArrayBuffer;
  /** `load/quota.ts` */
  readonly quota: SharedArrayBuffer;
  /** Those of the group, or of all consumers without one. */
  readonly positions: SharedPositions;
};

/** What a consumer read. */
export type ConsumerCounts = {
  /** Each record once. */
  readonly recordsConsumed: number;
  /** Keys and values. */
  readonly bytesConsumed: number;
  /** Records that a consumer of the group had read before: after a rebalance from offsets that were not committed. */
  readonly recordsRedelivered: number;
};

/** One reporting interval of one consumer. */
export type ConsumerWindowMessage = ConsumerCounts & {
  readonly kind: 'window';
  readonly index: number;
  readonly isFinal: boolean;
  /** Of the interval, microseconds without a partition that ended with one, or may do so yet. */
  readonly rebalanceUs: number;
  /** Its group has given it nothing to read so far. */
  readonly isIdle: boolean;
};

/** The group has rebalanced. */
export type RebalanceMessage = {
  readonly kind: 'rebalance';
  /** The run's clock. */
  readonly atUs: number;
  /** How long it had been without a partition; 0 when it kept some, or has none now. */
  readonly withoutPartitionsUs: number;
  /** What it reads from now on. */
  readonly partitions: readonly TopicPartitions[];
};

/** The end of a consumer's job; its offsets are committed. */
export type ConsumerDone = CommonDone &
  ConsumerCounts & {
    readonly firstRecordUs: number | null;
    readonly lastRecordUs: number | null;
    /** The shared quota is used up: the others may stop. */
    readonly isQuotaUsedUp: boolean;
    /** Null without a group, and where the client does not tell. */
    readonly memberId: string | null;
    readonly assignor: string | null;
  };

/** From a consumer. */
export type FromConsumer = Opening | RetryMessage | RebalanceMessage | ConsumerWindowMessage | ConsumerDone;
