import { CONSUMER_ASSIGNORS, defaultGroupSettings, type GroupSettings } from '../groups/settings.ts';
import { MAX_PARTITIONS_PER_TOPIC } from '../limits.ts';
import { defaultTransactionSettings, type TransactionSettings } from '../transactions/settings.ts';
import { INT_MAX, int, type Kind, long, someOf, truth } from './setting.ts';
import { LEAST_SEGMENT_BYTES, type TopicSettings } from './topic-settings.ts';

/** Effective settings of the broker, Kafka's names in camelCase. */
export type BrokerSettings = OwnSettings & {
  /** What topics inherit: `log.segment.bytes`, `log.retention.ms`, ... */
  readonly topicDefaults: TopicSettings;
  readonly groups: GroupSettings;
  readonly transactions: TransactionSettings;
  /** What was given when the broker was started, by Kafka's names. */
  readonly given: Readonly<Record<string, string>>;
  /** What clients have given this broker since. */
  readonly dynamic: Readonly<Record<string, string>>;
  /** What clients have given all brokers of the cluster since. */
  readonly dynamicDefault: Readonly<Record<string, string>>;
};

/** The broker's settings but for those of its topics, groups and transactions. */
export type OwnSettings = {
  /** `node.id` */
  readonly nodeId: number;
  /** `num.partitions`: partitions of topics that are created without a count. */
  readonly numPartitions: number;
  /** `auto.create.topics.enable` */
  readonly autoCreateTopicsEnable: boolean;
  /** `delete.topic.enable` */
  readonly deleteTopicEnable: boolean;
  /** `default.replication.factor`: 1, there is one node. */
  readonly defaultReplicationFactor: number;
  /** `socket.request.max.bytes`: a larger frame closes its connection. */
  readonly socketRequestMaxBytes: number;
  /** `fetch.max.bytes`: most bytes of one fetch response. */
  readonly fetchMaxBytes: number;
  /** `queued.max.request.bytes`: bytes of requests that wait for their response over all connections; -1 for no such bound. */
  readonly queuedMaxRequestBytes: number;
  /** `max.connections` */
  readonly maxConnections: number;
  /** `connections.max.idle.ms`: a connection that is silent for longer is closed; -1 never closes one. */
  readonly connectionsMaxIdleMs: number;
  /** `log.retention.check.interval.ms`: how often logs are looked at for segments to remove. */
  readonly logRetentionCheckIntervalMs: number;
  /** `log.cleaner.enable`: whether compacted topics are compacted. */
  readonly logCleanerEnable: boolean;
  /** `log.cleaner.backoff.ms`: how long the cleaner rests when there was nothing to compact. */
  readonly logCleanerBackoffMs: number;
  /** `offsets.topic.segment.bytes`: segment size of `__consumer_offsets` when it is made. */
  readonly offsetsTopicSegmentBytes: number;
  /** `transaction.state.log.segment.bytes`: segment size of `__transaction_state` when it is made. */
  readonly transactionTopicSegmentBytes: number;
};

/** One broker setting. */
export type BrokerSetting<T> = { readonly name: string; readonly kind: Kind<T>; readonly default: T };

type TableOf<S> = { readonly [K in keyof S]: BrokerSetting<S[K]> };

const setting = <T>(name: string, kind: Kind<T>, defaultValue: T): BrokerSetting<T> => ({
  name,
  kind,
  default: defaultValue,
});

const count = (min: number, unit: string, max: number = INT_MAX): Kind<number> => int({ min, max, unit });
const ms = (min: number): Kind<number> => long({ min, unit: 'milliseconds' });
const intMs = (min: number): Kind<number> => int({ min, max: INT_MAX, unit: 'milliseconds' });

const MINUTE_MS = 60_000;

/** Minutes in what is typed and shown, milliseconds in the broker. */
const minutes: Kind<number> = {
  ...count(1, 'minutes'),
  read: (text) => count(1, 'minutes').read(text) * MINUTE_MS,
  show: (value) => String(value / MINUTE_MS),
};

