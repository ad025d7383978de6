import { type E2ePlan, mostScheduledRecords } from '../harness/plan.ts';
import { gatherProperties } from './client-properties.ts';
import { e2eFlags } from './e2e-flags.ts';
import { type FlagValues, readFlags } from './flags.ts';
import { clientCount, readCommon, readDriver, readTarget, redactArgv, required, topicName } from './plan-flags.ts';
import { readSchedule, type Schedule } from './shape-plan.ts';
import { parseNumber, quoted, readNumber, UsageError } from './usage.ts';

/** What an e2e-latency command line asks for. */
export type E2eCommand = {
  readonly plan: E2ePlan;
  readonly isJson: boolean;
  /** Lines about deprecated usage. */
  readonly warnings: readonly string[];
};

/** With a schedule a value carries its run, its number and its times (`load/e2e-stamp.ts`). */
const LEAST_BYTES_AT_RATE = 22;
const MOST_BYTES = 2_147_483_647;
const MOST_HEADERS = 10_000;
/** Seeds are 32 bits. */
const MOST_SEED = 4_294_967_295;

/** What the places of Kafka's older form are called now. */
const PLACES = ['bootstrap-server', 'topic', 'num-records', 'producer-acks', 'record-size', 'command-config'] as const;
const OLDER_FORM = 'broker_list topic num_messages producer_acks message_size_bytes [properties_file]';

/**
 * Reads an e2e-latency command line.
 * @throws UsageError when it cannot be run as it stands.
 */
export function parseE2eCommand(argv: readonly string[]): E2eCommand {
  const given = readFlags('e2e-latency', e2eFlags, argv, true);
  const flags = given.words.length === 0 ? given : withOlderForm(given);
  const command = e2eCommandOf(flags, argv);
  if (given.words.length === 0) return command;
  const names = PLACES.map((name) => `--${name}`).join(', ');
  const deprecation = `Positional arguments have been deprecated and will be removed in a future version. Use ${names} instead.`;
  return { ...command, warnings: [deprecation, ...command.warnings] };
}

/**
 * The same of flags that were read already.
 * @throws UsageError when it cannot be run as it stands.
 */
export function e2eCommandOf(flags: FlagValues, argv: readonly string[]): E2eCommand {
  const topic = topicName(required(flags, 'topic', 'my-topic'));
  const { pace, recordCount, durationMs, warmupRecords, warmupDurationMs } = readE2eSchedule(flags);
  const acks = readAcks(required(flags, 'producer-acks', 'all'));
  const records = readRecords(flags, pace !== null);
  const warned = new Set<string>();
  const read = (client: 'producer' | 'consumer') => readProperties(flags, client, acks, (line) => warned.add(line));
  const { 'bootstrap.servers': bootstrapServers, ...properties } = read('producer');
  const { 'bootstrap.servers': _, ...consumerProperties } = read('consumer');
  if (consumerProperties['auto.offset.reset'] !== 'latest') {
    throw new UsageError(
      'auto.offset.reset must be latest here: the test reads what it sends, not what was there before; leave it out',
    );
  }
  const target = readTarget(flags, bootstrapServers ?? null);
  const plan: E2ePlan = {
    command: 'e2e-latency',
    target,
    topic,
    recordCount,
    properties,
    consumerProperties,
    ...readCommon(flags, target),
    argv: redactArgv(argv),
    records,
    pace,
    producers: readClients(flags, 'producers', pace !== null),
    consumers: readClients(flags, 'consumers', pace !== null),
    durationMs,
    warmupRecords,
    warmupMs: warmupDurationMs ?? 0,
    timeoutMs: parseNumber('timeout', flags.value('timeout') ?? '60000', { min: 1, max: MOST_BYTES }),
  };
  return { plan, isJson: flags.isOn('json'), warnings: [...warned] };
}

/** Kafka's older form: five or six words in a fixed order. Throws UsageError for another number, and for a flag that says it again. */
function withOlderForm(flags: FlagValues): FlagValues {
  const { words } = flags;
  if (words.length !== 5 && words.length !== 6) {
    throw new UsageError(
      `expected flags, or Kafka's older form: ${OLDER_FORM}; got ${words.length} words: ${quoted(words.join(' '))}`,
    );
  }
  const placed = new Map<string, string>(
    PLACES.slice(0, words.length).map((name, place) => [name, words[place] ?? '']),
  );
  for (const [name, word] of placed) {
    if (flags.isGiven(name)) {
      throw new UsageError(`--${name} is given, and in the older form too (${quoted(word)}); keep one`);
    }
  }
  return {
    ...flags,
    value: (name) => placed.get(name) ?? flags.value(name),
    isGiven: (name) => placed.has(name) || flags.isGiven(name),
  };
}

