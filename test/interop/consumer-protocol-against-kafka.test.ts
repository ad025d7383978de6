import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorCode } from '../../src/protocol/errors.ts';
import { consumerGroupDescribe } from '../../src/protocol/messages/consumer-group-describe.ts';
import { consumerGroupHeartbeat } from '../../src/protocol/messages/consumer-group-heartbeat.ts';
import { createPartitions } from '../../src/protocol/messages/create-partitions.ts';
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

type Beat = RequestInput<typeof consumerGroupHeartbeat>;
type BeatAnswer = ResponseOf<typeof consumerGroupHeartbeat>;

/** Ids of the topics of one broker. */
type TopicIds = { readonly t: string; readonly u: string; readonly grows: string };

/** One group of one broker, and what its members say. */
class Talk {
  readonly interview: Interview;
  readonly wire: Wire;
  readonly groupId: string;

  constructor(interview: Interview, wire: Wire, groupId: string) {
    this.interview = interview;
    this.wire = wire;
    this.groupId = groupId;
  }

  beat(memberId: string, memberEpoch: number, change: Partial<Beat> = {}, version = 1): Promise<BeatAnswer> {
    const note = `${memberId} at ${memberEpoch} ${Object.keys(change).join()}`;
    const request = { groupId: this.groupId, memberId, memberEpoch, ...change };
    return this.interview.ask(this.wire, note, consumerGroupHeartbeat, version, request);
  }

  join(memberId: string, topics: readonly string[] | null, change: Partial<Beat> = {}): Promise<BeatAnswer> {
    return this.beat(memberId, 0, {
      rebalanceTimeoutMs: 60_000,
      subscribedTopicNames: topics,
      topicPartitions: [],
      ...change,
    });
  }

  /** Beats until the answer holds an assignment, and takes that down. */
  async untilAssigned(memberId: string, memberEpoch: number, change: Partial<Beat> = {}): Promise<void> {
    const request = { groupId: this.groupId, memberId, memberEpoch, ...change };
    let epoch = memberEpoch;
    await expect
      .poll(
        async () => {
          const answer = await this.wire.ask(consumerGroupHeartbeat, 1, { ...request, memberEpoch: epoch });
          expect(answer.errorCode).toBe(0);
          epoch = answer.memberEpoch;
          this.assigned = answer.assignment?.topicPartitions ?? [];
          return this.assigned.length;
        },
        { timeout: 30_000, interval: 100 },
      )
      .toBeGreaterThan(0);
    this.interview.note(`${memberId} was assigned`, this.assigned);
  }

  assigned: readonly { readonly topicId: string; readonly partitions: readonly number[] }[] = [];

  describe(note: string): Promise<unknown> {
    return this.interview.ask(this.wire, note, consumerGroupDescribe, 1, {
      groupIds: [this.groupId, 'none'],
      includeAuthorizedOperations: true,
    });
  }
}

type Part = (talkIn: (groupId: string) => Promise<Talk>, topics: TopicIds) => Promise<void>;

const wrongRequests: Part = async (talkIn) => {
  const talk = await talkIn('wrong');
  await talk.join('', ['t']);
  await talk.join('m', ['t'], { groupId: '' });
  await talk.join('m', ['t'], { instanceId: '' });
  await talk.join('m', ['t'], { rackId: '' });
  await talk.join('m', ['t'], { rebalanceTimeoutMs: -1 });
  await talk.join('m', ['t'], { topicPartitions: null });
  await talk.join('m', ['t'], { topicPartitions: [{ topicId: 'AAAAAAAAAAAAAAAAAAAAAA', partitions: [0] }] });
  await talk.join('m', null);
  await talk.join('m', ['t'], { serverAssignor: 'none' });
  await talk.join('m', null, { subscribedTopicRegex: '[' });
  await talk.beat('m', 1);
  await talk.beat('', 1);
  await talk.beat('', -1);
  await talk.beat('m', -1);
  await talk.beat('m', -2);
  await talk.beat('', -2, { instanceId: 'i' });
  await talk.beat('m', -2, { instanceId: 'i' });
  await talk.beat('m', -3);
  await talk.beat('', 5, {}, 0);
  await talk.describe('nobody joined');
};

