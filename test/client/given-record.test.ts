import { beforeAll, describe, expect, it } from 'vitest';
import { type EmbeddedBroker, startBroker } from '../../src/broker/embedded/start-broker.ts';
import { openAdmin } from '../../src/client/admin.ts';
import { createConsumer } from '../../src/client/consuming/consumer-client.ts';
import { PropertyError } from '../../src/client/properties/property.ts';
import { createProducer } from '../../src/client/record-producer.ts';

let broker: EmbeddedBroker;
beforeAll(async () => {
  broker = await startBroker({ config: { 'num.partitions': '2' } });
  return () => broker.close();
});

/** What a JavaScript program may give, whatever the types say. */
const anything = (value: unknown): never => value as never;

describe("a program's properties", () => {
  const opens: readonly (readonly [string, (properties: unknown) => unknown])[] = [
    ['createProducer', (properties) => createProducer({ properties: anything(properties) })],
    ['createConsumer', (properties) => createConsumer({ topics: ['t'], properties: anything(properties) })],
    ['openAdmin', async (properties) => openAdmin({ properties: anything(properties) })],
  ];

  it.each(opens)('need bootstrap.servers: %s', async (_name, open) => {
    for (const properties of [{}, undefined])
      await expect(open(properties)).rejects.toThrow(
        new PropertyError(
          'bootstrap.servers',
          'bootstrap.servers is needed: give host:port of at least one broker, as in localhost:9092',
        ),
      );
  });

  it.each(opens)('are text, numbers or booleans, and others are refused by name: %s', async (_name, open) => {
    for (const value of [null, undefined, Number.NaN, {}, ['a']])
      await expect(open({ 'bootstrap.servers': broker.bootstrapServers, 'client.id': value })).rejects.toThrow(
        /^client\.id must be text, a number or a boolean; got (null|undefined|NaN|object): give a value or leave it out$/,
      );
  });

  it('may be numbers and booleans', async () => {
    const properties = { 'bootstrap.servers': broker.bootstrapServers, 'request.timeout.ms': 5000 };
    const producer = await createProducer({
      properties: { ...properties, 'linger.ms': 5, 'enable.idempotence': false },
    });
    expect(await producer.send({ topic: 'numbers', value: 'v', partition: 1 })).toMatchObject({
      partition: 1,
      offset: 0,
    });
    await producer.close();
    const admin = openAdmin({ properties });
    expect(await admin.describeTopic('numbers')).toMatchObject({ partitions: 2 });
    admin.close();
    await expect(createProducer({ properties: { ...properties, 'linger.ms': 0.5 } })).rejects.toThrow(
      'linger.ms must be',
    );
  });
});

describe('a record that a program gives', () => {
  it('is refused in a line when it is none, and the producer goes on', async () => {
    await using producer = await createProducer({ properties: { 'bootstrap.servers': broker.bootstrapServers } });
    const record = { topic: 'records', value: 'v' };
    const cases: readonly (readonly [unknown, string])[] = [
      [null, 'send() takes a record, as in { topic, value }; got null'],
      ['t', 'send() takes a record, as in { topic, value }; got "t"'],
      [{ value: 'v' }, "a record's topic must be a name; got undefined"],
      [{ ...record, partition: -1 }, "a record's partition must be a whole number from 0 on; got -1: leave it out"],
      [{ ...record, partition: 0.5 }, "a record's partition must be a whole number from 0 on; got 0.5"],
      [{ ...record, timestampMs: 1.5 }, "a record's timestampMs must be whole milliseconds since the epoch; got 1.5"],
      [{ topic: 'records' }, 'must be bytes, text or null (null deletes the key in a compacted topic); got undefined'],
      [{ ...record, value: 7 }, "a record's value must be bytes, text or null; got 7: give a valueSerializer"],
      [{ ...record, key: {} }, "a record's key must be bytes, text or null; got a value of type object"],
      [{ ...record, headers: 'h' }, 'a record\'s headers must be an object or an array of [key, value]; got "h"'],
      [{ ...record, headers: [7] }, 'a header must be [key, value], with text as its key; got 7'],
      [{ ...record, headers: { h: 7 } }, 'the header "h" must be bytes, text or null; got 7'],
    ];
    for (const [given, message] of cases) {
      const refusal = producer.send(anything(given));
      await expect(refusal, message).rejects.toThrow(message);
      await expect(refusal).rejects.toMatchObject({ name: 'ILLEGAL_ARGUMENT', code: null });
    }
    expect(await producer.send(record)).toMatchObject({ offset: 0 });
  });

  it('has a partition that the topic has', async () => {
    await using producer = await createProducer({ properties: { 'bootstrap.servers': broker.bootstrapServers } });
    for (const partition of [2, 99])
      await expect(producer.send({ topic: 'two', value: 'v', partition })).rejects.toMatchObject({
        name: 'UNKNOWN_TOPIC_OR_PARTITION',
        code: 3,
        message: `topic two has no partition ${partition}: it has 2, from 0 on`,
      });
    expect(await producer.send({ topic: 'two', value: 'v', partition: 1 })).toMatchObject({ partition: 1 });
  });

  it('may have headers by key, of text, bytes or nothing', async () => {
    const bootstrap = { 'bootstrap.servers': broker.bootstrapServers };
    await using producer = await createProducer({ properties: bootstrap });
    const headers = { text: 'é', bytes: Buffer.from([1, 2]), none: null };
    await producer.send({ topic: 'headers', partition: 0, value: 'v', headers });
    await producer.send({
      topic: 'headers',
      partition: 0,
      value: 'v',
      headers: [
        ['twice', 'a'],
        ['twice', 'b'],
      ],
    });
    const consumer = await createConsumer({
      properties: { ...bootstrap, 'auto.offset.reset': 'earliest' },
      assign: [{ topic: 'headers', partitions: [0] }],
    });
    const found: unknown[] = [];
    for await (const record of consumer) {
      found.push(
        record.headers.map(({ key, value }) => [
          key.toString(),
          value === null ? null : Buffer.from(value).toString('hex'),
        ]),
      );
      if (found.length === 2) break;
    }
    await consumer.close();
    expect(found).toEqual([
      [
        ['text', 'c3a9'],
        ['bytes', '0102'],
        ['none', null],
      ],
      [
        ['twice', '61'],
        ['twice', '62'],
      ],
    ]);
  });
});
