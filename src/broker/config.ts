import { MAX_PARTITIONS_PER_TOPIC } from './limits.ts';

/** How record time stamps are kept: as the producer sent them, or replaced by the broker's clock. */
export type TimestampType = 'CreateTime' | 'LogAppendTime';

/** Effective settings of the broker, Kafka's names in camelCase. */
export type BrokerSettings = {
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
  /** What topics inherit: `log.segment.bytes`, `log.roll.ms`, ... */
  readonly topicDefaults: TopicSettings;
};

/** Effective settings of one topic, Kafka's names in camelCase. */
export type TopicSettings = {
  /** `segment.bytes` */
  readonly segmentBytes: number;
  /** `segment.ms`: age at which a segment is closed, milliseconds. */
  readonly segmentMs: number;
  /** `index.interval.bytes` */
  readonly indexIntervalBytes: number;
  /** `segment.index.bytes`: most bytes of one index file. */
  readonly segmentIndexBytes: number;
  /** `max.message.bytes`: largest record batch. */
  readonly maxMessageBytes: number;
  /** `message.timestamp.type` */
  readonly messageTimestampType: TimestampType;
};

/** A setting was unknown, malformed, out of range or of a feature that is not built; the message is one line for a person. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}

type Value = number | boolean | string | null;

type Setting = {
  readonly default: Value;
  /** Reads the text of a value; throws a string that completes "<name> must be ...". */
  readonly parse: (text: string) => Value;
};

const INT_MAX = 2 ** 31 - 1;
const LONG_MAX_TEXT = '9223372036854775807';

class Expectation extends Error {}

const whole = (defaultValue: number | null, min: number, max: number, unit: string): Setting => ({
  default: defaultValue,
  parse: (text) => {
    const value = /^[+-]?\d+$/.test(text) ? Number(text) : Number.NaN;
    if (!(value >= min && value <= max)) {
      const range = max >= Number.MAX_SAFE_INTEGER ? `${min} or more` : `${min} to ${max}`;
      throw new Expectation(`a whole number${unit === '' ? '' : ` of ${unit}`}, ${range}`);
    }
    return value;
  },
});

const truth = (defaultValue: boolean): Setting => ({
  default: defaultValue,
  parse: (text) => {
    const lower = text.toLowerCase();
    if (lower !== 'true' && lower !== 'false') throw new Expectation('true or false');
    return lower === 'true';
  },
});

const oneOf = (defaultValue: string, ...others: string[]): Setting => ({
  default: defaultValue,
  parse: (text) => {
    if (text !== defaultValue && !others.includes(text)) throw new Expectation([defaultValue, ...others].join(' or '));
    return text;
  },
});

const WEEK_HOURS = 168;

const brokerSettings = {
  'node.id': whole(1, 0, INT_MAX, ''),
  'num.partitions': whole(1, 1, MAX_PARTITIONS_PER_TOPIC, 'partitions'),
  'auto.create.topics.enable': truth(true),
  'delete.topic.enable': truth(true),
  'default.replication.factor': whole(1, 1, 1, 'replicas (the broker is a single node)'),
  'socket.request.max.bytes': whole(104_857_600, 1, INT_MAX, 'bytes'),
  'fetch.max.bytes': whole(57_671_680, 1024, INT_MAX, 'bytes'),
  'queued.max.request.bytes': whole(-1, -1, Number.MAX_SAFE_INTEGER, 'bytes'),
  'max.connections': whole(INT_MAX, 0, INT_MAX, 'connections'),
  'connections.max.idle.ms': whole(600_000, -1, Number.MAX_SAFE_INTEGER, 'milliseconds'),
  'log.segment.bytes': whole(1_073_741_824, 14, INT_MAX, 'bytes'),
  'log.roll.ms': whole(null, 1, Number.MAX_SAFE_INTEGER, 'milliseconds'),
  'log.roll.hours': whole(WEEK_HOURS, 1, INT_MAX, 'hours'),
  'log.index.interval.bytes': whole(4096, 0, INT_MAX, 'bytes'),
  'log.index.size.max.bytes': whole(10_485_760, 12, INT_MAX, 'bytes'),
  'message.max.bytes': whole(1_048_588, 0, INT_MAX, 'bytes'),
  'log.message.timestamp.type': oneOf('CreateTime', 'LogAppendTime'),
} as const satisfies Record<string, Setting>;

const topicSettings = {
  'segment.bytes': brokerSettings['log.segment.bytes'],
  'segment.ms': whole(WEEK_HOURS * 3_600_000, 1, Number.MAX_SAFE_INTEGER, 'milliseconds'),
  'index.interval.bytes': brokerSettings['log.index.interval.bytes'],
  'segment.index.bytes': brokerSettings['log.index.size.max.bytes'],
  'max.message.bytes': brokerSettings['message.max.bytes'],
  'message.timestamp.type': brokerSettings['log.message.timestamp.type'],
} as const satisfies Record<string, Setting>;

/**
 * Kafka's topic settings whose feature is not built, with the one value that describes what the broker does.
 * `retention.ms` is -1, not Kafka's seven days: nothing is ever removed by age yet.
 */
