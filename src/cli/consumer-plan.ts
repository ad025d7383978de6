import type { ConsumerPlan } from '../harness/plan.ts';
import { type DateFormat, DatePatternError, dateFormat } from '../report/date-format.ts';
import { checkWithoutGroup, gatherProperties } from './client-properties.ts';
import { listsPartitions, readReads, readsFlags } from './consumer-reads.ts';
import { parseDuration } from './durations.ts';
import { type FlagTable, type FlagValues, type HelpText, readFlags } from './flags.ts';
import {
  clientCount,
  eitherName,
  GROUPS,
  isEmptyTarget,
  isExternal,
  readCommon,
  readDriver,
  readTarget,
  redactArgv,
  testFlags,
  topicName,
} from './plan-flags.ts';
import { parseNumber, quoted, readNumber, UsageError } from './usage.ts';

/** What a consumer-perf-test command line asks for. */
export type ConsumerCommand = {
  readonly plan: ConsumerPlan;
  readonly isJson: boolean;
  readonly showsHeader: boolean;
  /** A row for each reporting interval instead of one for the whole test. */
  readonly isDetailed: boolean;
  readonly formatDate: DateFormat;
  /** Lines about deprecated flags. */
  readonly warnings: readonly string[];
};

/** Length of the values that fill a broker of our own before it is read. */
const FILL_RECORD_BYTES = 100;

const DEFAULT_DATE_FORMAT = 'yyyy-MM-dd HH:mm:ss:SSS';

const { 'reporting-interval': reportingInterval, ...otherTestFlags } = testFlags;

/** Flags of consumer-perf-test: those of Kafka 4.2's tool, its older names, and ours. */
export const consumerFlags: FlagTable = {
  topic: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'NAME',
    description: 'Topic to read (this or --include is required)',
  },
  include: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'REGEX',
    description: 'Read every topic whose whole name matches this regular expression',
  },
  'num-records': { kind: 'value', group: GROUPS.load, metavar: 'N', description: 'Records to read (required)' },
  consumers: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Consumers, each in a thread, that share the partitions',
    shownDefault: '1',
  },
  ...readsFlags,
  throughput: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'RATE',
    description: 'Most records per second over all consumers; -1 for as fast as possible',
    shownDefault: '-1',
  },
  duration: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'TIME',
    description: 'End the test after so long, such as 30s or 5m, though fewer than --num-records came',
  },
  timeout: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'MS',
    description: 'Longest time without a record before the test gives up, milliseconds',
    shownDefault: '10000',
  },
  'from-latest': { kind: 'switch', group: GROUPS.load, description: 'Read only records that are written from now on' },
  'fetch-size': {
    kind: 'value',
    group: GROUPS.client,
    metavar: 'BYTES',
    description: 'Most bytes of a partition in one fetch (max.partition.fetch.bytes)',
    shownDefault: '1048576',
  },
  'socket-buffer-size': {
    kind: 'value',
    group: GROUPS.client,
    metavar: 'BYTES',
    description: 'Least memory that a connection reads into at once, up to 8 MiB (receive.buffer.bytes)',
    shownDefault: '2097152',
  },
  ...otherTestFlags,
  'show-detailed-stats': {
    kind: 'switch',
    group: GROUPS.output,
    description: 'Print a row for each reporting interval instead of one at the end',
  },
  ...(reportingInterval === undefined ? {} : { 'reporting-interval': reportingInterval }),
  'hide-header': { kind: 'switch', group: GROUPS.output, description: 'Leave out the line with the column names' },
  'date-format': {
    kind: 'value',
    group: GROUPS.output,
    metavar: 'PATTERN',
    description: "How times are printed, in the letters of Java's SimpleDateFormat",
    shownDefault: DEFAULT_DATE_FORMAT,
  },
  messages: { kind: 'value', group: GROUPS.older, metavar: 'N', description: 'Older name of --num-records' },
  'consumer.config': {
    kind: 'value',
    group: GROUPS.older,
    metavar: 'FILE',
    description: 'Older name of --command-config',
  },
  'broker-list': { kind: 'refused', description: 'was removed from Kafka; use --bootstrap-server' },
  threads: { kind: 'refused', description: 'was removed from Kafka, where it did nothing; use --consumers' },
  'num-fetch-threads': { kind: 'refused', description: 'was removed from Kafka, where it did nothing; leave it out' },
};

