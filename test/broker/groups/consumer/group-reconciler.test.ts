import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../../../src/protocol/errors.ts';
import { ConsumerGroupOnBench, idOf } from './support.ts';

const { NONE, FENCED_MEMBER_EPOCH, GROUP_MAX_SIZE_REACHED, INVALID_REGULAR_EXPRESSION, UNKNOWN_MEMBER_ID } = ErrorCode;

describe('A rebalance', () => {
  test('gives a partition to nobody before its member has given it up', () => {
    const bench = new ConsumerGroupOnBench({ t: 2 });
    bench.join('m1', { topics: ['t'] });
    bench.join('m2', { topics: ['t'] });
    expect(bench.beat('m1', 1).assignment).toEqual(['t:0']);
    expect(bench.beat('m2', 2).assignment).toBeNull();
    expect(bench.beat('m1', 1, { has: ['t:0', 't:1'] }).memberEpoch).toBe(1);
    expect(bench.group.state).toBe('Reconciling');

    expect(bench.beat('m1', 1, { has: ['t:0'] }).memberEpoch).toBe(2);

    expect(bench.beat('m2', 2).assignment).toEqual(['t:1']);
    expect(bench.group.state).toBe('Stable');
  });

  test('puts a member out that does not give up in time, and its partitions go on', () => {
    const bench = new ConsumerGroupOnBench({ t: 2 });
    bench.join('m1', { topics: ['t'], rebalanceTimeoutMs: 10_000 });
    bench.join('m2', { topics: ['t'] });
    bench.beat('m1', 1);
    for (let passed = 0; passed < 10_000; passed += 1_000) {
      expect(bench.beat('m1', 1, { has: ['t:0', 't:1'] }).errorCode).toBe(NONE);
      expect(bench.beat('m2', 2).errorCode).toBe(NONE);
      bench.timers.advance(1_000);
    }

    expect(bench.beat('m1', 1, { has: ['t:0', 't:1'] }).errorCode).toBe(UNKNOWN_MEMBER_ID);
    bench.beat('m2', 2);
    expect(bench.assigned('m2')).toEqual(['t:0', 't:1']);
  });

  test('leaves a member in that gives up in time', () => {
    const bench = new ConsumerGroupOnBench({ t: 2 });
    bench.join('m1', { topics: ['t'], rebalanceTimeoutMs: 10_000 });
    bench.join('m2', { topics: ['t'] });
    bench.beat('m1', 1);
    bench.beat('m1', 1, { has: ['t:0'] });
    bench.timers.advance(20_000);
    expect(bench.beat('m1', 2).errorCode).toBe(NONE);
  });

  test('follows topics that grow, go away and come again under another id', () => {
    const bench = new ConsumerGroupOnBench({ t: 1, u: 1 });
    bench.join('m1', { topics: ['t', 'u'] });
    bench.partitionCounts.set('t', 3);
    bench.timers.advance(1_000);
    expect(bench.beat('m1', 1).memberEpoch).toBe(2);
    expect(bench.assigned('m1')).toEqual(['t:0', 't:1', 't:2', 'u:0']);

    bench.partitionCounts.delete('t');
    bench.timers.advance(1_000);
    expect(bench.beat('m1', 2).memberEpoch).toBe(2);
    bench.beat('m1', 2, { has: ['u:0'] });
    expect(bench.assigned('m1')).toEqual(['u:0']);
    expect(bench.group.member('m1')?.memberEpoch).toBe(3);
  });

  test('takes a member back whose last answer was lost, and fences one that has what is not its own', () => {
    const bench = new ConsumerGroupOnBench({ t: 2 });
    bench.join('m1', { topics: ['t'] });
    bench.beat('m1', 1, { topics: ['t', 'u'] });
    expect(bench.beat('m1', 1, { has: ['t:0'] })).toMatchObject({ errorCode: NONE, memberEpoch: 2 });
    expect(bench.beat('m1', 1, { has: ['u:0'] }).errorCode).toBe(FENCED_MEMBER_EPOCH);
    expect(bench.beat('m1', 1).errorCode).toBe(FENCED_MEMBER_EPOCH);
    expect(bench.beat('m1', 3).errorCode).toBe(FENCED_MEMBER_EPOCH);
  });
});

