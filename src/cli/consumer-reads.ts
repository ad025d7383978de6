/** How a consumer-perf-test comes by its partitions: from a group, or assigned. */
import type { ConsumerPlan } from '../harness/plan.ts';
import type { FlagTable, FlagValues } from './flags.ts';
import { GROUPS } from './plan-flags.ts';
import { parseNumber, quoted, UsageError } from './usage.ts';

/** The part of a plan that says who reads what. */
export type ConsumerReads = Pick<ConsumerPlan, 'groupId' | 'consumerGroups' | 'readPartitions'>;

/** Most groups of one test, and most partitions that a list may name. */
const MAX_GROUPS = 256;
const MAX_PARTITIONS = 10_000;

/** Flags of groups and assignment. */
export const readsFlags: FlagTable = {
  group: {
    kind: 'value',
    group: GROUPS.client,
    metavar: 'NAME',
    description: 'Consumer group that the consumers join',
    shownDefault: 'perf-consumer-RANDOM',
  },
  'consumer-groups': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Groups that each read all records, with --consumers consumers each; named NAME-1, NAME-2 and so on',
    shownDefault: '1',
  },
  assign: {
    kind: 'switch',
    group: GROUPS.load,
    description: 'Read without a group: the partitions are dealt out to the consumers, and nothing is committed',
  },
  'read-partitions': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'LIST',
    description: 'Read these partitions without a group, such as 0,1,5-7; the same as --partitions with a list',
  },
};

/** A list rather than a number of partitions: it holds a comma or a range. */
const isList = (text: string): boolean => /[,-]/.test(text.trim().slice(1));

/** Whether --partitions names partitions to read, not how many a new topic gets. */
export const listsPartitions = (flags: FlagValues): boolean => isList(flags.value('partitions') ?? '');

/**
 * Reads who reads what.
 * @param groupId from any source; null when there is none.
 * @throws UsageError for a malformed list and for flags that contradict each other.
 */
export function readReads(flags: FlagValues, groupId: string | null): ConsumerReads {
  const list = partitionList(flags);
  const groups = flags.value('consumer-groups');
  const consumerGroups = groups === null ? 1 : parseNumber('consumer-groups', groups, { min: 1, max: MAX_GROUPS });
  if (list === null && !flags.isOn('assign'))
    return { groupId: groupId ?? randomGroup(), consumerGroups, readPartitions: null };
  const flag = list === null ? 'assign' : list.flag;
  if (groupId !== null)
    throw new UsageError(
      `--${flag} reads without a group, but a group is given (${quoted(groupId)}); leave one of them out`,
    );
  if (groups !== null)
    throw new UsageError(`--${flag} reads without a group, and --consumer-groups with several; leave one of them out`);
  if (list !== null && flags.isGiven('include'))
    throw new UsageError(
      `--${list.flag} names partitions of one topic; give --topic instead of --include, or --assign`,
    );
  return { groupId: null, consumerGroups: 1, readPartitions: list?.partitions ?? null };
}

const randomGroup = (): string => `perf-consumer-${Math.floor(Math.random() * 100_000)}`;

function partitionList(flags: FlagValues): { readonly flag: string; readonly partitions: readonly number[] } | null {
  const given = flags.value('read-partitions');
  const isListed = listsPartitions(flags);
  if (given !== null && isListed)
    throw new UsageError('--read-partitions and --partitions with a list both name partitions to read; give only one');
  if (given !== null) return { flag: 'read-partitions', partitions: parseList('read-partitions', given) };
  const text = flags.value('partitions');
  return isListed && text !== null ? { flag: 'partitions', partitions: parseList('partitions', text) } : null;
}

/** Reads `0,1,5-7`. Throws UsageError for anything else, and for a partition that comes twice. */
function parseList(flag: string, text: string): readonly number[] {
  const partitions = new Set<number>();
  for (const part of text.split(',')) {
    const match = /^(\d+)(?:-(\d+))?$/.exec(part.trim());
    const first = Number(match?.[1]);
    const last = Number(match?.[2] ?? match?.[1]);
    if (match === null || last < first || last >= MAX_PARTITIONS)
      throw new UsageError(
        `--${flag} must be numbers of partitions and ranges of them, such as 0,1,5-7; got ${quoted(text)}`,
      );
    for (let partition = first; partition <= last; partition++) {
      if (partitions.has(partition))
        throw new UsageError(`--${flag} names partition ${partition} twice; got ${quoted(text)}`);
      partitions.add(partition);
    }
  }
  return [...partitions].toSorted((one, other) => one - other);
}
