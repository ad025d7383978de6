import { type Payload, type ProducerPlan, shortestOf } from '../harness/plan.ts';
import { gatherProperties } from './client-properties.ts';
import { type FlagValues, readFlags } from './flags.ts';
import { LEAST_VERIFIED_BYTES } from './payload-check.ts';
import { readPayload } from './payload-plan.ts';
import {
  clientCount,
  eitherName,
  isExternal,
  readCommon,
  readDriver,
  readTarget,
  redactArgv,
  required,
  topicName,
} from './plan-flags.ts';
import { producerFlags } from './producer-flags.ts';
import { readHeaders, readKeys, readTransactions } from './record-plan.ts';
import { readSchedule } from './shape-plan.ts';
import { parseNumber, UsageError } from './usage.ts';

/** What a producer-perf-test command line asks for. */
export type ProducerCommand = {
  readonly plan: ProducerPlan;
  readonly isJson: boolean;
  /** Lines about deprecated flags. */
  readonly warnings: readonly string[];
};

/** Seeds are 32 bits. Kafka's tool has one seed, 0. */
const MOST_SEED = 4_294_967_295;

/**
 * Reads a producer-perf-test command line.
 * @throws UsageError when it cannot be run as it stands.
 */
export const parseProducerCommand = (argv: readonly string[]): ProducerCommand =>
  producerCommandOf(readFlags('producer-perf-test', producerFlags, argv), argv);

/**
 * The same of flags that were read already.
 * @throws UsageError when it cannot be run as it stands.
 */
export function producerCommandOf(flags: FlagValues, argv: readonly string[]): ProducerCommand {
  const topic = topicName(required(flags, 'topic', 'my-topic'));
  const seed = parseNumber('seed', flags.value('seed') ?? '0', { min: 0, max: MOST_SEED });
  const schedule = readSchedule(flags, seed);
  const payload = readPayload(flags, seed);
  const keys = readKeys(flags, seed);
  const warnings = deprecations(flags);
  const given = readProperties(flags, [], (line) => warnings.push(line));
  const transactions = readTransactions(flags, given, seed);
  const { 'bootstrap.servers': bootstrapServers, ...properties } =
    transactions === null
      ? given
      : readProperties(
          flags,
          [['transactional.id', 'transactional-id', transactions.transactionalId]],
          () => undefined,
        );
  const target = readTarget(flags, bootstrapServers ?? null);
  const { recordCount, throughput, warmupRecords, ...rest } = schedule;
  const plan: ProducerPlan = {
    command: 'producer-perf-test',
    target,
    topic,
    recordCount,
    properties,
    argv: redactArgv(argv),
    producers: clientCount(flags, 'producers'),
    verify: readVerify(flags, payload),
    payload,
    throughput,
    warmupRecords,
    shape: { keys, headers: readHeaders(flags), transactions: transactions?.spec ?? null, ...rest },
    ...readCommon(flags, target),
  };
  return { plan, isJson: flags.isOn('json'), warnings };
}

/** Throws UsageError where records cannot be followed. */
function readVerify(flags: FlagValues, payload: Payload): boolean {
  if (!flags.isOn('verify')) return false;
  if (isExternal(readDriver(flags)))
    throw new UsageError('--verify follows the records of our own producers: use --driver native or kafkajs with it');
  if (payload.kind === 'monotonic')
    throw new UsageError(
      '--verify writes into the values, which --payload-monotonic makes too short: give --record-size',
    );
  const least = shortestValue(payload);
  if (least < LEAST_VERIFIED_BYTES)
    throw new UsageError(
      `--record-size must be ${LEAST_VERIFIED_BYTES} or more with --verify: a value carries its record's number; got ${least}`,
    );
  return true;
}

/** Length of the shortest value as far as it is known before it is made, bytes: also of a distribution of sizes. */
const shortestValue = (payload: Payload): number => {
  if (payload.kind === 'random') return payload.sizeBytes;
  const size = payload.kind === 'generated' ? payload.size : null;
  return size === null ? Number.POSITIVE_INFINITY : shortestOf(size);
};

function readProperties(
  flags: FlagValues,
  more: readonly (readonly [property: string, flag: string, value: string])[],
  warn: (line: string) => void,
): Readonly<Record<string, string>> {
  const assignments = eitherName(flags, 'command-property', 'producer-props');
  const file = eitherName(flags, 'command-config', 'producer.config');
  const path = flags.value(file);
  const bootstrap = flags.value('bootstrap-server');
  return gatherProperties({
    client: 'producer',
    warn,
    driver: readDriver(flags),
    defaults: { 'client.id': 'perf-producer-client' },
    file: path === null ? null : { flag: file, path },
    assignments: { flag: assignments, texts: flags.list(assignments) },
    flags: bootstrap === null ? more : [['bootstrap.servers', 'bootstrap-server', bootstrap], ...more],
  });
}

const deprecations = (flags: FlagValues): string[] =>
  [['producer-props', 'command-property'] as const, ['producer.config', 'command-config'] as const]
    .filter(([older]) => flags.isGiven(older))
    .map(
      ([older, newer]) =>
        `Option --${older} has been deprecated and will be removed in a future version. Use --${newer} instead.`,
    );
