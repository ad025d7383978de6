/**
 * Settings of one partition's log: Kafka's topic configuration, names in camelCase. A time or count that Kafka gives as its
 * largest long ("never") is Infinity.
 */
export type LogConfig = {
  /** `segment.bytes`: a segment is closed before it would grow beyond this, bytes; at most 2^31 - 1. */
  readonly segmentBytes: number;
  /** `segment.ms`: a segment is closed when its first and its next batch are further apart than this, milliseconds. */
  readonly segmentMs: number;
  /** `segment.jitter.ms`: at most so much is taken off `segmentMs`, by chance for each segment, milliseconds. */
  readonly segmentJitterMs: number;
  /** `index.interval.bytes`: about one index entry for so many bytes of log. */
  readonly indexIntervalBytes: number;
  /** `segment.index.bytes`: largest size of an index file, bytes; a segment is closed when its index is full. */
  readonly segmentIndexBytes: number;
  /** `cleanup.policy` holds `delete`: old segments go by `retentionMs` and `retentionBytes`. */
  readonly isDeleted: boolean;
  /** `cleanup.policy` holds `compact`: the last record of each key is kept. */
  readonly isCompacted: boolean;
  /** `retention.ms`: age after which a segment is removed, milliseconds; -1 for never. */
  readonly retentionMs: number;
  /** `retention.bytes`: segments are removed while the log is larger than this without them, bytes; -1 for no such bound. */
  readonly retentionBytes: number;
  /** `file.delete.delay.ms`: how long the file of a removed segment stays under its new name, milliseconds. */
  readonly fileDeleteDelayMs: number;
  /** `delete.retention.ms`: how long compaction keeps the tombstone of a deleted key, milliseconds. */
  readonly deleteRetentionMs: number;
  /** `min.cleanable.dirty.ratio`: a log is compacted when this share of it, 0 to 1, was not yet. */
  readonly minCleanableDirtyRatio: number;
  /** `min.compaction.lag.ms`: a record younger than this is not compacted, milliseconds. */
  readonly minCompactionLagMs: number;
  /** `max.compaction.lag.ms`: a record older than this is compacted whatever the ratio, milliseconds; Infinity for never. */
  readonly maxCompactionLagMs: number;
  /** `flush.messages`: so many records are appended at most before they are synced to the device; Infinity for never. */
  readonly flushMessages: number;
  /** `flush.ms`: so long a record waits at most before it is synced to the device, milliseconds; Infinity for never. */
  readonly flushMs: number;
};

const DAY_MS = 24 * 60 * 60 * 1000;

/** Kafka's defaults (`LogConfig`, `TopicConfig` of Apache Kafka 4.1). */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * DAY_MS,
  segmentJitterMs: 0,
  indexIntervalBytes: 4096,
  segmentIndexBytes: 10 * 1024 * 1024,
  isDeleted: true,
  isCompacted: false,
  retentionMs: 7 * DAY_MS,
  retentionBytes: -1,
  fileDeleteDelayMs: 60_000,
  deleteRetentionMs: DAY_MS,
  minCleanableDirtyRatio: 0.5,
  minCompactionLagMs: 0,
  maxCompactionLagMs: Number.POSITIVE_INFINITY,
  flushMessages: Number.POSITIVE_INFINITY,
  flushMs: Number.POSITIVE_INFINITY,
};
