import { openBatch } from '../../protocol/compressed-batch.ts';
import { encodeRecordBatch, isControl, walkRecords } from '../../protocol/record-batch.ts';
import { decodeRecord, encodeRecord } from '../../protocol/records/record-schema.ts';
import { transactionLogKey, transactionLogValue } from '../../protocol/records/transaction-log.ts';
import { coordinatorPartition } from '../groups/java-hash.ts';
import { appendInternally } from '../internal-append.ts';
import type { Partition } from '../partition.ts';
import { readPartition } from '../read-partition.ts';
import type { BrokerState } from '../state.ts';
import { type Topic, TRANSACTIONS_TOPIC } from '../topics.ts';
import {
  NO_PARTITIONS,
  partitionKey,
  type TransactionPartition,
  type TransactionRecord,
  type TransactionStatus,
} from './transaction.ts';

const KEY_VERSION = 0;
/** Version 1 is for transaction version 2 (KIP-890), which this broker does not offer. */
const VALUE_VERSION = 0;

/** What the log needs of the broker. */
export type TransactionLogHost = Pick<BrokerState, 'topics' | 'appends' | 'settings'>;

/** The states of all transactional ids in `__transaction_state`, in Kafka's record format; the topic is made when it is first needed. */
export class TransactionLog {
  readonly #broker: TransactionLogHost;
  #making: Promise<Topic> | null = null;

  constructor(broker: TransactionLogHost) {
    this.#broker = broker;
  }

  /** Reads every state there is. Rejects with what the log says of a file that cannot be read. */
  async load(): Promise<Map<string, TransactionRecord>> {
    const records = new Map<string, TransactionRecord>();
    for (const partition of this.#broker.topics.get(TRANSACTIONS_TOPIC)?.partitions ?? [])
      await readPartition(partition, (bytes, at) => {
        if (isControl(bytes, at)) return;
        const open = openBatch(bytes, at);
        walkRecords(open.bytes, open.at, 0, (_offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
          if (keyStart < 0) return true;
          const { transactionalId } = decodeRecord(transactionLogKey, open.bytes.subarray(keyStart, keyEnd));
          if (valueStart < 0) records.delete(transactionalId);
          else records.set(transactionalId, readValue(open.bytes.subarray(valueStart, valueEnd)));
          return true;
        });
      });
    return records;
  }

  /** Writes a state, or with null forgets the transactional id. @throws InternalAppendError (rejects) when the disk refuses. */
  async append(transactionalId: string, record: TransactionRecord | null): Promise<void> {
    const partition = await this.#partitionOf(transactionalId);
    const key = encodeRecord(transactionLogKey, KEY_VERSION, { transactionalId });
    const value = record === null ? null : writeValue(record);
    await appendInternally(this.#broker, partition, encodeRecordBatch([{ timestampMs: Date.now(), key, value }]));
  }

  async #partitionOf(transactionalId: string): Promise<Partition> {
    const { partitions } = await this.#topic();
    const partition = partitions[coordinatorPartition(transactionalId, partitions.length)];
    if (partition === undefined) throw new Error(`${TRANSACTIONS_TOPIC} has no partitions`);
    return partition;
  }

  /** The topic; two that need it at the same time make it once. */
  async #topic(): Promise<Topic> {
    const present = this.#broker.topics.get(TRANSACTIONS_TOPIC);
    if (present !== undefined) return present;
    this.#making ??= this.#make().finally(() => {
      this.#making = null;
    });
    return await this.#making;
  }

  async #make(): Promise<Topic> {
    const { transactions, transactionTopicSegmentBytes } = this.#broker.settings;
    return await this.#broker.topics.create({
      name: TRANSACTIONS_TOPIC,
      partitionCount: transactions.topicPartitions,
      config: { 'cleanup.policy': 'compact', 'segment.bytes': String(transactionTopicSegmentBytes) },
    });
  }
}

const readValue = (bytes: Buffer): TransactionRecord => {
  const value = decodeRecord(transactionLogValue, bytes);
  const partitions = new Map<string, TransactionPartition>();
  for (const { topic, partitionIds } of value.transactionPartitions ?? [])
    for (const index of partitionIds) partitions.set(partitionKey({ topic, index }), { topic, index });
  return {
    producerId: value.producerId,
    producerEpoch: value.producerEpoch,
    status: statusOf(value.transactionStatus),
    timeoutMs: value.transactionTimeoutMs,
    partitions,
    startedMs: value.transactionStartTimestampMs,
    updatedMs: value.transactionLastUpdateTimestampMs,
  };
};

/** Dead (6) and PrepareEpochFence (7) are passing states that Kafka does not write; what cannot be known is empty. */
const statusOf = (value: number): TransactionStatus =>
  value === 1 || value === 2 || value === 3 || value === 4 || value === 5 ? value : 0;

const writeValue = (record: TransactionRecord): Buffer => {
  const byTopic = new Map<string, number[]>();
  for (const { topic, index } of record.partitions.values()) byTopic.set(topic, [...(byTopic.get(topic) ?? []), index]);
  const isEmpty = record.status === 0;
  return encodeRecord(transactionLogValue, VALUE_VERSION, {
    producerId: record.producerId,
    producerEpoch: record.producerEpoch,
    transactionTimeoutMs: record.timeoutMs,
    transactionStatus: record.status,
    transactionPartitions: isEmpty ? null : Array.from(byTopic, ([topic, partitionIds]) => ({ topic, partitionIds })),
    transactionLastUpdateTimestampMs: record.updatedMs,
    transactionStartTimestampMs: record.startedMs,
  });
};

/** For a transactional id that is seen for the first time. */
export const newRecord = (producerId: number, timeoutMs: number): TransactionRecord => ({
  producerId,
  producerEpoch: -1,
  status: 0,
  timeoutMs,
  partitions: NO_PARTITIONS,
  startedMs: -1,
  updatedMs: Date.now(),
});
