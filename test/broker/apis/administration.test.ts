import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { alterPartitionReassignments } from '../../../src/protocol/messages/alter-partition-reassignments.ts';
import { deleteRecords } from '../../../src/protocol/messages/delete-records.ts';
import { deleteTopics } from '../../../src/protocol/messages/delete-topics.ts';
import { describeCluster } from '../../../src/protocol/messages/describe-cluster.ts';
import { describeGroups } from '../../../src/protocol/messages/describe-groups.ts';
import { describeLogDirs } from '../../../src/protocol/messages/describe-log-dirs.ts';
import { describeTopicPartitions } from '../../../src/protocol/messages/describe-topic-partitions.ts';
import { electLeaders } from '../../../src/protocol/messages/elect-leaders.ts';
import { EARLIEST_TIMESTAMP, listOffsets } from '../../../src/protocol/messages/list-offsets.ts';
import { listPartitionReassignments } from '../../../src/protocol/messages/list-partition-reassignments.ts';
import { metadata } from '../../../src/protocol/messages/metadata.ts';
import { offsetForLeaderEpoch } from '../../../src/protocol/messages/offset-for-leader-epoch.ts';
import { batchOf, brokerForTest, makeTopic, produceTo, Wire } from '../wire.ts';

const setUp = async () => {
  const { broker, dataDir } = await brokerForTest();
  return { broker, dataDir, wire: await Wire.open(broker) };
};

describe('DeleteRecords', () => {
  const remove = async (wire: Wire, name: string, offset: number, version = 2) => {
    const topics = [{ name, partitions: [{ partitionIndex: 0, offset }] }];
    return (await wire.ask(deleteRecords, version, { topics, timeoutMs: 1000 })).topics[0]?.partitions[0];
  };

  it.each([0, 1, 2])('lets a partition begin later in version %i', async (version) => {
    const { wire } = await setUp();
    await makeTopic(wire, 't');
    await produceTo(wire, 't', batchOf('a', 'b', 'c'));
    await produceTo(wire, 't', batchOf('d'));
    expect(await remove(wire, 't', 2, version)).toMatchObject({ errorCode: 0, lowWatermark: 2 });
    expect(await remove(wire, 't', 1, version)).toMatchObject({ errorCode: 0, lowWatermark: 2 });
    const topics = [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: EARLIEST_TIMESTAMP }] }];
    const { topics: listed } = await wire.ask(listOffsets, 8, { replicaId: -1, topics });
    expect(listed[0]?.partitions[0]?.offset).toBe(2);
    expect(await remove(wire, 't', -1, version)).toMatchObject({ errorCode: 0, lowWatermark: 4 });
  });

  it('refuses offsets that are not there, compacted topics and what is no partition', async () => {
    const { wire } = await setUp();
    await makeTopic(wire, 't');
    await makeTopic(wire, 'compacted', { config: { 'cleanup.policy': 'compact' } });
    expect(await remove(wire, 't', 1)).toMatchObject({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE, lowWatermark: -1 });
    expect(await remove(wire, 't', -2)).toMatchObject({ errorCode: ErrorCode.OFFSET_OUT_OF_RANGE });
    expect(await remove(wire, 'compacted', 0)).toMatchObject({ errorCode: ErrorCode.POLICY_VIOLATION });
    expect(await remove(wire, 'no', 0)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
    expect(await remove(wire, '__consumer_offsets', 0)).toMatchObject({
      errorCode: ErrorCode.INVALID_TOPIC_EXCEPTION,
    });
  });
});

