import { DEFAULT_LOG_CONFIG, type LogConfig } from '../log/log-config.ts';
import { ConfigType, Expectation, INT_MAX, int, type Kind, long, oneOf, share } from './setting.ts';

/** How record time stamps are kept: as the producer sent them, or replaced by the broker's clock. */
export type TimestampType = 'CreateTime' | 'LogAppendTime';

/** What happens to old segments: removed, compacted, both, or nothing. */
export type CleanupPolicy = '' | 'delete' | 'compact' | 'compact,delete';

/** What a topic keeps its batches in: a codec, none, or whatever they came in. */
export type StoredCompression = 'producer' | 'uncompressed' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** Effective settings of one topic, Kafka's names in camelCase; "never" is Infinity. */
export type TopicSettings = Omit<LogConfig, 'isDeleted' | 'isCompacted'> & {
  /** `cleanup.policy` */
  readonly cleanupPolicy: CleanupPolicy;
  /** `compression.type`: what batches are kept in; `producer` keeps them as they came. */
  readonly compressionType: StoredCompression;
  /** `max.message.bytes`: largest record batch. */
  readonly maxMessageBytes: number;
  /** `message.timestamp.type` */
  readonly messageTimestampType: TimestampType;
  /** `message.timestamp.before.max.ms`: how far a record's time may lie before the broker's, milliseconds. */
  readonly messageTimestampBeforeMaxMs: number;
  /** `message.timestamp.after.max.ms`: how far a record's time may lie after the broker's, milliseconds. */
  readonly messageTimestampAfterMaxMs: number;
  /** `min.insync.replicas`: acks=all is refused below so many; there is one. */
  readonly minInsyncReplicas: number;
  /** `internal.segment.bytes`: what tests give in place of `segment.bytes`, without its minimum; null when not given. */
  readonly internalSegmentBytes: number | null;
};

/** A broker's setting that topics inherit. */
export type Inherited = {
  readonly name: string;
  /** How many of the topic's unit one of its unit is, when that is not the same; -1 stays -1. */
  readonly factor?: number;
  /** Its least value, when its unit is another. */
  readonly min?: number;
};

/** One topic setting. */
export type TopicSetting<T> = {
  /** Kafka's name. */
  readonly name: string;
  readonly kind: Kind<T>;
  readonly default: T;
  /** The broker's settings that it inherits, the strongest first. */
  readonly inherits: readonly Inherited[];
};

/** Kafka's smallest segment since 4.1, bytes; tests take `internal.segment.bytes`. */
export const LEAST_SEGMENT_BYTES = 1024 * 1024;
const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;

const from = (...names: readonly string[]): readonly Inherited[] => names.map((name) => ({ name }));

const ms = (min: number): Kind<number> => long({ min, unit: 'milliseconds' });

const cleanupPolicy: Kind<CleanupPolicy> = {
  type: ConfigType.LIST,
  read: (text) => {
    const words = new Set(text === '' ? [] : text.split(',').map((word) => word.trim()));
    const isCompacted = words.delete('compact');
    const isDeleted = words.delete('delete');
    if (words.size > 0) throw new Expectation('delete, compact, or compact,delete');
    if (isCompacted) return isDeleted ? 'compact,delete' : 'compact';
    return isDeleted ? 'delete' : '';
  },
  show: (value) => value,
};

const segmentBytesOrNone: Kind<number | null> = {
  type: ConfigType.INT,
  read: int({ min: 14, max: INT_MAX, unit: 'bytes' }).read,
  show: String,
};

/**
 * All topic settings that do something, with the defaults of Apache Kafka 4.1 (`LogConfig`, `ServerTopicConfigSynonyms`).
 */
