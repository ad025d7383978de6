import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorCode } from '../../src/protocol/errors.ts';
import { deleteGroups } from '../../src/protocol/messages/delete-groups.ts';
import { describeGroups } from '../../src/protocol/messages/describe-groups.ts';
import { findCoordinator } from '../../src/protocol/messages/find-coordinator.ts';
import { heartbeat } from '../../src/protocol/messages/heartbeat.ts';
import { joinGroup } from '../../src/protocol/messages/join-group.ts';
import { leaveGroup } from '../../src/protocol/messages/leave-group.ts';
import { listGroups } from '../../src/protocol/messages/list-groups.ts';
import { offsetCommit } from '../../src/protocol/messages/offset-commit.ts';
import { offsetDelete } from '../../src/protocol/messages/offset-delete.ts';
import { offsetFetch } from '../../src/protocol/messages/offset-fetch.ts';
import { syncGroup } from '../../src/protocol/messages/sync-group.ts';
import type { RequestInput, ResponseOf } from '../../src/protocol/schema.ts';
import { joinCall } from '../broker/apis/groups-support.ts';
import { makeTopic, type Wire } from '../broker/wire.ts';
import { Interview, type Transcript } from './interview.ts';
import { type RealKafka, realKafka } from './real-kafka.ts';
import { type BrokerProcess, needs, startBroker, temporaryDirectory } from './support.ts';

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let ours: BrokerProcess;
let kafka: RealKafka;

beforeAll(async () => {
  directory = await temporaryDirectory();
  ours = await startBroker(directory.path);
  kafka = await realKafka();
});

afterAll(async () => {
  await ours?.end();
  await kafka?.remove();
  await directory?.remove();
});

const versions = { join: 9, sync: 5, beat: 4, leave: 5, commit: 9, fetch: 9 } as const;
const consumer = { protocolType: 'consumer', protocolName: 'range' };

const join = (interview: Interview, wire: Wire, note: string, change: Partial<RequestInput<typeof joinGroup>> = {}) =>
  interview.ask(wire, note, joinGroup, versions.join, { rebalanceTimeoutMs: 30_000, ...joinCall('g'), ...change });

/** Joins with an id that was asked for first, which the transcript calls `name`. */
const joinNew = async (interview: Interview, wire: Wire, name: string): Promise<ResponseOf<typeof joinGroup>> => {
  const call = { rebalanceTimeoutMs: 30_000, ...joinCall('g') };
  const { memberId, errorCode } = await wire.ask(joinGroup, versions.join, call);
  expect(errorCode).toBe(ErrorCode.MEMBER_ID_REQUIRED);
  interview.name(memberId, name);
  return await join(interview, wire, name, { memberId });
};

