import { describe, expect, it } from 'vitest';
import type { JoinResult } from '../../../src/broker/groups/member.ts';
import { heartbeat, leaveGroup } from '../../../src/broker/groups/membership.ts';
import { answered, errorOf, GroupOnBench, nameOf } from './support.ts';

const beat = (bench: GroupOnBench, { memberId, generationId }: JoinResult, instanceId: string | null = null) =>
  nameOf(heartbeat(bench.rebalance, { memberId, instanceId }, generationId));

/** Keeps members alive while time passes. */
const passWithHeartbeats = (bench: GroupOnBench, members: readonly JoinResult[], forMs: number): void => {
  for (let passed = 0; passed < forMs; passed += 5_000) {
    bench.timers.advance(5_000);
    for (const member of members) beat(bench, member);
  }
};

describe('a first rebalance', () => {
  it('waits for its delay and answers all members of it together', () => {
    const bench = new GroupOnBench({ initialRebalanceDelayMs: 100 });
    const first = bench.join();
    const second = bench.join();
    expect([errorOf(first), errorOf(second)]).toEqual(['waits', 'waits']);
    bench.timers.advance(200);
    expect(answered(first)).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range' });
    expect(answered(first).leader).toBe(answered(first).memberId);
    expect(answered(first).members.map(({ memberId }) => memberId)).toEqual([
      answered(first).memberId,
      answered(second).memberId,
    ]);
    expect(answered(second)).toMatchObject({ leader: answered(first).memberId, members: [] });
    expect(bench.group.state).toBe('CompletingRebalance');
  });

  it('waits on while members come, but no longer than the rebalance time-out', () => {
    const bench = new GroupOnBench({ initialRebalanceDelayMs: 1_000 });
    const first = bench.join({ rebalanceTimeoutMs: 2_500 });
    for (let index = 0; index < 2; index++) {
      bench.timers.advance(900);
      bench.join({ rebalanceTimeoutMs: 2_500 });
    }
    bench.timers.advance(600);
    expect(errorOf(first)).toBe('waits');
    bench.timers.advance(200);
    expect(answered(first).members).toHaveLength(3);
  });

  it('answers at once without a delay', () => {
    const bench = new GroupOnBench({ initialRebalanceDelayMs: 0 });
    const only = bench.join();
    bench.timers.advance(0);
    expect(answered(only).generationId).toBe(1);
  });

  it('leaves an empty group behind when everybody left meanwhile', () => {
    const bench = new GroupOnBench();
    const only = bench.join();
    const [member] = bench.group.members();
    leaveGroup(bench.rebalance, [{ memberId: member?.memberId ?? '', instanceId: null }]);
    expect(errorOf(only)).toBe('UNKNOWN_MEMBER_ID');
    bench.timers.advance(200);
    expect(bench.group).toMatchObject({ state: 'Empty', generationId: 1 });
    expect(bench.timers.count).toBe(0);
  });
});

describe('synchronising', () => {
  it('gives each member what the leader said, once it is written', () => {
    const bench = new GroupOnBench();
    const answers = [bench.join(), bench.join()];
    bench.timers.advance(200);
    const [leader, follower] = answers.map(answered);
    if (leader === undefined || follower === undefined) throw new Error('two members expected');
    bench.diskAnswer = null;
    const followerSync = bench.sync(follower);
    const leaderSync = bench.sync(leader, {
      assignments: [{ memberId: follower.memberId, assignment: Buffer.from('half') }],
    });
    expect([errorOf(leaderSync), errorOf(followerSync), bench.group.state]).toEqual([
      'waits',
      'waits',
      'CompletingRebalance',
    ]);
    bench.unwritten[0]?.(true);
    expect(Buffer.from(answered(followerSync).assignment).toString()).toBe('half');
    expect(answered(leaderSync).assignment).toHaveLength(0);
    expect(bench.group.state).toBe('Stable');
  });

  it('has all join again when the disk refused', () => {
    const bench = new GroupOnBench();
    const answer = bench.join();
    bench.timers.advance(200);
    bench.diskAnswer = false;
    expect(errorOf(bench.sync(answered(answer)))).toBe('COORDINATOR_NOT_AVAILABLE');
    expect(bench.group.state).toBe('PreparingRebalance');
  });

  it('refuses other generations, strangers and other protocols', () => {
    const bench = new GroupOnBench();
    const [member] = bench.stable(1);
    if (member === undefined) throw new Error('one member expected');
    expect(errorOf(bench.sync({ ...member, generationId: 7 }))).toBe('ILLEGAL_GENERATION');
    expect(errorOf(bench.sync({ ...member, memberId: 'stranger' }))).toBe('UNKNOWN_MEMBER_ID');
    expect(errorOf(bench.sync(member, { protocolName: 'sticky' }))).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(errorOf(bench.sync(member, { protocolType: 'connect' }))).toBe('INCONSISTENT_GROUP_PROTOCOL');
    expect(errorOf(bench.sync(member, { protocolType: 'consumer', protocolName: 'range' }))).toBe('NONE');
  });

  it('throws out who does not come within the rebalance time-out', () => {
    const bench = new GroupOnBench();
    const answers = [bench.join({ sessionTimeoutMs: 300_000 }), bench.join({ sessionTimeoutMs: 300_000 })];
    bench.timers.advance(200);
    const [leader, lazy] = answers.map(answered);
    if (leader === undefined || lazy === undefined) throw new Error('two members expected');
    bench.sync(leader);
    bench.timers.advance(60_000);
    expect(bench.group.member(lazy.memberId)).toBeUndefined();
    expect(bench.group).toMatchObject({ state: 'PreparingRebalance', memberCount: 1 });
  });
});

