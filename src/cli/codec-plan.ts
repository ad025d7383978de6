import { basename } from 'node:path';
import { didYouMean } from '../client/properties/nearest.ts';
import { producerProperties } from '../client/properties/producer-properties.ts';
import type { CodecChoice, CodecPlan } from '../harness/compare-codecs/plan.ts';
import type { Payload } from '../harness/plan.ts';
import { gatherProperties } from './client-properties.ts';
import { type FlagTable, type FlagValues, type HelpText, readFlags } from './flags.ts';
import { readPayload } from './payload-plan.ts';
import { clientCount, GROUPS, readCommon, readTarget, redactArgv, testFlags, topicName } from './plan-flags.ts';
import { producerFlags } from './producer-flags.ts';
import { parseNumber, quoted, UsageError } from './usage.ts';

const GROUP = { what: 'What is compared:', ...GROUPS } as const;

const DEFAULT_CODECS = 'none,gzip,snappy,lz4,zstd:1,zstd:3';
/** What codecs work on are batches: small ones, as Kafka's defaults make them, compress worse. */
const DEFAULT_PRODUCER_PROPERTIES = {
  'client.id': 'codecs-producer',
  'batch.size': '65536',
  'linger.ms': '5',
} as const;
/** Names of topics get number and codec behind it. */
const MOST_TOPIC_PREFIX = 200;
const MOST_SEED = 4_294_967_295;

/** What the flags of the producer's test mean here, where records need not be described. */
const PAYLOAD_FLAGS: FlagTable = {
  ...producerFlags,
  payload: {
    kind: 'value',
    metavar: 'KIND',
    description:
      'What values hold: letters (A to Z), random (bytes), json (orders), log (lines of an access log) or quotes (of a market, as JSON); the first two need a --record-size',
    shownDefault: 'json; with --record-size letters',
  },
  'record-size': {
    kind: 'value',
    metavar: 'BYTES',
    description:
      'Length of each value, which orders, lines and quotes have of their own, or a distribution: uniform:FROM..TO, normal:MEAN,SD, lognormal:MEAN,SD, exponential:MEAN, or sizes with weights, SIZE:WEIGHT,...',
  },
  'payload-compressibility': {
    kind: 'value',
    metavar: 'RATIO',
    description:
      'With --record-size: random bytes among redundant ones, so that zstd makes batches RATIO of their size, such as 0.3',
  },
};

const pick = (table: FlagTable, group: string, ...names: readonly string[]): FlagTable =>
  Object.fromEntries(names.flatMap((name) => (table[name] === undefined ? [] : [[name, { ...table[name], group }]])));

/** Flags of compare-codecs. */
export const codecFlags: FlagTable = {
  codecs: {
    kind: 'value',
    group: GROUP.what,
    metavar: 'LIST',
    description: 'Codecs, parted by commas, with a level behind a colon where one is wanted: gzip:9, lz4:12, zstd:-5',
    shownDefault: DEFAULT_CODECS,
  },
  rate: {
    kind: 'value',
    group: GROUP.what,
    metavar: 'RATE',
    description: 'Records per second of the second part, in which all codecs do the same work',
    shownDefault: 'half of what the slowest codec does',
  },
  rounds: {
    kind: 'value',
    group: GROUP.what,
    metavar: 'N',
    description: 'Rounds of each part, in each of which every codec has its turn',
    shownDefault: '3',
  },
  seconds: {
    kind: 'value',
    group: GROUP.what,
    metavar: 'SECONDS',
    description: 'How long each trial sends',
    shownDefault: '5',
  },
  'num-records': {
    kind: 'value',
    group: GROUP.what,
    metavar: 'N',
    description: 'Records of a trial at most',
    shownDefault: '1 GiB of them',
  },
  producers: {
    kind: 'value',
    group: GROUP.what,
    metavar: 'N',
    description: 'Producers, each in a thread of one process',
    shownDefault: '1',
  },
  consumers: {
    kind: 'value',
    group: GROUP.what,
    metavar: 'N',
    description: 'Consumers, each in a thread of another process; no more are started than there are partitions',
    shownDefault: '1',
  },
  ...pick(
    PAYLOAD_FLAGS,
    GROUP.records,
    ...['payload', 'payload-file', 'payload-delimiter', 'payload-from-topic', 'payload-sample-records'],
    ...['record-size', 'payload-compressibility', 'seed'],
  ),
  ...pick(testFlags, GROUP.target, 'bootstrap-server', 'partitions', 'topic-config', 'data-dir'),
  'topic-prefix': {
    kind: 'value',
    group: GROUP.target,
    metavar: 'NAME',
    description: 'Begins the names of the topics, one for each trial',
    shownDefault: 'codecs-TIME',
  },
  'keep-topics': {
    kind: 'switch',
    group: GROUP.target,
    description: 'Leave the topics there, to look into them; they are deleted after their trials otherwise',
  },
  'command-property': {
    kind: 'list',
    group: GROUP.client,
    metavar: 'k=v ...',
    description:
      "Client properties by their Kafka names; those that only one of producer and consumer has go to that one. The producer's defaults here are batch.size=65536 linger.ms=5",
  },
  ...pick(testFlags, GROUP.client, 'command-config'),
  ...pick(testFlags, GROUP.output, 'json', 'results-dir', 'no-record'),
};