const fixedTopicSettings: Readonly<Record<string, string>> = {
  'cleanup.policy': 'delete',
  'compression.type': 'producer',
  'compression.gzip.level': '-1',
  'compression.lz4.level': '9',
  'compression.zstd.level': '3',
  'delete.retention.ms': '86400000',
  'file.delete.delay.ms': '60000',
  'flush.messages': LONG_MAX_TEXT,
  'flush.ms': LONG_MAX_TEXT,
  'follower.replication.throttled.replicas': '',
  'leader.replication.throttled.replicas': '',
  'local.retention.bytes': '-2',
  'local.retention.ms': '-2',
  'max.compaction.lag.ms': LONG_MAX_TEXT,
  'message.timestamp.after.max.ms': LONG_MAX_TEXT,
  'message.timestamp.before.max.ms': LONG_MAX_TEXT,
  'min.cleanable.dirty.ratio': '0.5',
  'min.compaction.lag.ms': '0',
  'min.insync.replicas': '1',
  preallocate: 'false',
  'remote.storage.enable': 'false',
  'retention.bytes': '-1',
  'retention.ms': '-1',
  'segment.jitter.ms': '0',
  'unclean.leader.election.enable': 'false',
};

/** The same for broker settings that people bring along from a `server.properties`. */
const fixedBrokerSettings: Readonly<Record<string, string>> = {
  'compression.type': 'producer',
  'log.cleaner.enable': 'false',
  'log.cleanup.policy': 'delete',
  'log.flush.interval.messages': LONG_MAX_TEXT,
  'log.flush.interval.ms': LONG_MAX_TEXT,
  'log.message.timestamp.after.max.ms': LONG_MAX_TEXT,
  'log.message.timestamp.before.max.ms': LONG_MAX_TEXT,
  'log.preallocate': 'false',
  'log.retention.bytes': '-1',
  'log.retention.ms': '-1',
  'log.roll.jitter.ms': '0',
  'min.insync.replicas': '1',
  'num.io.threads': '1',
  'num.network.threads': '1',
  'sasl.enabled.mechanisms': '',
  'unclean.leader.election.enable': 'false',
};

/** Settings of Kafka that other options of ours carry. */
const elsewhere: Readonly<Record<string, string>> = {
  listeners: 'the listen address (--listen HOST:PORT)',
  'advertised.listeners': 'the advertised address (--advertise HOST:PORT)',
  'log.dir': 'the data directory (--data-dir DIR)',
  'log.dirs': 'the data directory (--data-dir DIR)',
  'broker.id': 'node.id',
};

/**
 * Reads broker settings given by Kafka's names.
 * @throws ConfigError for a name that is unknown, a value out of range, or a feature that is not built.
 */
export const parseBrokerConfig = (config: Readonly<Record<string, string>>): BrokerSettings => {
  const values = parse('broker setting', brokerSettings, fixedBrokerSettings, config);
  const rollMs = values['log.roll.ms'] ?? number(values['log.roll.hours']) * 3_600_000;
  return {
    nodeId: number(values['node.id']),
    numPartitions: number(values['num.partitions']),
    autoCreateTopicsEnable: values['auto.create.topics.enable'] === true,
    deleteTopicEnable: values['delete.topic.enable'] === true,
    defaultReplicationFactor: number(values['default.replication.factor']),
    socketRequestMaxBytes: number(values['socket.request.max.bytes']),
    fetchMaxBytes: number(values['fetch.max.bytes']),
    queuedMaxRequestBytes: number(values['queued.max.request.bytes']),
    maxConnections: number(values['max.connections']),
    connectionsMaxIdleMs: number(values['connections.max.idle.ms']),
    topicDefaults: {
      segmentBytes: number(values['log.segment.bytes']),
      segmentMs: number(rollMs),
      indexIntervalBytes: number(values['log.index.interval.bytes']),
      segmentIndexBytes: number(values['log.index.size.max.bytes']),
      maxMessageBytes: number(values['message.max.bytes']),
      messageTimestampType: timestampType(values['log.message.timestamp.type']),
    },
  };
};

/**
 * Reads topic settings given by Kafka's names over the broker's defaults.
 * @throws ConfigError for a name that is unknown, a value out of range, or a feature that is not built.
 */
export const parseTopicConfig = (config: Readonly<Record<string, string>>, defaults: TopicSettings): TopicSettings => {
  const values = parse('topic setting', topicSettings, fixedTopicSettings, config);
  const given = (name: string): boolean => config[name] !== undefined;
  return {
    segmentBytes: given('segment.bytes') ? number(values['segment.bytes']) : defaults.segmentBytes,
    segmentMs: given('segment.ms') ? number(values['segment.ms']) : defaults.segmentMs,
    indexIntervalBytes: given('index.interval.bytes')
      ? number(values['index.interval.bytes'])
      : defaults.indexIntervalBytes,
    segmentIndexBytes: given('segment.index.bytes')
      ? number(values['segment.index.bytes'])
      : defaults.segmentIndexBytes,
    maxMessageBytes: given('max.message.bytes') ? number(values['max.message.bytes']) : defaults.maxMessageBytes,
    messageTimestampType: given('message.timestamp.type')
      ? timestampType(values['message.timestamp.type'])
      : defaults.messageTimestampType,
  };
};

