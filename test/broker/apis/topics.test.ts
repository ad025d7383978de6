import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { createPartitions } from '../../../src/protocol/messages/create-partitions.ts';
import { createTopics } from '../../../src/protocol/messages/create-topics.ts';
import { deleteTopics } from '../../../src/protocol/messages/delete-topics.ts';
import { metadata } from '../../../src/protocol/messages/metadata.ts';
import { batchOf, brokerForTest, makeTopic, produceTo, Wire } from '../wire.ts';

const setUp = async (config: Record<string, string> = {}) => {
  const { broker, dataDir } = await brokerForTest(config);
  return { broker, dataDir, wire: await Wire.open(broker) };
};
const topic = (name: string, more: Partial<{ numPartitions: number; replicationFactor: number }> = {}) => ({
  name,
  numPartitions: -1,
  replicationFactor: -1,
  assignments: [],
  configs: [],
  ...more,
});
const replica = (partitionIndex: number, ...brokerIds: number[]) => ({ partitionIndex, brokerIds });

describe('CreateTopics', () => {
  it.each([2, 3, 4, 5, 6, 7])('makes topics with the defaults of the broker in version %i', async (version) => {
    const { wire } = await setUp({ 'num.partitions': '3' });
    const { topics } = await wire.ask(createTopics, version, { topics: [topic('t')] });
    expect(topics[0]).toMatchObject({ name: 't', errorCode: 0 });
    if (version >= 5) expect(topics[0]).toMatchObject({ numPartitions: 3, replicationFactor: 1 });
    if (version >= 7) expect(topics[0]?.topicId).toMatch(/^[\w-]{22}$/);
    const described = await wire.ask(metadata, 12, { topics: null });
    expect(described.topics[0]?.partitions).toHaveLength(3);
  });

  it.each([
    ['bad/name', topic('bad/name'), 'INVALID_TOPIC_EXCEPTION'],
    ['..', topic('..'), 'INVALID_TOPIC_EXCEPTION'],
    ['a name of 250 characters', topic('x'.repeat(250)), 'INVALID_TOPIC_EXCEPTION'],
    ['a name that differs by . and _ only', topic('there_is'), 'INVALID_TOPIC_EXCEPTION'],
    ['a name in use', topic('there.is'), 'TOPIC_ALREADY_EXISTS'],
    ['no partitions', topic('t', { numPartitions: 0 }), 'INVALID_PARTITIONS'],
    ['two replicas', topic('t', { replicationFactor: 2 }), 'INVALID_REPLICATION_FACTOR'],
    ['an unknown setting', { ...topic('t'), configs: [{ name: 'segment.byte', value: '1' }] }, 'INVALID_CONFIG'],
    [
      'a setting that is not built',
      { ...topic('t'), configs: [{ name: 'preallocate', value: 'true' }] },
      'INVALID_CONFIG',
    ],
    [
      'a setting without a value',
      { ...topic('t'), configs: [{ name: 'segment.bytes', value: null }] },
      'INVALID_CONFIG',
    ],
    ['a foreign replica', { ...topic('t'), assignments: [replica(0, 2)] }, 'INVALID_REPLICA_ASSIGNMENT'],
    ['a gap in assignments', { ...topic('t'), assignments: [replica(1, 1)] }, 'INVALID_REPLICA_ASSIGNMENT'],
  ] as const)('refuses %s', async (_what, asked, error) => {
    const { wire } = await setUp();
    await makeTopic(wire, 'there.is');
    const { topics } = await wire.ask(createTopics, 7, { topics: [asked] });
    expect(topics[0]?.errorCode).toBe(ErrorCode[error]);
    expect(topics[0]?.errorMessage).toMatch(/\w/);
    expect((await wire.ask(metadata, 12, { topics: null })).topics).toHaveLength(1);
  });

  it('takes assignments of the one node', async () => {
    const { wire } = await setUp();
    const asked = { ...topic('t'), assignments: [replica(1, 1), replica(0, 1)] };
    expect((await wire.ask(createTopics, 7, { topics: [asked] })).topics[0]?.numPartitions).toBe(2);
  });

  it('makes nothing when it is only to validate, and answers a name that came twice once', async () => {
    const { wire, dataDir } = await setUp();
    const looked = await wire.ask(createTopics, 7, { topics: [topic('t')], validateOnly: true });
    expect(looked.topics[0]).toMatchObject({ errorCode: 0, numPartitions: 1 });
    const twice = await wire.ask(createTopics, 7, { topics: [topic('u'), topic('u')] });
    expect(twice.topics.map(({ errorCode }) => errorCode)).toEqual([ErrorCode.INVALID_REQUEST]);
    expect(existsSync(join(dataDir, 't-0')) || existsSync(join(dataDir, 'u-0'))).toBe(false);
  });

  it('tells what each setting is and where it comes from', async () => {
    const { wire } = await setUp();
    const asked = { ...topic('t'), configs: [{ name: 'segment.bytes', value: '5000000' }] };
    const configs = (await wire.ask(createTopics, 7, { topics: [asked] })).topics[0]?.configs ?? [];
    expect(configs.find(({ name }) => name === 'segment.bytes')).toMatchObject({ value: '5000000', configSource: 1 });
    expect(configs.find(({ name }) => name === 'cleanup.policy')).toMatchObject({ value: 'delete', configSource: 5 });
  });
});

