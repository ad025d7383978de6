import { type CodecName, codecNames } from '../../protocol/compression/codec.ts';
import { MAX_UNSETTLED_BATCHES } from '../sequences.ts';
import {
  type CommonConfig,
  cappedSum,
  commonConfig,
  connectionProperties,
  propertyTable,
} from './common-properties.ts';
import {
  checkProperties,
  effectiveValue,
  numberValue,
  type Property,
  PropertyError,
  type PropertyTable,
  type PropertyValue,
  stringValue,
} from './property.ts';
import { securityProperties } from './security-properties.ts';

/** Acknowledgements a producer waits for: none, the leader's, or (-1) those of all in-sync replicas. */
export type Acks = 0 | 1 | -1;

/** A producer's configuration. Times in milliseconds, sizes in bytes. */
export type ProducerConfig = CommonConfig & {
  readonly acks: Acks;
  readonly batchSize: number;
  readonly lingerMs: number;
  readonly bufferMemory: number;
  readonly maxBlockMs: number;
  readonly maxRequestSize: number;
  readonly maxInFlightRequestsPerConnection: number;
  readonly retries: number;
  /** Never less than lingerMs + requestTimeoutMs. */
  readonly deliveryTimeoutMs: number;
  readonly compressionType: CodecName;
  /** What `compression.<codec>.level` says; null for a codec without levels. */
  readonly compressionLevel: number | null;
  /** Each record once and in order, over retries too; then acks is -1, retries over 0, and at most 5 requests are in flight. */
  readonly enableIdempotence: boolean;
  /** Null for a producer without transactions; needs idempotence. */
  readonly transactionalId: string | null;
  readonly transactionTimeoutMs: number;
  /** Who chooses the partition of a record that names none. */
  readonly partitioner: PartitionerName;
  /** Whether records without a key go rather to partitions with shorter queues (KIP-794). */
  readonly adaptivePartitioning: boolean;
  /** A partition whose leader could take nothing for this long gets no records without a key; 0 is never. */
  readonly partitionerAvailabilityTimeoutMs: number;
  readonly partitionerIgnoreKeys: boolean;
};

/** Kafka's own partitioner (by key, else sticky), or records in turn to each partition. */
export type PartitionerName = 'built-in' | 'round-robin';

const ROUND_ROBIN = 'RoundRobinPartitioner';

const BYTE_ARRAY_SERIALIZER = 'org.apache.kafka.common.serialization.ByteArraySerializer';

const NOT_YET = { status: 'not-yet' } as const;
const JVM_ONLY = { status: 'jvm-only' } as const;
const SUPPORTED = { status: 'supported' } as const;