/** Help around the flags. */
export const consumerHelp: HelpText = {
  usage:
    'spillway consumer-perf-test --topic NAME --num-records N [flags]\n\nReads records from Kafka and prints how fast they came. Without --bootstrap-server, a broker of our own is filled first.',
  examples: [
    ['spillway consumer-perf-test --topic t --num-records 1000000', 'From a broker of our own'],
    [
      'spillway consumer-perf-test --bootstrap-server kafka:9092 --topic t --num-records 1000000 --show-detailed-stats --reporting-interval 1000',
      'From a cluster, with a row for each second',
    ],
    [
      'spillway consumer-perf-test --bootstrap-server kafka:9092 --topic t --num-records 1000000 --group g --consumers 3',
      'Three consumers that share the partitions in one group',
    ],
  ],
  epilogue:
    'Consumers join --group, and commit: the next test with the same group goes on there. --assign and --read-partitions read without one.\nThe checksum of every batch is verified unless --command-property check.crcs=false says otherwise.\nExit status: 0 all records read; 1 failed or fewer records; 2 wrong usage; 129, 130 or 143 interrupted.',
};

/**
 * Reads a consumer-perf-test command line.
 * @throws UsageError when it cannot be run as it stands.
 */
export const parseConsumerCommand = (argv: readonly string[]): ConsumerCommand =>
  consumerCommandOf(readFlags('consumer-perf-test', consumerFlags, argv), argv);

/**
 * The same of flags that were read already.
 * @throws UsageError when it cannot be run as it stands.
 */
export function consumerCommandOf(flags: FlagValues, argv: readonly string[]): ConsumerCommand {
  const source = readSource(flags);
  const recordCount = readRecordCount(flags);
  const formatDate = readDateFormat(flags);
  refuseBesideJson(flags);
  const warnings = deprecations(flags);
  const {
    'bootstrap.servers': bootstrapServers,
    'group.id': groupId = null,
    ...properties
  } = readProperties(flags, (line) => warnings.push(line));
  const target = readTarget(flags, bootstrapServers ?? null);
  const isFilled = isEmptyTarget(target);
  const fromLatest = properties['auto.offset.reset'] === 'latest';
  refuseForTarget(flags, isFilled, fromLatest);
  const reads = readReads(flags, groupId);
  if (reads.groupId === null) checkWithoutGroup(properties);
  const common = readCommon(listsPartitions(flags) ? withoutPartitions(flags) : flags, target);
  if (isExternal(common.driver) && common.driver !== 'exec:java' && flags.isGiven('timeout'))
    throw new UsageError(
      `--timeout cannot be asked of ${common.driver}: give it to the program in its own words, or leave it out`,
    );
  const plan: ConsumerPlan = {
    command: 'consumer-perf-test',
    target,
    ...source,
    recordCount,
    properties,
    ...common,
    argv: redactArgv(argv),
    consumers: clientCount(flags, 'consumers'),
    ...reads,
    fromLatest,
    throughput: readRate(flags),
    durationMs: readDuration(flags),
    timeoutMs: parseNumber('timeout', flags.value('timeout') ?? '10000', { min: 1, max: 2_147_483_647 }),
    fill: isFilled ? { recordSizeBytes: FILL_RECORD_BYTES } : null,
  };
  return {
    plan,
    isJson: flags.isOn('json'),
    showsHeader: !flags.isOn('hide-header'),
    isDetailed: flags.isOn('show-detailed-stats'),
    formatDate,
    warnings,
  };
}

function readSource(flags: FlagValues): { readonly topic: string; readonly include: string | null } {
  const topic = flags.value('topic');
  const include = flags.value('include');
  if ((topic === null) === (include === null)) {
    throw new UsageError(`exactly one of --topic, --include is needed; got ${topic === null ? 'none' : 'both'}`);
  }
  if (topic !== null) return { topic: topicName(topic), include };
  try {
    new RegExp(include ?? '');
  } catch (error) {
    throw new UsageError(
      `--include must be a regular expression that JavaScript reads as well; got ${quoted(include ?? '')}`,
      { cause: error },
    );
  }
  return { topic: include ?? '', include };
}

function readRecordCount(flags: FlagValues): number {
  const name = eitherName(flags, 'num-records', 'messages');
  const text = flags.value(name);
  if (text === null) throw new UsageError('--num-records is missing; give one, such as --num-records 1000000');
  return parseNumber(name, text, { min: 1 });
}