describe('topics', () => {
  it('are there again after a restart, with ids, partitions, settings and records', async () => {
    const { broker, wire, dataDir } = await setUp();
    const id = await makeTopic(wire, 't', { partitions: 2, config: { 'max.message.bytes': '500' } });
    await produceTo(wire, 't', batchOf('kept'), { index: 1 });
    await broker.close();
    const { broker: again } = await brokerForTest({}, dataDir);
    const wireAgain = await Wire.open(again);
    const [described] = (await wireAgain.ask(metadata, 12, { topics: [{ name: 't' }] })).topics;
    expect(described).toMatchObject({ topicId: id, name: 't' });
    expect(described?.partitions).toHaveLength(2);
    expect((await produceTo(wireAgain, 't', batchOf('more'), { index: 1 })).baseOffset).toBe(1);
    expect((await produceTo(wireAgain, 't', batchOf('x'.repeat(600)))).errorCode).toBe(ErrorCode.MESSAGE_TOO_LARGE);
  });
});

describe('DeleteTopics', () => {
  it.each([1, 2, 3, 4, 5, 6])('removes a topic and its files by name in version %i', async (version) => {
    const { wire, dataDir } = await setUp();
    await makeTopic(wire, 't');
    const byName = version < 6 ? { topicNames: ['t', 'no'] } : { topics: [{ name: 't' }, { name: 'no' }] };
    const { responses } = await wire.ask(deleteTopics, version, { ...byName, timeoutMs: 1000 });
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([0, ErrorCode.UNKNOWN_TOPIC_OR_PARTITION]);
    expect(existsSync(join(dataDir, 't-0'))).toBe(false);
    expect((await makeTopic(wire, 't')).length).toBe(22);
    expect((await produceTo(wire, 't', batchOf('v'))).baseOffset).toBe(0);
  });

  it('removes a topic by its id', async () => {
    const { wire } = await setUp();
    const topicId = await makeTopic(wire, 't');
    const request = { topics: [{ topicId }, { topicId: 'AAAAAAAAAAAAAAAAAAAAAQ' }], timeoutMs: 1000 };
    const { responses } = await wire.ask(deleteTopics, 6, request);
    expect(responses.map(({ errorCode }) => errorCode)).toEqual([0, ErrorCode.UNKNOWN_TOPIC_ID]);
    expect(responses[0]?.name).toBe('t');
  });

  it('refuses when delete.topic.enable is false', async () => {
    const { wire } = await setUp({ 'delete.topic.enable': 'false' });
    await makeTopic(wire, 't');
    const { responses } = await wire.ask(deleteTopics, 5, { topicNames: ['t'], timeoutMs: 1000 });
    expect(responses[0]?.errorCode).toBe(ErrorCode.TOPIC_DELETION_DISABLED);
  });
});

