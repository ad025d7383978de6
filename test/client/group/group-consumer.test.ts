import { describe, expect, it, onTestFinished } from 'vitest';
import { describeGroup } from '../../../src/client/admin/describe-group.ts';
import { committedOffsets } from '../../../src/client/admin/group-offsets.ts';
import { openAdmin } from '../../../src/client/admin.ts';
import { GroupConsumer } from '../../../src/client/group/group-consumer.ts';
import type { GroupConsumerOptions } from '../../../src/client/group/group-consumer-options.ts';
import { parseConsumerProperties } from '../../../src/client/properties/consumer-properties.ts';
import { batchOf, brokerForTest, makeTopic, produceTo, Wire } from '../../broker/wire.ts';

/** Members hear of rebalances soon, and commit at their ends alone. */
const QUICK = {
  'session.timeout.ms': '6000',
  'heartbeat.interval.ms': '50',
  'auto.commit.interval.ms': '60000',
  'auto.offset.reset': 'earliest',
};

const setUp = async (partitions: number) => {
  const { broker } = await brokerForTest({ 'group.initial.rebalance.delay.ms': '0' });
  const wire = await Wire.open(broker);
  await makeTopic(wire, 't', { partitions });
  const servers = `127.0.0.1:${broker.port}`;
  const admin = openAdmin({ bootstrapServers: servers, properties: {} });
  onTestFinished(() => admin.close());
  /** A member that notes values and assignments, and wants `wanted` records. */
  const join = (
    wanted = Number.POSITIVE_INFINITY,
    properties: Record<string, string> = {},
    options: Partial<GroupConsumerOptions> = {},
  ) => {
    const values: string[] = [];
    const errors: string[] = [];
    const seen: { partitions: readonly number[] | null } = { partitions: null };
    const consumer = new GroupConsumer({
      groupId: 'g',
      topics: ['t'],
      config: parseConsumerProperties({ 'bootstrap.servers': servers, ...QUICK, ...properties }),
      listen: () => (bytes, _partition, _offset, _timestampMs, _keyStart, _keyEnd, valueStart, valueEnd) => {
        if (values.length === wanted) return false;
        values.push(bytes.toString('utf8', valueStart, valueEnd));
        return true;
      },
      onRebalance: () => {
        seen.partitions = consumer.assignment.flatMap((each) => each.partitions);
      },
      onRetry: (error) => errors.push(error.message),
      ...options,
    });
    const ended = consumer.run();
    onTestFinished(() => consumer.close());
    return { consumer, ended, values, errors, seen };
  };
  const offsets = async () =>
    (await committedOffsets(admin.access, 'g')).map(({ partition, offset }) => [partition, offset]);
  return { broker, wire, admin, join, offsets };
};

