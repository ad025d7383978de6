import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { describeGroups } from '../../../src/protocol/messages/describe-groups.ts';
import { findCoordinator } from '../../../src/protocol/messages/find-coordinator.ts';
import { heartbeat } from '../../../src/protocol/messages/heartbeat.ts';
import { joinGroup } from '../../../src/protocol/messages/join-group.ts';
import { leaveGroup } from '../../../src/protocol/messages/leave-group.ts';
import { listGroups } from '../../../src/protocol/messages/list-groups.ts';
import { metadata } from '../../../src/protocol/messages/metadata.ts';
import { syncGroup } from '../../../src/protocol/messages/sync-group.ts';
import { brokerForTest, Wire } from '../wire.ts';
import { joinCall, joinWith, soloMember, subscriptionTo } from './groups-support.ts';

const versions = (min: number, max: number): number[] =>
  Array.from({ length: max - min + 1 }, (_, index) => min + index);
const quick = { 'group.initial.rebalance.delay.ms': '0' };

describe('FindCoordinator', () => {
  it.each([0, 1, 2, 3])('names this broker in version %i', async (version) => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    const found = await wire.ask(findCoordinator, version, { key: 'g' });
    expect(found).toMatchObject({ errorCode: 0, nodeId: 1, host: '127.0.0.1', port: broker.port });
  });

  it('answers several groups at once from version 4, and transactional ids', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    for (const keyType of [0, 1]) {
      const { coordinators } = await wire.ask(findCoordinator, 4, { keyType, coordinatorKeys: ['a', 'b'] });
      expect(coordinators.map(({ key, port, errorCode }) => [key, port, errorCode])).toEqual([
        ['a', broker.port, 0],
        ['b', broker.port, 0],
      ]);
    }
    const { coordinators } = await wire.ask(findCoordinator, 4, { keyType: 2, coordinatorKeys: ['a'] });
    expect(coordinators[0]).toMatchObject({ errorCode: ErrorCode.INVALID_REQUEST, nodeId: -1 });
  });

  it('makes the topic of offsets, with as many partitions as the setting says', async () => {
    const { broker } = await brokerForTest({ 'offsets.topic.num.partitions': '3' });
    const wire = await Wire.open(broker);
    await wire.ask(findCoordinator, 0, { key: 'g' });
    const { topics } = await wire.ask(metadata, 5, { topics: [{ name: '__consumer_offsets' }] });
    expect(topics[0]).toMatchObject({ errorCode: 0, isInternal: true });
    expect(topics[0]?.partitions).toHaveLength(3);
  });
});

