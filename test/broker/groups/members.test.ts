import { describe, expect, it } from 'vitest';
import { commitError, heartbeat, leaveGroup } from '../../../src/broker/groups/membership.ts';
import { answered, errorOf, GroupOnBench, nameOf } from './support.ts';

const protocols = (...names: string[]) => names.map((name) => ({ name, metadata: Buffer.from(name) }));

describe('the member id', () => {
  it('is given out first and then joined with', () => {
    const bench = new GroupOnBench();
    const first = bench.join({ isMemberIdRequired: true });
    expect(errorOf(first)).toBe('MEMBER_ID_REQUIRED');
    const { memberId } = answered(first);
    expect(memberId).toMatch(/^client-/);
    const again = bench.join({ isMemberIdRequired: true, memberId });
    bench.timers.advance(200);
    expect(answered(again)).toMatchObject({ errorCode: 0, memberId, leader: memberId });
  });

  it('is forgotten when nobody joins with it within the session time', () => {
    const bench = new GroupOnBench();
    const { memberId } = answered(bench.join({ isMemberIdRequired: true }));
    bench.timers.advance(10_000);
    expect(errorOf(bench.join({ memberId }))).toBe('UNKNOWN_MEMBER_ID');
    expect(bench.timers.count).toBe(0);
  });

  it('holds up a rebalance until it is joined with, left or forgotten', () => {
    const bench = new GroupOnBench();
    const [one] = bench.stable(1);
    const { memberId } = answered(bench.join({ isMemberIdRequired: true }));
    const again = bench.join({ memberId: one?.memberId ?? '' });
    expect(errorOf(again)).toBe('waits');
    expect(leaveGroup(bench.rebalance, [{ memberId, instanceId: null }])).toEqual([0]);
    expect(answered(again).generationId).toBe(2);
  });
});

describe('protocols', () => {
  it('are refused when there are none or the type is empty', () => {
    const bench = new GroupOnBench();
    expect(errorOf(bench.join({ protocols: [] }))).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(errorOf(bench.join({ protocolType: '' }))).toBe('INCONSISTENT_GROUP_PROTOCOL');
  });

  it('are voted on among those that all members know', () => {
    const bench = new GroupOnBench();
    const answers = [
      bench.join({ protocols: protocols('a', 'b', 'c') }),
      bench.join({ protocols: protocols('c', 'b') }),
      bench.join({ protocols: protocols('c', 'b', 'x') }),
    ];
    bench.timers.advance(200);
    expect(answers.map((answer) => answered(answer).protocolName)).toEqual(['c', 'c', 'c']);
    expect(answered(answers[0] ?? bench.join()).members.map(({ metadata }) => String(metadata))).toEqual([
      'c',
      'c',
      'c',
    ]);
    expect(errorOf(bench.join({ protocols: protocols('a', 'x') }))).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(errorOf(bench.join({ protocols: protocols('c'), protocolType: 'connect' }))).toBe(
      'INCONSISTENT_GROUP_PROTOCOL',
    );
  });

  it('decide whether joining a stable group again is a change', () => {
    const bench = new GroupOnBench();
    const [leader, follower] = bench.stable(2);
    expect(answered(bench.join({ memberId: follower?.memberId ?? '' })).generationId).toBe(1);
    expect(bench.group.state).toBe('Stable');
    expect(errorOf(bench.join({ memberId: leader?.memberId ?? '' }))).toBe('waits');
    expect(bench.group.state).toBe('PreparingRebalance');
  });
});

describe('group.max.size', () => {
  it('refuses who comes too late', () => {
    const bench = new GroupOnBench({ maxSize: 2 });
    bench.stable(2);
    expect(errorOf(bench.join())).toBe('GROUP_MAX_SIZE_REACHED');
    expect(bench.group.state).toBe('Stable');
  });

  it('refuses subscriptions larger than a group may hold', () => {
    const bench = new GroupOnBench();
    const metadata = Buffer.alloc(17 * 1024 * 1024);
    expect(errorOf(bench.join({ protocols: [{ name: 'range', metadata }] }))).toBe('GROUP_MAX_SIZE_REACHED');
  });
});