describe('a consumer of a group', () => {
  it('goes on where its group stopped, in the middle of a batch too', async () => {
    const { wire, join, offsets } = await setUp(1);
    await produceTo(wire, 't', batchOf('a', 'b', 'c'));
    const first = join(2);
    await first.ended;
    await first.consumer.close();
    expect(first.values).toEqual(['a', 'b']);
    expect(await offsets()).toEqual([[0, 2]]);

    const second = join();
    await expect.poll(() => second.values).toEqual(['c']);
    await second.consumer.close();
    expect(await offsets()).toEqual([[0, 3]]);
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it('shares partitions with others, gives them back, and loses and repeats nothing', async () => {
    const { wire, admin, join } = await setUp(4);
    const send = async (name: string) => {
      for (const index of [0, 1, 2, 3]) await produceTo(wire, 't', batchOf(`${name}-${index}`), { index });
    };
    const first = join();
    await expect.poll(() => first.seen.partitions).toEqual([0, 1, 2, 3]);
    await send('one');
    await expect.poll(() => first.values.length).toBe(4);

    const second = join();
    await expect.poll(() => second.seen.partitions?.length, { timeout: 5_000 }).toBe(2);
    await expect.poll(() => first.seen.partitions?.length).toBe(2);
    expect([...(first.seen.partitions ?? []), ...(second.seen.partitions ?? [])].toSorted()).toEqual([0, 1, 2, 3]);
    expect(await describeGroup(admin.access, 'g')).toMatchObject({
      state: 'Stable',
      assignor: 'range',
      members: [{}, {}],
    });
    await send('two');
    await expect.poll(() => first.values.length + second.values.length).toBe(8);
    expect(second.values).toHaveLength(2);

    await first.consumer.close();
    await expect.poll(() => second.seen.partitions?.length, { timeout: 5_000 }).toBe(4);
    await send('three');
    await expect.poll(() => second.values.length).toBe(6);
    expect(new Set([...first.values, ...second.values]).size).toBe(12);
    await second.consumer.close();
    expect(await describeGroup(admin.access, 'g')).toMatchObject({ state: 'Empty', members: [] });
    expect([...first.errors, ...second.errors]).toEqual([]);
  });

  it('commits from time to time, partitions without records too', async () => {
    const { wire, join, offsets } = await setUp(2);
    await produceTo(wire, 't', batchOf('a', 'b'));
    const member = join(undefined, { 'auto.commit.interval.ms': '20' });
    await expect.poll(() => member.values.length).toBe(2);
    await expect.poll(offsets).toEqual([
      [0, 2],
      [1, 0],
    ]);
  });

  it('says when a group shares partitions in a way that it does not know', async () => {
    const { join } = await setUp(1);
    const first = join();
    await expect.poll(() => first.seen.partitions).toEqual([0]);
    const stranger = join(undefined, {}, { assignors: [{ name: 'unheard-of', assign: () => new Map() }] });
    await expect(stranger.ended).rejects.toThrow(
      /partition\.assignment\.strategy in common with this one, which knows unheard-of/,
    );
  });

  it.each([
    ['FindCoordinator', 'COORDINATOR_NOT_AVAILABLE'],
    ['JoinGroup', 'COORDINATOR_LOAD_IN_PROGRESS'],
    ['JoinGroup', 'UNKNOWN_MEMBER_ID'],
    ['SyncGroup', 'REBALANCE_IN_PROGRESS'],
    ['SyncGroup', 'NOT_COORDINATOR'],
    ['OffsetFetch', 'UNSTABLE_OFFSET_COMMIT'],
    ['Heartbeat', 'REBALANCE_IN_PROGRESS'],
    ['Heartbeat', 'ILLEGAL_GENERATION'],
    ['Heartbeat', 'NOT_COORDINATOR'],
    ['OffsetCommit', 'NOT_COORDINATOR'],
  ] as const)('goes on when %s is answered with %s', async (api, error) => {
    const { broker, wire, join, offsets } = await setUp(1);
    const fault = broker.faults.add({ match: { api }, fail: { error, times: 1 } });
    await produceTo(wire, 't', batchOf('a', 'b'));
    const member = join(undefined, { 'auto.commit.interval.ms': '30' });
    await expect.poll(() => member.values).toEqual(['a', 'b']);
    await expect.poll(() => broker.faults.hits(fault)).toBe(1);
    await produceTo(wire, 't', batchOf('c'));
    await expect.poll(() => member.values.at(-1)).toBe('c');
    await expect.poll(offsets).toEqual([[0, 3]]);
    expect(member.errors).toEqual([]);
  });

  it('goes on when the connection to its coordinator is lost', async () => {
    const { broker, wire, join } = await setUp(1);
    const fault = broker.faults.add({ match: { api: 'Heartbeat' }, drop: { when: 'before', times: 2 } });
    const member = join();
    await expect.poll(() => broker.faults.hits(fault)).toBe(2);
    await produceTo(wire, 't', batchOf('a'));
    await expect.poll(() => member.values).toEqual(['a']);
    await member.consumer.close();
    expect(member.errors).toEqual([]);
  });

  it('fails with the reason of a group that it may not join', async () => {
    const { broker, join } = await setUp(1);
    broker.faults.add({ match: { api: 'JoinGroup' }, fail: { error: 'GROUP_AUTHORIZATION_FAILED' } });
    await expect(join().ended).rejects.toThrow(/group g cannot be joined: GROUP_AUTHORIZATION_FAILED/);
  });
});
