import type { PlainRecord } from '../../protocol/record-batch.ts';
import { type ClassicGroup, CONSUMER_PROTOCOL_TYPE } from './classic-group.ts';
import { ConsumerRecords } from './consumer/consumer-records.ts';
import type { GroupCoordinator } from './coordinator.ts';
import type { OffsetEntry } from './group-offsets.ts';
import { groupTombstone, offsetRecord } from './group-records.ts';
import { type GroupEntry, isEmptyGroup } from './group-table.ts';

/** Where groups are, what time it is, and how long offsets are kept. */
export type OffsetKeeper = Pick<GroupCoordinator, 'table' | 'timers' | 'settings' | 'write'>;

/**
 * Forgets offsets that nobody has used for `offsets.retention.minutes` (KIP-211): those of a group without members since it
 * is empty, those of topics that a group at work reads no more since they were committed. A group that is empty and has no
 * offsets left is forgotten itself.
 */
export const expireOffsets = (groups: OffsetKeeper): void => {
  const nowMs = groups.timers.now();
  for (const entry of [...groups.table.all()]) {
    const expired = [...entry.offsets.committed.all()].filter((each) => isExpired(entry, each, groups, nowMs));
    void forgetOffsets(groups, entry, expired);
    if (isEmptyGroup(entry) && entry.offsets.isEmpty) void forgetGroup(groups, entry);
  }
};

/** Forgets the offsets of a deleted topic in all groups. */
export const forgetTopic = (groups: OffsetKeeper, topic: string): void => {
  for (const entry of groups.table.all())
    void forgetOffsets(
      groups,
      entry,
      entry.offsets.partitionsOf(topic).map((partition) => ({ topic, partition })),
    );
};

/** Forgets a group and all its offsets; resolves with false when that could not be written. */
export const forgetGroup = (groups: OffsetKeeper, { group, consumer, offsets }: GroupEntry): Promise<boolean> => {
  const { groupId } = group;
  const nowMs = groups.timers.now();
  const records = offsets.known().map((place) => offsetRecord({ group: groupId, ...place }, null, nowMs));
  groups.table.remove(groupId);
  const tombstones =
    consumer === null ? [groupTombstone(groupId, nowMs)] : new ConsumerRecords(groupId, nowMs).withoutGroup();
  return groups.write(groupId, [...records, ...tombstones]);
};

/** Forgets offsets; resolves with false when that could not be written. */
export const forgetOffsets = (
  groups: OffsetKeeper,
  { group, offsets }: GroupEntry,
  places: readonly { readonly topic: string; readonly partition: number }[],
): Promise<boolean> => {
  const nowMs = groups.timers.now();
  const records: PlainRecord[] = [];
  for (const { topic, partition } of places)
    if (offsets.forget(topic, partition))
      records.push(offsetRecord({ group: group.groupId, topic, partition }, null, nowMs));
  return groups.write(group.groupId, records);
};

const isExpired = (
  { group, consumer, offsets }: GroupEntry,
  { topic, partition, committed }: OffsetEntry,
  groups: OffsetKeeper,
  nowMs: number,
): boolean => {
  if (offsets.hasPending(topic, partition)) return false;
  const isRead = consumer?.group.isSubscribedTo(topic) === true;
  const { committedAtMs } = committed;
  const sinceMs = consumer === null ? unusedSince(group, topic, committedAtMs) : isRead ? null : committedAtMs;
  if (sinceMs === null) return false;
  if (committed.expiresAtMs !== null) return nowMs >= committed.expiresAtMs;
  return nowMs - sinceMs >= groups.settings.offsetsRetentionMs;
};

/** Since when nobody uses the offset, milliseconds since the epoch; null while somebody may. */
const unusedSince = (group: ClassicGroup, topic: string, committedAtMs: number): number | null => {
  // Committed by consumers that assign partitions themselves: nothing else is known of them.
  if (group.protocolType === null) return committedAtMs;
  if (group.state === 'Empty') return group.stateSinceMs ?? committedAtMs;
  const isConsumer = group.protocolType === CONSUMER_PROTOCOL_TYPE && group.state === 'Stable';
  return isConsumer && !group.isSubscribedTo(topic) ? committedAtMs : null;
};