export const topicTable: { readonly [K in keyof TopicSettings]: TopicSetting<TopicSettings[K]> } = {
  cleanupPolicy: {
    name: 'cleanup.policy',
    kind: cleanupPolicy,
    default: 'delete',
    inherits: from('log.cleanup.policy'),
  },
  compressionType: {
    name: 'compression.type',
    kind: oneOf<StoredCompression>('producer', 'uncompressed', 'gzip', 'snappy', 'lz4', 'zstd'),
    default: 'producer',
    inherits: from('compression.type'),
  },
  deleteRetentionMs: {
    name: 'delete.retention.ms',
    kind: ms(0),
    default: DEFAULT_LOG_CONFIG.deleteRetentionMs,
    inherits: from('log.cleaner.delete.retention.ms'),
  },
  fileDeleteDelayMs: {
    name: 'file.delete.delay.ms',
    kind: ms(0),
    default: DEFAULT_LOG_CONFIG.fileDeleteDelayMs,
    inherits: from('log.segment.delete.delay.ms'),
  },
  flushMessages: {
    name: 'flush.messages',
    kind: long({ min: 1, unit: 'records' }),
    default: DEFAULT_LOG_CONFIG.flushMessages,
    inherits: from('log.flush.interval.messages'),
  },
  flushMs: {
    name: 'flush.ms',
    kind: ms(0),
    default: DEFAULT_LOG_CONFIG.flushMs,
    inherits: from('log.flush.interval.ms', 'log.flush.scheduler.interval.ms'),
  },
  indexIntervalBytes: {
    name: 'index.interval.bytes',
    kind: int({ min: 0, max: INT_MAX, unit: 'bytes' }),
    default: DEFAULT_LOG_CONFIG.indexIntervalBytes,
    inherits: from('log.index.interval.bytes'),
  },
  internalSegmentBytes: {
    name: 'internal.segment.bytes',
    kind: segmentBytesOrNone,
    default: null,
    inherits: [],
  },
  maxCompactionLagMs: {
    name: 'max.compaction.lag.ms',
    kind: ms(1),
    default: DEFAULT_LOG_CONFIG.maxCompactionLagMs,
    inherits: from('log.cleaner.max.compaction.lag.ms'),
  },
  maxMessageBytes: {
    name: 'max.message.bytes',
    kind: int({ min: 0, max: INT_MAX, unit: 'bytes' }),
    default: 1_048_588,
    inherits: from('message.max.bytes'),
  },
  messageTimestampAfterMaxMs: {
    name: 'message.timestamp.after.max.ms',
    kind: ms(0),
    default: HOUR_MS,
    inherits: from('log.message.timestamp.after.max.ms'),
  },
  messageTimestampBeforeMaxMs: {
    name: 'message.timestamp.before.max.ms',
    kind: ms(0),
    default: Number.POSITIVE_INFINITY,
    inherits: from('log.message.timestamp.before.max.ms'),
  },
  messageTimestampType: {
    name: 'message.timestamp.type',
    kind: oneOf<TimestampType>('CreateTime', 'LogAppendTime'),
    default: 'CreateTime',
    inherits: from('log.message.timestamp.type'),
  },
  minCleanableDirtyRatio: {
    name: 'min.cleanable.dirty.ratio',
    kind: share,
    default: DEFAULT_LOG_CONFIG.minCleanableDirtyRatio,
    inherits: from('log.cleaner.min.cleanable.ratio'),
  },
  minCompactionLagMs: {
    name: 'min.compaction.lag.ms',
    kind: ms(0),
    default: DEFAULT_LOG_CONFIG.minCompactionLagMs,
    inherits: from('log.cleaner.min.compaction.lag.ms'),
  },
  minInsyncReplicas: {
    name: 'min.insync.replicas',
    kind: int({ min: 1, max: INT_MAX, unit: 'replicas' }),
    default: 1,
    inherits: from('min.insync.replicas'),
  },
  retentionBytes: {
    name: 'retention.bytes',
    kind: long({ min: -1, unit: 'bytes' }),
    default: DEFAULT_LOG_CONFIG.retentionBytes,
    inherits: from('log.retention.bytes'),
  },
  retentionMs: {
    name: 'retention.ms',
    kind: ms(-1),
    default: DEFAULT_LOG_CONFIG.retentionMs,
    inherits: [
      ...from('log.retention.ms'),
      { name: 'log.retention.minutes', factor: MINUTE_MS, min: -1 },
      { name: 'log.retention.hours', factor: HOUR_MS, min: -1 },
    ],
  },
  segmentBytes: {
    name: 'segment.bytes',
    kind: int({
      min: LEAST_SEGMENT_BYTES,
      max: INT_MAX,
      unit: 'bytes',
      hint: ' (internal.segment.bytes of a topic takes smaller ones)',
    }),
    default: DEFAULT_LOG_CONFIG.segmentBytes,
    inherits: from('log.segment.bytes'),
  },
  segmentIndexBytes: {
    name: 'segment.index.bytes',
    kind: int({ min: 12, max: INT_MAX, unit: 'bytes' }),
    default: DEFAULT_LOG_CONFIG.segmentIndexBytes,
    inherits: from('log.index.size.max.bytes'),
  },
  segmentJitterMs: {
    name: 'segment.jitter.ms',
    kind: ms(0),
    default: DEFAULT_LOG_CONFIG.segmentJitterMs,
    inherits: [...from('log.roll.jitter.ms'), { name: 'log.roll.jitter.hours', factor: HOUR_MS, min: 0 }],
  },
  segmentMs: {
    name: 'segment.ms',
    kind: ms(1),
    default: DEFAULT_LOG_CONFIG.segmentMs,
    inherits: [...from('log.roll.ms'), { name: 'log.roll.hours', factor: HOUR_MS, min: 1 }],
  },
};

/** Topic settings of Kafka whose feature is not built, with the one value that describes what the broker does. */
export const fixedTopicSettings: Readonly<Record<string, string>> = {
  'compression.gzip.level': '-1',
  'compression.lz4.level': '9',
  'compression.zstd.level': '3',
  'follower.replication.throttled.replicas': '',
  'leader.replication.throttled.replicas': '',
  'local.retention.bytes': '-2',
  'local.retention.ms': '-2',
  preallocate: 'false',
  'remote.log.copy.disable': 'false',
  'remote.log.delete.on.disable': 'false',
  'remote.storage.enable': 'false',
  'unclean.leader.election.enable': 'false',
};

/** What a partition's log is configured with. */
export const logConfigOf = (settings: TopicSettings): LogConfig => ({
  segmentBytes: settings.internalSegmentBytes ?? settings.segmentBytes,
  segmentMs: settings.segmentMs,
  segmentJitterMs: settings.segmentJitterMs,
  indexIntervalBytes: settings.indexIntervalBytes,
  segmentIndexBytes: settings.segmentIndexBytes,
  isDeleted: settings.cleanupPolicy.includes('delete'),
  isCompacted: settings.cleanupPolicy.includes('compact'),
  retentionMs: settings.retentionMs,
  retentionBytes: settings.retentionBytes,
  fileDeleteDelayMs: settings.fileDeleteDelayMs,
  deleteRetentionMs: settings.deleteRetentionMs,
  minCleanableDirtyRatio: settings.minCleanableDirtyRatio,
  minCompactionLagMs: settings.minCompactionLagMs,
  maxCompactionLagMs: settings.maxCompactionLagMs,
  flushMessages: settings.flushMessages,
  flushMs: settings.flushMs,
});
