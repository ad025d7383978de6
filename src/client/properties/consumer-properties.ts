import { type AssignorName, DEFAULT_STRATEGY, parseStrategy } from './assignment-strategy.ts';
import { type CommonConfig, commonConfig, connectionProperties, propertyTable } from './common-properties.ts';
import { type OffsetReset, parseOffsetReset } from './offset-reset.ts';
import {
  checkProperties,
  effectiveValue,
  numberValue,
  type Property,
  PropertyError,
  type PropertyTable,
  stringValue,
} from './property.ts';
import { securityProperties } from './security-properties.ts';

/** A consumer's configuration. Times in milliseconds, sizes in bytes. */
export type ConsumerConfig = CommonConfig & {
  /** Null when unset. */
  readonly groupId: string | null;
  /** Null for a dynamic member. */
  readonly groupInstanceId: string | null;
  readonly sessionTimeoutMs: number;
  /** Below sessionTimeoutMs. */
  readonly heartbeatIntervalMs: number;
  readonly maxPollIntervalMs: number;
  readonly maxPollRecords: number;
  /** The ways to share partitions out, the preferred one first; at least one. */
  readonly assignors: readonly AssignorName[];
  readonly enableAutoCommit: boolean;
  readonly autoCommitIntervalMs: number;
  readonly fetchMinBytes: number;
  readonly fetchMaxWaitMs: number;
  readonly fetchMaxBytes: number;
  readonly maxPartitionFetchBytes: number;
  readonly autoOffsetReset: OffsetReset;
  readonly checkCrcs: boolean;
  /** Longest time to find partitions and offsets. */
  readonly defaultApiTimeoutMs: number;
  readonly isolationLevel: 'read_uncommitted' | 'read_committed';
  /** Empty when unset. */
  readonly clientRack: string;
  readonly excludeInternalTopics: boolean;
  readonly allowAutoCreateTopics: boolean;
};

const BYTE_ARRAY_DESERIALIZER = 'org.apache.kafka.common.serialization.ByteArrayDeserializer';

const NOT_YET = { status: 'not-yet' } as const;
const JVM_ONLY = { status: 'jvm-only' } as const;
const SUPPORTED = { status: 'supported' } as const;

