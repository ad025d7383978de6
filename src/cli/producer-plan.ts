import { type Payload, type ProducerPlan, plainShape } from '../harness/plan.ts';
import { gatherProperties } from './client-properties.ts';
import { type FlagTable, type FlagValues, type HelpText, readFlags } from './flags.ts';
import { payloadFile } from './payload-file.ts';
import {
  clientCount,
  eitherName,
  GROUPS,
  readCommon,
  readDriver,
  readTarget,
  redactArgv,
  required,
  testFlags,
  topicName,
} from './plan-flags.ts';
import { parseNumber, quoted, readNumber, UsageError } from './usage.ts';

/** What a producer-perf-test command line asks for. */
export type ProducerCommand = {
  readonly plan: ProducerPlan;
  readonly isJson: boolean;
  /** Lines about deprecated flags. */
  readonly warnings: readonly string[];
};

/** Seed of payloads; Kafka's tool has the same fixed one. */
const PAYLOAD_SEED = 0;

/** Flags of producer-perf-test: those of Kafka 4.2's tool, its older names, and ours. */
export const producerFlags: FlagTable = {
  topic: { kind: 'value', group: GROUPS.load, metavar: 'NAME', description: 'Topic to write to (required)' },
  'num-records': { kind: 'value', group: GROUPS.load, metavar: 'N', description: 'Records to send (required)' },
  throughput: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'RATE',
    description: 'Records per second over all producers, fractions allowed; -1 is as fast as possible (required)',
  },
  'record-size': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'BYTES',
    description: 'Length of each value: random letters (this or one of the next two is required)',
  },
  'payload-file': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'FILE',
    description: 'UTF-8 text whose pieces are the values, picked at random',
  },
  'payload-monotonic': {
    kind: 'switch',
    group: GROUPS.load,
    description: "The value is the record's index in decimal",
  },
  'payload-delimiter': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'TEXT',
    description: 'What separates the pieces of --payload-file; \\n and \\t stand for newline and tab',
    shownDefault: '\\n',
  },
  'warmup-records': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Records at the start that a second, steady-state summary leaves out',
    shownDefault: '0',
  },
  producers: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Producers, each in a thread',
    shownDefault: '1',
  },
  ...testFlags,
  'producer-props': {
    kind: 'list',
    group: GROUPS.older,
    metavar: 'k=v ...',
    description: 'Older name of --command-property',
  },
  'producer.config': {
    kind: 'value',
    group: GROUPS.older,
    metavar: 'FILE',
    description: 'Older name of --command-config',
  },
  'transactional-id': {
    kind: 'refused',
    description: 'is not supported yet: transactions are not built; leave it out',
  },
  'transaction-duration-ms': {
    kind: 'refused',
    description: 'is not supported yet: transactions are not built; leave it out',
  },
  'record-key-range': { kind: 'refused', description: 'is not supported yet: records have no keys; leave it out' },
  'key-distribution': { kind: 'refused', description: 'is not supported yet: records have no keys; leave it out' },
};

/** Help around the flags. */
export const producerHelp: HelpText = {
  usage:
    'spillway producer-perf-test --topic NAME --num-records N --record-size BYTES --throughput RATE [flags]\n\nSends records to Kafka and prints the rate and how long each took to be acknowledged.',
  examples: [
    [
      'spillway producer-perf-test --topic t --num-records 1000000 --record-size 100 --throughput -1',
      'As fast as possible, to a broker of our own',
    ],
    [
      'spillway producer-perf-test --bootstrap-server kafka:9092 --topic t --num-records 600000 --record-size 1000 --throughput 20000 --command-property acks=1 linger.ms=10',
      'At 20,000 records/s, to a cluster: the figures to believe for latency',
    ],
  ],
  epilogue:
    'Not supported yet: --transactional-id, --transaction-duration-ms, --record-key-range, --key-distribution.\nExit status: 0 all records acknowledged; 1 failed or fewer records; 2 wrong usage; 129, 130 or 143 interrupted.',
};

/**
 * Reads a producer-perf-test command line.
 * @throws UsageError when it cannot be run as it stands.
 */
