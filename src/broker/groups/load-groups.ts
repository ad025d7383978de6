import { openBatch } from '../../protocol/compressed-batch.ts';
import {
  batchProducerId,
  isControl,
  isTransactional,
  NO_PRODUCER_ID,
  walkRecords,
} from '../../protocol/record-batch.ts';
import { readMarker } from '../../protocol/transaction-marker.ts';
import type { Partition } from '../partition.ts';
import { readPartition } from '../read-partition.ts';
import type { Topic } from '../topics.ts';
import { StoredConsumerGroups } from './consumer/stored-groups.ts';
import { type GroupRecord, readGroupRecord, type StoredGroup } from './group-records.ts';
import type { GroupEntry, GroupTable } from './group-table.ts';
import { coordinatorPartition } from './java-hash.ts';
import { Member } from './member.ts';

/**
 * Reads all groups and offsets of `__consumer_offsets` into the table. Sessions of members begin when it is done.
 * Rejects with what the log says of a file that cannot be read, and with ProtocolError, RecordBatchError or CodecError for
 * records that are none of Kafka's.
 */
export const loadGroups = async (topic: Topic, table: GroupTable): Promise<void> => {
  const stored: Stored = { classic: new Map(), consumer: new StoredConsumerGroups() };
  for (const partition of topic.partitions) await loadPartition(partition, table, stored);
  for (const [groupId, group] of stored.classic) restoreGroup(table.getOrMake(groupId), group);
  for (const { group, offsets } of [...table.all()])
    if (offsets.isEmpty && !stored.classic.has(group.groupId)) table.remove(group.groupId);
  for (const { group, rebalance } of table.all()) for (const member of group.members()) rebalance.heartbeatSeen(member);
  stored.consumer.restore(table);
};

/** The groups of both protocols, as far as their records have been read. */
type Stored = { readonly classic: Map<string, StoredGroup>; readonly consumer: StoredConsumerGroups };

const loadPartition = async (partition: Partition, table: GroupTable, stored: Stored): Promise<void> => {
  const partitionCount = partition.topic.partitions.length;
  const isHere = (groupId: string) => coordinatorPartition(groupId, partitionCount) === partition.index;
  await readPartition(partition, (bytes, at) => {
    const producerId = batchProducerId(bytes, at);
    if (isControl(bytes, at)) {
      const marker = readMarker(bytes, at);
      if (marker !== null) table.completeTransaction(producerId, marker.isCommit, isHere);
      return;
    }
    const transaction = isTransactional(bytes, at) ? producerId : NO_PRODUCER_ID;
    // This broker does not compress them; a folder of Kafka's may hold such batches (offsets.topic.compression.codec).
    const { bytes: records, at: start } = openBatch(bytes, at);
    walkRecords(records, start, 0, (_offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
      if (keyStart < 0) return true;
      const value = valueStart < 0 ? null : records.subarray(valueStart, valueEnd);
      replay(readGroupRecord(records.subarray(keyStart, keyEnd), value), transaction, table, stored);
      return true;
    });
  });
};

const replay = (record: GroupRecord, transaction: number, table: GroupTable, stored: Stored): void => {
  if (record.kind === 'group') {
    if (record.stored === null) stored.classic.delete(record.group);
    else stored.classic.set(record.group, record.stored);
  } else if (record.kind === 'consumer') {
    stored.consumer.add(record.record);
  } else if (record.kind === 'offset') {
    const { group, topic, partition, committed } = record;
    const { offsets } = table.getOrMake(group);
    if (committed === null) {
      offsets.forget(topic, partition);
    } else if (transaction === NO_PRODUCER_ID) {
      offsets.committed.set(topic, partition, { ...committed, order: table.takeOrder() });
    } else {
      table.joinTransaction(transaction, group);
      offsets.addPending(transaction, { topic, partition, committed: { ...committed, order: table.takeOrder() } });
    }
  }
};

/** Members go on where they were: with their generation and assignment, as if nothing had happened to the broker. */
const restoreGroup = ({ group, rebalance }: GroupEntry, stored: StoredGroup): void => {
  const { protocol } = stored;
  for (const each of stored.members) {
    const member = new Member({
      memberId: each.memberId,
      instanceId: each.groupInstanceId,
      clientId: each.clientId,
      clientHost: each.clientHost,
      sessionTimeoutMs: each.sessionTimeout,
      rebalanceTimeoutMs: each.rebalanceTimeout < 0 ? each.sessionTimeout : each.rebalanceTimeout,
      protocols: protocol === null ? [] : [{ name: protocol, metadata: each.subscription }],
    });
    member.assignment = each.assignment;
    group.restore(member);
  }
  group.generationId = stored.generation;
  group.protocolType = stored.protocolType === '' ? null : stored.protocolType;
  group.protocolName = protocol;
  group.leaderId = stored.leader;
  if (group.memberCount > 0) group.moveTo('Stable', rebalance.context.timers.now());
  group.stateSinceMs = stored.currentStateTimestamp < 0 ? null : stored.currentStateTimestamp;
  group.refreshSubscriptions();
};
