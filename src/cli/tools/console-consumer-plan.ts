import { checkWithoutGroup, gatherProperties } from '../client-properties.ts';
import { type FlagValues, readFlags } from '../flags.ts';
import { eitherName, topicName } from '../plan-flags.ts';
import { parseNumber, quoted, UsageError } from '../usage.ts';
import { namePattern } from './actions.ts';
import { splitBootstrap } from './connection-flags.ts';
import { consoleConsumerFlags } from './console-consumer-flags.ts';
import { type RecordFormat, readRecordFormat } from './record-format.ts';

/** What a console-consumer command line asks for. */
export type ConsoleConsumerPlan = {
  readonly bootstrapServers: string;
  /** Consumer properties, validated, without bootstrap.servers. */
  readonly properties: Readonly<Record<string, string>>;
  /** One topic by name, or all whose whole name matches. */
  readonly topics: string | RegExp;
  /** Null reads all partitions. */
  readonly partition: number | null;
  /** Null begins where auto.offset.reset says. */
  readonly offset: number | null;
  readonly groupId: string | null;
  readonly maxRecords: number;
  /** Null waits for ever. */
  readonly timeoutMs: number | null;
  readonly skipsUnreadable: boolean;
  readonly format: RecordFormat;
};

const MAX_MS = 2_147_483_647;

/** Reads a console-consumer command line; `warn` is told what of a file is left out. Throws UsageError when it cannot be run as it stands. */
export function readConsoleConsumerPlan(argv: readonly string[], warn: (line: string) => void): ConsoleConsumerPlan {
  const flags = readFlags('console-consumer', consoleConsumerFlags, argv);
  const topics = readTopics(flags);
  const place = readPlace(flags);
  const format = readRecordFormat(flags);
  const { bootstrapServers, properties } = readProperties(flags, place.reset, warn);
  const { 'group.id': groupId = null, ...others } = properties;
  if (groupId === null) checkWithoutGroup(others);
  if (groupId !== null && place.partition !== null)
    throw new UsageError('a group shares its partitions out by itself; leave out --partition, or the group');
  const maxRecords = flags.value('max-messages');
  const timeoutMs = flags.value('timeout-ms');
  return {
    bootstrapServers,
    properties: others,
    topics,
    partition: place.partition,
    offset: place.offset,
    groupId,
    maxRecords: maxRecords === null ? Number.POSITIVE_INFINITY : parseNumber('max-messages', maxRecords, { min: 1 }),
    timeoutMs: timeoutMs === null ? null : parseNumber('timeout-ms', timeoutMs, { min: 1, max: MAX_MS }),
    skipsUnreadable: flags.isOn('skip-message-on-error'),
    format,
  };
}

function readTopics(flags: FlagValues): string | RegExp {
  const topic = flags.value('topic');
  const include = flags.value('include');
  if ((topic === null) === (include === null))
    throw new UsageError(`exactly one of --topic, --include is needed; got ${topic === null ? 'none' : 'both'}`);
  return topic === null ? namePattern('include', include ?? '') : topicName(topic);
}

type Place = {
  readonly partition: number | null;
  readonly offset: number | null;
  readonly reset: { readonly flag: string; readonly value: string } | null;
};

function readPlace(flags: FlagValues): Place {
  const partition = flags.value('partition');
  const offset = flags.value('offset');
  if (partition !== null && flags.isGiven('include'))
    throw new UsageError('--partition is one of a single topic; give --topic instead of --include');
  if (offset !== null && partition === null) throw new UsageError('--offset needs --partition, to say where it lies');
  if (offset !== null && flags.isOn('from-beginning'))
    throw new UsageError('--offset and --from-beginning contradict each other; leave one of them out');
  const isWord = offset === 'earliest' || offset === 'latest';
  if (offset !== null && !isWord && !/^\d+$/.test(offset))
    throw new UsageError(`--offset must be earliest, latest, or a whole number, 0 or more; got ${quoted(offset)}`);
  const fromWord = isWord ? { flag: 'offset', value: offset } : null;
  return {
    partition: partition === null ? null : parseNumber('partition', partition, { min: 0, max: MAX_MS }),
    offset: offset === null || isWord ? null : parseNumber('offset', offset, { min: 0 }),
    reset: flags.isOn('from-beginning') ? { flag: 'from-beginning', value: 'earliest' } : fromWord,
  };
}

function readProperties(
  flags: FlagValues,
  reset: Place['reset'],
  warn: (line: string) => void,
): ReturnType<typeof splitBootstrap> {
  const fileFlag = eitherName(flags, 'command-config', 'consumer.config');
  const propertyFlag = eitherName(flags, 'command-property', 'consumer-property');
  const path = flags.value(fileFlag);
  const overrides: readonly (readonly [string, string, string | null])[] = [
    ['bootstrap.servers', 'bootstrap-server', flags.value('bootstrap-server')],
    ['group.id', 'group', flags.value('group')],
    ['isolation.level', 'isolation-level', flags.value('isolation-level')],
    ['auto.offset.reset', reset?.flag ?? '', reset?.value ?? null],
  ];
  return splitBootstrap(
    gatherProperties({
      client: 'consumer',
      warn,
      defaults: { 'client.id': 'console-consumer' },
      file: path === null ? null : { flag: fileFlag, path },
      assignments: { flag: propertyFlag, texts: flags.list(propertyFlag) },
      flags: overrides.flatMap(([property, flag, value]) => (value === null ? [] : [[property, flag, value] as const])),
    }),
  );
}