/** Properties of the producer alone. */
const ownProperties: readonly Property[] = [
  {
    name: 'acks',
    type: 'string',
    default: 'all',
    values: ['all', '-1', '0', '1'],
    ...SUPPORTED,
    description:
      'What counts as sent: 0 the write to the socket, 1 the leader has it, all every in-sync replica has it.',
  },
  {
    name: 'batch.size',
    type: 'int',
    default: 16_384,
    min: 0,
    ...SUPPORTED,
    description: 'Bytes of records for one partition that are gathered before they are sent together.',
  },
  {
    name: 'linger.ms',
    type: 'long',
    default: 5,
    min: 0,
    ...SUPPORTED,
    description: 'Longest time a record waits for others to fill its batch.',
  },
  {
    name: 'buffer.memory',
    type: 'long',
    default: 33_554_432,
    min: 0,
    ...SUPPORTED,
    description: 'Bytes of records that may wait in the producer; send blocks when it is full.',
  },
  {
    name: 'max.block.ms',
    type: 'long',
    default: 60_000,
    min: 0,
    ...SUPPORTED,
    description: 'Longest time send may block for metadata or for room in buffer.memory.',
  },
  {
    name: 'max.request.size',
    type: 'int',
    default: 1_048_576,
    min: 0,
    ...SUPPORTED,
    description: 'Largest request, and so the largest record, that is sent.',
  },
  {
    name: 'max.in.flight.requests.per.connection',
    type: 'int',
    default: 5,
    min: 1,
    ...SUPPORTED,
    description: 'Produce requests to one broker that may be unanswered at once.',
  },
  {
    name: 'retries',
    type: 'int',
    default: 2_147_483_647,
    min: 0,
    ...SUPPORTED,
    description: 'Times a failed batch is sent again, within delivery.timeout.ms.',
  },
  {
    name: 'delivery.timeout.ms',
    type: 'int',
    default: 120_000,
    min: 0,
    ...SUPPORTED,
    description: 'Longest time from send to success or failure; at least linger.ms + request.timeout.ms.',
  },
  {
    name: 'receive.buffer.bytes',
    type: 'int',
    default: 32_768,
    min: -1,
    ...SUPPORTED,
    description:
      'Least size of the memory that a connection reads into at once, up to 8 MiB. The buffer of the system stays as it is: Node has no call for it.',
  },
  {
    name: 'compression.type',
    type: 'string',
    default: 'none',
    values: ['none', 'gzip', 'snappy', 'lz4', 'zstd'],
    ...SUPPORTED,
    description: 'Codec for record batches.',
  },
  {
    name: 'compression.gzip.level',
    type: 'int',
    default: -1,
    values: ['-1', '1', '2', '3', '4', '5', '6', '7', '8', '9'],
    ...SUPPORTED,
    description: 'Effort of gzip: 1 to 9, or -1 for its default.',
  },
  {
    name: 'compression.lz4.level',
    type: 'int',
    default: 9,
    min: 1,
    max: 17,
    ...SUPPORTED,
    description:
      'Effort of lz4: 9 is its fast way, the others search for longer, the more the higher; 12 to 17 are the same.',
  },
  {
    name: 'compression.zstd.level',
    type: 'int',
    default: 3,
    min: -131_072,
    max: 22,
    ...SUPPORTED,
    description: 'Effort of zstd.',
  },
  {
    name: 'enable.idempotence',
    type: 'boolean',
    default: true,
    ...SUPPORTED,
    description:
      'Whether the broker writes each record once and in order, whatever retries do. Unset, acks=0, acks=1 and retries=0 turn it off.',
  },
  {
    name: 'transactional.id',
    type: 'string',
    default: null,
    ...SUPPORTED,
    description: 'Name under which this producer writes transactions.',
  },
  {
    name: 'transaction.timeout.ms',
    type: 'int',
    default: 60_000,
    min: 1,
    ...SUPPORTED,
    description: 'Longest time a transaction may stay open.',
  },
  {
    name: 'transaction.two.phase.commit.enable',
    type: 'boolean',
    default: false,
    ...NOT_YET,
    description: 'Whether transactions take part in a two-phase commit (KIP-939).',
  },
  {
    name: 'metadata.max.idle.ms',
    type: 'long',
    default: 300_000,
    min: 5000,
    ...NOT_YET,
    description: 'Metadata of a topic unused for this long is forgotten.',
  },
  {
    name: 'partitioner.class',
    type: 'class',
    default: null,
    supportedValues: [ROUND_ROBIN, `org.apache.kafka.clients.producer.${ROUND_ROBIN}`],
    ...SUPPORTED,
    description:
      'Who chooses the partition of a record that names none: unset by key, else sticky; RoundRobinPartitioner in turn.',
  },
  {
    name: 'partitioner.adaptive.partitioning.enable',
    type: 'boolean',
    default: true,
    ...SUPPORTED,
    description: 'Whether records without a key go rather to partitions with fewer batches waiting.',
  },
  {
    name: 'partitioner.availability.timeout.ms',
    type: 'long',
    default: 0,
    min: 0,
    ...SUPPORTED,
    description: 'A partition whose broker cannot take requests for this long is passed over; 0 is never.',
  },
  {
    name: 'partitioner.ignore.keys',
    type: 'boolean',
    default: false,
    ...SUPPORTED,
    description: 'Whether keys have no say in the partition.',
  },
  {
    name: 'key.serializer',
    type: 'class',
    default: BYTE_ARRAY_SERIALIZER,
    supportedValues: [BYTE_ARRAY_SERIALIZER],
    ...JVM_ONLY,
    description: 'Java class that turns keys into bytes; ours are bytes already.',
  },
  {
    name: 'value.serializer',
    type: 'class',
    default: BYTE_ARRAY_SERIALIZER,
    supportedValues: [BYTE_ARRAY_SERIALIZER],
    ...JVM_ONLY,
    description: 'Java class that turns values into bytes; ours are bytes already.',
  },
];

/** Every property of Kafka 4's producer, by name. */
export const producerProperties: PropertyTable = propertyTable(ownProperties, connectionProperties, securityProperties);

/**
 * Reads Kafka's producer properties. Defaults are Kafka 4's. Idempotence that is unset is turned off by `acks` 0 or 1 and by `retries=0`.
 * A `delivery.timeout.ms` that is unset is raised to `linger.ms` + `request.timeout.ms`; one that is set and too low is refused, as Kafka does.
 * @throws PropertyError for an unknown name, a value out of range, a feature that is not built.
 */