/** Properties of the consumer alone. */
const ownProperties: readonly Property[] = [
  {
    name: 'group.id',
    type: 'string',
    default: null,
    ...SUPPORTED,
    description: 'Consumer group this consumer belongs to.',
  },
  {
    name: 'group.instance.id',
    type: 'string',
    default: null,
    ...SUPPORTED,
    description: 'Name under which this consumer keeps its partitions over a restart.',
  },
  {
    name: 'group.protocol',
    type: 'string',
    default: 'classic',
    values: ['classic', 'consumer'],
    supportedValues: ['classic'],
    ...SUPPORTED,
    description: 'Which of the two group protocols is spoken (KIP-848).',
    reason: 'members here speak the classic protocol, and share partitions out by themselves',
  },
  {
    name: 'group.remote.assignor',
    type: 'string',
    default: null,
    ...NOT_YET,
    description: 'Assignor on the broker for the newer group protocol.',
    reason: 'it goes with group.protocol=consumer, which is not built',
  },
  {
    name: 'session.timeout.ms',
    type: 'int',
    default: 45_000,
    ...SUPPORTED,
    description: 'A member silent for this long loses its partitions.',
  },
  {
    name: 'heartbeat.interval.ms',
    type: 'int',
    default: 3000,
    ...SUPPORTED,
    description: 'Time between signs of life to the group coordinator.',
  },
  {
    name: 'partition.assignment.strategy',
    type: 'list',
    default: DEFAULT_STRATEGY,
    ...SUPPORTED,
    description:
      'Ways to share the partitions out, the preferred one first: Java names of the four that Kafka has, or range, roundrobin, sticky, cooperative-sticky.',
  },
  {
    name: 'enable.auto.commit',
    type: 'boolean',
    default: true,
    ...SUPPORTED,
    description:
      'Whether a member of a group commits its positions from time to time, before it gives partitions back, and at its end.',
  },
  {
    name: 'auto.commit.interval.ms',
    type: 'int',
    default: 5000,
    min: 0,
    ...SUPPORTED,
    description: 'Time between commits.',
  },
  {
    name: 'auto.offset.reset',
    type: 'string',
    default: 'latest',
    ...SUPPORTED,
    description:
      'Where to begin without a position: earliest, latest, none (an error), or by_duration: and how far back, such as by_duration:PT1H.',
  },
  {
    name: 'fetch.min.bytes',
    type: 'int',
    default: 1,
    min: 0,
    ...SUPPORTED,
    description: 'Bytes a broker gathers before it answers a fetch.',
  },
  {
    name: 'fetch.max.wait.ms',
    type: 'int',
    default: 500,
    min: 0,
    ...SUPPORTED,
    description: 'Longest time a broker waits for fetch.min.bytes.',
  },
  {
    name: 'fetch.max.bytes',
    type: 'int',
    default: 52_428_800,
    min: 0,
    ...SUPPORTED,
    description: 'Most bytes of one fetch; a first batch larger than that comes all the same.',
  },
  {
    name: 'max.partition.fetch.bytes',
    type: 'int',
    default: 1_048_576,
    min: 0,
    ...SUPPORTED,
    description: 'Most bytes of one partition in one fetch; a first batch larger than that comes all the same.',
  },
  {
    name: 'receive.buffer.bytes',
    type: 'int',
    default: 65_536,
    min: -1,
    ...SUPPORTED,
    description:
      'Least size of the memory that a connection reads into at once, up to 8 MiB. The buffer of the system stays as it is: Node has no call for it.',
  },
  {
    name: 'check.crcs',
    type: 'boolean',
    default: true,
    ...SUPPORTED,
    description: 'Whether the checksum of every batch is verified.',
  },
  {
    name: 'isolation.level',
    type: 'string',
    default: 'read_uncommitted',
    values: ['read_uncommitted', 'read_committed'],
    ...SUPPORTED,
    description: 'Whether records of open and aborted transactions are seen.',
  },
  {
    name: 'client.rack',
    type: 'string',
    default: '',
    ...SUPPORTED,
    description: 'Where this client stands, to read from a replica nearby (KIP-392).',
  },
  {
    name: 'default.api.timeout.ms',
    type: 'int',
    default: 60_000,
    min: 0,
    ...SUPPORTED,
    description: 'Longest time to find partitions and offsets before reading fails.',
  },
  {
    name: 'max.poll.records',
    type: 'int',
    default: 500,
    min: 1,
    ...SUPPORTED,
    description:
      'Most records that a program is given at once. A load is given one record after the other, whatever this says.',
  },
  {
    name: 'max.poll.interval.ms',
    type: 'int',
    default: 300_000,
    min: 1,
    ...SUPPORTED,
    description: 'A member that polls less often than this loses its partitions.',
  },
  {
    name: 'exclude.internal.topics',
    type: 'boolean',
    default: true,
    ...SUPPORTED,
    description: 'Whether a pattern leaves out topics such as __consumer_offsets.',
  },
  {
    name: 'allow.auto.create.topics',
    type: 'boolean',
    default: true,
    ...SUPPORTED,
    description: 'Whether reading an unknown topic may create it.',
  },
  {
    name: 'share.acknowledgement.mode',
    type: 'string',
    default: 'implicit',
    values: ['implicit', 'explicit'],
    ...NOT_YET,
    description: 'How records of a share group are acknowledged (KIP-932).',
    reason: 'share groups are not built',
  },
  {
    name: 'share.acquire.mode',
    type: 'string',
    default: 'batch_optimized',
    values: ['batch_optimized', 'record_limit'],
    ...NOT_YET,
    description: 'Whether max.poll.records is a strict limit in a share group.',
    reason: 'share groups are not built',
  },
  {
    name: 'key.deserializer',
    type: 'class',
    default: BYTE_ARRAY_DESERIALIZER,
    supportedValues: [BYTE_ARRAY_DESERIALIZER],
    ...JVM_ONLY,
    description: 'Java class that reads keys; ours stay bytes.',
  },
  {
    name: 'value.deserializer',
    type: 'class',
    default: BYTE_ARRAY_DESERIALIZER,
    supportedValues: [BYTE_ARRAY_DESERIALIZER],
    ...JVM_ONLY,
    description: 'Java class that reads values; ours stay bytes.',
  },
];

