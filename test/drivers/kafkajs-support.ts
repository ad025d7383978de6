import { onTestFinished } from 'vitest';
import type { ProducerDriver, ProducerDriverOptions, SettledBatch } from '../../src/drivers/driver.ts';
import { openConsumer, openProducer } from '../../src/drivers/open-driver.ts';
import { createClock } from '../../src/measure/clock.ts';
import { brokerForTest } from '../broker/wire.ts';

/** Microseconds. */
export const nowUs = createClock(process.hrtime.bigint().toString());

/** A broker, and its address. */
export const brokerAt = async (config: Record<string, string> = {}) => {
  const { broker } = await brokerForTest(config);
  return { broker, address: `127.0.0.1:${broker.port}` };
};

/** What a batch was when it was settled. */
export type Settled = Pick<SettledBatch, 'partition' | 'recordCount' | 'valueBytes' | 'error'> & {
  readonly tags: readonly number[];
};

/** A kafkajs producer that ends with the test, and what it told. */
export const openForTest = async (
  address: string,
  properties: Record<string, string> = {},
  options: Partial<ProducerDriverOptions> = {},
) => {
  const settled: Settled[] = [];
  const retries: string[] = [];
  const driver = await openProducer('kafkajs', {
    topic: 't',
    properties: { 'bootstrap.servers': address, ...properties },
    nowUs,
    onSettled: ({ partition, recordCount, valueBytes, error, tags }) =>
      settled.push({ partition, recordCount, valueBytes, error, tags: [...tags.subarray(0, recordCount)] }),
    onRetry: ({ name }) => retries.push(name),
    ...options,
  });
  onTestFinished(() => driver.close());
  return { driver, settled, retries };
};

/** Sends records `first` up to `end` in the order of their tags, with a key, a value and a time of each one's own. */
export const sendNumbered = (driver: ProducerDriver, first: number, end: number, partition = -1): void => {
  for (let index = first; index < end; index++) {
    const isTaken = driver.send(
      partition,
      1_700_000_000_000 + index,
      Buffer.from(`key-${index}`),
      Buffer.from(`value-${index}`),
      nowUs(),
      0,
      index,
    );
    if (!isTaken) throw new Error(`no room for record ${index}`);
  }
};

/** The records of topic `t` in the order of each partition, read by the named client until `count` came. */
export const readAll = async (
  name: 'native' | 'kafkajs',
  address: string,
  count: number,
  properties: Record<string, string> = {},
): Promise<readonly (readonly string[])[]> => {
  const partitions: string[][] = [];
  let seen = 0;
  const consumer = await openConsumer(name, {
    topic: 't',
    partitions: null,
    nowUs,
    properties: {
      'bootstrap.servers': address,
      'auto.offset.reset': 'earliest',
      'fetch.max.wait.ms': '50',
      ...properties,
    },
    onRecord: (bytes, partition, offset, timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
      const key = keyStart < 0 ? null : bytes.toString('latin1', keyStart, keyEnd);
      const value = valueStart < 0 ? null : bytes.toString('latin1', valueStart, valueEnd);
      const records = partitions[partition] ?? [];
      partitions[partition] = records;
      records.push(`${offset} ${timestampMs} ${key} ${value}`);
      seen++;
      if (seen === count) consumer.stop();
      return true;
    },
  });
  onTestFinished(() => consumer.close());
  await consumer.run();
  return partitions;
};
