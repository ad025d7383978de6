import { Consumer } from '../../../src/client/consumer.ts';
import { Producer } from '../../../src/client/producer.ts';
import { parseConsumerProperties } from '../../../src/client/properties/consumer-properties.ts';
import { parseProducerProperties } from '../../../src/client/properties/producer-properties.ts';
import type { Transactions } from '../../../src/client/transactions/transactions.ts';

const END = 'end';

/** Monotonic microseconds. */
export const nowUs = (): number => performance.now() * 1000;

/** A producer with transactions, and what became of its records. */
export type Transactional = {
  readonly producer: Producer;
  readonly transactions: Transactions;
  /** Tags of the records that were acknowledged. */
  readonly acknowledged: Set<number>;
  /** Names of the errors that records have failed with, by tag. */
  readonly failed: Map<number, string>;
  /** Sends records `from` to `to` (not included), in turn to each partition; their values are their numbers. */
  readonly send: (from: number, to: number) => Promise<void>;
};

/** Opens a producer of topic `topic` whose batches hold a few records. */
export const openTransactional = async (
  bootstrapServers: string,
  topic: string,
  properties: Record<string, string> = {},
): Promise<Transactional> => {
  const acknowledged = new Set<number>();
  const failed = new Map<number, string>();
  const producer = await Producer.open({
    topic,
    config: parseProducerProperties({
      'bootstrap.servers': bootstrapServers,
      'transactional.id': `tx-${topic}`,
      'linger.ms': '0',
      'batch.size': '200',
      'retry.backoff.ms': '1',
      'reconnect.backoff.ms': '1',
      'retry.backoff.max.ms': '5',
      ...properties,
    }),
    nowUs,
    onSettled: (batch, error) => {
      for (const tag of batch.tags.subarray(0, batch.recordCount))
        if (error === null) acknowledged.add(tag);
        else failed.set(tag, error.name);
    },
  });
  const { transactions } = producer;
  if (transactions === null) throw new Error('a producer without transactions');
  const send = async (from: number, to: number): Promise<void> => {
    for (let number = from; number < to; number++) {
      const value = Buffer.from(String(number));
      const partition = number % producer.partitionCount;
      while (!producer.send(partition, Date.now(), null, value, nowUs(), 0, number)) await producer.ready();
    }
  };
  return { producer, transactions, acknowledged, failed, send };
};

/** The numbers of the records in each partition that a reader of this isolation finds, in their order. */
export const readNumbers = async (
  bootstrapServers: string,
  topic: string,
  isolation: 'read_committed' | 'read_uncommitted' = 'read_committed',
): Promise<number[][]> => {
  const bootstrap = { 'bootstrap.servers': bootstrapServers };
  const ending = await Producer.open({
    topic,
    config: parseProducerProperties({ ...bootstrap, 'linger.ms': '0' }),
    nowUs,
    onSettled: () => undefined,
  });
  const { partitionCount } = ending;
  for (let partition = 0; partition < partitionCount; partition++)
    ending.send(partition, Date.now(), null, Buffer.from(END), nowUs(), 0, 0);
  await ending.flush();
  ending.close();
  const found = Array.from({ length: partitionCount }, (): number[] => []);
  let ended = 0;
  const consumer = await Consumer.open({
    topic,
    config: parseConsumerProperties({
      ...bootstrap,
      'auto.offset.reset': 'earliest',
      'isolation.level': isolation,
    }),
    partitions: null,
    onRecord: (bytes, partition, _offset, _timestampMs, _keyStart, _keyEnd, valueStart, valueEnd) => {
      const text = bytes.toString('latin1', valueStart, valueEnd);
      if (text === END) return ++ended < partitionCount;
      found[partition]?.push(Number(text));
      return true;
    },
  });
  await consumer.run();
  consumer.close();
  return found;
};
