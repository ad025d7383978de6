/** Settings of one partition's log: Kafka's topic configuration, names in camelCase. */
export type LogConfig = {
  /** `segment.bytes`: a segment is closed before it would grow beyond this, bytes; at most 2^31 - 1. */
  readonly segmentBytes: number;
  /** `segment.ms`: a segment is closed when its first and its next batch are further apart than this, milliseconds. */
  readonly segmentMs: number;
  /** `index.interval.bytes`: about one index entry for so many bytes of log. */
  readonly indexIntervalBytes: number;
  /** `segment.index.bytes`: largest size of an index file, bytes; a segment is closed when its index is full. */
  readonly segmentIndexBytes: number;
};

/** Kafka's defaults (`LogConfig`, `TopicConfig` of Apache Kafka 4.1). */
export const DEFAULT_LOG_CONFIG: LogConfig = {
  segmentBytes: 1024 * 1024 * 1024,
  segmentMs: 7 * 24 * 60 * 60 * 1000,
  indexIntervalBytes: 4096,
  segmentIndexBytes: 10 * 1024 * 1024,
};