const oneMember: Part = async (talkIn, { t }) => {
  const talk = await talkIn('one');
  const { interview, wire, groupId } = talk;
  await talk.join('m1', ['t', 'missing'], { rackId: 'r' });
  await talk.describe('one member');
  await talk.beat('m1', 1);
  await talk.beat('m1', 1, { topicPartitions: [{ topicId: t, partitions: [0, 1] }] });
  await talk.beat('m1', 1, { rebalanceTimeoutMs: 50_000, subscribedTopicNames: ['missing', 't'], topicPartitions: [] });
  await talk.beat('m1', 7);
  await talk.beat('m2', 1);
  await talk.beat('m1', 1, { instanceId: 'i' });
  await talk.beat('m2', -1);
  await talk.join('m1', ['t', 'missing']);
  await talk.join('m1', ['t', 'missing']);
  await talk.beat('m1', 1, { subscribedTopicNames: ['t'] });
  await talk.join('m1', ['t']);
  await talk.beat('m1', 1, { topicPartitions: [{ topicId: t, partitions: [0] }] });
  await talk.beat('m1', 1);
  await talk.beat('m1', 2, { serverAssignor: 'range' });
  await talk.describe('another assignor');

  for (const [memberId, epoch, version] of [
    ['m1', 2, 9],
    ['m1', 1, 9],
    ['m1', 3, 9],
    ['m1', 2, 8],
    ['m1', 1, 8],
    ['m2', 2, 9],
    ['', -1, 9],
    ['m1', -1, 9],
  ] as const)
    await interview.ask(wire, `${memberId} ${epoch}`, offsetCommit, version, {
      groupId,
      memberId,
      generationIdOrMemberEpoch: epoch,
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }] }],
    });
  for (const [memberId, memberEpoch] of [
    ['m1', 2],
    ['m1', 1],
    ['m1', 3],
    ['m2', 2],
    [null, -1],
    ['', -1],
  ] as const)
    await interview.ask(wire, `${memberId} ${memberEpoch}`, offsetFetch, 9, {
      groups: [{ groupId, memberId, memberEpoch, topics: [{ name: 't', partitionIndexes: [0] }] }],
      requireStable: false,
    });
  await interview.ask(wire, 'one', offsetFetch, 7, { groupId, topics: null });
  const places = (name: string) => [{ name, partitions: [{ partitionIndex: 0 }] }];
  await interview.ask(wire, 'read', offsetDelete, 0, { groupId, topics: places('t') });
  await interview.ask(wire, 'not read', offsetDelete, 0, { groupId, topics: places('u') });
  await interview.ask(wire, 'full', deleteGroups, 2, { groupsNames: [groupId] });
  await interview.ask(wire, 'consumer', describeGroups, 5, { groups: [groupId] });
  await interview.ask(wire, 'consumer', listGroups, 5, { typesFilter: ['Consumer'], statesFilter: ['stable'] });
  await interview.ask(wire, 'classic', listGroups, 5, { typesFilter: ['classic'], statesFilter: [] });
  await interview.ask(wire, 'classic', heartbeat, 4, { groupId, generationId: 2, memberId: 'm1' });
  const consumer = { protocolType: 'consumer', protocolName: 'range' };
  await interview.ask(wire, 'classic', syncGroup, 5, {
    ...consumer,
    groupId,
    generationId: 2,
    memberId: 'm1',
    assignments: [],
  });
  await interview.ask(wire, 'classic', leaveGroup, 5, { groupId, members: [{ memberId: 'm1' }, { memberId: 'm2' }] });
  await talk.beat('m1', -1);
  await talk.describe('empty');
  await interview.ask(wire, 'empty', listGroups, 5, { typesFilter: ['consumer'], statesFilter: ['EMPTY'] });
  await interview.ask(wire, 'empty', offsetCommit, 8, {
    groupId,
    memberId: '',
    topics: [{ name: 't', partitions: [{ partitionIndex: 1, committedOffset: 5, committedMetadata: '' }] }],
  });
  await talk.join('m1', []);
  await talk.describe('subscribed to nothing');
  await talk.beat('m1', -1);
  await interview.ask(wire, 'empty', deleteGroups, 2, { groupsNames: [groupId] });
  await talk.describe('deleted');
};

