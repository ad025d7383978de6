import type { GroupCoordinator } from '../coordinator.ts';
import { groupTombstone } from '../group-records.ts';
import { type GroupEntry, isEmptyGroup } from '../group-table.ts';
import { ConsumerRecords } from './consumer-records.ts';
import type { GroupReconciler } from './group-reconciler.ts';

/** What a group needs to change its protocol. */
export type ProtocolChanger = Pick<GroupCoordinator, 'table' | 'timers' | 'write'>;

/*
 * A group without members becomes one of the protocol that its next member speaks, and keeps its offsets. A group with
 * members stays what it is, as in Kafka with `group.consumer.migration.policy=disabled`: members of both protocols in one
 * group, and with them the online migration, are not built.
 */

/** The group as a classic one; null when members of the consumer protocol are in it. */
export const classicEntry = (groups: ProtocolChanger, entry: GroupEntry): GroupEntry | null => {
  if (entry.consumer === null) return entry;
  if (!isEmptyGroup(entry)) return null;
  const { groupId } = entry.group;
  const records = new ConsumerRecords(groupId, groups.timers.now()).withoutGroup();
  const classic = groups.table.becomeClassic(groupId);
  void groups.write(groupId, records);
  return classic;
};

/** The group as one of the consumer protocol; null when classic members are in it. */
export const consumerOf = (groups: ProtocolChanger, entry: GroupEntry): GroupReconciler | null => {
  if (entry.consumer !== null) return entry.consumer;
  if (!isEmptyGroup(entry)) return null;
  const { groupId } = entry.group;
  const { consumer } = groups.table.becomeConsumer(groupId);
  void groups.write(groupId, [groupTombstone(groupId, groups.timers.now())]);
  return consumer;
};