function readAcks(text: string): string {
  if (text === '1' || text === 'all') return text;
  throw new UsageError(
    `--producer-acks must be 1 or all, since a latency needs an acknowledgement; got ${quoted(text)}`,
  );
}

/**
 * Reads when records are due and when the test ends; without a rate or a shape one record is on its way at a time, which is a schedule
 * without due times, as of a producer as fast as possible.
 */
function readE2eSchedule(flags: FlagValues): Schedule {
  const seed = parseNumber('seed', flags.value('seed') ?? '0', { min: 0, max: MOST_SEED });
  const throughput = flags.value('throughput');
  if (throughput !== null && !(readNumber(throughput) > 0)) {
    throw new UsageError(
      `--throughput must be a rate above 0 in records per second, or left out for one record at a time; got ${quoted(throughput)}`,
    );
  }
  const hasRate = throughput !== null || /^(ramp|steps)\b/.test(flags.value('pace') ?? '');
  if (hasRate) return withinReach(readSchedule(flags, seed));
  if (flags.isGiven('pace'))
    throw new UsageError('--pace needs a rate: give --throughput above 0, or leave --pace out');
  return readSchedule({ ...flags, value: (name) => (name === 'throughput' ? '-1' : flags.value(name)) }, seed);
}

/** Each record of a schedule is a bit in memory. */
function withinReach(schedule: Schedule): Schedule {
  const { recordCount } = schedule;
  if (recordCount <= mostScheduledRecords || recordCount === Number.POSITIVE_INFINITY) return schedule;
  throw new UsageError(
    `--num-records must be at most ${mostScheduledRecords} with a schedule; got ${recordCount}: each record is followed on its way`,
  );
}

/** One record at a time needs one client of each kind. */
function readClients(flags: FlagValues, name: 'producers' | 'consumers', hasSchedule: boolean): number {
  if (!hasSchedule && flags.isGiven(name)) {
    throw new UsageError(`--${name} is used only with --throughput; leave it out or give a rate`);
  }
  return clientCount(flags, name);
}

function readRecords(flags: FlagValues, hasSchedule: boolean): E2ePlan['records'] {
  const size = (name: string, min: number): number =>
    parseNumber(name, flags.value(name) ?? '0', { min, max: MOST_BYTES });
  const valueBytes = parseNumber('record-size', required(flags, 'record-size', '100'), { min: 1, max: MOST_BYTES });
  if (hasSchedule && valueBytes < LEAST_BYTES_AT_RATE) {
    throw new UsageError(
      `--record-size must be ${LEAST_BYTES_AT_RATE} or more with --throughput: a value carries its record's number and times; got ${valueBytes}`,
    );
  }
  const headerCount = parseNumber('num-headers', flags.value('num-headers') ?? '0', { min: 0, max: MOST_HEADERS });
  for (const name of ['record-header-key-size', 'record-header-size'])
    if (headerCount === 0 && flags.isGiven(name))
      throw new UsageError(`--${name} is used only with --num-headers; leave it out or give a number of headers`);
  return {
    valueBytes,
    keyBytes: size('record-key-size', 0),
    headerCount,
    headerKeyBytes: size('record-header-key-size', 0),
    headerValueBytes: size('record-header-size', -1),
  };
}

/** Both clients take the same properties, each those that it knows. */
function readProperties(
  flags: FlagValues,
  client: 'producer' | 'consumer',
  acks: string,
  warn: (line: string) => void,
): Readonly<Record<string, string>> {
  const path = flags.value('command-config');
  const bootstrap = flags.value('bootstrap-server');
  const own: Readonly<Record<string, string>> =
    client === 'producer' ? { 'linger.ms': '0' } : { 'auto.offset.reset': 'latest' };
  return gatherProperties({
    client,
    warn,
    driver: readDriver(flags),
    defaults: { 'client.id': `e2e-latency-${client}`, ...own },
    file: path === null ? null : { flag: 'command-config', path },
    assignments: { flag: 'command-property', texts: flags.list('command-property') },
    flags: [
      ...(bootstrap === null ? [] : [['bootstrap.servers', 'bootstrap-server', bootstrap] as const]),
      ...(client === 'producer' ? [['acks', 'producer-acks', acks] as const] : []),
    ],
    isShared: true,
  });
}
