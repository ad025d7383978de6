import { describe, expect, it, onTestFinished } from 'vitest';
import { describeGroup } from '../../../src/client/admin/describe-group.ts';
import { committedOffsets } from '../../../src/client/admin/group-offsets.ts';
import { openAdmin } from '../../../src/client/admin.ts';
import { flatten, type TopicPartitions } from '../../../src/client/group/assignor.ts';
import { GroupConsumer } from '../../../src/client/group/group-consumer.ts';
import type { GroupConsumerOptions } from '../../../src/client/group/group-consumer-options.ts';
import { parseConsumerProperties } from '../../../src/client/properties/consumer-properties.ts';
import { createPartitions } from '../../../src/protocol/messages/create-partitions.ts';
import { batchOf, brokerForTest, makeTopic, produceTo, Wire } from '../../broker/wire.ts';

const WAIT = { timeout: 10_000 };

const setUp = async (partitions: number) => {
  const { broker } = await brokerForTest({
    'group.initial.rebalance.delay.ms': '0',
    'group.min.session.timeout.ms': '100',
  });
  const wire = await Wire.open(broker);
  await makeTopic(wire, 't', { partitions });
  const servers = `127.0.0.1:${broker.port}`;
  const admin = openAdmin({ bootstrapServers: servers, properties: {} });
  onTestFinished(() => admin.close());
  const join = (properties: Record<string, string> = {}, options: Partial<GroupConsumerOptions> = {}) => {
    const values: string[] = [];
    const changes: (readonly [assigned: readonly TopicPartitions[], revoked: readonly TopicPartitions[]])[] = [];
    const consumer = new GroupConsumer({
      groupId: 'g',
      topics: ['t'],
      config: parseConsumerProperties({
        'bootstrap.servers': servers,
        'session.timeout.ms': '6000',
        'heartbeat.interval.ms': '30',
        'auto.offset.reset': 'earliest',
        'retry.backoff.ms': '10',
        ...properties,
      }),
      listen: () => (bytes, _partition, _offset, _timestampMs, _keyStart, _keyEnd, valueStart, valueEnd) => {
        values.push(bytes.toString('utf8', valueStart, valueEnd));
        return true;
      },
      onRebalance: (assigned, revoked) => changes.push([assigned, revoked]),
      ...options,
    });
    const ended = consumer.run();
    ended.catch(() => undefined);
    onTestFinished(() => consumer.close());
    const owned = () => flatten(consumer.assignment).map(({ topic, partition }) => `${topic}:${partition}`);
    return { consumer, ended, values, changes, owned };
  };
  const send = async (prefix: string, topic = 't', count = partitions) => {
    for (let index = 0; index < count; index++) await produceTo(wire, topic, batchOf(`${prefix}${index}`), { index });
  };
  return { broker, wire, admin, join, send };
};

