import { describe, expect, it, onTestFinished } from 'vitest';
import { committedOffsets } from '../../../src/client/admin/group-offsets.ts';
import { openAdmin } from '../../../src/client/admin.ts';
import { type ConsumerClientOptions, createConsumer } from '../../../src/client/consuming/consumer-client.ts';
import { batchOf, brokerForTest, makeTopic, produceTo, Wire } from '../../broker/wire.ts';

const WAIT = { timeout: 10_000 };

const setUp = async (partitions = 1) => {
  const { broker } = await brokerForTest({
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '100',
  });
  const wire = await Wire.open(broker);
  await makeTopic(wire, 't', { partitions });
  const servers = `127.0.0.1:${broker.port}`;
  const admin = openAdmin({ bootstrapServers: servers, properties: {} });
  onTestFinished(() => admin.close());
  const open = async (
    properties: Record<string, string> = {},
    options: Partial<ConsumerClientOptions> = { topics: ['t'] },
  ) => {
    const consumer = await createConsumer({
      properties: {
        'bootstrap.servers': servers,
        'group.id': 'g',
        'auto.offset.reset': 'earliest',
        'heartbeat.interval.ms': '30',
        ...properties,
      },
      ...options,
    });
    onTestFinished(() => consumer.close());
    return consumer;
  };
  const send = (...values: string[]) => produceTo(wire, 't', batchOf(...values));
  const committed = async () => (await committedOffsets(admin.access, 'g')).map(({ offset }) => offset);
  return { broker, open, send, committed };
};
const text = ({ value }: { readonly value: Buffer | null }): string => String(value);