/** The broker's effective settings by Kafka's names, for results and `usage` reports. */
export const brokerSettingsByName = (settings: BrokerSettings): Record<string, string> => ({
  'auto.create.topics.enable': String(settings.autoCreateTopicsEnable),
  'connections.max.idle.ms': String(settings.connectionsMaxIdleMs),
  'default.replication.factor': String(settings.defaultReplicationFactor),
  'delete.topic.enable': String(settings.deleteTopicEnable),
  'fetch.max.bytes': String(settings.fetchMaxBytes),
  'log.index.interval.bytes': String(settings.topicDefaults.indexIntervalBytes),
  'log.index.size.max.bytes': String(settings.topicDefaults.segmentIndexBytes),
  'log.message.timestamp.type': settings.topicDefaults.messageTimestampType,
  'log.roll.ms': String(settings.topicDefaults.segmentMs),
  'log.segment.bytes': String(settings.topicDefaults.segmentBytes),
  'max.connections': String(settings.maxConnections),
  'message.max.bytes': String(settings.topicDefaults.maxMessageBytes),
  'node.id': String(settings.nodeId),
  'num.partitions': String(settings.numPartitions),
  'queued.max.request.bytes': String(settings.queuedMaxRequestBytes),
  'socket.request.max.bytes': String(settings.socketRequestMaxBytes),
});

/** All topic settings by Kafka's names, those of features that are not built included; CreateTopics v5 and later answers with them. */
export const topicSettingsByName = (settings: TopicSettings): Record<string, string> => ({
  ...fixedTopicSettings,
  'index.interval.bytes': String(settings.indexIntervalBytes),
  'max.message.bytes': String(settings.maxMessageBytes),
  'message.timestamp.type': settings.messageTimestampType,
  'segment.bytes': String(settings.segmentBytes),
  'segment.index.bytes': String(settings.segmentIndexBytes),
  'segment.ms': String(settings.segmentMs),
});

const parse = <Known extends Readonly<Record<string, Setting>>>(
  what: string,
  known: Known,
  fixed: Readonly<Record<string, string>>,
  config: Readonly<Record<string, string>>,
): Record<keyof Known, Value> => {
  const values: Record<string, Value> = {};
  for (const [name, setting] of Object.entries(known)) values[name] = setting.default;
  for (const [name, text] of Object.entries(config)) {
    const setting = Object.hasOwn(known, name) ? known[name] : undefined;
    if (setting === undefined) refuseUnlessFixed(what, name, text, Object.keys(known), fixed);
    else values[name] = readValue(name, text, setting);
  }
  return values as Record<keyof Known, Value>;
};

const readValue = (name: string, text: string, setting: Setting): Value => {
  try {
    return setting.parse(text.trim());
  } catch (error) {
    if (!(error instanceof Expectation)) throw error;
    throw new ConfigError(`${name} must be ${error.message}; got ${JSON.stringify(text)}`, { cause: error });
  }
};

const refuseUnlessFixed = (
  what: string,
  name: string,
  text: string,
  known: readonly string[],
  fixed: Readonly<Record<string, string>>,
): void => {
  const only = Object.hasOwn(fixed, name) ? fixed[name] : undefined;
  if (only !== undefined) {
    if (text.trim() === only) return;
    const kept = only === '' ? 'leave it out' : `leave it out or give ${JSON.stringify(only)}`;
    throw new ConfigError(`${name}=${text} is not supported yet: ${kept}`);
  }
  const place = Object.hasOwn(elsewhere, name) ? elsewhere[name] : undefined;
  if (place !== undefined) throw new ConfigError(`${name} is not a ${what} here: use ${place}`);
  throw new ConfigError(`unknown ${what} ${JSON.stringify(name)}: did you mean ${nearest(name, known)}?`);
};

/** The candidate with the fewest edits from `name` (Levenshtein distance). */
export const nearest = (name: string, candidates: readonly string[]): string => {
  let best = '';
  let bestDistance = Number.POSITIVE_INFINITY;
  for (const candidate of candidates) {
    const distance = editDistance(name.slice(0, 100), candidate);
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
};

const editDistance = (a: string, b: string): number => {
  let previous = Array.from({ length: b.length + 1 }, (_, index) => index);
  for (let i = 1; i <= a.length; i++) {
    const row = [i];
    for (let j = 1; j <= b.length; j++) {
      const replaced = (previous[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      row.push(Math.min(replaced, (previous[j] ?? 0) + 1, (row[j - 1] ?? 0) + 1));
    }
    previous = row;
  }
  return previous[b.length] ?? 0;
};

const number = (value: Value | undefined): number => {
  if (typeof value !== 'number') throw new TypeError(`a numeric setting holds ${String(value)}`);
  return value;
};

const timestampType = (value: Value | undefined): TimestampType =>
  value === 'LogAppendTime' ? 'LogAppendTime' : 'CreateTime';