/** The fewest records a second that a test can be held to. */
const LEAST_RATE = 0.001;

function readRate(flags: FlagValues): number | null {
  const text = flags.value('throughput') ?? '-1';
  const rate = readNumber(text);
  if (rate === -1) return null;
  if (rate >= LEAST_RATE) return rate;
  throw new UsageError(
    `--throughput must be -1 for as fast as possible, or records per second, ${LEAST_RATE} or more; got ${quoted(text)}`,
  );
}

function readDuration(flags: FlagValues): number | null {
  const text = flags.value('duration');
  if (text === null) return null;
  return parseDuration('duration', text);
}

/** The flags without --partitions, which names partitions to read here. */
const withoutPartitions = (flags: FlagValues): FlagValues => ({
  ...flags,
  value: (name) => (name === 'partitions' ? null : flags.value(name)),
});

function readDateFormat(flags: FlagValues): DateFormat {
  try {
    return dateFormat(flags.value('date-format') ?? DEFAULT_DATE_FORMAT);
  } catch (error) {
    if (!(error instanceof DatePatternError)) throw error;
    throw new UsageError(`--date-format: ${error.message}`, { cause: error });
  }
}

/** What shapes lines has no place in a document. */
function refuseBesideJson(flags: FlagValues): void {
  if (!flags.isOn('json')) return;
  if (flags.isOn('show-detailed-stats')) {
    throw new UsageError('--json holds every interval already; leave out --show-detailed-stats');
  }
  const name = ['hide-header', 'date-format'].find((flag) => flags.isGiven(flag));
  if (name !== undefined)
    throw new UsageError(`--${name} changes lines, and --json prints none; leave one of them out`);
}

/** An empty broker is filled with one topic; what would be read from it otherwise cannot be there. */
function refuseForTarget(flags: FlagValues, isFilled: boolean, fromLatest: boolean): void {
  if (isFilled && flags.isGiven('include')) {
    throw new UsageError('--include needs topics to choose from: give --bootstrap-server, or --topic instead');
  }
  if (isFilled && fromLatest) {
    throw new UsageError(
      '--from-latest needs someone who writes meanwhile: give --bootstrap-server, or leave it out to read what is filled in first',
    );
  }
  const names = listsPartitions(flags) ? ['topic-config'] : ['partitions', 'topic-config'];
  const name = names.find((flag) => flags.isGiven(flag));
  if (!isFilled && name !== undefined) {
    throw new UsageError(
      `--${name} is for a topic that the test creates; this test only reads: leave it out${name === 'partitions' ? ', or name the partitions to read with --read-partitions' : ''}`,
    );
  }
}

function readProperties(flags: FlagValues, warn: (line: string) => void): Readonly<Record<string, string>> {
  const file = eitherName(flags, 'command-config', 'consumer.config');
  const path = flags.value(file);
  const size = (name: string): string | null => {
    const text = flags.value(name);
    return text === null ? null : String(parseNumber(name, text, { min: 1, max: 2_147_483_647 }));
  };
  const overrides: readonly (readonly [string, string, string | null])[] = [
    ['bootstrap.servers', 'bootstrap-server', flags.value('bootstrap-server')],
    ['group.id', 'group', flags.value('group')],
    ['max.partition.fetch.bytes', 'fetch-size', size('fetch-size')],
    ['receive.buffer.bytes', 'socket-buffer-size', size('socket-buffer-size')],
    ['auto.offset.reset', 'from-latest', flags.isOn('from-latest') ? 'latest' : null],
  ];
  return gatherProperties({
    client: 'consumer',
    warn,
    driver: readDriver(flags),
    defaults: {
      'client.id': 'perf-consumer-client',
      'max.partition.fetch.bytes': '1048576',
      'receive.buffer.bytes': '2097152',
      'auto.offset.reset': 'earliest',
    },
    file: path === null ? null : { flag: file, path },
    assignments: { flag: 'command-property', texts: flags.list('command-property') },
    flags: overrides.flatMap(([property, flag, value]) => (value === null ? [] : [[property, flag, value] as const])),
  });
}

function deprecations(flags: FlagValues): string[] {
  const lines: string[] = [];
  if (flags.isGiven('messages')) lines.push('Warning: --messages is deprecated. Use --num-records instead.');
  if (flags.isGiven('consumer.config')) {
    lines.push('Warning: --consumer.config is deprecated. Use --command-config instead.');
  }
  return lines;
}
