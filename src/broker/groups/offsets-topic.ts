import { encodeRecordBatch, maxRecordSizeBytes, type PlainRecord } from '../../protocol/record-batch.ts';
import { appendInternally } from '../internal-append.ts';
import type { Partition } from '../partition.ts';
import type { BrokerState } from '../state.ts';
import { OFFSETS_TOPIC, type Topic } from '../topics.ts';
import { coordinatorPartition } from './java-hash.ts';
import { RECORDS_BATCH_BYTES } from './limits.ts';

const ATTRIBUTE_TRANSACTIONAL = 0x10;

/** The producer in whose transaction records are written. */
export type TransactionalProducer = { readonly producerId: number; readonly producerEpoch: number };

/** What the topic needs of the broker. */
export type OffsetsTopicHost = Pick<BrokerState, 'topics' | 'appends' | 'settings'>;

/** Writes the records of groups to `__consumer_offsets`, which is made at its first use. */
export class OffsetsTopic {
  readonly #broker: OffsetsTopicHost;
  #making: Promise<Topic> | null = null;

  constructor(broker: OffsetsTopicHost) {
    this.#broker = broker;
  }

  /** The topic, if it was made already. */
  get topic(): Topic | undefined {
    return this.#broker.topics.get(OFFSETS_TOPIC);
  }

  /**
   * Makes the topic if it is not there yet; several callers make it once.
   * @throws TopicError (rejects) when it cannot be made.
   */
  async open(): Promise<Topic> {
    const present = this.topic;
    if (present !== undefined) return present;
    this.#making ??= this.#make().finally(() => {
      this.#making = null;
    });
    return await this.#making;
  }

  /**
   * The partition that keeps a group.
   * @throws TopicError (rejects) when the topic is not there yet and cannot be made.
   */
  async partitionOf(groupId: string): Promise<Partition> {
    return partitionIn(await this.open(), groupId);
  }

  /**
   * Writes records of a group. Where the topic is there, their order is settled when this returns. Resolves once they are
   * written.
   * @throws InternalAppendError, TopicError or the file system's error (rejects) when they could not be.
   */
  async append(
    groupId: string,
    records: readonly PlainRecord[],
    producer: TransactionalProducer | null = null,
  ): Promise<void> {
    if (records.length === 0) return;
    const partition = partitionIn(this.topic ?? (await this.open()), groupId);
    const header = producer === null ? {} : { ...producer, attributes: ATTRIBUTE_TRANSACTIONAL };
    await Promise.all(
      inBatches(records).map((batch) => appendInternally(this.#broker, partition, encodeRecordBatch(batch, header))),
    );
  }

  async #make(): Promise<Topic> {
    const { groups, offsetsTopicSegmentBytes } = this.#broker.settings;
    return await this.#broker.topics.create({
      name: OFFSETS_TOPIC,
      partitionCount: groups.offsetsTopicPartitions,
      config: { 'cleanup.policy': 'compact', 'segment.bytes': String(offsetsTopicSegmentBytes) },
    });
  }
}

const partitionIn = (topic: Topic, groupId: string): Partition => {
  const partition = topic.partitions[coordinatorPartition(groupId, topic.partitions.length)];
  if (partition === undefined) throw new RangeError(`${topic.name} has no partitions`);
  return partition;
};

const inBatches = (records: readonly PlainRecord[]): PlainRecord[][] => {
  const batches: PlainRecord[][] = [];
  let batch: PlainRecord[] = [];
  let sizeBytes = 0;
  for (const record of records) {
    const recordBytes = maxRecordSizeBytes(record.key?.length ?? 0, record.value?.length ?? 0);
    if (batch.length > 0 && sizeBytes + recordBytes > RECORDS_BATCH_BYTES) {
      batches.push(batch);
      batch = [];
      sizeBytes = 0;
    }
    batch.push(record);
    sizeBytes += recordBytes;
  }
  if (batch.length > 0) batches.push(batch);
  return batches;
};