/** Settings with the defaults of Apache Kafka 4.1, but for `node.id`: 1, which Kafka has none for. */
export const ownTable: TableOf<OwnSettings> = {
  autoCreateTopicsEnable: setting('auto.create.topics.enable', truth, true),
  connectionsMaxIdleMs: setting('connections.max.idle.ms', ms(-1), 600_000),
  defaultReplicationFactor: setting(
    'default.replication.factor',
    count(1, 'replicas (the broker is a single node)', 1),
    1,
  ),
  deleteTopicEnable: setting('delete.topic.enable', truth, true),
  fetchMaxBytes: setting('fetch.max.bytes', count(1024, 'bytes'), 57_671_680),
  logCleanerBackoffMs: setting('log.cleaner.backoff.ms', ms(0), 15_000),
  logCleanerEnable: setting('log.cleaner.enable', truth, true),
  logRetentionCheckIntervalMs: setting('log.retention.check.interval.ms', ms(1), 300_000),
  maxConnections: setting('max.connections', count(0, 'connections'), INT_MAX),
  nodeId: setting('node.id', count(0, ''), 1),
  numPartitions: setting('num.partitions', count(1, 'partitions', MAX_PARTITIONS_PER_TOPIC), 1),
  offsetsTopicSegmentBytes: setting('offsets.topic.segment.bytes', count(LEAST_SEGMENT_BYTES, 'bytes'), 104_857_600),
  queuedMaxRequestBytes: setting('queued.max.request.bytes', long({ min: -1, unit: 'bytes' }), -1),
  socketRequestMaxBytes: setting('socket.request.max.bytes', count(1, 'bytes'), 104_857_600),
  transactionTopicSegmentBytes: setting(
    'transaction.state.log.segment.bytes',
    count(LEAST_SEGMENT_BYTES, 'bytes'),
    104_857_600,
  ),
};

/** Settings of consumer groups; where their defaults differ from Kafka's stands with `defaultGroupSettings`. */
export const groupTable: TableOf<GroupSettings> = {
  initialRebalanceDelayMs: setting(
    'group.initial.rebalance.delay.ms',
    intMs(0),
    defaultGroupSettings.initialRebalanceDelayMs,
  ),
  minSessionTimeoutMs: setting('group.min.session.timeout.ms', intMs(0), defaultGroupSettings.minSessionTimeoutMs),
  maxSessionTimeoutMs: setting('group.max.session.timeout.ms', intMs(0), defaultGroupSettings.maxSessionTimeoutMs),
  maxSize: setting('group.max.size', count(1, 'members'), defaultGroupSettings.maxSize),
  consumerHeartbeatIntervalMs: setting(
    'group.consumer.heartbeat.interval.ms',
    intMs(1),
    defaultGroupSettings.consumerHeartbeatIntervalMs,
  ),
  consumerSessionTimeoutMs: setting(
    'group.consumer.session.timeout.ms',
    intMs(1),
    defaultGroupSettings.consumerSessionTimeoutMs,
  ),
  consumerMaxSize: setting('group.consumer.max.size', count(1, 'members'), defaultGroupSettings.consumerMaxSize),
  consumerAssignors: setting(
    'group.consumer.assignors',
    someOf(...CONSUMER_ASSIGNORS),
    defaultGroupSettings.consumerAssignors,
  ),
  offsetsTopicPartitions: setting(
    'offsets.topic.num.partitions',
    count(1, 'partitions', MAX_PARTITIONS_PER_TOPIC),
    defaultGroupSettings.offsetsTopicPartitions,
  ),
  offsetsRetentionMs: setting('offsets.retention.minutes', minutes, defaultGroupSettings.offsetsRetentionMs),
  offsetsRetentionCheckIntervalMs: setting(
    'offsets.retention.check.interval.ms',
    ms(1),
    defaultGroupSettings.offsetsRetentionCheckIntervalMs,
  ),
  offsetMetadataMaxBytes: setting(
    'offset.metadata.max.bytes',
    count(0, 'characters'),
    defaultGroupSettings.offsetMetadataMaxBytes,
  ),
};

