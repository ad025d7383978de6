import { expect, test } from 'vitest';
import { ErrorCode } from '../../../../src/protocol/errors.ts';
import { consumerGroupDescribe } from '../../../../src/protocol/messages/consumer-group-describe.ts';
import { consumerGroupHeartbeat } from '../../../../src/protocol/messages/consumer-group-heartbeat.ts';
import { deleteGroups } from '../../../../src/protocol/messages/delete-groups.ts';
import { deleteTopics } from '../../../../src/protocol/messages/delete-topics.ts';
import { joinGroup } from '../../../../src/protocol/messages/join-group.ts';
import { listGroups } from '../../../../src/protocol/messages/list-groups.ts';
import { offsetCommit } from '../../../../src/protocol/messages/offset-commit.ts';
import { offsetFetch } from '../../../../src/protocol/messages/offset-fetch.ts';
import type { RequestInput } from '../../../../src/protocol/schema.ts';
import { joinCall } from '../../apis/groups-support.ts';
import { brokerForTest, makeTopic, Wire } from '../../wire.ts';

const { NONE, GROUP_ID_NOT_FOUND, INCONSISTENT_GROUP_PROTOCOL } = ErrorCode;

type Beat = RequestInput<typeof consumerGroupHeartbeat>;

const beat = (wire: Wire, memberId: string, memberEpoch: number, change: Partial<Beat> = {}) =>
  wire.ask(consumerGroupHeartbeat, 1, { groupId: 'g', memberId, memberEpoch, ...change });

const join = (wire: Wire, memberId: string, change: Partial<Beat> = {}) =>
  beat(wire, memberId, 0, {
    rebalanceTimeoutMs: 10_000,
    subscribedTopicNames: ['t'],
    topicPartitions: [],
    ...change,
  });

const describeGroup = async (wire: Wire) => {
  const { groups } = await wire.ask(consumerGroupDescribe, 1, { groupIds: ['g'], includeAuthorizedOperations: false });
  return groups[0];
};

const commit = (wire: Wire, memberId: string, epoch: number) =>
  wire.ask(offsetCommit, 9, {
    groupId: 'g',
    memberId,
    generationIdOrMemberEpoch: epoch,
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 5, committedMetadata: '' }] }],
  });

const listed = async (wire: Wire) => {
  const { groups } = await wire.ask(listGroups, 5, {});
  return groups.map(({ groupId, groupState, groupType }) => [groupId, groupState, groupType]);
};

test('A restarted broker goes on with members, epochs, assignments and offsets as they were', async () => {
  const { broker, dataDir } = await brokerForTest();
  const wire = await Wire.open(broker);
  const topicId = await makeTopic(wire, 't', { partitions: 2 });
  await join(wire, 'm1', { instanceId: 'i', rackId: 'r', subscribedTopicRegex: 'x.*', serverAssignor: 'range' });
  await join(wire, 'm2');
  await beat(wire, 'm1', 1);
  await commit(wire, 'm2', 2);
  const before = await describeGroup(wire);
  expect(before?.groupState).toBe('Reconciling');
  await broker.close();

  const second = await brokerForTest({}, dataDir);
  const again = await Wire.open(second.broker);
  expect(await describeGroup(again)).toEqual(before);
  expect(await beat(again, 'm2', 2)).toMatchObject({ errorCode: NONE, memberEpoch: 2, assignment: null });
  await beat(again, 'm1', 1, { topicPartitions: [{ topicId, partitions: [0] }] });
  const { assignment } = await beat(again, 'm2', 2);
  expect(assignment?.topicPartitions).toEqual([{ topicId, partitions: [1] }]);
  const { groups } = await again.ask(offsetFetch, 9, {
    groups: [{ groupId: 'g', memberId: 'm2', memberEpoch: 2, topics: null }],
    requireStable: false,
  });
  expect(groups[0]?.topics).toMatchObject([{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 5 }] }]);
});

test('Sessions of members begin anew with the broker, and members that do not come are out', async () => {
  const { broker, dataDir } = await brokerForTest();
  const wire = await Wire.open(broker);
  await makeTopic(wire, 't');
  await join(wire, 'm1');
  await broker.close();
  const second = await brokerForTest({ 'group.consumer.session.timeout.ms': '50' }, dataDir);
  const again = await Wire.open(second.broker);
  await expect.poll(async () => (await describeGroup(again))?.groupState, { interval: 10 }).toBe('Empty');
});