export function parseProducerCommand(argv: readonly string[]): ProducerCommand {
  const flags = readFlags('producer-perf-test', producerFlags, argv);
  const topic = topicName(required(flags, 'topic', 'my-topic'));
  const recordCount = parseNumber('num-records', required(flags, 'num-records', '1000000'), { min: 1 });
  const throughput = readThroughput(required(flags, 'throughput', '-1'));
  const payload = readPayload(flags);
  const warmupRecords = readWarmup(flags, recordCount);
  const { 'bootstrap.servers': bootstrapServers, ...properties } = readProperties(flags);
  const target = readTarget(flags, bootstrapServers ?? null);
  const plan: ProducerPlan = {
    command: 'producer-perf-test',
    target,
    topic,
    recordCount,
    properties,
    ...readCommon(flags, target),
    argv: redactArgv(argv),
    producers: clientCount(flags, 'producers'),
    payload,
    throughput,
    warmupRecords,
    shape:
      throughput === null ? plainShape : { ...plainShape, pace: { kind: 'constant', recordsPerSecond: throughput } },
  };
  return { plan, isJson: flags.isOn('json'), warnings: deprecations(flags) };
}

/** Null for as fast as possible. Zero would never end. */
function readThroughput(text: string): number | null {
  const value = readNumber(text);
  if (value === -1) return null;
  if (value > 0) return value;
  throw new UsageError(
    `--throughput must be -1 for as fast as possible, or a rate above 0 in records per second; got ${quoted(text)}`,
  );
}

function readWarmup(flags: FlagValues, recordCount: number): number {
  const warmupRecords = parseNumber('warmup-records', flags.value('warmup-records') ?? '0', { min: 0 });
  if (warmupRecords < recordCount) return warmupRecords;
  throw new UsageError(
    `--warmup-records must be less than --num-records (${recordCount}); got ${warmupRecords}: lower it or send more`,
  );
}

function readPayload(flags: FlagValues): Payload {
  const choices = ['record-size', 'payload-file', 'payload-monotonic'];
  const given = choices.filter((name) => (name === 'payload-monotonic' ? flags.isOn(name) : flags.isGiven(name)));
  if (given.length !== 1) {
    const got = given.length === 0 ? 'none' : given.map((name) => `--${name}`).join(' and ');
    throw new UsageError(`exactly one of ${choices.map((name) => `--${name}`).join(', ')} is needed; got ${got}`);
  }
  const path = flags.value('payload-file');
  if (flags.isGiven('payload-delimiter') && path === null) {
    throw new UsageError('--payload-delimiter is used only with --payload-file; leave it out or give a file');
  }
  if (path !== null) return filePayload(path, flags.value('payload-delimiter') ?? '\\n');
  const size = flags.value('record-size');
  if (size === null) return { kind: 'monotonic' };
  return {
    kind: 'random',
    sizeBytes: parseNumber('record-size', size, { min: 1, max: 2_147_483_647 }),
    seed: PAYLOAD_SEED,
  };
}

function filePayload(path: string, delimiter: string): Payload {
  return { kind: 'file', path: payloadFile(path), delimiter: readDelimiter(delimiter), seed: PAYLOAD_SEED };
}

const ESCAPED: Readonly<Record<string, string>> = { n: '\n', r: '\r', t: '\t', f: '\f' };

/**
 * The literal text a delimiter stands for. Kafka's tool takes a Java regular expression; of those, plain characters and escaped ones are
 * understood, so that what is accepted means the same there.
 */
function readDelimiter(text: string): string {
  const plain = text.replace(/\\(.)/gs, '');
  if (/[\\^$.|?*+()[\]{}]/.test(plain) || /\\[A-Za-z0-9]/.test(text.replace(/\\\\|\\[nrtf]/g, ''))) {
    throw new UsageError(
      `--payload-delimiter ${quoted(text)} is a regular expression, which is not supported yet; use plain text, \\n or \\t, and a backslash before special characters`,
    );
  }
  return text.replace(/\\(.)/gs, (_, escaped: string) => ESCAPED[escaped] ?? escaped);
}

function readProperties(flags: FlagValues): Readonly<Record<string, string>> {
  const assignments = eitherName(flags, 'command-property', 'producer-props');
  const file = eitherName(flags, 'command-config', 'producer.config');
  const path = flags.value(file);
  const bootstrap = flags.value('bootstrap-server');
  return gatherProperties({
    client: 'producer',
    driver: readDriver(flags),
    defaults: { 'client.id': 'perf-producer-client' },
    file: path === null ? null : { flag: file, path },
    assignments: { flag: assignments, texts: flags.list(assignments) },
    flags: bootstrap === null ? [] : [['bootstrap.servers', 'bootstrap-server', bootstrap]],
  });
}

const deprecations = (flags: FlagValues): readonly string[] =>
  [['producer-props', 'command-property'] as const, ['producer.config', 'command-config'] as const]
    .filter(([older]) => flags.isGiven(older))
    .map(
      ([older, newer]) =>
        `Option --${older} has been deprecated and will be removed in a future version. Use --${newer} instead.`,
    );