describe('a consumer made by createConsumer', () => {
  it('gives at most max.poll.records at once, and the next when those are handled', async () => {
    const { open, send, committed } = await setUp();
    await send('a', 'b', 'c', 'd', 'e');
    const consumer = await open({ 'max.poll.records': '2' });
    const batches: string[][] = [];
    let running = 0;
    const ended = consumer.run({
      onBatch: async (records) => {
        expect(++running).toBe(1);
        batches.push(records.map(text));
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        if (batches.length === 3) consumer.stop();
      },
    });
    await ended;
    expect(batches).toEqual([['a', 'b'], ['c', 'd'], ['e']]);
    await consumer.close();
    expect(await committed()).toEqual([5]);
  });

  it('is read by a loop, and commits what the loop is through with', async () => {
    const { open, send, committed } = await setUp();
    await send('a', 'b', 'c');
    const consumer = await open();
    const values: string[] = [];
    for await (const record of consumer) {
      values.push(text(record));
      expect(record).toMatchObject({ topic: 't', partition: 0, offset: values.length - 1 });
      if (values.length === 3) break;
    }
    expect(values).toEqual(['a', 'b', 'c']);
    await consumer.close();
    // The loop was left in the middle of the third one.
    expect(await committed()).toEqual([2]);
  });

  it('ends a loop behind the record whose offset the loop commits, or all that was taken after stop()', async () => {
    const { open, send, committed } = await setUp();
    await send('a', 'b', 'c', 'd');
    const consumer = await open({ 'enable.auto.commit': 'false' });
    for await (const { topic, partition, offset } of consumer)
      if (offset === 1) {
        await consumer.commit([{ topic, partition, offset: offset + 1 }]);
        break;
      }
    await consumer.close();
    expect(await committed()).toEqual([2]);
    const other = await open();
    const values: string[] = [];
    for await (const record of other) {
      values.push(text(record));
      other.stop();
    }
    await other.close();
    expect(values).toEqual(['c', 'd']);
    expect(await committed()).toEqual([4]);
  });

  it('commits by hand, with metadata, and says what is committed', async () => {
    const { open, send } = await setUp();
    await send('a', 'b');
    const consumer = await open({ 'enable.auto.commit': 'false' });
    await consumer.run({
      onRecord: async ({ topic, partition, offset }) => {
        await consumer.commit([{ topic, partition, offset: offset + 1, metadata: `after ${offset}` }]);
        if (offset === 1) consumer.stop();
      },
    });
    expect(await consumer.committed([{ topic: 't', partition: 0 }])).toMatchObject([
      { offset: 2, metadata: 'after 1' },
    ]);
  });

  it('seeks to an offset, the beginning, the end and a time, and knows position and lag', async () => {
    const { open, send } = await setUp();
    await send('a', 'b', 'c');
    const consumer = await open({}, { assign: [{ topic: 't' }] });
    const values: string[] = [];
    const ended = consumer.run({ onRecord: (record) => void values.push(text(record)) });
    const at = { topic: 't', partition: 0 };
    await expect.poll(() => values, WAIT).toEqual(['a', 'b', 'c']);
    expect(consumer.position(at)).toBe(3);
    expect(consumer.lag()).toEqual([{ ...at, lag: 0 }]);
    await consumer.seek(at, 1);
    await expect.poll(() => values.slice(3), WAIT).toEqual(['b', 'c']);
    await consumer.seek(at, 'beginning');
    await expect.poll(() => values.slice(5), WAIT).toEqual(['a', 'b', 'c']);
    await consumer.seek(at, new Date(0));
    await expect.poll(() => values.slice(8), WAIT).toEqual(['a', 'b', 'c']);
    consumer.pause([at]);
    await send('d');
    await consumer.seek(at, 'end');
    consumer.resume([at]);
    await send('e');
    await expect.poll(() => values.slice(11), WAIT).toEqual(['e']);
    consumer.stop();
    await ended;
  });

  it('reads nothing of paused partitions until they are resumed, and then everything', async () => {
    const { open, send } = await setUp();
    const consumer = await open({}, { assign: [{ topic: 't', partitions: [0] }] });
    const values: string[] = [];
    const ended = consumer.run({ onRecord: (record) => void values.push(text(record)) });
    await send('a');
    await expect.poll(() => values, WAIT).toEqual(['a']);
    consumer.pause();
    consumer.pause([{ topic: 't', partition: 0 }]);
    await send('b');
    consumer.resume();
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(values).toEqual(['a']);
    consumer.resume([{ topic: 't', partition: 0 }]);
    await expect.poll(() => values, WAIT).toEqual(['a', 'b']);
    consumer.stop();
    await ended;
  });

  it('goes on where its group stands when it reads assigned partitions', async () => {
    const { open, send, committed } = await setUp();
    await send('a', 'b');
    const first = await open({ 'enable.auto.commit': 'false' }, { assign: [{ topic: 't' }] });
    await first.commit([{ topic: 't', partition: 0, offset: 1 }]);
    await first.close();
    const second = await open({}, { assign: [{ topic: 't' }] });
    const values: string[] = [];
    await second.run({
      onRecord: (record) => {
        values.push(text(record));
        second.stop();
      },
    });
    expect(values).toEqual(['b']);
    expect(await committed()).toEqual([2]);
  });

  it('leaves its group while a handler takes longer than max.poll.interval.ms, and comes back after it', async () => {
    const { broker, open, send } = await setUp();
    const leaves = broker.faults.add({ match: { api: 'LeaveGroup' }, delay: { ms: 0 } });
    await send('a');
    const consumer = await open({ 'max.poll.interval.ms': '150' });
    let release = (): void => undefined;
    const values: string[] = [];
    const ended = consumer.run({
      onRecord: (record) => {
        values.push(text(record));
        return values.length > 1 ? undefined : new Promise<void>((resolve) => (release = resolve));
      },
    });
    await expect.poll(() => broker.faults.hits(leaves), WAIT).toBe(1);
    expect(consumer.assignment).toEqual([]);
    release();
    // It was handled, but another could have had it by then.
    await expect.poll(() => values, WAIT).toEqual(['a', 'a']);
    consumer.stop();
    await ended;
  });

  it('fails with what a handler throws, and commits what was handled before', async () => {
    const { open, send, committed } = await setUp();
    await send('a', 'b');
    const consumer = await open();
    const failure = new Error('no room for b');
    const run = consumer.run({
      onRecord: ({ offset }) => {
        if (offset === 1) throw failure;
      },
    });
    await expect(run).rejects.toBe(failure);
    await consumer.close();
    expect(await committed()).toEqual([1]);
  });

  it('says what is missing', async () => {
    const { open } = await setUp();
    const properties = { 'bootstrap.servers': '127.0.0.1:1' };
    await expect(createConsumer({ properties, topics: ['t'] })).rejects.toThrow('needs group.id');
    await expect(createConsumer({ properties })).rejects.toThrow('give either topics');
    await expect(open({ 'allow.auto.create.topics': 'false' }, { assign: [{ topic: 'u' }] })).rejects.toThrow(
      'topic u does not exist',
    );
    const consumer = await open({}, { assign: [{ topic: 't' }] });
    expect(() => consumer.position({ topic: 't', partition: 7 })).toThrow('partition 7 of t is not assigned');
  });
});