describe('CreatePartitions', () => {
  const grow = (name: string, count: number, assignments: { brokerIds: number[] }[] | null = null) => ({
    topics: [{ name, count, assignments }],
    timeoutMs: 1000,
    validateOnly: false,
  });
  it.each([0, 1, 2, 3])('adds partitions in version %i', async (version) => {
    const { wire } = await setUp();
    await makeTopic(wire, 't');
    expect((await wire.ask(createPartitions, version, grow('t', 3))).results[0]?.errorCode).toBe(0);
    expect((await produceTo(wire, 't', batchOf('v'), { index: 2 })).baseOffset).toBe(0);
  });

  it.each([
    ['fewer partitions', grow('t', 1), 'INVALID_PARTITIONS'],
    ['as many partitions', grow('t', 2), 'INVALID_PARTITIONS'],
    ['an unknown topic', grow('no', 2), 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['too few assignments', grow('t', 4, [{ brokerIds: [1] }]), 'INVALID_REPLICA_ASSIGNMENT'],
    ['a foreign replica', grow('t', 3, [{ brokerIds: [3] }]), 'INVALID_REPLICA_ASSIGNMENT'],
  ] as const)('refuses %s', async (_what, request, error) => {
    const { wire } = await setUp();
    await makeTopic(wire, 't', { partitions: 2 });
    expect((await wire.ask(createPartitions, 3, request)).results[0]?.errorCode).toBe(ErrorCode[error]);
  });
});

describe('Metadata', () => {
  it.each(
    Array.from({ length: 13 }, (_, version) => version),
  )('makes topics and tells of them in version %i', async (version) => {
    const { broker, wire } = await setUp({ 'num.partitions': '2', 'node.id': '5' });
    const described = await wire.ask(metadata, version, { topics: [{ name: 'new' }] });
    expect(described.brokers).toMatchObject([{ nodeId: 5, host: '127.0.0.1', port: broker.port }]);
    if (version >= 1) expect(described.controllerId).toBe(5);
    if (version >= 2) expect(described.clusterId).toBe(broker.clusterId);
    expect(described.topics[0]).toMatchObject({ errorCode: 0, name: 'new' });
    expect(described.topics[0]?.partitions[1]).toMatchObject({ partitionIndex: 1, leaderId: 5, isrNodes: [5] });
    const all = await wire.ask(metadata, version, { topics: version === 0 ? [] : null });
    expect(all.topics.map(({ name }) => name)).toEqual(['new']);
    if (version >= 1) expect((await wire.ask(metadata, version, { topics: [] })).topics).toEqual([]);
  });

  it('finds topics by id', async () => {
    const { wire } = await setUp();
    const topicId = await makeTopic(wire, 't');
    const asked = [
      { topicId, name: null },
      { topicId: 'AAAAAAAAAAAAAAAAAAAAAQ', name: null },
    ];
    const { topics } = await wire.ask(metadata, 12, { topics: asked });
    expect(topics.map(({ errorCode, name }) => [errorCode, name])).toEqual([
      [0, 't'],
      [ErrorCode.UNKNOWN_TOPIC_ID, null],
    ]);
  });

  it('makes no topic when either side forbids it', async () => {
    const { wire } = await setUp();
    const asked = { topics: [{ name: 'new' }], allowAutoTopicCreation: false };
    expect((await wire.ask(metadata, 9, asked)).topics[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    const { wire: strict } = await setUp({ 'auto.create.topics.enable': 'false' });
    const refused = await strict.ask(metadata, 9, { topics: [{ name: 'new' }, { name: 'a b' }] });
    expect(refused.topics.map(({ errorCode }) => errorCode)).toEqual([
      ErrorCode.UNKNOWN_TOPIC_OR_PARTITION,
      ErrorCode.INVALID_TOPIC_EXCEPTION,
    ]);
  });
});