/** Every property of Kafka 4's consumer, by name. */
export const consumerProperties: PropertyTable = propertyTable(ownProperties, connectionProperties, securityProperties);

/**
 * Reads Kafka's consumer properties, with Kafka 4's defaults.
 * @throws PropertyError for an unknown name, a value out of range, a feature that is not built.
 */
export function parseConsumerProperties(properties: Readonly<Record<string, string>>): ConsumerConfig {
  const checked = checkProperties(consumerProperties, 'consumer', properties);
  const number = (name: string) => numberValue(consumerProperties, checked, name);
  const text = (name: string) => stringValue(consumerProperties, checked, name);
  const flag = (name: string) => effectiveValue(consumerProperties, checked, name) === true;
  const [sessionTimeoutMs, heartbeatIntervalMs] = [number('session.timeout.ms'), number('heartbeat.interval.ms')];
  if (heartbeatIntervalMs >= sessionTimeoutMs)
    throw new PropertyError(
      'heartbeat.interval.ms',
      `heartbeat.interval.ms=${heartbeatIntervalMs} must be below session.timeout.ms=${sessionTimeoutMs}, or the member is thrown out between two signs of life; a third of it is usual`,
    );
  return {
    groupId: text('group.id'),
    groupInstanceId: text('group.instance.id'),
    sessionTimeoutMs,
    heartbeatIntervalMs,
    maxPollIntervalMs: number('max.poll.interval.ms'),
    maxPollRecords: number('max.poll.records'),
    assignors: parseStrategy(text('partition.assignment.strategy') ?? ''),
    enableAutoCommit: flag('enable.auto.commit'),
    autoCommitIntervalMs: number('auto.commit.interval.ms'),
    fetchMinBytes: number('fetch.min.bytes'),
    fetchMaxWaitMs: number('fetch.max.wait.ms'),
    fetchMaxBytes: number('fetch.max.bytes'),
    maxPartitionFetchBytes: number('max.partition.fetch.bytes'),
    autoOffsetReset: parseOffsetReset(text('auto.offset.reset') ?? ''),
    checkCrcs: flag('check.crcs'),
    defaultApiTimeoutMs: number('default.api.timeout.ms'),
    isolationLevel: text('isolation.level') === 'read_committed' ? 'read_committed' : 'read_uncommitted',
    clientRack: text('client.rack') ?? '',
    excludeInternalTopics: flag('exclude.internal.topics'),
    allowAutoCreateTopics: flag('allow.auto.create.topics'),
    // Last, as in a producer's: it is quicker there.
    ...commonConfig(consumerProperties, checked),
  };
}

/**
 * Refuses what a consumer without a group cannot do, as Java's does (`ConsumerConfig.maybeOverrideEnableAutoCommit`): commit. Unset,
 * `enable.auto.commit` is off without a group.
 * @throws PropertyError when it was asked for
 */
export function refuseCommitsWithoutGroup(properties: Readonly<Record<string, string>>): void {
  if (properties['enable.auto.commit']?.trim().toLowerCase() !== 'true') return;
  throw new PropertyError(
    'enable.auto.commit',
    'enable.auto.commit=true needs group.id: offsets are committed to a group; name one, or leave enable.auto.commit out',
  );
}