test('A group that was deleted, or turned into a classic one, does not come back with the broker', async () => {
  const { broker, dataDir } = await brokerForTest();
  const wire = await Wire.open(broker);
  await makeTopic(wire, 't');
  await join(wire, 'm1');
  await beat(wire, 'm1', -1);
  await wire.ask(deleteGroups, 2, { groupsNames: ['g'] });
  await join(wire, 'm1', { groupId: 'turned' });
  await beat(wire, 'm1', -1, { groupId: 'turned' });
  await commit(wire, '', -1);
  const joined = await wire.ask(joinGroup, 3, { rebalanceTimeoutMs: 1000, ...joinCall('turned') });
  expect(joined.errorCode).toBe(NONE);
  expect(await listed(wire)).toEqual([
    ['turned', 'CompletingRebalance', 'classic'],
    ['g', 'Empty', 'classic'],
  ]);
  await broker.close();
  const second = await brokerForTest({}, dataDir);
  const types = (await listed(await Wire.open(second.broker))).map(([groupId, , type]) => [groupId, type]);
  expect(types).not.toContainEqual(['turned', 'consumer']);
  expect(types).toContainEqual(['g', 'classic']);
});

test('Members of the two protocols do not meet in one group', async () => {
  const { broker } = await brokerForTest();
  const wire = await Wire.open(broker);
  await makeTopic(wire, 't');
  await join(wire, 'm1');
  const refused = await wire.ask(joinGroup, 3, { rebalanceTimeoutMs: 1000, ...joinCall('g') });
  expect(refused.errorCode).toBe(INCONSISTENT_GROUP_PROTOCOL);
  await wire.ask(joinGroup, 3, { rebalanceTimeoutMs: 1000, ...joinCall('classic') });
  expect((await join(wire, 'm1', { groupId: 'classic' })).errorCode).toBe(GROUP_ID_NOT_FOUND);
});

test('A deleted topic leaves the assignments and the offsets of its groups', async () => {
  const { broker } = await brokerForTest();
  const wire = await Wire.open(broker);
  const topicId = await makeTopic(wire, 't');
  await join(wire, 'm1');
  await commit(wire, 'm1', 1);
  await wire.ask(deleteTopics, 6, { topics: [{ name: 't', topicId: 'AAAAAAAAAAAAAAAAAAAAAA' }], timeoutMs: 1000 });
  const owned = { topicPartitions: [{ topicId, partitions: [0] }] };
  await expect
    .poll(async () => (await beat(wire, 'm1', 1, owned)).assignment?.topicPartitions, { interval: 50 })
    .toEqual([]);
  expect(await beat(wire, 'm1', 1, { topicPartitions: [] })).toMatchObject({ errorCode: NONE, memberEpoch: 2 });
  const { topics } = await wire.ask(offsetFetch, 7, { groupId: 'g', topics: null });
  expect(topics).toEqual([]);
});

test('Nothing stays of a group that could not be joined', async () => {
  const { broker } = await brokerForTest({ 'group.consumer.assignors': 'range' });
  const wire = await Wire.open(broker);
  const answers = [
    await join(wire, 'm1', { subscribedTopicRegex: '(' }),
    await join(wire, 'm1', { serverAssignor: 'uniform' }),
  ];
  expect(answers.map(({ errorCode }) => errorCode)).toEqual([
    ErrorCode.INVALID_REGULAR_EXPRESSION,
    ErrorCode.UNSUPPORTED_ASSIGNOR,
  ]);
  expect(await listed(wire)).toEqual([]);
});

test('Settings of consumer groups are told to members, and wrong ones refused at the start', async () => {
  const { broker } = await brokerForTest({
    'group.consumer.heartbeat.interval.ms': '123',
    'group.consumer.max.size': '1',
    'group.consumer.assignors': 'range,uniform',
  });
  const wire = await Wire.open(broker);
  expect((await join(wire, 'm1')).heartbeatIntervalMs).toBe(123);
  expect((await join(wire, 'm2')).errorCode).toBe(ErrorCode.GROUP_MAX_SIZE_REACHED);
  expect((await describeGroup(wire))?.assignorName).toBe('range');
  await expect(brokerForTest({ 'group.consumer.assignors': 'range,sticky' })).rejects.toThrow(
    'group.consumer.assignors must be one or more of uniform, range, each once, with commas between them; got "range,sticky"',
  );
});
