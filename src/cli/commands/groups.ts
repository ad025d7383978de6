import type { AdminAccess } from '../../client/admin/access.ts';
import type { DescribedGroup } from '../../client/admin/describe-group.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import type { Console } from '../console.ts';
import { type FlagValues, helpText, readFlags } from '../flags.ts';
import { readAction, refuseForeignFlags } from '../tools/actions.ts';
import { readAdminTarget, withAdmin } from '../tools/connection-flags.ts';
import { groupFlagActions, groupFlags, groupHelp } from '../tools/group-flags.ts';
import { listLines, memberLines, offsetLines, stateLines, tableLines } from '../tools/group-lines.ts';
import { exportLine, planReset } from '../tools/reset-offsets.ts';
import { readResetSpec, readTopicScope } from '../tools/reset-spec.ts';
import { ToolFailure } from '../tools/tool-failure.ts';
import { parseNumber, quoted, UsageError } from '../usage.ts';

const ACTIONS = ['list', 'describe', 'reset-offsets', 'delete', 'delete-offsets'] as const;
/** States of either protocol, as Kafka writes them. */
const STATES = ['PreparingRebalance', 'CompletingRebalance', 'Assigning', 'Reconciling', 'Stable', 'Empty', 'Dead'];
const TYPES = ['Classic', 'Consumer'];
const DEFAULT_TIMEOUT_MS = '30000';

/** `spillway groups`: Kafka's tool for consumer groups. */
export const command: CommandModule = {
  help: () => helpText(groupFlags, groupHelp),
  run,
};

/** Resolves to the exit status. */
type Work = (access: AdminAccess, console: Console) => Promise<number>;

async function run({ argv, console }: CommandRun): Promise<number> {
  const flags = readFlags('groups', groupFlags, argv);
  const action = readAction(flags, ACTIONS);
  refuseForeignFlags(flags, action, groupFlagActions);
  const patienceMs = parseNumber('timeout', flags.value('timeout') ?? DEFAULT_TIMEOUT_MS, { min: 1 });
  const target = readAdminTarget(flags, (line) => console.note(line));
  const plans: Readonly<Record<(typeof ACTIONS)[number], (flags: FlagValues) => Work>> = {
    list: planList,
    describe: planDescribe,
    'reset-offsets': planResetOffsets,
    delete: planDelete,
    'delete-offsets': planDeleteOffsets,
  };
  const work = plans[action](flags);
  return withAdmin(target, ({ access }) => work({ ...access, patienceMs }, console));
}

function planList(flags: FlagValues): Work {
  const states = readWords(flags, 'state', STATES);
  const types = readWords(flags, 'type', TYPES);
  return async (access, console) => {
    const { listGroups } = await import('../../client/admin/groups.ts');
    const isOneOf = (words: readonly string[], word: string): boolean =>
      words.length === 0 || words.some((each) => each.toLowerCase() === word.toLowerCase());
    const groups = (await listGroups(access)).filter(
      ({ state, type }) => isOneOf(states, state) && isOneOf(types, type),
    );
    const lines = listLines(groups, { type: flags.isGiven('type'), state: flags.isGiven('state') });
    if (lines.length > 0) await console.results(lines);
    return 0;
  };
}

function planDescribe(flags: FlagValues): Work {
  const views = ['offsets', 'members', 'state'].filter((name) => flags.isGiven(name));
  if (views.length > 1)
    throw new UsageError(`only one of ${views.map((name) => `--${name}`).join(' and ')} can be shown at a time`);
  if (flags.value('state') !== null)
    throw new UsageError(`--state takes states with --list only; got ${quoted(flags.value('state') ?? '')}`);
  const groupsOf = readGroups(flags);
  const isVerbose = flags.isOn('verbose');
  return async (access, console) => {
    const { describeGroup } = await import('../../client/admin/describe-group.ts');
    let status = 0;
    for (const groupId of await groupsOf(access)) {
      const group = await describeGroup(access, groupId);
      if (group === null) {
        console.note(`there is no group ${groupId}; spillway groups --list shows all`);
        status = 1;
        continue;
      }
      sayState(group, console);
      if (flags.isGiven('state')) await console.results(['', ...stateLines(group, isVerbose)]);
      else if (flags.isOn('members')) {
        if (group.members.length > 0) await console.results(['', ...memberLines(group, isVerbose)]);
      } else await describeOffsets(access, group, isVerbose, console);
    }
    return status;
  };
}