describe('JoinGroup, SyncGroup, Heartbeat and LeaveGroup', () => {
  it.each(versions(0, 9))('let a member in with JoinGroup %i', async (version) => {
    const { broker } = await brokerForTest(quick);
    const wire = await Wire.open(broker);
    const joined = await joinWith(wire, version, joinCall('g'));
    expect(joined).toMatchObject({ errorCode: 0, generationId: 1, protocolName: 'range', leader: joined.memberId });
    expect(joined.members.map(({ memberId }) => memberId)).toEqual([joined.memberId]);
    if (version >= 7) expect(joined.protocolType).toBe('consumer');
  });

  it.each(versions(0, 5))('spread the assignment with SyncGroup %i', async (version) => {
    const { broker } = await brokerForTest(quick);
    const wire = await Wire.open(broker);
    const { memberId, generationId } = await joinWith(wire, 9, joinCall('g'));
    const who = { groupId: 'g', memberId, generationId };
    const protocol = version >= 5 ? { protocolType: 'consumer', protocolName: 'range' } : {};
    const assignments = [{ memberId, assignment: Buffer.from('all') }];
    const synced = await wire.ask(syncGroup, version, { ...who, ...protocol, assignments });
    expect(synced).toMatchObject({ errorCode: 0, ...protocol });
    expect(synced.assignment.toString()).toBe('all');
  });

  it('asks for the protocol in SyncGroup 5', async () => {
    const { broker } = await brokerForTest(quick);
    const wire = await Wire.open(broker);
    const { memberId, generationId } = await joinWith(wire, 9, joinCall('g'));
    const synced = await wire.ask(syncGroup, 5, { groupId: 'g', memberId, generationId, assignments: [] });
    expect(synced.errorCode).toBe(ErrorCode.INCONSISTENT_GROUP_PROTOCOL);
  });

  it.each(versions(0, 4))('take a Heartbeat %i', async (version) => {
    const { broker } = await brokerForTest(quick);
    const wire = await Wire.open(broker);
    const who = await soloMember(wire, 'g');
    expect((await wire.ask(heartbeat, version, who)).errorCode).toBe(0);
    expect((await wire.ask(heartbeat, version, { ...who, memberId: 'stranger' })).errorCode).toBe(
      ErrorCode.UNKNOWN_MEMBER_ID,
    );
    expect((await wire.ask(heartbeat, version, { ...who, groupId: '' })).errorCode).toBe(ErrorCode.INVALID_GROUP_ID);
  });

  it.each(versions(0, 5))('let a member go with LeaveGroup %i', async (version) => {
    const { broker } = await brokerForTest(quick);
    const wire = await Wire.open(broker);
    const { memberId } = await soloMember(wire, 'g');
    const leave = (id: string) =>
      wire.ask(leaveGroup, version, {
        groupId: 'g',
        ...(version < 3 ? { memberId: id } : { members: [{ memberId: id }, { memberId: 'stranger' }] }),
      });
    const left = await leave(memberId);
    expect(left.errorCode).toBe(0);
    if (version >= 3) expect(left.members.map(({ errorCode }) => errorCode)).toEqual([0, ErrorCode.UNKNOWN_MEMBER_ID]);
    else expect((await leave(memberId)).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  it('refuse session times outside the settings, and a group without a name', async () => {
    const { broker } = await brokerForTest({
      ...quick,
      'group.min.session.timeout.ms': '1000',
      'group.max.session.timeout.ms': '2000',
    });
    const wire = await Wire.open(broker);
    const join = async (change: Partial<ReturnType<typeof joinCall>>) =>
      (await wire.ask(joinGroup, 0, { ...joinCall('g'), ...change })).errorCode;
    expect(await join({ sessionTimeoutMs: 999 })).toBe(ErrorCode.INVALID_SESSION_TIMEOUT);
    expect(await join({ sessionTimeoutMs: 2001 })).toBe(ErrorCode.INVALID_SESSION_TIMEOUT);
    expect(await join({ sessionTimeoutMs: 1000, groupId: '' })).toBe(ErrorCode.INVALID_GROUP_ID);
    expect(await join({ sessionTimeoutMs: 1000, memberId: 'former' })).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(await join({ sessionTimeoutMs: 1000 })).toBe(0);
  });

  it('rebalance two members on two connections', async () => {
    const { broker } = await brokerForTest(quick);
    const [one, two] = [await Wire.open(broker), await Wire.open(broker)];
    const first = await soloMember(one, 'g');
    const secondJoining = joinWith(two, 3, joinCall('g'));
    await expect.poll(async () => (await one.ask(heartbeat, 4, first)).errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
    const again = await one.ask(joinGroup, 9, { ...joinCall('g'), memberId: first.memberId });
    const second = await secondJoining;
    expect([again.generationId, second.generationId]).toEqual([2, 2]);
    expect(again.members).toHaveLength(2);
    const syncing = two.ask(syncGroup, 3, {
      groupId: 'g',
      memberId: second.memberId,
      generationId: 2,
      assignments: [],
    });
    await one.ask(syncGroup, 3, {
      groupId: 'g',
      memberId: again.memberId,
      generationId: 2,
      assignments: [{ memberId: second.memberId, assignment: Buffer.from('half') }],
    });
    expect((await syncing).assignment.toString()).toBe('half');
  });

  it('throw a silent member out when its session ends', async () => {
    const { broker } = await brokerForTest({ ...quick, 'group.min.session.timeout.ms': '50' });
    const wire = await Wire.open(broker);
    const who = await soloMember(wire, 'g', { sessionTimeoutMs: 50 });
    await expect.poll(async () => (await wire.ask(listGroups, 5, {})).groups[0]?.groupState).toBe('Empty');
    expect((await wire.ask(heartbeat, 4, who)).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
  });

  it('do not keep the broker from closing while they wait', async () => {
    const { broker } = await brokerForTest({ 'group.initial.rebalance.delay.ms': '600000' });
    const wire = await Wire.open(broker);
    wire.send(joinGroup, 3, { ...joinCall('g'), rebalanceTimeoutMs: 700_000 });
    const other = await Wire.open(broker);
    const waiting = async () => (await other.ask(listGroups, 5, {})).groups[0]?.groupState;
    await expect.poll(waiting).toBe('PreparingRebalance');
    await broker.close();
    expect(await wire.frame()).toBeNull();
  });

  it('outlive a restart of the broker: members go on with their generation', async () => {
    const { broker, dataDir } = await brokerForTest(quick);
    const who = await soloMember(await Wire.open(broker), 'g');
    await broker.close();
    const { broker: again } = await brokerForTest(quick, dataDir);
    const wire = await Wire.open(again);
    expect((await wire.ask(heartbeat, 4, who)).errorCode).toBe(0);
    const { groups } = await wire.ask(describeGroups, 5, { groups: ['g'] });
    expect(groups[0]).toMatchObject({ groupState: 'Stable', protocolData: 'range' });
    expect(groups[0]?.members[0]?.memberAssignment.toString()).toBe('all');
  });
});

describe('DescribeGroups and ListGroups', () => {
  it.each(versions(0, 5))('DescribeGroups %i shows members, and calls unknown groups dead', async (version) => {
    const { broker } = await brokerForTest(quick);
    const wire = await Wire.open(broker);
    const { memberId } = await soloMember(wire, 'g');
    const { groups } = await wire.ask(describeGroups, version, { groups: ['g', 'nobody'] });
    expect(groups).toMatchObject([
      { errorCode: 0, groupState: 'Stable', protocolType: 'consumer', protocolData: 'range' },
      { errorCode: 0, groupState: 'Dead', protocolType: '', protocolData: '', members: [] },
    ]);
    expect(groups[0]?.members).toMatchObject([{ memberId, clientId: 'test', clientHost: '/127.0.0.1' }]);
    expect(groups[0]?.members[0]?.memberMetadata).toEqual(subscriptionTo('t'));
  });

  it.each(versions(0, 5))('ListGroups %i tells groups and their protocol types', async (version) => {
    const { broker } = await brokerForTest(quick);
    const wire = await Wire.open(broker);
    await soloMember(wire, 'g');
    const { groups } = await wire.ask(listGroups, version, {});
    expect(groups).toEqual([
      {
        groupId: 'g',
        protocolType: 'consumer',
        groupState: version >= 4 ? 'Stable' : '',
        groupType: version >= 5 ? 'classic' : '',
      },
    ]);
  });

  it('ListGroups filters by state and type', async () => {
    const { broker } = await brokerForTest(quick);
    const wire = await Wire.open(broker);
    await soloMember(wire, 'stable');
    const { memberId } = await soloMember(wire, 'empty');
    await wire.ask(leaveGroup, 0, { groupId: 'empty', memberId });
    const list = async (statesFilter: string[], typesFilter: string[]) =>
      (await wire.ask(listGroups, 5, { statesFilter, typesFilter })).groups.map(({ groupId }) => groupId);
    expect(await list(['empty'], [])).toEqual(['empty']);
    expect(await list(['Stable', 'Dead'], ['Classic'])).toEqual(['stable']);
    expect(await list([], ['consumer'])).toEqual([]);
  });
});