describe('A member', () => {
  test('is put out when it is silent for the session time-out', () => {
    const bench = new ConsumerGroupOnBench({ t: 1 }, { consumerSessionTimeoutMs: 9_000 });
    bench.join('m1', { topics: ['t'] });
    bench.timers.advance(8_000);
    expect(bench.beat('m1', 1).errorCode).toBe(NONE);
    bench.timers.advance(9_000);
    expect(bench.beat('m1', 1).errorCode).toBe(UNKNOWN_MEMBER_ID);
    expect(bench.group.state).toBe('Empty');
    expect(bench.timers.count).toBe(0);
  });

  test('that is static keeps its partitions while it is away, until its session ends', () => {
    const bench = new ConsumerGroupOnBench({ t: 1 });
    bench.join('m1', { topics: ['t'], instanceId: 'i' });
    bench.beat('m1', -2, { instanceId: 'i' });
    bench.join('m2', { topics: ['t'], instanceId: 'i' });
    expect([bench.assigned('m2'), bench.group.memberCount]).toEqual([['t:0'], 1]);
    bench.beat('m2', -2, { instanceId: 'i' });
    bench.timers.advance(45_000);
    expect(bench.group.memberCount).toBe(0);
  });

  test('is refused where the group is full, unless it is in it', () => {
    const bench = new ConsumerGroupOnBench({ t: 1 }, { consumerMaxSize: 1 });
    bench.join('m1', { topics: ['t'] });
    expect(bench.join('m2', { topics: ['t'] }).errorCode).toBe(GROUP_MAX_SIZE_REACHED);
    expect(bench.beat('m1', 1).errorCode).toBe(NONE);
  });

  test('is refused with subscriptions that take too much memory', () => {
    const bench = new ConsumerGroupOnBench({});
    const topics = Array.from({ length: 100_000 }, (_, index) => `${index}`.padEnd(100, '-'));
    expect(bench.join('m1', { topics }).errorCode).toBe(GROUP_MAX_SIZE_REACHED);
    expect(bench.group.memberCount).toBe(0);
  });
});

describe('A regular expression', () => {
  test('matches whole names, and topics that are made later', () => {
    const bench = new ConsumerGroupOnBench({ 'log-a': 1, 'a-log-b': 1 });
    bench.join('m1', { regex: 'log-.*' });
    expect(bench.target('m1')).toEqual(['log-a:0']);
    bench.partitionCounts.set('log-b', 1);
    bench.timers.advance(2_000);
    bench.beat('m1', 1);
    expect(bench.target('m1')).toEqual(['log-a:0', 'log-b:0']);
  });

  test('does not match what the client may not know of', () => {
    const bench = new ConsumerGroupOnBench({ open: 1, secret: 1 });
    bench.join('m1', { regex: '.*', mayDescribe: (topic) => topic === 'open' });
    expect(bench.target('m1')).toEqual(['open:0']);
  });

  test('that is none is refused and changes nothing', () => {
    const bench = new ConsumerGroupOnBench({ t: 1 });
    bench.join('m1', { topics: ['t'] });
    expect(bench.beat('m1', 1, { regex: '(' }).errorCode).toBe(INVALID_REGULAR_EXPRESSION);
    expect(bench.beat('m1', 1, { regex: 'a'.repeat(5_000) }).errorCode).toBe(INVALID_REGULAR_EXPRESSION);
    expect(bench.beat('m1', 1)).toMatchObject({ errorCode: NONE, memberEpoch: 1 });
  });
});

describe('What is written', () => {
  test('is each change once, and nothing for a heartbeat that changes nothing', () => {
    const bench = new ConsumerGroupOnBench({ t: 1 });
    bench.join('m1', { topics: ['t'] });
    expect(bench.read().map(({ type }) => type)).toEqual(['member', 'group', 'target', 'targetEpoch', 'current']);
    bench.beat('m1', 1);
    expect(bench.records).toHaveLength(5);
    bench.beat('m1', -1);
    expect(
      bench
        .read()
        .slice(5)
        .map(({ type, value }) => [type, value === null]),
    ).toEqual([
      ['current', true],
      ['target', true],
      ['member', true],
      ['group', false],
    ]);
  });

  test('is the whole group, and what it forgot, after a write that failed', async () => {
    const bench = new ConsumerGroupOnBench({ t: 2 });
    bench.join('m1', { topics: ['t'] });
    bench.join('m2', { topics: ['t'] });
    bench.canWrite = false;
    bench.beat('m1', -1);
    await Promise.resolve();
    bench.records.length = 0;
    bench.canWrite = true;
    bench.beat('m2', 2);
    expect(bench.read().filter(({ value }) => value === null)).toMatchObject([
      { type: 'current', memberId: 'm1' },
      { type: 'target', memberId: 'm1' },
      { type: 'member', memberId: 'm1' },
    ]);
    expect(bench.read().findLast(({ type }) => type === 'current')).toMatchObject({
      memberId: 'm2',
      value: { memberEpoch: 3, assignedPartitions: [{ topicId: idOf('t'), partitions: [0, 1] }] },
    });
  });
});
