/** Our idempotent producer at a real Kafka node, whose checks of sequences and epochs are those that count. */
import { afterAll, expect, test } from 'vitest';
import { openAdmin } from '../../src/client/admin.ts';
import { Consumer } from '../../src/client/consumer.ts';
import { Producer } from '../../src/client/producer.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { parseProducerProperties } from '../../src/client/properties/producer-properties.ts';
import { type RealKafka, realKafka } from './real-kafka.ts';
import { needs } from './support.ts';

const PARTITIONS = 3;
const RECORDS = 3000;
const nowUs = (): number => performance.now() * 1000;

let kafka: RealKafka | null = null;
afterAll(async () => {
  await kafka?.remove();
});

test('Kafka takes the epochs and sequences that follow batches it refuses', async (context) => {
  needs(context, 'java', 'mvn');
  kafka = await realKafka();
  const address = await kafka.start();
  const admin = openAdmin({ bootstrapServers: address, properties: {} });
  await admin.createTopic('t', PARTITIONS, 1, { 'max.message.bytes': '2000' });
  const refused: number[] = [];
  const acknowledged: number[] = [];
  const errors = new Set<string>();
  const producer = await Producer.open({
    topic: 't',
    config: parseProducerProperties({
      'bootstrap.servers': address,
      'enable.idempotence': 'true',
      'batch.size': '400',
      'linger.ms': '0',
      'retry.backoff.ms': '1',
    }),
    nowUs,
    onSettled: (batch, error) => {
      if (error !== null) errors.add(error.name);
      (error === null ? acknowledged : refused).push(...batch.tags.subarray(0, batch.recordCount));
    },
  });
  for (let number = 0; number < RECORDS; number++) {
    const isLarge = number % 100 === 99;
    const value = Buffer.from(String(number).padEnd(isLarge ? 3000 : 20));
    while (!producer.send(number % PARTITIONS, Date.now(), null, value, nowUs(), 0, number)) await producer.ready();
  }
  await producer.flush();
  const { recordsRetried } = producer;
  producer.close();

  expect([...errors]).toEqual(['MESSAGE_TOO_LARGE']);
  expect(recordsRetried).toBeGreaterThan(0);
  expect(refused).toHaveLength(RECORDS / 100);
  let left = [...(await admin.endOffsets('t')).values()].reduce((sum, end) => sum + end, 0);
  admin.close();
  expect(left).toBe(acknowledged.length);
  const logs = Array.from({ length: PARTITIONS }, (): number[] => []);
  const consumer = await Consumer.open({
    topic: 't',
    config: parseConsumerProperties({ 'bootstrap.servers': address, 'auto.offset.reset': 'earliest' }),
    partitions: null,
    onRecord: (bytes, partition, _offset, _timestampMs, _keyStart, _keyEnd, valueStart, valueEnd) => {
      logs[partition]?.push(Number(bytes.toString('latin1', valueStart, valueEnd)));
      return --left > 0;
    },
  });
  await consumer.run();
  consumer.close();
  for (const log of logs) expect(log).toEqual([...new Set(log)].sort((one, other) => one - other));
});
