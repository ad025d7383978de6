import { gatherProperties } from '../client-properties.ts';
import { type FlagTable, type FlagValues, type HelpText, readFlags } from '../flags.ts';
import { eitherName, required, topicName } from '../plan-flags.ts';
import { parseNumber } from '../usage.ts';
import { bootstrapFlag, CONNECTION_GROUP, splitBootstrap } from './connection-flags.ts';
import { type LineFormat, readLineFormat } from './line-reader.ts';

const SEND_GROUP = 'What is sent:';
const HOW_GROUP = 'How it is sent:';

const refused = (description: string) => ({ kind: 'refused', description }) as const;
const number = (description: string, shownDefault: string, metavar = 'N') =>
  ({ kind: 'value', group: HOW_GROUP, metavar, description, shownDefault }) as const;

/** Flags of `console-producer`: those of Kafka 4.2's kafka-console-producer.sh and its older names. */
export const consoleProducerFlags: FlagTable = {
  topic: { kind: 'value', group: SEND_GROUP, metavar: 'NAME', description: 'Topic to write to (required)' },
  'reader-property': {
    kind: 'list',
    group: SEND_GROUP,
    metavar: 'k=v ...',
    description:
      'parse.key, parse.headers, ignore.error (true or false); key.separator, headers.delimiter, headers.separator, headers.key.separator, null.marker; may be repeated',
  },
  property: { kind: 'list', group: SEND_GROUP, metavar: 'k=v ...', description: 'Older name of --reader-property' },
  'reader-config': {
    kind: 'value',
    group: SEND_GROUP,
    metavar: 'FILE',
    description: 'Properties file with the same properties',
  },
  sync: { kind: 'switch', group: HOW_GROUP, description: 'Send each record alone and wait for its acknowledgement' },
  'compression-codec': {
    kind: 'optional',
    group: HOW_GROUP,
    metavar: '[CODEC]',
    description: 'none, gzip, snappy, lz4 or zstd (compression.type); gzip when it stands alone',
    shownDefault: 'none',
  },
  'batch-size': number('Bytes of a batch (batch.size)', '16384', 'BYTES'),
  'max-partition-memory-bytes': number('The same, and wins over --batch-size', '16384', 'BYTES'),
  timeout: number('Longest time a record waits for others (linger.ms)', '1000', 'MS'),
  'request-required-acks': number('0, 1 or all (acks)', '-1', 'ACKS'),
  'request-timeout-ms': number('Longest wait for an answer (request.timeout.ms)', '1500', 'MS'),
  'message-send-max-retries': number('Times a batch is sent again (retries)', '3'),
  'retry-backoff-ms': number('Wait before the first retry (retry.backoff.ms)', '100', 'MS'),
  'max-block-ms': number('Longest wait for metadata and memory (max.block.ms)', '60000', 'MS'),
  'max-memory-bytes': number('Bytes that may wait (buffer.memory)', '33554432', 'BYTES'),
  'metadata-expiry-ms': number('Age at which metadata is fetched again (metadata.max.age.ms)', '300000', 'MS'),
  ...bootstrapFlag,
  'command-property': {
    kind: 'list',
    group: CONNECTION_GROUP,
    metavar: 'k=v ...',
    description: 'Producer properties by their Kafka names; may be repeated',
  },
  'command-config': {
    kind: 'value',
    group: CONNECTION_GROUP,
    metavar: 'FILE',
    description: 'Properties file with producer properties',
  },
  'producer-property': {
    kind: 'list',
    group: CONNECTION_GROUP,
    metavar: 'k=v ...',
    description: 'Older name of --command-property',
  },
  'producer.config': {
    kind: 'value',
    group: CONNECTION_GROUP,
    metavar: 'FILE',
    description: 'Older name of --command-config',
  },
  'socket-buffer-size': refused('is not supported: Node has no call for the size of the send buffer'),
  'line-reader': refused('names a Java class; see --reader-property for how lines are read'),
  'broker-list': refused('was removed from Kafka; use --bootstrap-server'),
};

