import { expect, it } from 'vitest';
import {
  Consumer,
  openAdmin,
  Producer,
  parseConsumerProperties,
  parseProducerProperties,
  startBroker,
} from '../src/index.ts';

it('is enough to start a broker, write to it and read from it in one program', async () => {
  await using broker = await startBroker();
  const servers = { 'bootstrap.servers': broker.bootstrapServers };
  const admin = openAdmin({ bootstrapServers: servers['bootstrap.servers'], properties: {} });
  await admin.createTopic('greetings', 1, 1, {});

  const nowUs = (): number => performance.now() * 1000;
  const settled: (string | null)[] = [];
  const producer = await Producer.open({
    topic: 'greetings',
    config: parseProducerProperties(servers),
    nowUs,
    onSettled: (_batch, error) => settled.push(error?.name ?? null),
  });
  producer.send(0, Date.now(), Buffer.from('en'), Buffer.from('hello'), nowUs(), 0, 0);
  await producer.flush();
  producer.close();
  expect(settled).toEqual([null]);
  expect([...(await admin.endOffsets('greetings'))]).toEqual([[0, 1]]);
  admin.close();

  const got: string[] = [];
  const consumer = await Consumer.open({
    topic: 'greetings',
    config: parseConsumerProperties({ ...servers, 'auto.offset.reset': 'earliest' }),
    partitions: null,
    onRecord: (bytes, _partition, _offset, _timestampMs, keyStart, keyEnd, valueStart, valueEnd) => {
      got.push(bytes.toString('utf8', keyStart, keyEnd), bytes.toString('utf8', valueStart, valueEnd));
      consumer.stop();
      return true;
    },
  });
  await consumer.run();
  consumer.close();
  expect(got).toEqual(['en', 'hello']);
});