/** Help around the flags. */
export const codecHelp: HelpText = {
  usage:
    'spillway compare-codecs [--payload-file FILE|--payload-from-topic TOPIC|--payload KIND] [flags]\n\nWrites and reads the same records with each codec, at full speed and at one common rate, and says what each one costs producer, broker and consumer. Without a word on the records they are orders as JSON.',
  examples: [
    ['spillway compare-codecs --payload-file orders.jsonl', 'Your own records, on a broker of our own'],
    [
      'spillway compare-codecs --payload-from-topic orders --bootstrap-server kafka:9092 --codecs none,lz4,zstd:1 --rate 20000',
      "A topic's records, on its own cluster, at the rate that they come at",
    ],
    ['spillway compare-codecs --rounds 1 --seconds 2', 'A first look, at orders as JSON, in a minute'],
  ],
  epilogue:
    'Exit status: 0 done; 1 a trial failed; 2 wrong usage; 129, 130 or 143 interrupted, with what was measured until then.',
};

/** A command line that was understood. */
export type CodecCommand = { readonly plan: CodecPlan; readonly isJson: boolean };

/**
 * Reads a compare-codecs command line.
 * @param warn told what of a properties file is left out, and of consumers that would have nothing to read
 * @throws UsageError when it cannot be run as it stands.
 */
export function parseCodecCommand(argv: readonly string[], warn: (line: string) => void): CodecCommand {
  const flags = readFlags('compare-codecs', codecFlags, argv);
  const codecs = parseCodecs(flags.value('codecs') ?? DEFAULT_CODECS);
  const seed = parseNumber('seed', flags.value('seed') ?? '0', { min: 0, max: MOST_SEED });
  const payload = readPayload(withPayload(flags), seed);
  const { 'bootstrap.servers': servers, ...producer } = readProperties(flags, 'producer', warn);
  const { 'bootstrap.servers': _, ...consumer } = readProperties(flags, 'consumer', () => {});
  const target = readTarget(flags, servers ?? null);
  const { partitionCount: askedPartitions, topicConfig, resultsDir } = readCommon(flags, target);
  const partitionCount = askedPartitions ?? 1;
  const askedConsumers = clientCount(flags, 'consumers');
  const consumers = Math.min(askedConsumers, partitionCount);
  if (payload.kind === 'topic' && target.kind === 'embedded' && target.dataDir === null)
    throw new UsageError(
      `--payload-from-topic ${payload.topic} needs a target that has the topic: give --bootstrap-server, or the --data-dir of a broker of our own`,
    );
  if (consumers < askedConsumers)
    warn(`warning: only ${consumers} of ${askedConsumers} consumers are started, one for each partition`);
  const rate = flags.value('rate');
  const records = flags.value('num-records');
  return {
    isJson: flags.isOn('json'),
    plan: {
      target,
      codecs,
      payload,
      source: sourceText(payload),
      rate: rate === null ? null : parseNumber('rate', rate, { min: 1, max: 1e9, isWhole: false }),
      rounds: parseNumber('rounds', flags.value('rounds') ?? '3', { min: 1, max: 1000 }),
      seconds: parseNumber('seconds', flags.value('seconds') ?? '5', { min: 0.2, max: 3600, isWhole: false }),
      mostRecords: records === null ? Number.POSITIVE_INFINITY : parseNumber('num-records', records, { min: 1 }),
      producers: clientCount(flags, 'producers'),
      consumers,
      partitionCount,
      topicConfig,
      producerProperties: producer,
      consumerProperties: consumer,
      topicPrefix: readPrefix(flags),
      keepsTopics: flags.isOn('keep-topics'),
      resultsDir,
      argv: redactArgv(argv),
    },
  };
}