/** Settings of transactions; where their defaults differ from Kafka's stands with `defaultTransactionSettings`. */
export const transactionTable: TableOf<TransactionSettings> = {
  maxTimeoutMs: setting('transaction.max.timeout.ms', intMs(1), defaultTransactionSettings.maxTimeoutMs),
  topicPartitions: setting(
    'transaction.state.log.num.partitions',
    count(1, 'partitions', MAX_PARTITIONS_PER_TOPIC),
    defaultTransactionSettings.topicPartitions,
  ),
  timeoutCheckIntervalMs: setting(
    'transaction.abort.timed.out.transaction.cleanup.interval.ms',
    intMs(1),
    defaultTransactionSettings.timeoutCheckIntervalMs,
  ),
  transactionalIdExpirationMs: setting(
    'transactional.id.expiration.ms',
    intMs(1),
    defaultTransactionSettings.transactionalIdExpirationMs,
  ),
  producerIdExpirationMs: setting(
    'producer.id.expiration.ms',
    intMs(1),
    defaultTransactionSettings.producerIdExpirationMs,
  ),
};

/**
 * Settings that say how much of a machine Kafka takes. They are checked, kept and shown, and change nothing here: there is
 * one thread, and buffers are bounded by `limits.ts`.
 */
export const storedTable: Readonly<Record<string, BrokerSetting<number>>> = Object.fromEntries(
  [
    setting('background.threads', count(1, 'threads'), 10),
    setting('log.cleaner.dedupe.buffer.size', long({ min: 1, unit: 'bytes' }), 134_217_728),
    setting('log.cleaner.io.buffer.size', count(0, 'bytes'), 524_288),
    setting('log.cleaner.threads', count(0, 'threads'), 1),
    setting('num.io.threads', count(1, 'threads'), 8),
    setting('num.network.threads', count(1, 'threads'), 3),
    setting('num.recovery.threads.per.data.dir', count(1, 'threads'), 2),
    setting('queued.max.requests', count(1, 'requests'), 500),
    setting('socket.receive.buffer.bytes', count(-1, 'bytes'), 102_400),
    setting('socket.send.buffer.bytes', count(-1, 'bytes'), 102_400),
  ].map((each) => [each.name, each]),
);

/** Settings of Kafka whose feature is not built, with the one value that describes what the broker does. */
export const fixedBrokerSettings: Readonly<Record<string, string>> = {
  'auto.leader.rebalance.enable': 'true',
  'compression.gzip.level': '-1',
  'compression.lz4.level': '9',
  'compression.zstd.level': '3',
  'controlled.shutdown.enable': 'true',
  'group.consumer.migration.policy': 'disabled',
  'log.preallocate': 'false',
  'offsets.topic.replication.factor': '1',
  'remote.log.storage.system.enable': 'false',
  'transaction.state.log.min.isr': '1',
  'transaction.state.log.replication.factor': '1',
  'unclean.leader.election.enable': 'false',
};

/** Settings of Kafka that other options of ours carry, and what to do. */
export const elsewhere: Readonly<Record<string, string>> = {
  listeners: 'use the listen address (--listen HOST:PORT)',
  'advertised.listeners': 'use the advertised address (--advertise HOST:PORT)',
  'log.dir': 'use the data directory (--data-dir DIR)',
  'log.dirs': 'use the data directory (--data-dir DIR)',
  'metadata.log.dir': 'use the data directory (--data-dir DIR)',
  'broker.id': 'use node.id',
  'process.roles': 'leave it out, this broker is its own controller',
  'inter.broker.listener.name': 'leave it out, there is one broker',
  'listener.security.protocol.map': 'leave it out, there is one listener',
};

/** Families of Kafka's settings for what this broker does not have. */
const FOREIGN =
  /^(?:add\.partitions\.to\.txn|alter\.|authorizer|broker\.|client\.quota|connection\.failed|connections\.max\.reauth|controller\.|create\.topic\.policy|delegation\.|delete\.records\.|early\.start|fetch\.purgatory|group\.(?:consumer|coordinator|share|streams)\.|initial\.broker|kafka\.metrics|leader\.imbalance|listener\.name|log\.(?:cleaner\.io|dir\.failure|flush|local)|max\.(?:connection|incremental|request)|metadata\.|metrics?\.|num\.replica|offsets\.|plugin|principal|producer\.purgatory|quota\.|remote\.|replica|request\.timeout|sasl\.|security\.|share\.|socket\.|ssl\.|super\.users|telemetry|transaction\.)/;

/** Whether a name belongs to a family of Kafka's settings for what this broker does not have. */
export const isForeign = (name: string): boolean => FOREIGN.test(name);