describe('the start of a partition', () => {
  const earliest = async (wire: Wire, name: string) => {
    const topics = [{ name, partitions: [{ partitionIndex: 0, timestamp: EARLIEST_TIMESTAMP }] }];
    return (await wire.ask(listOffsets, 8, { replicaId: -1, topics })).topics[0]?.partitions[0]?.offset;
  };

  it('stays where it was moved to over a restart, but not for a topic that is made again', async () => {
    const { broker, dataDir, wire } = await setUp();
    for (const name of ['again', 'kept']) {
      await makeTopic(wire, name);
      await produceTo(wire, name, batchOf('a', 'b', 'c'));
      const topics = [{ name, partitions: [{ partitionIndex: 0, offset: 2 }] }];
      await wire.ask(deleteRecords, 2, { topics, timeoutMs: 1000 });
    }
    await broker.close();
    const { broker: later } = await brokerForTest({}, dataDir);
    const laterWire = await Wire.open(later);
    expect(await earliest(laterWire, 'kept')).toBe(2);
    await laterWire.ask(deleteTopics, 6, { topics: [{ name: 'again' }], timeoutMs: 1000 });
    await makeTopic(laterWire, 'again');
    expect(await earliest(laterWire, 'again')).toBe(0);
  });
});

describe('OffsetForLeaderEpoch', () => {
  it.each([2, 3, 4])('gives the end of the one epoch in version %i', async (version) => {
    const { wire } = await setUp();
    await makeTopic(wire, 't');
    await produceTo(wire, 't', batchOf('a', 'b'));
    const ask = async (partition: number, leaderEpoch: number, currentLeaderEpoch = -1) => {
      const topics = [{ topic: 't', partitions: [{ partition, leaderEpoch, currentLeaderEpoch }] }];
      return (await wire.ask(offsetForLeaderEpoch, version, { topics })).topics[0]?.partitions[0];
    };
    expect(await ask(0, 0)).toMatchObject({ errorCode: 0, leaderEpoch: 0, endOffset: 2 });
    expect(await ask(0, 1)).toMatchObject({ errorCode: 0, leaderEpoch: -1, endOffset: -1 });
    expect(await ask(0, 0, 3)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_LEADER_EPOCH });
    expect(await ask(1, 0)).toMatchObject({ errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION });
  });
});

describe('DescribeCluster', () => {
  it.each([0, 1, 2])('names the broker, and what is allowed when asked, in version %i', async (version) => {
    const { broker, wire } = await setUp();
    const plain = await wire.ask(describeCluster, version, { includeClusterAuthorizedOperations: false });
    expect(plain).toMatchObject({
      errorCode: 0,
      clusterId: broker.clusterId,
      controllerId: 1,
      brokers: [{ brokerId: 1, host: '127.0.0.1', port: broker.port }],
      clusterAuthorizedOperations: -2147483648,
    });
    const asked = await wire.ask(describeCluster, version, { includeClusterAuthorizedOperations: true });
    expect(asked.clusterAuthorizedOperations).toBe(8096);
  });

  it('refuses to speak for controllers', async () => {
    const { wire } = await setUp();
    const answer = await wire.ask(describeCluster, 1, { includeClusterAuthorizedOperations: false, endpointType: 2 });
    expect(answer.errorCode).toBe(ErrorCode.MISMATCHED_ENDPOINT_TYPE);
  });
});

describe('Metadata', () => {
  it('says what is allowed when it is asked', async () => {
    const { wire } = await setUp();
    await makeTopic(wire, 't');
    const asked = { topics: [{ name: 't' }], includeTopicAuthorizedOperations: true };
    expect((await wire.ask(metadata, 12, asked)).topics[0]?.topicAuthorizedOperations).toBe(3576);
    const both = await wire.ask(metadata, 9, { ...asked, includeClusterAuthorizedOperations: true });
    expect(both.clusterAuthorizedOperations).toBe(8096);
    const plain = await wire.ask(metadata, 9, { topics: null });
    expect(plain).toMatchObject({
      clusterAuthorizedOperations: -2147483648,
      topics: [{ topicAuthorizedOperations: -2147483648 }],
    });
  });
});

describe('DescribeGroups', () => {
  it('says what is allowed when it is asked', async () => {
    const { wire } = await setUp();
    const ask = async (includeAuthorizedOperations: boolean) =>
      (await wire.ask(describeGroups, 5, { groups: ['g'], includeAuthorizedOperations })).groups[0];
    expect((await ask(true))?.authorizedOperations).toBe(3400);
    expect((await ask(false))?.authorizedOperations).toBe(-2147483648);
  });
});

