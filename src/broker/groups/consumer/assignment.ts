import type { Uuid } from '../../../protocol/uuid.ts';

/** Partitions by topic id; no topic stands in it without partitions. */
export type Assignment = ReadonlyMap<Uuid, ReadonlySet<number>>;

/** Partitions as requests, responses and records carry them. */
export type TopicPartitions = readonly { readonly topicId: Uuid; readonly partitions: readonly number[] }[];

export const NO_PARTITIONS: Assignment = new Map();

/** Reads partitions; a topic that is named twice counts once. */
export const assignmentOf = (topics: TopicPartitions): Assignment => {
  const assignment = new Map<Uuid, Set<number>>();
  for (const { topicId, partitions } of topics)
    for (const partition of partitions) addTo(assignment, topicId, partition);
  return assignment;
};

/** The same as topics with their partitions in ascending order. */
export const topicPartitionsOf = (assignment: Assignment): { topicId: Uuid; partitions: number[] }[] =>
  Array.from(assignment, ([topicId, partitions]) => ({ topicId, partitions: [...partitions].sort((a, b) => a - b) }));

/** Adds one partition to an assignment that is being made. */
export const addTo = (assignment: Map<Uuid, Set<number>>, topicId: Uuid, partition: number): void => {
  const partitions = assignment.get(topicId);
  if (partitions === undefined) assignment.set(topicId, new Set([partition]));
  else partitions.add(partition);
};

/** Whether the partition is among them. */
export const includes = (assignment: Assignment, topicId: Uuid, partition: number): boolean =>
  assignment.get(topicId)?.has(partition) === true;

/** All partitions one by one. */
export function* eachPartition(assignment: Assignment): Generator<readonly [topicId: Uuid, partition: number]> {
  for (const [topicId, partitions] of assignment) for (const partition of partitions) yield [topicId, partition];
}

/** How many partitions there are. */
export const countOf = (assignment: Assignment): number => {
  let count = 0;
  for (const partitions of assignment.values()) count += partitions.size;
  return count;
};

/** Whether all partitions of the one are in the other. */
export const isWithin = (part: Assignment, whole: Assignment): boolean => {
  for (const [topicId, partition] of eachPartition(part)) if (!includes(whole, topicId, partition)) return false;
  return true;
};

/** Whether both hold the same partitions. */
export const isSame = (one: Assignment, other: Assignment): boolean =>
  one === other || (countOf(one) === countOf(other) && isWithin(one, other));

/** Whether they have a partition in common. */
export const doMeet = (one: Assignment, other: Assignment): boolean => {
  for (const [topicId, partition] of eachPartition(one)) if (includes(other, topicId, partition)) return true;
  return false;
};

/** The partitions that pass. */
export const filterPartitions = (
  assignment: Assignment,
  passes: (topicId: Uuid, partition: number) => boolean,
): Assignment => {
  const kept = new Map<Uuid, Set<number>>();
  for (const [topicId, partition] of eachPartition(assignment))
    if (passes(topicId, partition)) addTo(kept, topicId, partition);
  return kept;
};

/** All partitions of both. */
export const union = (one: Assignment, other: Assignment): Assignment => {
  const all = new Map<Uuid, Set<number>>();
  for (const each of [one, other])
    for (const [topicId, partition] of eachPartition(each)) addTo(all, topicId, partition);
  return all;
};
