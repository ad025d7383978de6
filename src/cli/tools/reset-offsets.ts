import type { AdminAccess } from '../../client/admin/access.ts';
import { byTopicAndPartition, type GroupOffset, type TopicPartition } from '../../client/admin/group-offsets.ts';
import type { ResetSpec, TopicScope } from './reset-spec.ts';
import { ToolFailure } from './tool-failure.ts';

/** What is known of a partition when its new offset is found. */
export type PartitionState = {
  readonly earliest: number;
  readonly latest: number;
  /** Null when the group has committed none. */
  readonly committed: number | null;
  /** Of the first record at or after the time that is asked for; null when there is none, or no time is asked for. */
  readonly atTime: number | null;
};

/** The offset that a partition is moved to; one outside the log becomes its nearest end, which `warn` is told. */
export function newOffset(
  spec: Exclude<ResetSpec, { kind: 'file' }>,
  state: PartitionState,
  warn: (line: string) => void,
): number {
  const { earliest, latest, committed, atTime } = state;
  const within = (offset: number): number => {
    if (offset >= earliest && offset <= latest) return offset;
    const bound = offset < earliest ? earliest : latest;
    const place = offset < earliest ? 'before the first record' : 'behind the end';
    warn(`offset ${offset} is ${place}; it becomes ${bound}`);
    return bound;
  };
  switch (spec.kind) {
    case 'earliest':
      return earliest;
    case 'latest':
      return latest;
    case 'current':
      return committed ?? latest;
    case 'offset':
      return within(spec.offset);
    case 'shift':
      return committed === null ? latest : within(committed + spec.by);
    case 'time':
      return atTime ?? latest;
  }
}

/** What offsets are reset, and where to. */
export type ResetRequest = {
  readonly groupId: string;
  readonly spec: ResetSpec;
  /** Null for every topic that the group has offsets of. */
  readonly scope: TopicScope | null;
};

/** The offsets that a reset commits, sorted. Throws ToolFailure for topics and partitions that do not exist. */
export async function planReset(
  access: AdminAccess,
  { groupId, spec, scope }: ResetRequest,
  warn: (line: string) => void,
): Promise<readonly GroupOffset[]> {
  const { committedOffsets, topicOffsets } = await import('../../client/admin/group-offsets.ts');
  const { EARLIEST_OFFSET, LATEST_OFFSET } = await import('../../client/offsets.ts');
  const committed = await committedOffsets(access, groupId);
  const fromFile = spec.kind === 'file' ? spec.offsets.filter(({ group }) => group === null || group === groupId) : [];
  const topics = new Set(scope?.keys() ?? (spec.kind === 'file' ? fromFile : committed).map(({ topic }) => topic));
  const planned: GroupOffset[] = [];
  for (const topic of topics) {
    const [earliest, latest, atTime] = await Promise.all([
      topicOffsets(access, topic, EARLIEST_OFFSET),
      topicOffsets(access, topic, LATEST_OFFSET),
      spec.kind === 'time' ? topicOffsets(access, topic, spec.timestampMs) : null,
    ]);
    if (earliest === null || latest === null)
      throw new ToolFailure(`topic ${topic} does not exist; spillway topics --list shows all`);
    const fileRows = fromFile.filter((row) => row.topic === topic);
    const wanted = scope?.get(topic) ?? (spec.kind === 'file' ? fileRows.map(({ partition }) => partition) : null);
    for (const partition of wanted ?? partitionsOf(scope, topic, committed, earliest)) {
      const first = earliest.get(partition);
      const end = latest.get(partition);
      if (first === undefined || end === undefined)
        throw new ToolFailure(`topic ${topic} has no partition ${partition}; it has ${earliest.size}`);
      const own = committed.find((each) => each.topic === topic && each.partition === partition);
      const found = atTime?.get(partition) ?? -1;
      const state = { earliest: first, latest: end, committed: own?.offset ?? null, atTime: found < 0 ? null : found };
      const row = fileRows.find((each) => each.partition === partition);
      if (spec.kind === 'file' && row === undefined) continue;
      const target = spec.kind === 'file' ? ({ kind: 'offset', offset: row?.offset ?? 0 } as const) : spec;
      const offset = newOffset(target, state, (line) => warn(`partition ${partition} of ${topic}: ${line}`));
      planned.push({ topic, partition, offset });
    }
  }
  return planned.toSorted(byTopicAndPartition);
}

/** A topic that is named counts whole; with --all-topics, the partitions that have offsets. */
const partitionsOf = (
  scope: TopicScope | null,
  topic: string,
  committed: readonly TopicPartition[],
  earliest: ReadonlyMap<number, number>,
): readonly number[] =>
  scope === null
    ? committed.filter((each) => each.topic === topic).map(({ partition }) => partition)
    : [...earliest.keys()];

/** `topic,partition,offset`, with the group in front when there are several: what --from-file reads. */
export const exportLine = (groupId: string | null, { topic, partition, offset }: GroupOffset): string =>
  [...(groupId === null ? [] : [groupId]), topic, partition, offset].join(',');
