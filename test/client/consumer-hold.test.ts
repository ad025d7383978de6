import { expect, it, onTestFinished } from 'vitest';
import { startBroker } from '../../src/broker/embedded/start-broker.ts';
import { Consumer } from '../../src/client/consumer.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { openTransactional } from './transactions/support.ts';

it.each([
  'none',
  'gzip',
])('A consumer whose listener holds records gets each committed one once, in order, of batches of codec %s', async (codec) => {
  const broker = await startBroker({ config: { 'num.partitions': '2' } });
  onTestFinished(() => broker.close());
  const bootstrap = broker.bootstrapServers;
  const opened = await openTransactional(bootstrap, 't', { 'compression.type': codec, 'batch.size': '500' });
  const committed: number[] = [];
  for (let transaction = 0; transaction < 12; transaction++) {
    const from = transaction * 100;
    opened.transactions.begin();
    await opened.send(from, from + 100);
    await opened.producer.flush();
    if (transaction % 3 === 1) await opened.transactions.abort();
    else {
      await opened.transactions.commit();
      committed.push(...Array.from({ length: 100 }, (_, index) => from + index));
    }
  }
  opened.producer.close();

  const got: [partition: number, number: number][] = [];
  let allowed = 0;
  let holds = 0;
  const consumer = await Consumer.open({
    topic: 't',
    config: parseConsumerProperties({
      'bootstrap.servers': bootstrap,
      'auto.offset.reset': 'earliest',
      'isolation.level': 'read_committed',
      'max.partition.fetch.bytes': '3000',
    }),
    partitions: null,
    onRecord: (bytes, partition, _offset, _timestampMs, _keyStart, _keyEnd, valueStart, valueEnd) => {
      if (allowed === 0) {
        holds++;
        consumer.hold();
        setTimeout(() => {
          allowed = 7;
          consumer.resume();
        });
        return false;
      }
      allowed--;
      got.push([partition, Number(bytes.toString('latin1', valueStart, valueEnd))]);
      if (got.length === committed.length) consumer.stop();
      return true;
    },
  });
  await consumer.run();
  const metrics = Object.entries(consumer.metrics());
  consumer.close();
  for (const partition of [0, 1])
    expect(got.filter((record) => record[0] === partition).map((record) => record[1])).toEqual(
      committed.filter((number) => number % 2 === partition),
    );
  expect(holds).toBeGreaterThanOrEqual(Math.floor(committed.length / 7));
  expect(metrics.find(([name]) => name.includes('records-consumed-total'))?.[1]).toBe(committed.length);
});
