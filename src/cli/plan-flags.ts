import { readdirSync } from 'node:fs';
import { ConfigError, parseBrokerConfig, parseTopicConfig } from '../broker/config.ts';
import { shownAssignment } from '../client/properties/secrets.ts';
import { type DriverName, driverNames, type Target } from '../harness/plan.ts';
import type { Flag, FlagTable, FlagValues } from './flags.ts';
import { noRecordFlag, resultsDirFlag } from './record-flags.ts';
import { parseAssignments, parseNumber, quoted, UsageError } from './usage.ts';

/** Headings of the help text, in their order. */
export const GROUPS = {
  load: 'What is sent or read:',
  records: 'Records:',
  transactions: 'Transactions:',
  client: 'Kafka client:',
  target: 'Topic and broker:',
  output: 'Output:',
  older: "Older names (Kafka's, deprecated):",
} as const;

/** Most producers or consumers of one test: each is a thread with a client of its own. */
const MAX_CLIENTS = 256;

/** Most partitions a test creates. */
const MAX_PARTITIONS = 10_000;

/** Kafka's largest topic name. */
const MAX_TOPIC_LENGTH = 249;

/** Flags that all tests have that send: how much, how long, and when. */
export const sendingFlags = {
  'num-records': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Records to send (this or --duration is required)',
  },
  duration: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'TIME',
    description: 'How long to send, such as 30s or 5m; with --num-records, whichever comes first',
  },
  pace: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'SHAPE',
    description:
      'When records are due: constant or poisson at --throughput, ramp:FROM..TO, or steps:RATE@SECONDS,... in records per second',
    shownDefault: 'constant',
  },
} satisfies FlagTable;

/** `--verify` of a test that reads its records back. @param when */
export const verifyFlag = (when: string): Flag => ({
  kind: 'switch',
  group: GROUPS.load,
  description: `Follow each record to its reader (${when}) and report lost, repeated, out-of-order and corrupt ones; any but the third fails the test`,
});

/** Flags that both tests have. */
export const testFlags: FlagTable = {
  'bootstrap-server': {
    kind: 'value',
    group: GROUPS.target,
    metavar: 'HOST:PORT,...',
    description: 'The cluster to test; without it a broker of our own is started for the test',
  },
  partitions: {
    kind: 'value',
    group: GROUPS.target,
    metavar: 'N',
    description: 'Partitions of the topic, when the test creates it',
    shownDefault: '1',
  },
  'topic-config': {
    kind: 'list',
    group: GROUPS.target,
    metavar: 'k=v ...',
    description: 'Topic settings by their Kafka names, when the test creates the topic; may be repeated',
  },
  'data-dir': {
    kind: 'value',
    group: GROUPS.target,
    metavar: 'DIR',
    description: "Folder our own broker's data is kept in; without it a temporary one that is removed",
  },
  'command-property': {
    kind: 'list',
    group: GROUPS.client,
    metavar: 'k=v ...',
    description: 'Client properties by their Kafka names, such as linger.ms=10 batch.size=65536; may be repeated',
  },
  'command-config': {
    kind: 'value',
    group: GROUPS.client,
    metavar: 'FILE',
    description:
      'Properties file with client properties; --command-property wins over it, --bootstrap-server over both',
  },
  driver: {
    kind: 'value',
    group: GROUPS.client,
    metavar: 'NAME',
    description:
      "The client under load: native, which is our own, kafkajs, or another program: exec:java (Kafka's tools), exec:rdkafka, exec:franz-go, or 'exec:COMMAND {bootstrap} {topic} ...'",
    shownDefault: 'native',
  },
  'kafka-home': {
    kind: 'value',
    group: GROUPS.client,
    metavar: 'DIR',
    description: "Where exec:java finds Kafka's tools: a Kafka installation, or a folder with its jars",
    shownDefault: 'KAFKA_HOME',
  },
  'print-metrics': { kind: 'switch', group: GROUPS.output, description: "Print the client's metrics after the result" },
  'reporting-interval': {
    kind: 'value',
    group: GROUPS.output,
    metavar: 'MS',
    description: 'Milliseconds between reports while the test runs',
    shownDefault: '5000',
  },
  json: { kind: 'switch', group: GROUPS.output, description: 'Print one JSON document instead of lines' },
  'results-dir': resultsDirFlag,
  'no-record': noRecordFlag,
};

/** Reads --topic, or another flag that names one. Throws UsageError for a name Kafka does not allow. */
export function topicName(text: string, flag = 'topic'): string {
  const isLegal = /^[A-Za-z0-9._-]+$/.test(text) && text.length <= MAX_TOPIC_LENGTH && text !== '.' && text !== '..';
  if (isLegal) return text;
  throw new UsageError(
    `--${flag} must be 1 to ${MAX_TOPIC_LENGTH} letters, digits, dots, underscores and dashes; got ${quoted(text)}`,
  );
}

