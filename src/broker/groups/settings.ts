/** The assignors that a consumer group (KIP-848) can have. */
export const CONSUMER_ASSIGNORS = ['uniform', 'range'] as const;

/** Settings of consumer groups and their offsets; Kafka's names in camelCase. */
export type GroupSettings = {
  /** `group.initial.rebalance.delay.ms`: how long an empty group waits for more members before its first generation. */
  readonly initialRebalanceDelayMs: number;
  /** `group.min.session.timeout.ms` */
  readonly minSessionTimeoutMs: number;
  /** `group.max.session.timeout.ms` */
  readonly maxSessionTimeoutMs: number;
  /** `group.max.size`: most members of one group. */
  readonly maxSize: number;
  /**
   * `group.consumer.heartbeat.interval.ms`: how often members of a consumer group (KIP-848) are told to send heartbeats.
   * Kafka's `group.consumer.min.*` and `max.*`, which bound what an operator sets, are not built: a test may set less.
   */
  readonly consumerHeartbeatIntervalMs: number;
  /** `group.consumer.session.timeout.ms`: how long a member of a consumer group may be silent. */
  readonly consumerSessionTimeoutMs: number;
  /** `group.consumer.max.size`: most members of one consumer group. */
  readonly consumerMaxSize: number;
  /** `group.consumer.assignors`: assignors of consumer groups; the first is taken when members do not ask for one. */
  readonly consumerAssignors: readonly string[];
  /** `offsets.topic.num.partitions`: partitions of `__consumer_offsets` when it is made. */
  readonly offsetsTopicPartitions: number;
  /** `offsets.retention.minutes`, in milliseconds: how long the offsets of a group that nobody is in are kept. */
  readonly offsetsRetentionMs: number;
  /** `offsets.retention.check.interval.ms` */
  readonly offsetsRetentionCheckIntervalMs: number;
  /** `offset.metadata.max.bytes`: longest text that may be committed with an offset, characters (as Kafka counts). */
  readonly offsetMetadataMaxBytes: number;
};

const DAY_MS = 24 * 60 * 60 * 1000;

/**
 * Kafka's defaults but for two. The first generation of a group waits 100 ms for more members, not 3 s: members that start
 * together on one machine meet in it, and a test of one consumer does not stand still. `__consumer_offsets` has 4 partitions,
 * not 50: it spreads load over brokers, of which there is one, and each partition is a folder that takes 2.4 ms to make.
 */
export const defaultGroupSettings: GroupSettings = {
  initialRebalanceDelayMs: 100,
  minSessionTimeoutMs: 6_000,
  maxSessionTimeoutMs: 1_800_000,
  maxSize: 2 ** 31 - 1,
  consumerHeartbeatIntervalMs: 5_000,
  consumerSessionTimeoutMs: 45_000,
  consumerMaxSize: 2 ** 31 - 1,
  consumerAssignors: ['uniform', 'range'],
  offsetsTopicPartitions: 4,
  offsetsRetentionMs: 7 * DAY_MS,
  offsetsRetentionCheckIntervalMs: 600_000,
  offsetMetadataMaxBytes: 4096,
};
