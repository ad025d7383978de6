import type { AdminAccess } from '../../client/admin/access.ts';
import type { Admin } from '../../client/admin.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import type { Console } from '../console.ts';
import { type FlagValues, helpText, readFlags } from '../flags.ts';
import { required, topicName } from '../plan-flags.ts';
import { namePattern, readAction, refuseForeignFlags } from '../tools/actions.ts';
import { readAdminTarget, withAdmin } from '../tools/connection-flags.ts';
import { ToolFailure } from '../tools/tool-failure.ts';
import { topicFlagActions, topicFlags, topicHelp } from '../tools/topic-flags.ts';
import { isShown, overrides, type PartitionFilter, partitionLine, topicLine } from '../tools/topic-lines.ts';
import { parseAssignments, parseNumber, quoted, UsageError } from '../usage.ts';

const ACTIONS = ['create', 'list', 'describe', 'alter', 'delete'] as const;
const MAX_PARTITIONS = 2_147_483_647;
const MAX_REPLICAS = 32_767;
const PARTITIONS_PER_RESPONSE = '2000';

/** `spillway topics`: Kafka's tool for topics. */
export const command: CommandModule = {
  help: () => helpText(topicFlags, topicHelp),
  run,
};

type Work = (admin: Admin, console: Console) => Promise<void>;

async function run({ argv, console }: CommandRun): Promise<number> {
  const flags = readFlags('topics', topicFlags, argv);
  const action = readAction(flags, ACTIONS);
  refuseForeignFlags(flags, action, topicFlagActions);
  const target = readAdminTarget(flags, (line) => console.note(line));
  const plan: Readonly<Record<(typeof ACTIONS)[number], (flags: FlagValues) => Work>> = {
    create: planCreate,
    list: planList,
    describe: planDescribe,
    alter: planAlter,
    delete: planDelete,
  };
  const work = plan[action](flags);
  await withAdmin(target, (admin) => work(admin, console));
  return 0;
}

function planCreate(flags: FlagValues): Work {
  const name = topicName(required(flags, 'topic', 't'));
  const assignments = readReplicaAssignment(flags);
  for (const flag of ['partitions', 'replication-factor'])
    if (assignments !== null && flags.isGiven(flag))
      throw new UsageError(
        `--replica-assignment says the number of ${flag === 'partitions' ? flag : 'replicas'} already; leave --${flag} out`,
      );
  const partitions = readCount(flags, 'partitions', MAX_PARTITIONS) ?? -1;
  const replicationFactor = readCount(flags, 'replication-factor', MAX_REPLICAS) ?? -1;
  const configs = parseAssignments('config', flags.list('config'));
  return async ({ access }, console) => {
    const { createTopic } = await import('../../client/admin/topics.ts');
    if (/[._]/.test(name))
      console.note(
        "warning: '.' and '_' are the same in the names of metrics, where this topic may collide with another; use only one of them",
      );
    if (flags.isOn('if-not-exists') && (await matching(access, (topic) => topic === name)).length > 0) return;
    await createTopic(access, { name, partitions, replicationFactor, assignments, configs });
    console.result(`Created topic ${name}.`);
  };
}

function planList(flags: FlagValues): Work {
  const isWanted = topicFilter(flags);
  return async ({ access }, console) => {
    const names = await matching(access, isWanted, flags.isOn('exclude-internal'));
    if (names.length > 0) await console.results(names);
  };
}

function planDescribe(flags: FlagValues): Work {
  const isWanted = topicFilter(flags);
  const filter = readPartitionFilter(flags);
  const topicId = flags.value('topic-id');
  if (topicId !== null && flags.isGiven('topic'))
    throw new UsageError('--topic and --topic-id both name the topic; leave one of them out');
  const limit = parseNumber(
    'partition-size-limit-per-response',
    flags.value('partition-size-limit-per-response') ?? PARTITIONS_PER_RESPONSE,
    { min: 1, max: MAX_PARTITIONS },
  );
  return async ({ access }, console) => {
    const { describeTopics, listTopics } = await import('../../client/admin/describe-topics.ts');
    const { describeTopicConfigs } = await import('../../client/admin/configs.ts');
    const listed = topicId === null ? [] : await listTopics(access);
    const names =
      topicId === null
        ? await matching(access, isWanted, flags.isOn('exclude-internal'))
        : listed.filter((topic) => topic.topicId === topicId).map(({ name }) => name);
    if (names.length === 0) return nothingMatches(flags);
    const [topics, configs] = await Promise.all([
      describeTopics(access, names, limit),
      describeTopicConfigs(access, names),
    ]);
    const showsTopics = filter === 'all' || filter === 'none';
    const lines = topics.flatMap((topic) => {
      const settings = configs.get(topic.name) ?? [];
      if (filter === 'none' && overrides(settings).length === 0) return [];
      const partitions = topic.partitions.filter((partition) => isShown(filter, partition, settings));
      return [
        ...(showsTopics ? [topicLine(topic, settings)] : []),
        ...partitions.map((partition) => partitionLine(topic.name, partition)),
      ];
    });
    if (lines.length > 0) await console.results(lines);
  };
}