const twoMembers: Part = async (talkIn, { t, u }) => {
  const talk = await talkIn('two');
  const owning = (topicId: string, ...partitions: number[]) => ({ topicPartitions: [{ topicId, partitions }] });
  await talk.join('m1', ['t']);
  await talk.join('m2', ['t']);
  await talk.describe('second comes');
  await talk.beat('m2', 2);
  await talk.beat('m1', 1);
  await talk.describe('first is to give up');
  await talk.beat('m1', 1, owning(t, 0, 1));
  await talk.beat('m2', 2);
  await talk.beat('m1', 1, owning(t, 0));
  await talk.beat('m1', 1, owning(t, 0));
  await talk.beat('m1', 1);
  await talk.describe('first gave up');
  await talk.beat('m2', 2);
  await talk.describe('both are there');
  await talk.beat('m2', 2, { subscribedTopicNames: ['t', 'u'] });
  await talk.beat('m1', 2, { subscribedTopicNames: ['u', 't', 'u'], ...owning(t, 0) });
  await talk.beat('m2', 3, { topicPartitions: [...owning(t, 1).topicPartitions, ...owning(u, 0).topicPartitions] });
  await talk.beat('m2', 4);
  await talk.beat('m1', 4);
  await talk.describe('two topics');
  await talk.beat('m2', 4, { subscribedTopicNames: [] });
  await talk.describe('second reads nothing any more');
  await talk.beat('m2', 4, { topicPartitions: [] });
  await talk.beat('m1', 4, { topicPartitions: [] });
  await talk.describe('first has all');
  await talk.beat('m1', -1);
  await talk.beat('m2', 5);
  await talk.beat('m2', 6, { subscribedTopicNames: ['t'] });
  await talk.describe('second has all');
  await talk.beat('m2', -1);
};

const staticMembers: Part = async (talkIn) => {
  const talk = await talkIn('static');
  const who = { instanceId: 'i' };
  await talk.join('a', ['t'], who);
  await talk.join('b', ['t'], who);
  await talk.join('a', ['t'], who);
  await talk.beat('b', 1, who);
  await talk.beat('a', 1, { instanceId: 'j' });
  await talk.beat('b', -2, who);
  await talk.beat('b', -1, who);
  await talk.beat('a', -2, who);
  await talk.describe('away');
  await talk.beat('a', 1, who);
  await talk.beat('a', -2, who);
  await talk.join('b', ['t'], who);
  await talk.describe('back under another id');
  await talk.beat('a', 1);
  await talk.beat('a', 1, who);
  await talk.beat('b', 1, who);
  await talk.beat('b', -2, who);
  await talk.join('b', ['t'], who);
  await talk.beat('b', 1);
  await talk.beat('b', -2, who);
  await talk.join('c', ['t', 'u'], who);
  await talk.describe('back with another subscription');
  await talk.beat('c', -1, who);
  await talk.describe('left for good');
  await talk.join('d', ['t'], who);
  await talk.join('e', ['t']);
  const leave = (note: string, ...members: [memberId: string, groupInstanceId: string | null][]) =>
    talk.interview.ask(talk.wire, note, leaveGroup, 5, {
      groupId: talk.groupId,
      members: members.map(([memberId, groupInstanceId]) => ({ memberId, groupInstanceId })),
    });
  await leave('strangers', ['', 'nobody'], ['', null], ['e', 'i'], ['f', null], ['d', 'nobody']);
  await leave('both', ['', 'i'], ['e', null]);
  await talk.describe('put out');
};

const ranges: Part = async (talkIn, { t }) => {
  const talk = await talkIn('range');
  const range = { serverAssignor: 'range' };
  await talk.join('m2', ['t', 'u'], range);
  await talk.join('m1', ['t'], range);
  await talk.join('m3', ['u'], { ...range, instanceId: 'z' });
  await talk.beat('m2', 1, { topicPartitions: [] });
  await talk.beat('m1', 2, { topicPartitions: [] });
  await talk.beat('m3', 3, { topicPartitions: [{ topicId: t, partitions: [] }] });
  await talk.describe('range');
};