describe('DescribeLogDirs', () => {
  it.each([1, 2, 3, 4])('gives the bytes of partitions in version %i', async (version) => {
    const { dataDir, wire } = await setUp();
    await makeTopic(wire, 't', { partitions: 2 });
    await makeTopic(wire, 'u');
    await produceTo(wire, 't', batchOf('a'), { index: 1 });
    const all = (await wire.ask(describeLogDirs, version, { topics: null })).results[0];
    expect(all?.logDir).toBe(dataDir);
    expect(all?.topics.map(({ name }) => name)).toEqual(['t', 'u']);
    const one = await wire.ask(describeLogDirs, version, { topics: [{ topic: 't', partitions: [1, 5] }] });
    expect(one.results[0]?.topics).toMatchObject([
      { name: 't', partitions: [{ partitionIndex: 1, partitionSize: batchOf('a').length, offsetLag: 0 }] },
    ]);
    if (version >= 4) expect(all?.totalBytes).toBeGreaterThan(0);
  });
});

describe('DescribeTopicPartitions', () => {
  it('gives topics page by page', async () => {
    const { wire } = await setUp();
    await makeTopic(wire, 'b', { partitions: 3 });
    await makeTopic(wire, 'a', { partitions: 2 });
    const first = await wire.ask(describeTopicPartitions, 0, { topics: [], responsePartitionLimit: 4 });
    expect(first.topics.map(({ name, partitions }) => [name, partitions.length])).toEqual([
      ['a', 2],
      ['b', 2],
    ]);
    expect(first.nextCursor).toEqual({ topicName: 'b', partitionIndex: 2 });
    const second = await wire.ask(describeTopicPartitions, 0, { topics: [], cursor: first.nextCursor });
    expect(second.topics.map(({ name, partitions }) => [name, partitions[0]?.partitionIndex])).toEqual([['b', 2]]);
    expect(second.nextCursor).toBeNull();
    const missing = await wire.ask(describeTopicPartitions, 0, {
      topics: [{ name: 'no' }, { name: 'a' }, { name: '!' }],
    });
    expect(missing.topics.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.INVALID_TOPIC_EXCEPTION,
      0,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
  });
});

describe('the leadership of partitions', () => {
  it('is never up for election', async () => {
    const { wire } = await setUp();
    await makeTopic(wire, 't');
    const topicPartitions = [{ topic: 't', partitions: [0, 1] }];
    for (const version of [0, 1, 2]) {
      const { replicaElectionResults } = await wire.ask(electLeaders, version, { topicPartitions });
      expect(replicaElectionResults[0]?.partitionResult.map(({ errorCode }) => errorCode)).toEqual([
        ErrorCode.ELECTION_NOT_NEEDED,
        ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      ]);
    }
    expect((await wire.ask(electLeaders, 2, { topicPartitions: null })).replicaElectionResults).toEqual([
      { topic: 't', partitionResult: [] },
    ]);
  });

  it('can be moved nowhere', async () => {
    const { wire } = await setUp();
    await makeTopic(wire, 't', { partitions: 3 });
    const partitions = [
      { partitionIndex: 0, replicas: null },
      { partitionIndex: 1, replicas: [1] },
      { partitionIndex: 2, replicas: [1, 2] },
      { partitionIndex: 3, replicas: [1] },
    ];
    const answer = await wire.ask(alterPartitionReassignments, 1, { topics: [{ name: 't', partitions }] });
    expect(answer.responses[0]?.partitions.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.NO_REASSIGNMENT_IN_PROGRESS,
      ErrorCode.NONE,
      ErrorCode.INVALID_REPLICA_ASSIGNMENT,
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
    ]);
    expect(await wire.ask(listPartitionReassignments, 0, {})).toMatchObject({ errorCode: 0, topics: [] });
  });
});