describe('a later rebalance', () => {
  it('begins when a member comes, and ends when all have joined again', () => {
    const bench = new GroupOnBench();
    const [one] = bench.stable(1);
    if (one === undefined) throw new Error('one member expected');
    const other = bench.join();
    expect(bench.group.state).toBe('PreparingRebalance');
    expect(beat(bench, one)).toBe('REBALANCE_IN_PROGRESS');
    const again = bench.join({ memberId: one.memberId });
    expect(answered(again)).toMatchObject({ generationId: 2, leader: one.memberId });
    expect(answered(again).members).toHaveLength(2);
    expect(answered(other).generationId).toBe(2);
  });

  it('goes on without members that do not join again in time', () => {
    const bench = new GroupOnBench();
    const [one, two] = bench.stable(2, () => ({ sessionTimeoutMs: 300_000 }));
    if (one === undefined || two === undefined) throw new Error('two members expected');
    const again = bench.join({ memberId: two.memberId, protocols: [{ name: 'range', metadata: Buffer.from('new') }] });
    bench.timers.advance(59_999);
    expect(errorOf(again)).toBe('waits');
    bench.timers.advance(1);
    expect(answered(again)).toMatchObject({ generationId: 2, leader: two.memberId });
    expect(answered(again).members).toHaveLength(1);
    expect(beat(bench, one)).toBe('UNKNOWN_MEMBER_ID');
  });

  it('begins when a session ends', () => {
    const bench = new GroupOnBench();
    const [one, two] = bench.stable(2);
    if (one === undefined || two === undefined) throw new Error('two members expected');
    passWithHeartbeats(bench, [one], 10_000);
    expect(beat(bench, one)).toBe('REBALANCE_IN_PROGRESS');
    expect(beat(bench, two)).toBe('UNKNOWN_MEMBER_ID');
  });

  it('interrupts one that is synchronising', () => {
    const bench = new GroupOnBench();
    const answers = [bench.join(), bench.join()];
    bench.timers.advance(200);
    const [, follower] = answers.map(answered);
    if (follower === undefined) throw new Error('two members expected');
    const sync = bench.sync(follower);
    bench.join();
    expect(errorOf(sync)).toBe('REBALANCE_IN_PROGRESS');
    expect(bench.group.state).toBe('PreparingRebalance');
  });

  it('elects another leader when the leader left', () => {
    const bench = new GroupOnBench();
    const [leader, other] = bench.stable(2);
    if (leader === undefined || other === undefined) throw new Error('two members expected');
    leaveGroup(bench.rebalance, [{ memberId: leader.memberId, instanceId: null }]);
    const again = bench.join({ memberId: other.memberId });
    expect(answered(again)).toMatchObject({ leader: other.memberId, generationId: 2 });
  });

  it('ends in an empty group, which is written, when the last member left', () => {
    const bench = new GroupOnBench();
    const [only] = bench.stable(1);
    const writes = bench.writes.length;
    leaveGroup(bench.rebalance, [{ memberId: only?.memberId ?? '', instanceId: null }]);
    expect(bench.group).toMatchObject({ state: 'Empty', generationId: 2, protocolName: null });
    expect(bench.writes.length).toBe(writes + 1);
    expect(bench.memberBytes).toBe(0);
    expect(bench.timers.count).toBe(0);
  });
});

describe('heartbeats', () => {
  it('keep a member alive, and only with its generation', () => {
    const bench = new GroupOnBench();
    const [one] = bench.stable(1);
    if (one === undefined) throw new Error('one member expected');
    passWithHeartbeats(bench, [one], 60_000);
    expect(beat(bench, one)).toBe('NONE');
    expect(beat(bench, { ...one, generationId: 0 })).toBe('ILLEGAL_GENERATION');
    expect(beat(bench, { ...one, memberId: 'stranger' })).toBe('UNKNOWN_MEMBER_ID');
  });

  it('are not expected of a member that waits for the others', () => {
    const bench = new GroupOnBench();
    const [one, two] = bench.stable(2);
    if (one === undefined || two === undefined) throw new Error('two members expected');
    const again = bench.join({ memberId: one.memberId });
    passWithHeartbeats(bench, [two], 30_000);
    expect(errorOf(again)).toBe('waits');
    bench.join({ memberId: two.memberId });
    expect(answered(again).members).toHaveLength(2);
  });

  it('are not there for a client that went away in its first JoinGroup, which is given up after five minutes', () => {
    const bench = new GroupOnBench();
    const [one] = bench.stable(1, () => ({ rebalanceTimeoutMs: 3_600_000 }));
    if (one === undefined) throw new Error('one member expected');
    const gone = bench.join({ rebalanceTimeoutMs: 3_600_000 });
    passWithHeartbeats(bench, [one], 5 * 60_000);
    expect(errorOf(gone)).toBe('UNKNOWN_MEMBER_ID');
  });
});