function readPrefix(flags: FlagValues): string {
  const prefix = topicName(flags.value('topic-prefix') ?? `codecs-${Date.now().toString(36)}`, 'topic-prefix');
  if (prefix.length <= MOST_TOPIC_PREFIX) return prefix;
  throw new UsageError(
    `--topic-prefix must leave room for a number and a codec behind it: at most ${MOST_TOPIC_PREFIX} characters; got ${prefix.length}`,
  );
}

/** Orders as JSON when nothing says what to send. */
const withPayload = (flags: FlagValues): FlagValues => {
  const sources = ['record-size', 'payload', 'payload-file', 'payload-from-topic', 'payload-compressibility'];
  if (sources.some((name) => flags.isGiven(name))) return flags;
  return {
    ...flags,
    value: (name) => (name === 'payload' ? 'json' : flags.value(name)),
    isGiven: (name) => name === 'payload' || flags.isGiven(name),
  };
};

const sourceText = (payload: Payload): string => {
  switch (payload.kind) {
    case 'file':
      return basename(payload.path);
    case 'topic':
      return `topic ${payload.topic}`;
    case 'generated':
      return payload.content;
    default:
      return 'letters';
  }
};

function readProperties(
  flags: FlagValues,
  client: 'producer' | 'consumer',
  warn: (line: string) => void,
): Readonly<Record<string, string>> {
  const path = flags.value('command-config');
  const bootstrap = flags.value('bootstrap-server');
  const properties = gatherProperties({
    client,
    warn,
    isShared: true,
    defaults: client === 'producer' ? DEFAULT_PRODUCER_PROPERTIES : { 'client.id': 'codecs-consumer' },
    file: path === null ? null : { flag: 'command-config', path },
    assignments: { flag: 'command-property', texts: flags.list('command-property') },
    flags: bootstrap === null ? [] : [['bootstrap.servers', 'bootstrap-server', bootstrap]],
  });
  const stray = Object.keys(properties).find((name) => name.startsWith('compression.'));
  if (stray !== undefined)
    throw new UsageError(`${stray} is what is compared: leave it out, and say by --codecs which ones, such as zstd:3`);
  return properties;
}

const codecNames = producerProperties.get('compression.type')?.values ?? [];

/**
 * Reads --codecs.
 * @throws UsageError for an unknown codec, a level that it cannot do, and one that comes twice.
 */
export function parseCodecs(text: string): readonly CodecChoice[] {
  const choices = text.split(',').map((part) => parseCodec(part.trim()));
  const keys = new Map<string, string>();
  for (const { name, properties } of choices) {
    const type = properties['compression.type'] ?? '';
    const level = producerProperties.get(levelName(type));
    const key = `${type}:${properties[levelName(type)] ?? level?.default ?? ''}`;
    const earlier = keys.get(key);
    if (earlier !== undefined)
      throw new UsageError(
        earlier === name
          ? `--codecs has ${name} twice; keep one`
          : `--codecs has ${earlier} and ${name}, which are the same; keep one`,
      );
    keys.set(key, name);
  }
  return choices;
}

const levelName = (type: string): string => `compression.${type}.level`;

function parseCodec(text: string): CodecChoice {
  const [type = '', level, ...rest] = text.split(':');
  if (!codecNames.includes(type))
    throw new UsageError(
      `--codecs takes some of ${codecNames.join(', ')}; got ${quoted(text)}: ${didYouMean(type, codecNames, 'see --help')}`,
    );
  if (level === undefined) return { name: type, properties: { 'compression.type': type } };
  const property = producerProperties.get(levelName(type));
  if (property === undefined)
    throw new UsageError(`--codecs: ${type} has no levels; got ${quoted(text)}: give ${type} alone`);
  const { min, max, values } = property;
  const number = /^-?\d{1,6}$/.test(level) && rest.length === 0 ? Number(level) : Number.NaN;
  const isAllowed = values?.includes(String(number)) ?? (number >= (min ?? 0) && number <= (max ?? 0));
  if (!isAllowed)
    throw new UsageError(
      `--codecs: the level of ${type} is ${values === undefined ? `from ${min} to ${max}` : `one of ${values.join(', ')}`}; got ${quoted(text)}`,
    );
  return {
    name: `${type}:${number}`,
    properties: { 'compression.type': type, [levelName(type)]: String(number) },
  };
}