describe('a static member', () => {
  const instanceId = 'instance';

  it('takes its place again without a rebalance when it was restarted', () => {
    const bench = new GroupOnBench();
    const [follower, other] = bench.stable(2, (index) => (index === 1 ? { instanceId } : {}));
    const again = bench.join({ instanceId });
    expect(answered(again)).toMatchObject({ errorCode: 0, generationId: 1, leader: follower?.memberId, members: [] });
    expect(answered(again).memberId).not.toBe(other?.memberId);
    expect(bench.group.state).toBe('Stable');
    const assignment = answered(bench.sync(answered(again), { instanceId })).assignment;
    expect(Buffer.from(assignment).toString()).toBe(other?.memberId);
  });

  it('that leads is told to keep the assignment, or before version 9 not that it leads', () => {
    const bench = new GroupOnBench();
    const [former] = bench.stable(1, () => ({ instanceId }));
    const old = answered(bench.join({ instanceId }));
    expect(old).toMatchObject({ leader: former?.memberId, skipAssignment: false, members: [] });
    const recent = answered(bench.join({ instanceId, canSkipAssignment: true }));
    expect(recent).toMatchObject({ leader: recent.memberId, skipAssignment: true });
    expect(recent.members).toHaveLength(1);
  });

  it('fences its former self', () => {
    const bench = new GroupOnBench();
    const [former] = bench.stable(1, () => ({ instanceId }));
    const memberId = former?.memberId ?? '';
    bench.join({ instanceId });
    expect(nameOf(heartbeat(bench.rebalance, { memberId, instanceId }, 1))).toBe('FENCED_INSTANCE_ID');
    expect(errorOf(bench.join({ memberId, instanceId }))).toBe('FENCED_INSTANCE_ID');
    expect(nameOf(leaveGroup(bench.rebalance, [{ memberId, instanceId }])[0])).toBe('FENCED_INSTANCE_ID');
    expect(nameOf(heartbeat(bench.rebalance, { memberId, instanceId: 'nobody' }, 1))).toBe('UNKNOWN_MEMBER_ID');
  });

  it('begins a rebalance when the protocol changes by its return', () => {
    const bench = new GroupOnBench();
    bench.stable(1, () => ({ instanceId, protocols: protocols('a', 'b') }));
    expect(answered(bench.join({ instanceId, protocols: protocols('b', 'a') })).generationId).toBe(2);
    expect(bench.group).toMatchObject({ state: 'CompletingRebalance', protocolName: 'b', generationId: 2 });
  });

  it('stays through a rebalance that it misses, until its session ends', () => {
    const bench = new GroupOnBench();
    const [fixed, dynamic] = bench.stable(2, (index) => ({
      sessionTimeoutMs: 100_000,
      rebalanceTimeoutMs: 10_000,
      ...(index === 0 ? { instanceId } : {}),
    }));
    const again = bench.join({
      memberId: dynamic?.memberId ?? '',
      protocols: protocols('range', 'new'),
      rebalanceTimeoutMs: 10_000,
    });
    bench.timers.advance(10_000);
    expect(answered(again).members.map(({ memberId }) => memberId)).toContain(fixed?.memberId);
  });

  it('can be removed by its instance id alone', () => {
    const bench = new GroupOnBench();
    bench.stable(1, () => ({ instanceId }));
    expect(leaveGroup(bench.rebalance, [{ memberId: '', instanceId }])).toEqual([0]);
    expect(bench.group.state).toBe('Empty');
  });
});

describe('a commit', () => {
  const error = (bench: GroupOnBench, memberId: string, generationId: number, isTransactional = false) =>
    nameOf(commitError(bench.group, { memberId, instanceId: null, generationId }, isTransactional));

  it('is open to everybody while the group is empty', () => {
    const bench = new GroupOnBench();
    expect(error(bench, '', -1)).toBe('NONE');
    expect(error(bench, 'stranger', 3)).toBe('UNKNOWN_MEMBER_ID');
  });

  it('takes a member and its generation while there are members', () => {
    const bench = new GroupOnBench();
    const [member] = bench.stable(1);
    const memberId = member?.memberId ?? '';
    expect(error(bench, memberId, 1)).toBe('NONE');
    expect(error(bench, memberId, 2)).toBe('ILLEGAL_GENERATION');
    expect(error(bench, 'stranger', 1)).toBe('UNKNOWN_MEMBER_ID');
    expect(error(bench, '', -1)).toBe('UNKNOWN_MEMBER_ID');
    expect(error(bench, '', -1, true)).toBe('NONE');
  });

  it('may come while a rebalance begins, and not while it waits for the leader', () => {
    const bench = new GroupOnBench();
    const [member] = bench.stable(1);
    const memberId = member?.memberId ?? '';
    bench.join();
    expect(error(bench, memberId, 1)).toBe('NONE');
    bench.join({ memberId });
    expect(error(bench, memberId, 2)).toBe('REBALANCE_IN_PROGRESS');
  });
});