function planAlter(flags: FlagValues): Work {
  required(flags, 'topic', 't');
  const isWanted = topicFilter(flags);
  const assignments = readReplicaAssignment(flags);
  const count = readCount(flags, 'partitions', MAX_PARTITIONS);
  const configs = parseAssignments('config', flags.list('config'));
  if (count === null && !flags.isGiven('config'))
    throw new UsageError('--alter needs --partitions N, or --config k=v for settings; got neither');
  if (assignments !== null && count !== assignments.length)
    throw new UsageError(
      `--replica-assignment must name the brokers of all ${count ?? ''} partitions, old ones first; got ${assignments.length}`,
    );
  return async ({ access }, console) => {
    const { addPartitions } = await import('../../client/admin/topics.ts');
    const { describeTopics } = await import('../../client/admin/describe-topics.ts');
    const { setTopicConfigs } = await import('../../client/admin/configs.ts');
    const names = await matching(access, isWanted);
    if (names.length === 0) return nothingMatches(flags);
    for (const topic of await describeTopics(access, names, Number(PARTITIONS_PER_RESPONSE))) {
      const fresh = assignments?.slice(topic.partitions.length) ?? null;
      if (count !== null) await addPartitions(access, topic.name, count, fresh);
      if (flags.isGiven('config')) await setTopicConfigs(access, topic.name, configs);
      console.note(`altered topic ${topic.name}`);
    }
  };
}

function planDelete(flags: FlagValues): Work {
  required(flags, 'topic', 't');
  const isWanted = topicFilter(flags);
  return async ({ access }, console) => {
    const { deleteTopic } = await import('../../client/admin/topics.ts');
    const names = await matching(access, isWanted, flags.isOn('exclude-internal'));
    if (names.length === 0) return nothingMatches(flags);
    for (const name of names) {
      await deleteTopic(access, name);
      console.note(`deleted topic ${name}`);
    }
  };
}

const topicFilter = (flags: FlagValues): ((name: string) => boolean) => {
  const text = flags.value('topic');
  if (text === null) return () => true;
  const pattern = namePattern('topic', text);
  return (name) => pattern.test(name);
};

async function matching(
  access: AdminAccess,
  isWanted: (name: string) => boolean,
  excludesInternal = false,
): Promise<readonly string[]> {
  const { listTopics } = await import('../../client/admin/describe-topics.ts');
  const topics = await listTopics(access);
  return topics
    .filter(({ name, isInternal }) => isWanted(name) && !(excludesInternal && isInternal))
    .map(({ name }) => name);
}

/** @throws ToolFailure when a topic was asked for. */
function nothingMatches(flags: FlagValues): void {
  const name = flags.value('topic') ?? flags.value('topic-id');
  if (name === null || flags.isOn('if-exists')) return;
  throw new ToolFailure(
    `no topic matches ${quoted(name)}; spillway topics --list shows all, --if-exists takes it as done`,
  );
}

const readCount = (flags: FlagValues, name: string, max: number): number | null => {
  const text = flags.value(name);
  return text === null ? null : parseNumber(name, text, { min: 1, max });
};

/** `1:2,2:1`: the brokers of partition 0, then those of partition 1. */
function readReplicaAssignment(flags: FlagValues): readonly (readonly number[])[] | null {
  const text = flags.value('replica-assignment');
  if (text === null) return null;
  const partitions = text
    .split(',')
    .map((part) => part.split(':').map((id) => parseNumber('replica-assignment', id, { min: 0, max: MAX_PARTITIONS })));
  const [first] = partitions;
  for (const replicas of partitions) {
    if (new Set(replicas).size < replicas.length)
      throw new UsageError(`--replica-assignment names a broker twice for one partition: ${replicas.join(':')}`);
    if (replicas.length !== first?.length)
      throw new UsageError('--replica-assignment must give every partition the same number of replicas');
  }
  return partitions;
}

function readPartitionFilter(flags: FlagValues): PartitionFilter {
  const filters = {
    'topics-with-overrides': 'none',
    'under-replicated-partitions': 'under-replicated',
    'under-min-isr-partitions': 'under-min-isr',
    'at-min-isr-partitions': 'at-min-isr',
    'unavailable-partitions': 'unavailable',
  } as const satisfies Readonly<Record<string, PartitionFilter>>;
  const given = Object.entries(filters).filter(([flag]) => flags.isOn(flag));
  if (given.length > 1)
    throw new UsageError(`at most one of ${given.map(([flag]) => `--${flag}`).join(' and ')} can be shown at a time`);
  return given[0]?.[1] ?? 'all';
}
