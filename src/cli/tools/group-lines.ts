import { addressText } from '../../client/address.ts';
import type { DescribedGroup, DescribedMember, TopicPartitions } from '../../client/admin/describe-group.ts';
import { byTopicAndPartition, type CommittedOffset, type TopicPartition } from '../../client/admin/group-offsets.ts';
import type { ListedGroup } from '../../client/admin/groups.ts';

/** A column: its name and its least width. */
type Column = readonly [name: string, width: number];

/** What Kafka's tool prints where there is nothing. */
const NOTHING = '-';
/** Kafka's tool leaves so much room behind the longest id of a list. */
const LIST_ROOM = 10;

/** Rows under their columns, each as wide as its longest field, as Kafka's tool pads them. */
export function tableLines(columns: readonly Column[], rows: readonly (readonly string[])[]): string[] {
  const widths = columns.map(([, width], index) => Math.max(width, ...rows.map((row) => row[index]?.length ?? 0)));
  const line = (fields: readonly string[]): string =>
    fields
      .map((field, index) => field.padEnd(widths[index] ?? 0))
      .join(' ')
      .trimEnd();
  return [line(columns.map(([name]) => name)), ...rows.map(line)];
}

/** The groups of a list: their ids alone, or with type and state when these are asked for. */
export function listLines(groups: readonly ListedGroup[], shows: { type: boolean; state: boolean }): string[] {
  if (!shows.type && !shows.state) return groups.map(({ groupId }) => groupId);
  const idWidth = Math.max(15, ...groups.map(({ groupId }) => groupId.length)) + LIST_ROOM;
  const columns: Column[] = [['GROUP', idWidth]];
  if (shows.type) columns.push(['TYPE', 20]);
  if (shows.state) columns.push(['STATE', 20]);
  const rows = groups.map(({ groupId, type, state }) => [
    groupId,
    ...(shows.type ? [capitalized(type)] : []),
    ...(shows.state ? [state] : []),
  ]);
  return tableLines(columns, rows);
}

const capitalized = (word: string): string => word.slice(0, 1).toUpperCase() + word.slice(1);

/** Log-end offsets by partition; null for a topic that is gone. */
export type EndOffsets = ReadonlyMap<string, ReadonlyMap<number, number> | null>;

/** `--describe --offsets`: a row for each partition that a member reads or that has an offset, and for each idle member. */
export function offsetLines(
  group: DescribedGroup,
  committed: readonly CommittedOffset[],
  ends: EndOffsets,
  isVerbose: boolean,
): string[] {
  const columns: Column[] = [
    ['GROUP', 15],
    ['TOPIC', 15],
    ['PARTITION', 10],
    ...(isVerbose ? [['LEADER-EPOCH', 15] as const] : []),
    ['CURRENT-OFFSET', 15],
    ['LOG-END-OFFSET', 15],
    ['LAG', 15],
    ['CONSUMER-ID', 15],
    ['HOST', 15],
    ['CLIENT-ID', 0],
  ];
  const row = (at: TopicPartition | null, member: DescribedMember | null): string[] => {
    const found = committed.find((each) => each.topic === at?.topic && each.partition === at.partition);
    const end = at === null ? undefined : ends.get(at.topic)?.get(at.partition);
    return [
      group.groupId,
      at?.topic ?? NOTHING,
      shown(at?.partition),
      ...(isVerbose ? [shown(found === undefined || found.leaderEpoch < 0 ? undefined : found.leaderEpoch)] : []),
      shown(found?.offset),
      shown(end),
      shown(found === undefined || end === undefined ? undefined : end - found.offset),
      member?.memberId ?? NOTHING,
      member?.host ?? NOTHING,
      member?.clientId ?? NOTHING,
    ];
  };
  const read = group.members
    .flatMap((member) => partitionsOf(member.assignment).map((at) => ({ ...at, member })))
    .toSorted(byTopicAndPartition);
  const idle = group.members.filter(({ assignment }) => partitionsOf(assignment).length === 0);
  const unread = committed.filter(
    ({ topic, partition }) => !read.some((each) => each.topic === topic && each.partition === partition),
  );
  return tableLines(columns, [
    ...read.map((each) => row(each, each.member)),
    ...unread.map((each) => row(each, null)),
    ...idle.map((member) => row(null, member)),
  ]);
}

const shown = (value: number | undefined): string => (value === undefined ? NOTHING : String(value));

const partitionsOf = (topics: readonly TopicPartitions[]): readonly TopicPartition[] =>
  topics.flatMap(({ topic, partitions }) => partitions.map((partition) => ({ topic, partition })));

/** `--describe --members`: a row for each member. */
export function memberLines({ groupId, members }: DescribedGroup, isVerbose: boolean): string[] {
  const hasInstances = members.some(({ instanceId }) => instanceId !== null);
  const columns: Column[] = [
    ['GROUP', 15],
    ['CONSUMER-ID', 15],
    ...(hasInstances ? [['GROUP-INSTANCE-ID', 17] as const] : []),
    ['HOST', 15],
    ['CLIENT-ID', 15],
    ['#PARTITIONS', 15],
    ...(isVerbose
      ? ([
          ['CURRENT-EPOCH', 15],
          ['CURRENT-ASSIGNMENT', 20],
          ['TARGET-EPOCH', 15],
          ['TARGET-ASSIGNMENT', 20],
        ] as const)
      : []),
  ];
  const rows = members.map((member) => [
    groupId,
    member.memberId,
    ...(hasInstances ? [member.instanceId ?? NOTHING] : []),
    member.host,
    member.clientId,
    String(partitionsOf(member.assignment).length),
    ...(isVerbose
      ? [
          shown(member.target?.epoch),
          assignmentText(member.assignment),
          shown(member.target?.epoch),
          assignmentText(member.target?.assignment ?? []),
        ]
      : []),
  ]);
  return tableLines(columns, rows);
}

/** `t:0,1;u:2`, as Kafka's tool writes an assignment. */
const assignmentText = (topics: readonly TopicPartitions[]): string =>
  topics.length === 0 ? NOTHING : topics.map(({ topic, partitions }) => `${topic}:${partitions.join(',')}`).join(';');

/** `--describe --state`: one row. */
export function stateLines(group: DescribedGroup, isVerbose: boolean): string[] {
  const { nodeId, host, port } = group.coordinator;
  const columns: Column[] = [
    ['GROUP', 15],
    ['COORDINATOR (ID)', 25],
    ['ASSIGNMENT-STRATEGY', 20],
    ['STATE', 20],
    ...(isVerbose
      ? ([
          ['GROUP-EPOCH', 15],
          ['TARGET-ASSIGNMENT-EPOCH', 25],
        ] as const)
      : []),
    ['#MEMBERS', 0],
  ];
  const row = [
    group.groupId,
    `${addressText({ host, port })}  (${nodeId})`,
    group.assignor === '' ? NOTHING : group.assignor,
    group.state,
    ...(isVerbose ? [shown(group.epochs?.group), shown(group.epochs?.assignment)] : []),
    String(group.members.length),
  ];
  return tableLines(columns, [row]);
}