const protocolsMeet: Part = async (talkIn) => {
  const talk = await talkIn('classic');
  const { interview, wire, groupId } = talk;
  const call = { rebalanceTimeoutMs: 30_000, ...joinCall(groupId) };
  const commit = (note: string) =>
    interview.ask(wire, note, offsetCommit, 9, {
      groupId,
      memberId: '',
      topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }] }],
    });
  await commit('nobody');
  await talk.describe('classic by its offsets');
  await talk.join('m1', ['t']);
  await talk.beat('m1', -1);
  const joined = await wire.ask(joinGroup, 3, call);
  interview.name(joined.memberId, 'classic member');
  interview.note('classic member joins', joined);
  await interview.ask(wire, 'offsets stay', offsetFetch, 7, { groupId, topics: null });
  await talk.describe('classic');
  await talk.beat('m1', 1);
  await talk.beat('m1', -1);
  await interview.ask(wire, 'classic', leaveGroup, 2, { groupId, memberId: joined.memberId });
  await talk.join('m1', ['t']);
  await interview.ask(wire, 'offsets stay', offsetFetch, 7, { groupId, topics: null });
  await interview.ask(wire, 'consumer', listGroups, 5, { typesFilter: ['consumer'], statesFilter: [] });
};

const topicsChange: Part = async (talkIn) => {
  const talk = await talkIn('change');
  await talk.join('m1', ['grows', 'later']);
  await talk.wire.ask(createPartitions, 3, {
    topics: [{ name: 'grows', count: 3, assignments: null }],
    timeoutMs: 1000,
    validateOnly: false,
  });
  await talk.untilAssigned('m1', 1);
  await talk.describe('more partitions');
  talk.interview.name(await makeTopic(talk.wire, 'later'), 'id of later');
  await talk.untilAssigned('m1', 2);
  await talk.describe('another topic');

  const patterns = await talkIn('pattern');
  // Real Kafka looks for topics that match a while later: a whole request is always told the assignment.
  const whole = { subscribedTopicRegex: 'grow.|lat.*', rebalanceTimeoutMs: 60_000, topicPartitions: [] };
  await patterns.wire.ask(consumerGroupHeartbeat, 1, { groupId: 'pattern', memberId: 'm1', memberEpoch: 0, ...whole });
  await patterns.untilAssigned('m1', 1, whole);
};

const generatedIds: Part = async (talkIn) => {
  const talk = await talkIn('old');
  const request = { groupId: 'old', memberId: '', memberEpoch: 0, rebalanceTimeoutMs: 1000, topicPartitions: [] };
  const joined = await talk.wire.ask(consumerGroupHeartbeat, 0, { ...request, subscribedTopicNames: ['t'] });
  talk.interview.name(joined.memberId ?? '', 'given');
  talk.interview.note('version 0', joined);
  const again = await talk.wire.ask(consumerGroupHeartbeat, 0, {
    groupId: 'old',
    memberId: joined.memberId ?? '',
    memberEpoch: 1,
  });
  talk.interview.note('version 0 again', again);
};

test('Real Kafka and this broker answer the heartbeats of consumer groups alike', async (context) => {
  needs(context, 'java', 'mvn');
  const transcripts: Transcript[] = [];
  for (const address of [await kafka.start(), ours.address]) {
    const interview = new Interview(address);
    const wire = await interview.wire();
    const topics = {
      t: interview.name(await makeTopic(wire, 't', { partitions: 2 }), 'id of t'),
      u: interview.name(await makeTopic(wire, 'u', { partitions: 2 }), 'id of u'),
      grows: interview.name(await makeTopic(wire, 'grows', { partitions: 1 }), 'id of grows'),
    };
    // Real Kafka makes its topic of offsets now, and says that the coordinator is loading meanwhile.
    await expect
      .poll(async () => (await wire.ask(findCoordinator, 0, { key: 'g' })).errorCode, { timeout: 30_000 })
      .toBe(0);
    await expect
      .poll(async () => (await wire.ask(heartbeat, 4, { groupId: 'x', generationId: 0, memberId: 'm' })).errorCode, {
        timeout: 30_000,
      })
      .toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    const talkIn = async (groupId: string) => new Talk(interview, await interview.wire(), groupId);
    for (const part of [
      wrongRequests,
      oneMember,
      twoMembers,
      staticMembers,
      ranges,
      protocolsMeet,
      topicsChange,
      generatedIds,
    ])
      await part(talkIn, topics);
    transcripts.push(interview.transcript);
  }
  expect(transcripts[1]).toEqual(transcripts[0]);
});