export function parseProducerProperties(properties: Readonly<Record<string, string>>): ProducerConfig {
  const checked = checkProperties(producerProperties, 'producer', properties);
  const number = (name: string) => numberValue(producerProperties, checked, name);
  const common = commonConfig(producerProperties, checked);
  const lingerMs = number('linger.ms');
  const shortestDeliveryMs = cappedSum(lingerMs, common.requestTimeoutMs);
  const deliveryTimeoutMs = number('delivery.timeout.ms');
  const compressionType = parseCodec(stringValue(producerProperties, checked, 'compression.type'));
  const levelOf = (codec: CodecName) => number(`compression.${codec}.level`);
  if (checked.has('delivery.timeout.ms') && deliveryTimeoutMs < shortestDeliveryMs) {
    throw new PropertyError(
      'delivery.timeout.ms',
      `delivery.timeout.ms must be at least linger.ms + request.timeout.ms (${shortestDeliveryMs}); got ${deliveryTimeoutMs}: raise it or lower the others`,
    );
  }
  const acks = parseAcks(stringValue(producerProperties, checked, 'acks'));
  const maxInFlightRequestsPerConnection = number('max.in.flight.requests.per.connection');
  const retries = number('retries');
  const enableIdempotence = readIdempotence(checked, acks, retries, maxInFlightRequestsPerConnection);
  const transactionalId = stringValue(producerProperties, checked, 'transactional.id');
  if (transactionalId !== null) checkTransactions(transactionalId, enableIdempotence, acks, retries);
  const isSet = (name: string) => effectiveValue(producerProperties, checked, name) === true;
  return {
    acks,
    batchSize: number('batch.size'),
    lingerMs,
    bufferMemory: number('buffer.memory'),
    maxBlockMs: number('max.block.ms'),
    maxRequestSize: number('max.request.size'),
    maxInFlightRequestsPerConnection,
    retries,
    deliveryTimeoutMs: Math.max(deliveryTimeoutMs, shortestDeliveryMs),
    compressionType,
    compressionLevel: compressionType === 'none' || compressionType === 'snappy' ? null : levelOf(compressionType),
    enableIdempotence,
    transactionalId,
    transactionTimeoutMs: number('transaction.timeout.ms'),
    partitioner: checked.has('partitioner.class') ? 'round-robin' : 'built-in',
    adaptivePartitioning: isSet('partitioner.adaptive.partitioning.enable'),
    partitionerAvailabilityTimeoutMs: number('partitioner.availability.timeout.ms'),
    partitionerIgnoreKeys: isSet('partitioner.ignore.keys'),
    // Last: fields after a spread take V8 ten times as long as the whole rest, which plans of large sweeps feel.
    ...common,
  };
}

/**
 * Whether the producer is idempotent, by the rules of Kafka 4 (`ProducerConfig.postProcessAndValidateIdempotenceConfigs`): what
 * was asked for and cannot be is refused, and what is on by default gives way. More requests in flight than the broker can tell
 * repetitions of are refused in both cases, also where `acks` or `retries` would have turned it off.
 */
function readIdempotence(
  checked: ReadonlyMap<string, PropertyValue>,
  acks: Acks,
  retries: number,
  maxInFlight: number,
): boolean {
  if (effectiveValue(producerProperties, checked, 'enable.idempotence') !== true) return false;
  const isAskedFor = checked.has('enable.idempotence');
  const refuse = (name: string, needed: string, given: number): PropertyError => {
    const what = isAskedFor ? 'enable.idempotence=true' : 'enable.idempotence, true by default,';
    const remedy = `leave that out, or set enable.idempotence=false`;
    return new PropertyError(name, `${what} needs ${needed}; got ${name}=${given}: ${remedy}`);
  };
  if (isAskedFor && retries === 0) throw refuse('retries', 'retries of 1 or more', retries);
  if (isAskedFor && acks !== -1) throw refuse('acks', 'acks=all', acks);
  if (maxInFlight > MAX_UNSETTLED_BATCHES) {
    const needed = `at most ${MAX_UNSETTLED_BATCHES} requests in flight`;
    throw refuse('max.in.flight.requests.per.connection', needed, maxInFlight);
  }
  return retries > 0 && acks === -1;
}

/** Refuses transactions without what they need. */
function checkTransactions(transactionalId: string, enableIdempotence: boolean, acks: Acks, retries: number): void {
  if (transactionalId === '')
    throw new PropertyError('transactional.id', 'transactional.id must be a name; got "": name it, or leave it out');
  if (enableIdempotence) return;
  const cause =
    acks !== -1 ? `acks=${acks} turns it off` : retries === 0 ? 'retries=0 turns it off' : 'enable.idempotence=false';
  throw new PropertyError(
    'transactional.id',
    `transactional.id needs idempotence; got ${cause}: leave that out, or leave transactional.id out`,
  );
}

/** The table has let no other name pass. */
function parseCodec(text: string | null): CodecName {
  return codecNames.find((name) => name === text) ?? 'none';
}

function parseAcks(text: string | null): Acks {
  if (text === '0') return 0;
  return text === '1' ? 1 : -1;
}