const members = async (interview: Interview): Promise<void> => {
  const [one, two] = [await interview.wire(), await interview.wire()];
  const { ask } = { ask: interview.ask.bind(interview) };
  await ask(one, 'nobody', heartbeat, versions.beat, { groupId: 'none', generationId: 1, memberId: 'm' });
  await ask(one, 'nobody', leaveGroup, versions.leave, { groupId: 'none', members: [{ memberId: 'm' }] });
  await ask(one, 'nobody', leaveGroup, 0, { groupId: 'none', memberId: 'm' });
  await ask(one, 'nobody', syncGroup, 0, { groupId: 'none', generationId: 1, memberId: 'm', assignments: [] });
  await join(interview, one, 'with an id of a group that is not there', { memberId: 'm' });
  await join(interview, one, 'no protocols', { protocols: [] });
  await join(interview, one, 'no type', { protocolType: '' });
  await join(interview, one, 'session too short', { sessionTimeoutMs: 1 });
  await join(interview, one, 'no name', { groupId: '' });
  const first = await joinNew(interview, one, 'first');
  const who = { groupId: 'g', memberId: first.memberId, generationId: 1 };
  await ask(one, 'before the leader', describeGroups, 5, { groups: ['g'] });
  await ask(one, 'other protocol', syncGroup, 5, { ...who, ...consumer, protocolName: 'x', assignments: [] });
  await ask(one, 'no protocol', syncGroup, 5, { ...who, assignments: [] });
  const commit = { generationIdOrMemberEpoch: 1, memberId: first.memberId, groupId: 'g' };
  const topics = [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: 'x' }] }];
  await ask(one, 'before the leader', offsetCommit, 9, { ...commit, topics });
  await ask(one, 'before the leader', heartbeat, 4, who);
  const assignments = [{ memberId: first.memberId, assignment: Buffer.from('all') }];
  await ask(one, 'leader', syncGroup, 5, { ...who, ...consumer, assignments });
  await ask(one, 'again', syncGroup, 5, { ...who, ...consumer, assignments: [] });
  await ask(one, 'other generation', syncGroup, 5, { ...who, generationId: 7, ...consumer, assignments: [] });
  await ask(one, 'stable', heartbeat, 4, who);
  await ask(one, 'other generation', heartbeat, 4, { ...who, generationId: 2 });
  await ask(one, 'stranger', heartbeat, 4, { ...who, memberId: 'm' });
  await ask(one, 'static stranger', heartbeat, 4, { ...who, groupInstanceId: 'i' });
  await ask(one, 'stable', describeGroups, 5, { groups: ['g', 'none'] });
  await ask(one, 'member', offsetCommit, 9, { ...commit, topics });
  await ask(one, 'other generation', offsetCommit, 9, { ...commit, generationIdOrMemberEpoch: 3, topics });
  await ask(one, 'without a generation', offsetCommit, 9, {
    ...commit,
    memberId: '',
    generationIdOrMemberEpoch: -1,
    topics,
  });
  await ask(one, 'stranger', offsetCommit, 9, { ...commit, memberId: 'm', topics });
  await ask(one, 'read', offsetDelete, 0, {
    groupId: 'g',
    topics: [{ name: 't', partitions: [{ partitionIndex: 0 }] }],
  });
  await ask(one, 'full', deleteGroups, 2, { groupsNames: ['g', 'none'] });

  await join(interview, one, 'other protocol', { protocols: [{ name: 'x', metadata: Buffer.from('x') }] });
  await join(interview, one, 'other type', { protocolType: 'connect' });
  await join(interview, one, 'static stranger', { memberId: who.memberId, groupInstanceId: 'i' });

  const second = joinNew(interview, two, 'second');
  await expect.poll(async () => (await one.ask(heartbeat, 4, who)).errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  await ask(one, 'rebalance', describeGroups, 5, { groups: ['g'] });
  await ask(one, 'rebalance', syncGroup, 5, { ...who, ...consumer, assignments: [] });
  await ask(one, 'rebalance', offsetCommit, 9, { ...commit, topics });
  await one.ask(joinGroup, versions.join, { rebalanceTimeoutMs: 30_000, ...joinCall('g'), memberId: who.memberId });
  const { memberId } = await second;
  await ask(two, 'stranger and first', leaveGroup, 5, {
    groupId: 'g',
    members: [{ memberId: 'm' }, { memberId: who.memberId }],
  });
  await ask(two, 'last', leaveGroup, 0, { groupId: 'g', memberId });
  await ask(two, 'empty', describeGroups, 5, { groups: ['g'] });
  await ask(two, 'empty', listGroups, 5, { statesFilter: ['empty'], typesFilter: ['CLASSIC'] });
  await ask(two, 'nobody is stable', listGroups, 4, { statesFilter: ['Stable'] });
};

const connectors = async (interview: Interview): Promise<void> => {
  const wire = await interview.wire();
  const call = {
    ...joinCall('c'),
    protocolType: 'connect',
    protocols: [{ name: 'range', metadata: Buffer.from('?') }],
  };
  for (const version of [0, 1, 3]) {
    const joined = await wire.ask(joinGroup, version, version === 0 ? call : { ...call, rebalanceTimeoutMs: 30_000 });
    interview.name(joined.memberId, `connector ${version}`);
    interview.note(`connector ${version}`, joined);
    const who = { groupId: 'c', memberId: joined.memberId };
    await interview.ask(wire, 'connector', syncGroup, 2, {
      ...who,
      generationId: joined.generationId,
      assignments: [],
    });
    const partitions = [{ partitionIndex: 0 }];
    await interview.ask(wire, 'connector', offsetDelete, 0, { groupId: 'c', topics: [{ name: 't', partitions }] });
    await interview.ask(wire, 'connector', describeGroups, 2, { groups: ['c'] });
    await interview.ask(wire, 'connector', leaveGroup, 2, who);
  }
};

