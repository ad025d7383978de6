import { packHeaders } from '../protocol/record-headers.ts';
import { asClientError, ClientError } from './client-error.ts';
import type { CustomPartitioner } from './partitioning/partitioner.ts';
import type { ProduceBatch } from './produce-batch.ts';
import { type OutgoingRecord, Producer, type SharedProducer } from './producer.ts';
import type { ProducerConfig } from './properties/producer-properties.ts';

/** Where a record is. */
export type RecordMetadata = {
  readonly topic: string;
  /** -1 of a record that failed before its partition was chosen. */
  readonly partition: number;
  /** -1 when the broker does not say: with acks=0, of a failed record, and of one that it had already when it was sent again. */
  readonly offset: number;
  /** Milliseconds since the epoch, as the topic keeps it. */
  readonly timestampMs: number;
};

type Waiting = {
  readonly record: OutgoingRecord & { readonly partition: number };
  readonly resolve: (metadata: RecordMetadata) => void;
  readonly reject: (error: unknown) => void;
};

const nowUs = (): number => performance.now() * 1000;

/** As a broker says it of a partition that it does not have. */
const noPartition = (topic: string, partition: number, partitionCount: number): ClientError =>
  new ClientError(
    'UNKNOWN_TOPIC_OR_PARTITION',
    `topic ${topic} has no partition ${partition}: it has ${partitionCount}, from 0 on`,
    { code: 3 },
  );

/** The records of one topic that a program sends, each with its promise. */
export class TopicSends {
  readonly #topic: string;
  readonly #opening: Promise<Producer>;
  /** Of records that are appended, by their tag. */
  readonly #unsettled = new Map<number, Waiting>();
  /** Records for which there is no producer yet, or no memory; in the order of the calls. */
  readonly #queue: Waiting[] = [];
  #producer: Producer | null = null;
  #pumping: Promise<void> | null = null;
  #nextTag = 0;

  constructor(
    topic: string,
    config: ProducerConfig,
    shared: SharedProducer,
    options: {
      readonly partitioner?: CustomPartitioner;
      readonly seed?: number;
      readonly onRetry?: (error: ClientError) => void;
    },
  ) {
    this.#topic = topic;
    const onSettled = (batch: ProduceBatch, error: ClientError | null): void => this.#settled(batch, error);
    this.#opening = Producer.openShared({ ...options, topic, config, nowUs, onSettled }, shared).then((producer) => {
      this.#producer = producer;
      return producer;
    });
  }

  /** The producer, once the topic is known. Rejects with a ClientError. */
  opened(): Promise<Producer> {
    return this.#opening;
  }

  /** Sends a record; resolves when it is acknowledged. Rejects with a ClientError, or what a partitioner threw. */
  send(record: OutgoingRecord & { readonly partition: number }): Promise<RecordMetadata> {
    return new Promise((resolve, reject) => {
      const waiting = { record, resolve, reject };
      if (this.#producer !== null && this.#pumping === null && this.#append(this.#producer, waiting)) return;
      this.#queue.push(waiting);
      this.#pumping ??= this.#pump().finally(() => {
        this.#pumping = null;
      });
    });
  }

  /** Resolves when every record is appended, or has failed. */
  async appended(): Promise<void> {
    while (this.#pumping !== null) await this.#pumping;
  }

  /** Resolves when every record is settled. */
  async flush(): Promise<void> {
    await this.appended();
    await this.#producer?.flush();
  }

  /** Client metrics; empty before the topic is known. */
  metrics(): Readonly<Record<string, number>> {
    return this.#producer?.metrics() ?? {};
  }

  /** Records that are not settled fail. */
  close(): void {
    this.#producer?.close();
  }

  /** Appends what waits, record by record; one for which there is no room in time fails, and the next one tries. */
  async #pump(): Promise<void> {
    try {
      const producer = await this.#opening;
      for (let first = this.#queue[0]; first !== undefined; first = this.#queue[0]) {
        try {
          if (!this.#append(producer, first)) {
            await producer.ready();
            continue;
          }
        } catch (error) {
          first.reject(error);
        }
        this.#queue.shift();
      }
    } catch (error) {
      for (const waiting of this.#queue.splice(0)) waiting.reject(asClientError(error));
    }
  }

  /** Whether there was room; a record that can never be sent has its promise rejected. */
  #append(producer: Producer, waiting: Waiting): boolean {
    const { partition, timestampMs, key, value, headers } = waiting.record;
    const tag = this.#nextTag;
    const atUs = nowUs();
    if (partition >= producer.partitionCount) {
      waiting.reject(noPartition(this.#topic, partition, producer.partitionCount));
      return true;
    }
    try {
      if (!producer.send(partition, timestampMs, key, value, atUs, atUs, tag, packHeaders(headers))) return false;
    } catch (error) {
      waiting.reject(error);
      return true;
    }
    this.#nextTag++;
    this.#unsettled.set(tag, waiting);
    return true;
  }

  #settled(batch: ProduceBatch, error: ClientError | null): void {
    for (let index = 0; index < batch.recordCount; index++) {
      const tag = batch.tags[index] ?? -1;
      const waiting = this.#unsettled.get(tag);
      if (waiting === undefined) continue;
      this.#unsettled.delete(tag);
      if (error !== null) waiting.reject(error);
      else
        waiting.resolve({
          topic: this.#topic,
          partition: batch.partition,
          offset: batch.baseOffset < 0 ? -1 : batch.baseOffset + index,
          timestampMs: batch.logAppendTimeMs < 0 ? waiting.record.timestampMs : batch.logAppendTimeMs,
        });
    }
  }
}