describe('a cooperative member', () => {
  const COOPERATIVE = { 'partition.assignment.strategy': 'cooperative-sticky' };

  it('keeps what it may, gives up what goes, and reads on all the while', async () => {
    const { broker, admin, join, send } = await setUp(4);
    const first = join(COOPERATIVE);
    await expect.poll(first.owned, WAIT).toHaveLength(4);
    // The group waits for an answer to this join while the first member has none of its own.
    const hold = broker.faults.add({ match: { api: 'JoinGroup' }, delay: { ms: 300 } });
    const second = join(COOPERATIVE);
    await expect.poll(() => broker.faults.hits(hold), WAIT).toBeGreaterThan(0);
    await send('during-');
    await expect.poll(() => first.values.length, WAIT).toBe(4);
    expect(second.owned()).toEqual([]);
    broker.faults.remove(hold);

    await expect.poll(() => [first.owned().length, second.owned().length], WAIT).toEqual([2, 2]);
    expect(await describeGroup(admin.access, 'g')).toMatchObject({ assignor: 'cooperative-sticky' });
    // All that changed for the first one is that two partitions went.
    await expect.poll(() => first.changes.slice(1).flatMap(([, revoked]) => flatten(revoked)), WAIT).toHaveLength(2);
    expect(first.changes.slice(1).flatMap(([assigned]) => assigned)).toEqual([]);
    await send('after-');
    await expect.poll(() => first.values.length + second.values.length, WAIT).toBe(8);
    expect(second.values.toSorted()).toEqual(
      second
        .owned()
        .map((key) => `after-${key.split(':')[1]}`)
        .toSorted(),
    );
    await first.consumer.close();
    await expect.poll(() => second.owned().length, WAIT).toBe(4);
    // What the first one read was committed when it left.
    await send('last-');
    await expect.poll(() => second.values.length, WAIT).toBe(6);
  });

  it('is an eager one when it would share by range, too', async () => {
    const { join } = await setUp(2);
    const first = join({ 'partition.assignment.strategy': 'cooperative-sticky,range' });
    await expect.poll(first.owned, WAIT).toHaveLength(2);
    const second = join({ 'partition.assignment.strategy': 'cooperative-sticky,range' });
    await expect.poll(() => [first.owned().length, second.owned().length], WAIT).toEqual([1, 1]);
    // It gave back both before it joined again.
    await expect
      .poll(() => first.changes.slice(1).some(([, revoked]) => flatten(revoked).length === 2), WAIT)
      .toBe(true);
  });

  it.each([
    'roundrobin',
    'sticky',
    'org.apache.kafka.clients.consumer.RangeAssignor',
  ])('shares with others by %s', async (strategy) => {
    const { admin, join } = await setUp(4);
    const properties = { 'partition.assignment.strategy': strategy };
    const members = [join(properties), join(properties)];
    await expect.poll(() => members.map(({ owned }) => owned().length), WAIT).toEqual([2, 2]);
    const name = strategy.endsWith('RangeAssignor') ? 'range' : strategy;
    expect(await describeGroup(admin.access, 'g')).toMatchObject({ assignor: name, state: 'Stable' });
  });
});

describe('a static member', () => {
  it('comes back to its partitions without a rebalance, and fences whoever has its name', async () => {
    const { admin, join } = await setUp(2);
    const other = join();
    await expect.poll(other.owned, WAIT).toHaveLength(2);
    const first = join({ 'group.instance.id': 'one' });
    await expect.poll(() => [other.owned().length, first.owned().length], WAIT).toEqual([1, 1]);
    const rebalances = other.consumer.rebalanceCount;
    const owned = first.owned();
    await first.consumer.close();
    const second = join({ 'group.instance.id': 'one' });
    await expect.poll(second.owned, WAIT).toEqual(owned);
    expect(other.consumer.rebalanceCount).toBe(rebalances);
    expect(await describeGroup(admin.access, 'g')).toMatchObject({ members: [{}, {}] });

    const third = join({ 'group.instance.id': 'one' });
    await expect(second.ended).rejects.toThrow(
      /another one has joined with group\.instance\.id=one; give each its own/,
    );
    await expect.poll(third.owned, WAIT).toEqual(owned);
  });
});

