import { addOffsetsToTxn } from '../../protocol/messages/add-offsets-to-txn.ts';
import { addPartitionsToTxn } from '../../protocol/messages/add-partitions-to-txn.ts';
import { endTxn } from '../../protocol/messages/end-txn.ts';
import { initProducerId } from '../../protocol/messages/init-producer-id.ts';
import { txnOffsetCommit } from '../../protocol/messages/txn-offset-commit.ts';
import { type Connection, kafkaError } from '../connection.ts';
import type { ProducerIdentity } from '../producer-id.ts';

/** Who asks: a transactional id and the producer that has it. */
export type Asker = ProducerIdentity & { readonly transactionalId: string };

/** The position of a group in a partition, as a transaction commits it. */
export type CommittedOffset = {
  readonly topic: string;
  readonly partition: number;
  /** The offset of the record that the group reads next. */
  readonly offset: number;
  readonly leaderEpoch?: number;
  readonly metadata?: string | null;
};

/** The group whose offsets a transaction commits; with a member, the broker checks that it still is one (KIP-447). */
export type OffsetsGroup = {
  readonly groupId: string;
  readonly generationId?: number;
  readonly memberId?: string;
  readonly groupInstanceId?: string | null;
};

const OPERATION_NOT_ATTEMPTED = 55;
const FIRST_INIT_WITH_EXPECTED = 3;

/**
 * InitProducerId of a transactional id: fences its older producers and aborts what they left open.
 * @param expected the producer that asks for its next epoch (KIP-360); null of a producer that begins
 */
export const askForIdentity = async (
  connection: Connection,
  transactionalId: string,
  transactionTimeoutMs: number,
  expected: ProducerIdentity | null,
): Promise<ProducerIdentity> => {
  const named = expected !== null && connection.versionOf(initProducerId) >= FIRST_INIT_WITH_EXPECTED ? expected : null;
  const { errorCode, producerId, producerEpoch } = await connection.request(initProducerId, {
    transactionalId,
    transactionTimeoutMs,
    ...(named === null ? {} : { producerId: named.producerId, producerEpoch: named.epoch }),
  });
  if (errorCode === 0) return { producerId, epoch: producerEpoch };
  throw kafkaError(errorCode, `transactional.id=${transactionalId} gets no producer id`);
};

/** AddPartitionsToTxn; rejects with the error of the first partition that has one of its own. */
export const addPartitions = async (
  connection: Connection,
  { transactionalId, producerId, epoch }: Asker,
  topics: readonly { readonly name: string; readonly partitions: readonly number[] }[],
): Promise<void> => {
  const response = await connection.request(addPartitionsToTxn, {
    v3AndBelowTransactionalId: transactionalId,
    v3AndBelowProducerId: producerId,
    v3AndBelowProducerEpoch: epoch,
    v3AndBelowTopics: topics.map(({ name, partitions }) => ({ name, partitions: [...partitions] })),
  });
  for (const { name, resultsByPartition } of response.resultsByTopicV3AndBelow)
    for (const { partitionIndex, partitionErrorCode } of resultsByPartition)
      if (partitionErrorCode !== 0 && partitionErrorCode !== OPERATION_NOT_ATTEMPTED)
        throw kafkaError(
          partitionErrorCode,
          `partition ${partitionIndex} of ${name} cannot be part of the transaction`,
        );
};

/** EndTxn. */
export const endTransaction = async (
  connection: Connection,
  { transactionalId, producerId, epoch }: Asker,
  isCommit: boolean,
): Promise<void> => {
  const request = { transactionalId, producerId, producerEpoch: epoch, committed: isCommit };
  const { errorCode } = await connection.request(endTxn, request);
  if (errorCode !== 0) throw kafkaError(errorCode, `the transaction cannot be ${isCommit ? 'committed' : 'aborted'}`);
};

/** AddOffsetsToTxn: the transaction is about to commit offsets of a group. */
export const addOffsets = async (
  connection: Connection,
  { transactionalId, producerId, epoch }: Asker,
  groupId: string,
): Promise<void> => {
  const request = { transactionalId, producerId, producerEpoch: epoch, groupId };
  const { errorCode } = await connection.request(addOffsetsToTxn, request);
  if (errorCode !== 0) throw kafkaError(errorCode, `offsets of group ${groupId} cannot be part of the transaction`);
};

/** TxnOffsetCommit, to the group's coordinator. */
export const commitOffsets = async (
  connection: Connection,
  { transactionalId, producerId, epoch }: Asker,
  group: OffsetsGroup,
  offsets: readonly CommittedOffset[],
): Promise<void> => {
  const topics = [...new Set(offsets.map(({ topic }) => topic))];
  const response = await connection.request(txnOffsetCommit, {
    transactionalId,
    groupId: group.groupId,
    producerId,
    producerEpoch: epoch,
    generationId: group.generationId ?? -1,
    memberId: group.memberId ?? '',
    groupInstanceId: group.groupInstanceId ?? null,
    topics: topics.map((name) => ({
      name,
      partitions: offsets
        .filter(({ topic }) => topic === name)
        .map(({ partition, offset, leaderEpoch, metadata }) => ({
          partitionIndex: partition,
          committedOffset: offset,
          committedLeaderEpoch: leaderEpoch ?? -1,
          committedMetadata: metadata ?? '',
        })),
    })),
  });
  for (const { name, partitions } of response.topics)
    for (const { partitionIndex, errorCode } of partitions)
      if (errorCode !== 0)
        throw kafkaError(errorCode, `the offset of partition ${partitionIndex} of ${name} cannot be committed`);
};