const staticMembers = async (interview: Interview): Promise<void> => {
  const wire = await interview.wire();
  const call = { groupId: 's', groupInstanceId: 'i' };
  const former = await wire.ask(joinGroup, 9, { rebalanceTimeoutMs: 30_000, ...joinCall('s'), ...call });
  interview.name(former.memberId, 'former');
  const who = { groupId: 's', generationId: 1, memberId: former.memberId, groupInstanceId: 'i' };
  const assignments = [{ memberId: former.memberId, assignment: Buffer.from('all') }];
  await interview.ask(wire, 'static', syncGroup, 5, { ...who, ...consumer, assignments });
  for (const version of [8, 9]) {
    const again = await wire.ask(joinGroup, version, { rebalanceTimeoutMs: 30_000, ...joinCall('s'), ...call });
    interview.name(again.memberId, `again ${version}`);
    interview.note(`static again ${version}`, again);
  }
  await interview.ask(wire, 'former', heartbeat, 4, who);
  await interview.ask(wire, 'former', syncGroup, 5, { ...who, ...consumer, assignments: [] });
  await join(interview, wire, 'former', { ...call, memberId: former.memberId });
  await interview.ask(wire, 'former', leaveGroup, 5, { groupId: 's', members: [who] });
  await interview.ask(wire, 'by instance', leaveGroup, 5, {
    groupId: 's',
    members: [
      { memberId: '', groupInstanceId: 'nobody' },
      { memberId: '', groupInstanceId: 'i' },
    ],
  });
};

const offsets = async (interview: Interview): Promise<void> => {
  const wire = await interview.wire();
  const places = (...names: string[]) =>
    names.map((name) => ({
      name,
      partitions: [0, 9].map((partitionIndex) => ({ partitionIndex, committedOffset: 5, committedMetadata: null })),
    }));
  const commit = (note: string, version: number, change: Partial<RequestInput<typeof offsetCommit>> = {}) =>
    interview.ask(wire, note, offsetCommit, version, {
      groupId: 'o',
      memberId: '',
      topics: places('t', 'missing'),
      ...change,
    });
  await commit('nobody', 9);
  await commit('old', 2);
  await commit('stranger', 9, { memberId: 'm', generationIdOrMemberEpoch: 1 });
  await commit('not there', 8, { groupId: 'new', memberId: 'm', generationIdOrMemberEpoch: 1 });
  await commit('not there', 9, { groupId: 'new', memberId: 'm', generationIdOrMemberEpoch: 1 });
  await commit('long metadata', 9, {
    topics: [
      { name: 't', partitions: [{ partitionIndex: 0, committedOffset: 1, committedMetadata: 'x'.repeat(4097) }] },
    ],
  });
  for (const version of [1, 5, 7])
    await interview.ask(wire, 'some', offsetFetch, version, {
      groupId: 'o',
      topics: [
        { name: 't', partitionIndexes: [0, 1] },
        { name: 'missing', partitionIndexes: [0] },
      ],
    });
  await interview.ask(wire, 'all', offsetFetch, 7, { groupId: 'o', topics: null });
  await interview.ask(wire, 'groups', offsetFetch, 9, {
    groups: [
      { groupId: 'o', topics: null },
      { groupId: 'none', topics: null },
      { groupId: 'none', topics: [{ name: 't', partitionIndexes: [0] }] },
    ],
    requireStable: true,
  });
  await interview.ask(wire, 'never joined', describeGroups, 5, { groups: ['o'] });
  await interview.ask(wire, 'never joined', listGroups, 5, { statesFilter: ['Empty'] });
  const remove = (groupId: string) =>
    interview.ask(wire, groupId, offsetDelete, 0, {
      groupId,
      topics: ['t', 'missing'].map((name) => ({ name, partitions: [{ partitionIndex: 0 }, { partitionIndex: 9 }] })),
    });
  await remove('o');
  await remove('none');
  await interview.ask(wire, 'empty', deleteGroups, 2, { groupsNames: ['o', 'o'] });
  await interview.ask(wire, 'not a kind', findCoordinator, 4, { keyType: 7, coordinatorKeys: ['g'] });
};

test('Real Kafka and this broker answer the requests of groups alike', async (context) => {
  needs(context, 'java', 'mvn');
  const transcripts: Transcript[] = [];
  for (const address of [await kafka.start(), ours.address]) {
    const interview = new Interview(address);
    const wire = await interview.wire();
    await makeTopic(wire, 't', { partitions: 2 });
    // Real Kafka makes its topic of offsets now, and says that the coordinator is loading meanwhile.
    await expect
      .poll(async () => (await wire.ask(findCoordinator, 0, { key: 'g' })).errorCode, { timeout: 30_000 })
      .toBe(0);
    for (const groupId of ['g', 'c', 's', 'o', 'none', 'new'])
      await expect
        .poll(async () => (await wire.ask(heartbeat, 4, { groupId, generationId: 0, memberId: 'm' })).errorCode, {
          timeout: 30_000,
        })
        .toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    for (const part of [members, connectors, staticMembers, offsets]) await part(interview);
    transcripts.push(interview.transcript);
  }
  expect(transcripts[1]).toEqual(transcripts[0]);
});
