/** Which of Kafka's client properties kafkajs can honour, with an accumulator in front of it; loads nothing of kafkajs. */
import { PropertyError } from '../../client/properties/property.ts';

/** Where a property belongs: connections, which both clients have, or one of them. */
const connection = [
  'bootstrap.servers',
  'client.id',
  'request.timeout.ms',
  'retry.backoff.ms',
  'retry.backoff.max.ms',
  'metadata.max.age.ms',
  'socket.connection.setup.timeout.ms',
  'client.dns.lookup',
  'security.protocol',
];

const honoured = {
  producer: new Set([
    ...connection,
    'acks',
    'batch.size',
    'linger.ms',
    'buffer.memory',
    'max.block.ms',
    'max.request.size',
    'max.in.flight.requests.per.connection',
    'retries',
    'delivery.timeout.ms',
    'compression.type',
    'compression.gzip.level',
    'compression.lz4.level',
    'compression.zstd.level',
    'enable.idempotence',
    'transactional.id',
    'transaction.timeout.ms',
    'partitioner.class',
    'partitioner.ignore.keys',
    'partitioner.adaptive.partitioning.enable',
    'key.serializer',
    'value.serializer',
  ]),
  consumer: new Set([
    ...connection,
    'group.id',
    'group.protocol',
    'session.timeout.ms',
    'heartbeat.interval.ms',
    'max.poll.interval.ms',
    'enable.auto.commit',
    'auto.commit.interval.ms',
    'auto.offset.reset',
    'fetch.min.bytes',
    'fetch.max.wait.ms',
    'fetch.max.bytes',
    'max.partition.fetch.bytes',
    'isolation.level',
    'client.rack',
    'check.crcs',
    'allow.auto.create.topics',
    'key.deserializer',
    'value.deserializer',
  ]),
};

/** Properties without effect here whose loss changes no result: said in the notes, not refused. */
const harmless = new Set([
  'receive.buffer.bytes',
  'send.buffer.bytes',
  'metadata.max.idle.ms',
  'enable.metrics.push',
  'default.api.timeout.ms',
  'max.poll.records',
]);

/** Values that kafkajs cannot honour of properties that it has. */
const refusedValues: Readonly<Record<string, (value: string) => boolean>> = {
  'check.crcs': (value) => value.toLowerCase() === 'true',
  'auto.offset.reset': (value) => value !== 'earliest' && value !== 'latest',
};

/** TLS and SASL: what kafkajs has of them is said in `security.ts`. */
const isSecurity = (name: string): boolean => name.startsWith('ssl.') || name.startsWith('sasl.');

/** What becomes of a property that Kafka's clients have: it is honoured, has no effect, or is refused. */
export const kafkajsSupport = (client: 'producer' | 'consumer', name: string): 'yes' | 'no effect' | 'refused' => {
  if (harmless.has(name)) return 'no effect';
  return honoured[client].has(name) || isSecurity(name) ? 'yes' : 'refused';
};

/**
 * Refuses what kafkajs does not have among properties that are valid for Kafka's clients.
 * @throws PropertyError with the first such property
 */
export const checkKafkajsProperties = (
  client: 'producer' | 'consumer',
  properties: Readonly<Record<string, string>>,
): void => {
  for (const [name, value] of Object.entries(properties)) {
    if (harmless.has(name) || isSecurity(name)) continue;
    const what = !honoured[client].has(name) ? name : refusedValues[name]?.(value.trim()) ? `${name}=${value}` : null;
    if (what === null) continue;
    throw new PropertyError(name, `driver kafkajs does not have ${what}; leave it out, or use --driver native`);
  }
};

/** Kafka's defaults that are not those of kafkajs: it is idempotent when it is told so, and never checks a CRC. */
export const kafkajsDefaults = (
  client: 'producer' | 'consumer',
  given: { has(name: string): boolean },
): Readonly<Record<string, string>> => {
  if (client === 'consumer') return given.has('check.crcs') ? {} : { 'check.crcs': 'false' };
  const isIdempotent = given.has('enable.idempotence') || given.has('transactional.id');
  return isIdempotent ? {} : { 'enable.idempotence': 'false' };
};

const harmlessNotes = (properties: Readonly<Record<string, string>>): readonly string[] => {
  const given = Object.keys(properties).filter((name) => harmless.has(name));
  return given.length === 0
    ? []
    : [`driver kafkajs: ${given.join(', ')} ${given.length === 1 ? 'has' : 'have'} no effect`];
};

/** What of a producer's properties kafkajs takes otherwise than the native client. */
export type KafkajsProducerSettings = {
  readonly isIdempotent: boolean;
  /** Requests to one broker at a time. */
  readonly mostInFlight: number;
  readonly notes: readonly string[];
};

/** Kafka's default of `max.in.flight.requests.per.connection`. */
const defaultInFlight = 5;

/** Idempotence is on when it is asked for, or transactions are; its lock lets one request to a broker be on its way. */
export const kafkajsProducerSettings = (properties: Readonly<Record<string, string>>): KafkajsProducerSettings => {
  const isIdempotent =
    properties['enable.idempotence']?.trim().toLowerCase() === 'true' || properties['transactional.id'] !== undefined;
  const inFlight = Number(properties['max.in.flight.requests.per.connection'] ?? defaultInFlight);
  return {
    isIdempotent,
    mostInFlight: isIdempotent ? 1 : inFlight,
    notes: [
      "driver kafkajs: it has no batches of its own, so batch.size, linger.ms, buffer.memory, retries and delivery.timeout.ms are those of Spillway's accumulator in front of it, and its codecs are Spillway's",
      'driver kafkajs: it makes objects of each record and copies it several times, and it connects to the leaders with the first records, whose latency shows it',
      ...(isIdempotent
        ? [
            'driver kafkajs: idempotence is one lock for each broker, so that one request is on its way at a time whatever max.in.flight.requests.per.connection says',
          ]
        : [
            'driver kafkajs: it is not idempotent unless enable.idempotence=true asks for it',
            'driver kafkajs: requests that are on their way together may change their order, also when nothing fails; when one partition of a request is refused, all of it is sent again, and records of the others may be written twice',
          ]),
      ...harmlessNotes(properties),
    ],
  };
};

/** What a result says of a consumer; `isAlone`: its group has no other member. */
export const kafkajsConsumerNotes = (
  properties: Readonly<Record<string, string>>,
  isAlone: boolean,
): readonly string[] => [
  'driver kafkajs: the CRC of what it reads is not checked, and it makes objects of each record',
  ...(isAlone
    ? [
        'driver kafkajs: it has no direct assignment of partitions, so each consumer is the one member of a group of its own',
      ]
    : ['driver kafkajs: its groups deal partitions out by a round robin of its own, which no other client has']),
  ...harmlessNotes(properties),
];