/** A required flag's value. Throws UsageError when it is missing. */
export function required(flags: FlagValues, name: string, example: string): string {
  const value = flags.value(name);
  if (value === null) throw new UsageError(`--${name} is missing; give one, such as --${name} ${example}`);
  return value;
}

/** --producers or --consumers. Throws UsageError when it is no such number. */
export const clientCount = (flags: FlagValues, name: 'producers' | 'consumers'): number =>
  parseNumber(name, flags.value(name) ?? '1', { min: 1, max: MAX_CLIENTS });

/**
 * Reads where the load goes.
 * @param bootstrapServers from any source; null when there is none.
 * @throws UsageError for flags that only one kind of target has.
 */
export function readTarget(flags: FlagValues, bootstrapServers: string | null): Target {
  const dataDir = flags.value('data-dir');
  if (bootstrapServers === null) return { kind: 'embedded', dataDir, brokerConfig: {} };
  if (dataDir === null) return { kind: 'cluster', bootstrapServers };
  throw new UsageError(
    `--data-dir is for a broker of our own, but bootstrap servers are given (${bootstrapServers}); leave one of them out`,
  );
}

/** Whether a target holds nothing when it starts: a broker of our own in a new, missing or empty folder. */
export function isEmptyTarget(target: Target): boolean {
  if (target.kind === 'cluster') return false;
  if (target.dataDir === null) return true;
  try {
    return readdirSync(target.dataDir).length === 0;
  } catch {
    return true; // Missing or unusable: the broker creates it, or says why it cannot.
  }
}

/** Reads --topic-config; for a broker of our own each name and value is looked at now, a cluster has its own. Throws UsageError. */
function readTopicConfig(flags: FlagValues, target: Target): Readonly<Record<string, string>> {
  const config = parseAssignments('topic-config', flags.list('topic-config'));
  if (target.kind === 'cluster' || Object.keys(config).length === 0) return config;
  try {
    parseTopicConfig(config, parseBrokerConfig(target.brokerConfig).topicDefaults);
    return config;
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    throw new UsageError(`--topic-config: ${error.message}`, { cause: error });
  }
}

/** Reads --driver. Throws UsageError for a client that we have not. */
export function readDriver(flags: FlagValues): DriverName {
  const name = flags.value('driver') ?? 'native';
  const found = driverNames.find((driver) => driver === name);
  if (found !== undefined) return found;
  if (name.startsWith('exec:') && name.length > 'exec:'.length) return `exec:${name.slice('exec:'.length)}`;
  throw new UsageError(
    `--driver must be ${driverNames.join(' or ')}, or exec:NAME for another program; got ${quoted(name)}`,
  );
}

/** Whether a driver is another program. */
export const isExternal = (driver: DriverName): boolean => driver.startsWith('exec:');

/** Reads --kafka-home, or KAFKA_HOME; only for another program under load. Throws UsageError for a flag that would do nothing. */
function readKafkaHome(flags: FlagValues, driver: DriverName): { readonly kafkaHome?: string } {
  const given = flags.value('kafka-home');
  if (!isExternal(driver)) {
    if (given === null) return {};
    throw new UsageError('--kafka-home is for --driver exec:java; leave it out, or give that driver');
  }
  const home = given ?? process.env.KAFKA_HOME;
  return home === undefined || home === '' ? {} : { kafkaHome: home };
}

/** The parts of a plan that are read alike in both tests. Throws UsageError. */
export function readCommon(flags: FlagValues, target: Target) {
  const partitions = flags.value('partitions');
  const driver = readDriver(flags);
  if (flags.isOn('no-record') && flags.isGiven('results-dir')) {
    throw new UsageError('--no-record and --results-dir contradict each other; leave one of them out');
  }
  return {
    partitionCount: partitions === null ? null : parseNumber('partitions', partitions, { min: 1, max: MAX_PARTITIONS }),
    topicConfig: readTopicConfig(flags, target),
    driver,
    ...readKafkaHome(flags, driver),
    reportingIntervalMs: parseNumber('reporting-interval', flags.value('reporting-interval') ?? '5000', {
      min: 1,
      max: 2_147_483_647,
    }),
    printMetrics: flags.isOn('print-metrics'),
    resultsDir: flags.isOn('no-record') ? null : (flags.value('results-dir') ?? 'results'),
  } as const;
}

/** A flag and its older name: at most one may be given. Throws UsageError when both are. */
export function eitherName(flags: FlagValues, name: string, olderName: string): string {
  if (flags.isGiven(name) && flags.isGiven(olderName)) {
    throw new UsageError(`--${olderName} is the older name of --${name}; give only one of them`);
  }
  return flags.isGiven(olderName) ? olderName : name;
}

/** The command line for the record, with the values of secret properties left out. */
export const redactArgv = (argv: readonly string[]): readonly string[] => argv.map(shownAssignment);