/** Help around the flags. */
export const consoleProducerHelp: HelpText = {
  usage:
    "spillway console-producer --bootstrap-server HOST:PORT --topic NAME [flags]\n\nSends the lines of stdin as records, with the flags of Kafka's kafka-console-producer.sh, byte for byte.",
  examples: [
    ['seq 10 | spillway console-producer --bootstrap-server 127.0.0.1:9092 --topic t', 'Ten values'],
    [
      'spillway console-producer --bootstrap-server 127.0.0.1:9092 --topic t --property parse.key=true key.separator=:',
      'Lines such as key:value',
    ],
  ],
  epilogue:
    'Exit status: 0 every line is acknowledged; 1 some are not, and stderr says which; 2 wrong usage; 129, 130 or 143 interrupted.',
};

/** What a console-producer command line asks for. */
export type ConsoleProducerPlan = {
  readonly topic: string;
  /** Producer properties, validated, bootstrap.servers among them. */
  readonly properties: Readonly<Record<string, string>>;
  readonly format: LineFormat;
  /** Whether each record waits for the one before. */
  readonly isSync: boolean;
};

/** Flags that stand for a property, weakest first. */
const PROPERTY_FLAGS: readonly (readonly [property: string, flag: string])[] = [
  ['bootstrap.servers', 'bootstrap-server'],
  ['batch.size', 'batch-size'],
  ['batch.size', 'max-partition-memory-bytes'],
  ['linger.ms', 'timeout'],
  ['acks', 'request-required-acks'],
  ['request.timeout.ms', 'request-timeout-ms'],
  ['retries', 'message-send-max-retries'],
  ['retry.backoff.ms', 'retry-backoff-ms'],
  ['max.block.ms', 'max-block-ms'],
  ['buffer.memory', 'max-memory-bytes'],
  ['metadata.max.age.ms', 'metadata-expiry-ms'],
];

/** Reads a console-producer command line; `warn` is told what of a file is left out. Throws UsageError when it cannot be run as it stands. */
export function readConsoleProducerPlan(argv: readonly string[], warn: (line: string) => void): ConsoleProducerPlan {
  const flags = readFlags('console-producer', consoleProducerFlags, argv);
  const topic = topicName(required(flags, 'topic', 't'));
  const format = readLineFormat(flags);
  const { bootstrapServers, properties } = readProperties(flags, warn);
  return {
    topic,
    properties: { ...properties, 'bootstrap.servers': bootstrapServers },
    format,
    isSync: flags.isOn('sync'),
  };
}

function readProperties(flags: FlagValues, warn: (line: string) => void): ReturnType<typeof splitBootstrap> {
  const fileFlag = eitherName(flags, 'command-config', 'producer.config');
  const propertyFlag = eitherName(flags, 'command-property', 'producer-property');
  const path = flags.value(fileFlag);
  const given = PROPERTY_FLAGS.flatMap(([property, flag]) => {
    const value = flags.value(flag);
    if (value === null) return [];
    if (property !== 'acks' && property !== 'bootstrap.servers') parseNumber(flag, value, { min: 0 });
    return [[property, flag, value] as const];
  });
  const codec = flags.isGiven('compression-codec') ? (flags.value('compression-codec') ?? 'gzip') : null;
  return splitBootstrap(
    gatherProperties({
      client: 'producer',
      warn,
      defaults: {
        'client.id': 'console-producer',
        'linger.ms': '1000',
        'request.timeout.ms': '1500',
        retries: '3',
      },
      file: path === null ? null : { flag: fileFlag, path },
      assignments: { flag: propertyFlag, texts: flags.list(propertyFlag) },
      flags: [...given, ...(codec === null ? [] : [['compression.type', 'compression-codec', codec] as const])],
    }),
  );
}
