import { type E2ePlan, mostScheduledRecords } from '../harness/plan.ts';
import { gatherProperties } from './client-properties.ts';
import { e2eFlags } from './e2e-flags.ts';
import { type FlagValues, readFlags } from './flags.ts';
import { readPayload } from './payload-plan.ts';
import { clientCount, readCommon, readDriver, readTarget, redactArgv, required, topicName } from './plan-flags.ts';
import { readKeys } from './record-plan.ts';
import { readSchedule, type Schedule } from './shape-plan.ts';
import { parseNumber, quoted, readNumber, shownWords, UsageError } from './usage.ts';

/** What an e2e-latency command line asks for. */
export type E2eCommand = {
  readonly plan: E2ePlan;
  readonly isJson: boolean;
  /** Lines about deprecated usage. */
  readonly warnings: readonly string[];
};

/** With many records on their way a value carries its run, its number and its times (`load/record-stamp.ts`). */
const LEAST_BYTES_AT_RATE = 26;
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
  const seed = parseNumber('seed', flags.value('seed') ?? '0', { min: 0, max: MOST_SEED });
  const { isInTurn, schedule } = readE2eSchedule(flags, seed);
  const { pace, recordCount, durationMs, warmupRecords, warmupDurationMs } = schedule;
  if (isInTurn) refuseInTurn(flags);
  const acks = readAcks(required(flags, 'producer-acks', 'all'));
  const payload = readE2ePayload(flags, seed);
  const records = readRecords(flags, isInTurn, payload);
  const keys = readKeys(flags, seed);
  if (keys !== null && records.keyBytes > 0)
    throw new UsageError('--keys and --record-key-size both say what keys are; give one of them');
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
    payload,
    keys,
    pace,
    isInTurn,
    verify: flags.isOn('verify'),
    backlogRecords: parseNumber('backlog', flags.value('backlog') ?? '0', { min: 0 }),
    producers: clientCount(flags, 'producers'),
    consumers: clientCount(flags, 'consumers'),
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
      `expected flags, or Kafka's older form: ${OLDER_FORM}; got ${words.length} words: ${shownWords(words)}`,
    );
  }
  const placed = new Map<string, string>(
    PLACES.slice(0, words.length).map((name, place) => [name, words[place] ?? '']),
  );
  for (const [name, word] of placed) {
    if (flags.isGiven(name)) {
      throw new UsageError(`--${name} is given, and in the older form too (${shownWords([word])}); keep one`);
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

/** Reads when records are due and when the test ends; without a rate or a shape one record is on its way at a time. */
function readE2eSchedule(flags: FlagValues, seed: number): { readonly isInTurn: boolean; readonly schedule: Schedule } {
  const throughput = flags.value('throughput');
  if (throughput !== null && !(readNumber(throughput) > 0 || readNumber(throughput) === -1)) {
    throw new UsageError(
      `--throughput must be a rate above 0 in records per second, -1 for as fast as possible, or left out for one record at a time; got ${quoted(throughput)}`,
    );
  }
  const isInTurn = throughput === null && !/^(ramp|steps)\b/.test(flags.value('pace') ?? '');
  if (!isInTurn) return { isInTurn, schedule: withinReach(readSchedule(flags, seed)) };
  if (flags.isGiven('pace'))
    throw new UsageError('--pace needs a rate: give --throughput above 0, or leave --pace out');
  const asFast: FlagValues = { ...flags, value: (name) => (name === 'throughput' ? '-1' : flags.value(name)) };
  return { isInTurn, schedule: readSchedule(asFast, seed) };
}

/** What needs many records on their way. */
function refuseInTurn(flags: FlagValues): void {
  for (const name of ['producers', 'consumers', 'payload', 'keys', 'backlog', 'verify'])
    if (flags.isGiven(name) || (name === 'verify' && flags.isOn(name)))
      throw new UsageError(
        `--${name} is used only with --throughput; leave it out or give a rate, or --throughput -1 for as fast as possible`,
      );
}

/** What values hold; null for letters. */
function readE2ePayload(flags: FlagValues, seed: number): E2ePlan['payload'] {
  if (!flags.isGiven('payload')) return null;
  const payload = readPayload(flags, seed);
  return payload.kind === 'random' || payload.kind === 'generated' ? payload : null;
}

/** Each record of a schedule is a bit in memory. */
function withinReach(schedule: Schedule): Schedule {
  const { recordCount } = schedule;
  if (recordCount <= mostScheduledRecords || recordCount === Number.POSITIVE_INFINITY) return schedule;
  throw new UsageError(
    `--num-records must be at most ${mostScheduledRecords} with a schedule; got ${recordCount}: each record is followed on its way`,
  );
}

const readValueBytes = (flags: FlagValues): number =>
  parseNumber('record-size', required(flags, 'record-size', '100'), { min: 1, max: MOST_BYTES });

/** About the size of a document of no given size. */
const DOCUMENT_BYTES = 512;

/** @throws UsageError for a distribution: whether a value has room for what it carries would be chance. */
function bytesOf(payload: NonNullable<E2ePlan['payload']>): number {
  if (payload.kind === 'random') return payload.sizeBytes;
  const { size } = payload;
  if (size === null) return DOCUMENT_BYTES;
  if (size.kind === 'fixed') return size.bytes;
  throw new UsageError('--record-size must be one size here, a number of bytes');
}

function readRecords(flags: FlagValues, isInTurn: boolean, payload: E2ePlan['payload']): E2ePlan['records'] {
  const size = (name: string, min: number): number =>
    parseNumber(name, flags.value(name) ?? '0', { min, max: MOST_BYTES });
  const valueBytes = payload === null ? readValueBytes(flags) : bytesOf(payload);
  if (!isInTurn && valueBytes < LEAST_BYTES_AT_RATE) {
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