describe('a member', () => {
  it('leaves its group when its sink holds it up for longer than max.poll.interval.ms, and comes back', async () => {
    const { broker, join, send } = await setUp(1);
    const leaves = broker.faults.add({ match: { api: 'LeaveGroup' }, delay: { ms: 0 } });
    let handled = 0;
    const member = join(
      { 'max.poll.interval.ms': '200' },
      {
        listen: () => () => {
          handled++;
          if (handled > 1) return true;
          for (const until = performance.now() + 300; performance.now() < until; );
          return true;
        },
      },
    );
    await expect.poll(member.owned, WAIT).toHaveLength(1);
    await send('a');
    await expect.poll(() => broker.faults.hits(leaves), WAIT).toBe(1);
    await expect.poll(member.owned, WAIT).toHaveLength(1);
    await send('b');
    await expect.poll(() => handled, WAIT).toBeGreaterThan(1);
  });

  it('is thrown out after session.timeout.ms without a sign of life, every heartbeat.interval.ms', async () => {
    const { broker, admin, join } = await setUp(1);
    const member = join({ 'session.timeout.ms': '1000' });
    await expect.poll(member.owned, WAIT).toHaveLength(1);
    const beats = broker.faults.add({ match: { api: 'Heartbeat' }, delay: { ms: 0 } });
    await expect.poll(() => broker.faults.hits(beats), WAIT).toBeGreaterThan(2);
    broker.faults.remove(beats);
    broker.faults.add({ match: { api: 'Heartbeat' }, drop: { when: 'before' } });
    broker.faults.add({ match: { api: 'JoinGroup' }, drop: { when: 'before' } });
    await expect.poll(() => describeGroup(admin.access, 'g'), WAIT).toMatchObject({ state: 'Empty' });
    await expect.poll(member.owned, WAIT).toEqual([]);
  });

  it('has its group share out partitions that are added', async () => {
    const { wire, join } = await setUp(2);
    const members = [join({ 'metadata.max.age.ms': '50' }), join({ 'metadata.max.age.ms': '50' })];
    await expect.poll(() => members.map(({ owned }) => owned().length), WAIT).toEqual([1, 1]);
    await wire.ask(createPartitions, 3, {
      topics: [{ name: 't', count: 4, assignments: null }],
      timeoutMs: 1000,
      validateOnly: false,
    });
    await expect.poll(() => members.map(({ owned }) => owned().length), WAIT).toEqual([2, 2]);
  });

  it('reads the topics that a pattern matches, later ones too, and internal ones only when asked to', async () => {
    const { wire, join, send } = await setUp(1);
    const member = join({ 'metadata.max.age.ms': '50' }, { topics: /t.*|__consumer_offsets/ });
    const all = join(
      { 'metadata.max.age.ms': '50', 'exclude.internal.topics': 'false' },
      {
        groupId: 'all',
        topics: /__consumer_offsets/,
      },
    );
    await expect.poll(member.owned, WAIT).toEqual(['t:0']);
    await expect.poll(() => all.owned()[0], WAIT).toBe('__consumer_offsets:0');
    await makeTopic(wire, 'other');
    await makeTopic(wire, 'two');
    await send('a', 'two', 1);
    await expect.poll(() => member.owned().toSorted(), WAIT).toEqual(['t:0', 'two:0']);
    await expect.poll(() => member.values, WAIT).toEqual(['a0']);
  });

  it('makes the topics it wants unless allow.auto.create.topics is off', async () => {
    const { admin, join } = await setUp(1);
    const never = join({ 'allow.auto.create.topics': 'false' }, { groupId: 'h', topics: ['never'] });
    const made = join({ 'metadata.max.age.ms': '50' }, { topics: ['made'] });
    await expect.poll(made.owned, WAIT).toEqual(['made:0']);
    expect(never.owned()).toEqual([]);
    expect(await admin.describeTopic('never')).toBeNull();
  });

  it('commits nothing by itself when enable.auto.commit is off', async () => {
    const { admin, join, send } = await setUp(1);
    const member = join({ 'enable.auto.commit': 'false', 'auto.commit.interval.ms': '10' });
    await send('a');
    await expect.poll(() => member.values, WAIT).toEqual(['a0']);
    expect(await committedOffsets(admin.access, 'g')).toEqual([]);
    await member.consumer.commit([{ topic: 't', partition: 0, offset: 1, metadata: 'by hand' }]);
    expect(await committedOffsets(admin.access, 'g')).toMatchObject([{ offset: 1, metadata: 'by hand' }]);
    await send('b');
    await expect.poll(() => member.values.length, WAIT).toBe(2);
    await member.consumer.close();
    expect(await committedOffsets(admin.access, 'g')).toMatchObject([{ offset: 1 }]);
  });

  it('fails without a position when auto.offset.reset is none', async () => {
    const { join } = await setUp(1);
    await expect(join({ 'auto.offset.reset': 'none' }).ended).rejects.toThrow(
      /partition 0 of t has no position and auto\.offset\.reset is none/,
    );
  });
});