function sayState({ groupId, state }: DescribedGroup, console: Console): void {
  if (state === 'Empty') console.note(`group ${groupId} has no active members`);
  else if (state !== 'Stable') console.note(`warning: group ${groupId} is rebalancing (${state})`);
}

async function describeOffsets(
  access: AdminAccess,
  group: DescribedGroup,
  isVerbose: boolean,
  console: Console,
): Promise<void> {
  const { committedOffsets, topicOffsets } = await import('../../client/admin/group-offsets.ts');
  const { LATEST_OFFSET } = await import('../../client/offsets.ts');
  const committed = await committedOffsets(access, group.groupId);
  const topics = new Set([
    ...committed.map(({ topic }) => topic),
    ...group.members.flatMap(({ assignment }) => assignment.map(({ topic }) => topic)),
  ]);
  const ends = await Promise.all(
    [...topics].map(async (topic) => [topic, await topicOffsets(access, topic, LATEST_OFFSET)] as const),
  );
  const lines = offsetLines(group, committed, new Map(ends), isVerbose);
  if (lines.length > 1) await console.results(['', ...lines]);
}

function planResetOffsets(flags: FlagValues): Work {
  const spec = readResetSpec(flags, Date.now());
  if (flags.isOn('execute') && flags.isOn('dry-run'))
    throw new UsageError('--execute and --dry-run contradict each other; leave one of them out');
  const isScoped = flags.isGiven('topic') || flags.isOn('all-topics');
  if (flags.isGiven('topic') && flags.isOn('all-topics'))
    throw new UsageError('--topic and --all-topics contradict each other; leave one of them out');
  if (spec.kind === 'file' && isScoped)
    throw new UsageError('--from-file says which topics are reset; leave --topic and --all-topics out');
  if (spec.kind !== 'file' && !isScoped)
    throw new UsageError('--topic NAME or --all-topics is needed, to say what is reset');
  const scope = flags.isGiven('topic') ? readTopicScope(flags.list('topic')) : null;
  const groupsOf = readGroups(flags);
  return async (access, console) => {
    const { describeGroup } = await import('../../client/admin/describe-group.ts');
    const { setGroupOffsets } = await import('../../client/admin/group-offsets.ts');
    const groupIds = await groupsOf(access);
    const rows: string[][] = [];
    const exported: string[] = [];
    for (const groupId of groupIds) {
      const group = await describeGroup(access, groupId);
      if (group !== null && group.state !== 'Empty')
        throw new ToolFailure(
          `offsets of group ${groupId} can be reset only when it has no members, but its state is ${group.state}; stop its consumers first`,
        );
      const offsets = await planReset(access, { groupId, spec, scope }, (line) => console.note(`warning: ${line}`));
      if (flags.isOn('execute') && offsets.length > 0) await setGroupOffsets(access, groupId, offsets);
      rows.push(...offsets.map(({ topic, partition, offset }) => [groupId, topic, String(partition), String(offset)]));
      exported.push(...offsets.map((offset) => exportLine(groupIds.length > 1 ? groupId : null, offset)));
    }
    if (flags.isOn('export')) {
      if (exported.length > 0) await console.results(exported);
    } else {
      const columns = [
        ['GROUP', 30],
        ['TOPIC', 30],
        ['PARTITION', 10],
        ['NEW-OFFSET', 15],
      ] as const;
      await console.results(['', ...tableLines(columns, rows)]);
    }
    if (!flags.isOn('execute')) console.note('nothing was changed; --execute does it');
    return 0;
  };
}

