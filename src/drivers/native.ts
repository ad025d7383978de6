import { ClientError } from '../client/client-error.ts';
import { Consumer } from '../client/consumer.ts';
import { GroupConsumer } from '../client/group/group-consumer.ts';
import { Producer } from '../client/producer.ts';
import { parseConsumerProperties } from '../client/properties/consumer-properties.ts';
import { parseProducerProperties } from '../client/properties/producer-properties.ts';
import type { Transactions } from '../client/transactions/transactions.ts';
import { packHeaders } from '../protocol/record-headers.ts';
import {
  type ConsumerDriver,
  type ConsumerDriverOptions,
  DriverFailure,
  type GroupDriver,
  type GroupDriverOptions,
  type ProducerDriver,
  type ProducerDriverOptions,
  type TransactionControl,
} from './driver.ts';
import { settledBatchOf } from './settled.ts';

const asDriverFailure = (error: unknown): unknown =>
  error instanceof ClientError
    ? new DriverFailure(error.name, error.code, error.message, {
        cause: error,
        isAbortable: error.isAbortable,
        isOutcomeUnknown: error.isOutcomeUnknown,
      })
    : error;

const rethrow = (error: unknown): never => {
  throw asDriverFailure(error);
};

const controlOf = (producer: Producer, transactions: Transactions): TransactionControl => ({
  begin() {
    try {
      transactions.begin();
    } catch (error) {
      throw asDriverFailure(error);
    }
  },
  commit: () => transactions.commit().catch(rethrow),
  abort: () => producer.flush().then(() => transactions.abort().catch(rethrow)),
});

/** Opens a producer of our own client. Rejects with a DriverFailure when the target cannot be reached or refuses the topic. */
export const openNativeProducer = async (options: ProducerDriverOptions): Promise<ProducerDriver> => {
  const headers = packHeaders(options.headers ?? []);
  const producer = await Producer.open({
    topic: options.topic,
    config: parseProducerProperties(options.properties),
    nowUs: options.nowUs,
    ...(options.onRetry === undefined ? {} : { onRetry: options.onRetry }),
    ...(options.seed === undefined ? {} : { seed: options.seed }),
    onSettled: (batch, error, settledAtUs) => options.onSettled(settledBatchOf(batch, error, settledAtUs)),
  }).catch(rethrow);
  return {
    notes: [],
    get partitionCount() {
      return producer.partitionCount;
    },
    get backlogBytes() {
      return producer.backlogBytes;
    },
    send(partition, timestampMs, key, value, sentAtUs, dueAtUs, tag) {
      try {
        return producer.send(partition, timestampMs, key, value, sentAtUs, dueAtUs, tag, headers);
      } catch (error) {
        throw asDriverFailure(error);
      }
    },
    ready: () => producer.ready().catch(rethrow),
    flush: () => producer.flush(),
    transactions: producer.transactions === null ? null : controlOf(producer, producer.transactions),
    async close() {
      producer.close();
    },
    limits: () => producer.limits(),
    repeats: () => ({ retries: producer.recordsRetried, reconnects: producer.reconnects }),
    compression: () => producer.compression(),
    metrics: () => producer.metrics(),
  };
};

/** Opens a consumer of our own client. Rejects with a DriverFailure when the target cannot be reached or lacks the topic. */
export const openNativeConsumer = async (options: ConsumerDriverOptions): Promise<ConsumerDriver> => {
  const consumer = await Consumer.open({
    topic: options.topic,
    config: parseConsumerProperties(options.properties),
    partitions: options.partitions,
    onRecord: options.onRecord,
    ...(options.onRetry === undefined ? {} : { onRetry: options.onRetry }),
  }).catch(rethrow);
  return {
    notes: [],
    partitions: consumer.partitions,
    run: () => consumer.run().catch(rethrow),
    stop: () => consumer.stop(),
    pause: () => consumer.pause(),
    hold: () => consumer.hold(),
    resume: () => consumer.resume(),
    async close() {
      consumer.close();
    },
    repeats: () => ({ retries: consumer.fetchesRetried, reconnects: consumer.reconnects }),
    metrics: () => consumer.metrics(),
  };
};

/** Opens a member of a group with our own client. Rejects with a DriverFailure when the target cannot be reached. */
export const openNativeGroupMember = async (options: GroupDriverOptions): Promise<GroupDriver> => {
  const consumer = await GroupConsumer.open({
    groupId: options.groupId,
    topics: options.topics,
    config: parseConsumerProperties(options.properties),
    listen: options.listen,
    onRebalance: options.onRebalance,
    ...(options.onRetry === undefined ? {} : { onRetry: options.onRetry }),
  }).catch(rethrow);
  return {
    notes: [],
    get rebalanceTimeMs() {
      return consumer.rebalanceTimeMs;
    },
    get memberId() {
      return consumer.memberId;
    },
    get assignor() {
      return consumer.assignor;
    },
    run: () => consumer.run().catch(rethrow),
    stop: () => consumer.stop(),
    pause: () => consumer.pause(),
    hold: () => consumer.hold(),
    resume: () => consumer.resume(),
    close: () => consumer.close(),
    repeats: () => ({ retries: consumer.fetchesRetried, reconnects: consumer.reconnects }),
    metrics: () => consumer.metrics(),
  };
};