function planDelete(flags: FlagValues): Work {
  const groupsOf = readGroups(flags);
  return async (access, console) => {
    const { deleteGroup } = await import('../../client/admin/groups.ts');
    const { ClientError } = await import('../../client/client-error.ts');
    const deleted: string[] = [];
    let status = 0;
    for (const groupId of await groupsOf(access)) {
      try {
        await deleteGroup(access, groupId);
        deleted.push(`'${groupId}'`);
      } catch (error) {
        if (!(error instanceof ClientError) || error.code === null) throw error;
        console.note(error.message);
        status = 1;
      }
    }
    if (deleted.length > 0)
      console.result(`Deletion of requested consumer groups (${deleted.join(', ')}) was successful.`);
    return status;
  };
}

function planDeleteOffsets(flags: FlagValues): Work {
  const scope = readTopicScope(flags.list('topic'));
  if (scope.size === 0) throw new UsageError('--topic is missing; give one, such as --topic t or --topic t:0,1');
  const [groupId, ...others] = flags.list('group');
  if (groupId === undefined || others.length > 0)
    throw new UsageError(`--delete-offsets needs one --group; got ${others.length === 0 ? 'none' : others.length + 1}`);
  return async (access, console) => {
    const { deleteGroupOffsets, topicOffsets } = await import('../../client/admin/group-offsets.ts');
    const { LATEST_OFFSET } = await import('../../client/offsets.ts');
    const partitions: { topic: string; partition: number }[] = [];
    for (const [topic, asked] of scope) {
      const existing = asked ?? [...((await topicOffsets(access, topic, LATEST_OFFSET))?.keys() ?? [])];
      if (existing.length === 0)
        throw new ToolFailure(
          `topic ${topic} does not exist; name partitions, such as --topic ${topic}:0, to delete their offsets all the same`,
        );
      partitions.push(...existing.map((partition) => ({ topic, partition })));
    }
    const results = await deleteGroupOffsets(access, groupId, partitions);
    const columns = [
      ['TOPIC', 15],
      ['PARTITION', 10],
      ['STATUS', 15],
    ] as const;
    const rows = results.map(({ topic, partition, error }) => [
      topic,
      String(partition),
      error === null ? 'Successful' : `Error: ${error.message}`,
    ]);
    const hasFailed = results.some(({ error }) => error !== null);
    if (hasFailed) console.note(`some offsets of group ${groupId} were not deleted`);
    else console.result(`Request succeeded for deleting offsets from group ${groupId}.`);
    await console.results(['', ...tableLines(columns, rows)]);
    return hasFailed ? 1 : 0;
  };
}

/** The groups that are named, or all. Throws UsageError when neither is asked for, or both are. */
function readGroups(flags: FlagValues): (access: AdminAccess) => Promise<readonly string[]> {
  const named = [...new Set(flags.list('group'))];
  if (flags.isOn('all-groups') === named.length > 0)
    throw new UsageError(`exactly one of --group, --all-groups is needed; got ${named.length > 0 ? 'both' : 'none'}`);
  return async (access) => {
    if (named.length > 0) return named;
    const { listGroups } = await import('../../client/admin/groups.ts');
    return (await listGroups(access)).map(({ groupId }) => groupId);
  };
}

/** Words between commas, each one of those known, whatever its case; none when the flag stands alone. */
function readWords(flags: FlagValues, name: string, known: readonly string[]): readonly string[] {
  const words = (flags.value(name) ?? '')
    .split(',')
    .map((word) => word.trim())
    .filter((word) => word !== '');
  for (const word of words)
    if (!known.some((each) => each.toLowerCase() === word.toLowerCase()))
      throw new UsageError(`--${name} takes ${known.join(', ')}; got ${quoted(word)}`);
  return words;
}
