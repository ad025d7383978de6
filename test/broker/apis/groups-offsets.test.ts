import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { deleteGroups } from '../../../src/protocol/messages/delete-groups.ts';
import { deleteTopics } from '../../../src/protocol/messages/delete-topics.ts';
import { leaveGroup } from '../../../src/protocol/messages/leave-group.ts';
import { listGroups } from '../../../src/protocol/messages/list-groups.ts';
import { offsetCommit } from '../../../src/protocol/messages/offset-commit.ts';
import { offsetDelete } from '../../../src/protocol/messages/offset-delete.ts';
import { offsetFetch } from '../../../src/protocol/messages/offset-fetch.ts';
import { brokerForTest, makeTopic, Wire } from '../wire.ts';
import { soloMember } from './groups-support.ts';

const versions = (min: number, max: number): number[] =>
  Array.from({ length: max - min + 1 }, (_, index) => min + index);
const quick = { 'group.initial.rebalance.delay.ms': '0' };

type Change = {
  version?: number;
  topic?: string;
  index?: number;
  metadata?: string | null;
  memberId?: string;
  generationIdOrMemberEpoch?: number;
  retentionTimeMs?: number;
};

/** Commits one offset and gives its error. */
const commit = async (wire: Wire, offset: number, change: Change = {}): Promise<number | undefined> => {
  const { version = 9, topic = 't', index = 0, metadata = 'note', memberId = '', ...rest } = change;
  const partition = { partitionIndex: index, committedOffset: offset, committedMetadata: metadata };
  const { topics } = await wire.ask(offsetCommit, version, {
    groupId: 'g',
    memberId,
    ...rest,
    topics: [{ name: topic, partitions: [partition] }],
  });
  return topics[0]?.partitions[0]?.errorCode;
};

/** All offsets of group g, as "topic-partition@offset metadata". */
const offsetsOf = async (wire: Wire, groupId = 'g'): Promise<string[]> => {
  const { groups } = await wire.ask(offsetFetch, 9, { groups: [{ groupId, topics: null }] });
  return (groups[0]?.topics ?? []).flatMap(({ name, partitions }) =>
    partitions.map((each) => `${name}-${each.partitionIndex}@${each.committedOffset} ${each.metadata}`),
  );
};

const wireWithTopic = async (config: Record<string, string> = {}) => {
  const started = await brokerForTest({ ...quick, ...config });
  const wire = await Wire.open(started.broker);
  await makeTopic(wire, 't', { partitions: 2 });
  return { ...started, wire };
};

describe('OffsetCommit and OffsetFetch', () => {
  it.each(versions(2, 9))('OffsetCommit %i keeps an offset and its metadata', async (version) => {
    const { wire } = await wireWithTopic();
    expect(await commit(wire, 42, { version })).toBe(0);
    expect(await commit(wire, 43, { version, index: 1, metadata: null })).toBe(0);
    expect(await offsetsOf(wire)).toEqual(['t-0@42 note', 't-1@43 ']);
  });

  it.each(versions(1, 7))('OffsetFetch %i answers one group', async (version) => {
    const { wire } = await wireWithTopic();
    await commit(wire, 42);
    const asked = await wire.ask(offsetFetch, version, {
      groupId: 'g',
      topics: [{ name: 't', partitionIndexes: [0, 1] }],
    });
    expect(asked).toMatchObject({
      errorCode: 0,
      topics: [
        {
          name: 't',
          partitions: [
            { partitionIndex: 0, committedOffset: 42, metadata: 'note', errorCode: 0 },
            { partitionIndex: 1, committedOffset: -1, metadata: '', errorCode: 0 },
          ],
        },
      ],
    });
    if (version < 2) return;
    const all = await wire.ask(offsetFetch, version, { groupId: 'g', topics: null });
    expect(all.topics.map(({ partitions }) => partitions.length)).toEqual([1]);
  });

  it.each([8, 9])('OffsetFetch %i answers several groups', async (version) => {
    const { wire } = await wireWithTopic();
    await commit(wire, 42);
    const topics = [{ name: 't', partitionIndexes: [0] }];
    const { groups } = await wire.ask(offsetFetch, version, {
      groups: [
        { groupId: 'g', topics },
        { groupId: 'nobody', topics },
        { groupId: 'nobody', topics: null },
      ],
      requireStable: true,
    });
    expect(groups.map((each) => each.topics[0]?.partitions[0]?.committedOffset)).toEqual([42, -1, undefined]);
    expect(groups.map(({ errorCode }) => errorCode)).toEqual([0, 0, 0]);
  });

  it('refuse unknown partitions and metadata that is too long', async () => {
    const { wire } = await wireWithTopic({ 'offset.metadata.max.bytes': '8' });
    expect(await commit(wire, 1, { topic: 'missing' })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(await commit(wire, 1, { index: 2 })).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(await commit(wire, 1, { metadata: '123456789' })).toBe(ErrorCode.OFFSET_METADATA_TOO_LARGE);
    expect(await commit(wire, 1, { metadata: '12345678' })).toBe(0);
  });

  it('hold a member to its generation, and others off', async () => {
    const { wire } = await wireWithTopic();
    const stranger = { memberId: 'm', generationIdOrMemberEpoch: 1 };
    expect(await commit(wire, 1, { ...stranger, version: 8 })).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(await commit(wire, 1, stranger)).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
    const { memberId } = await soloMember(wire, 'g');
    expect(await commit(wire, 1, { memberId, generationIdOrMemberEpoch: 1 })).toBe(0);
    expect(await commit(wire, 2, { memberId, generationIdOrMemberEpoch: 2 })).toBe(ErrorCode.ILLEGAL_GENERATION);
    expect(await commit(wire, 3)).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    expect(await offsetsOf(wire)).toEqual(['t-0@1 note']);
  });

  it('outlive a restart of the broker', async () => {
    const { wire, broker, dataDir } = await wireWithTopic();
    for (let offset = 0; offset < 10; offset++) await commit(wire, offset, { metadata: `at ${offset}` });
    await broker.close();
    const { broker: again } = await brokerForTest(quick, dataDir);
    expect(await offsetsOf(await Wire.open(again))).toEqual(['t-0@9 at 9']);
  });

  it('end with their topic, restarts included', async () => {
    const { wire, broker, dataDir } = await wireWithTopic();
    await makeTopic(wire, 'other');
    await commit(wire, 1);
    await commit(wire, 2, { topic: 'other' });
    await wire.ask(deleteTopics, 5, { topicNames: ['t'], timeoutMs: 1000 });
    expect(await offsetsOf(wire)).toEqual(['other-0@2 note']);
    await broker.close();
    const { broker: again } = await brokerForTest(quick, dataDir);
    expect(await offsetsOf(await Wire.open(again))).toEqual(['other-0@2 note']);
  });

  it('expire with the time that an old client gave, and the empty group with them', async () => {
    const { wire } = await wireWithTopic({ 'offsets.retention.check.interval.ms': '20' });
    await commit(wire, 1, { version: 3, retentionTimeMs: 60_000 });
    await commit(wire, 1, { version: 3, index: 1, retentionTimeMs: 1 });
    await expect.poll(() => offsetsOf(wire)).toEqual(['t-0@1 note']);
    await commit(wire, 1, { version: 3, retentionTimeMs: 1 });
    await expect.poll(async () => (await wire.ask(listGroups, 5, {})).groups).toEqual([]);
  });
});

describe('DeleteGroups', () => {
  it.each([0, 1, 2])('version %i forgets empty groups with their offsets, for good', async (version) => {
    const { wire, broker, dataDir } = await wireWithTopic();
    await commit(wire, 1);
    const { memberId } = await soloMember(wire, 'busy');
    const { results } = await wire.ask(deleteGroups, version, { groupsNames: ['g', 'busy', 'nobody'] });
    expect(results.map(({ groupId, errorCode }) => [groupId, errorCode])).toEqual([
      ['g', 0],
      ['busy', ErrorCode.NON_EMPTY_GROUP],
      ['nobody', ErrorCode.GROUP_ID_NOT_FOUND],
    ]);
    await wire.ask(leaveGroup, 0, { groupId: 'busy', memberId });
    expect((await wire.ask(deleteGroups, version, { groupsNames: ['busy'] })).results[0]?.errorCode).toBe(0);
    expect(await offsetsOf(wire)).toEqual([]);
    await broker.close();
    const { broker: again } = await brokerForTest(quick, dataDir);
    expect((await (await Wire.open(again)).ask(listGroups, 5, {})).groups).toEqual([]);
  });
});

describe('OffsetDelete', () => {
  const remove = async (wire: Wire, topic: string, index = 0, groupId = 'g') => {
    const { errorCode, topics } = await wire.ask(offsetDelete, 0, {
      groupId,
      topics: [{ name: topic, partitions: [{ partitionIndex: index }] }],
    });
    return topics[0]?.partitions[0]?.errorCode ?? errorCode;
  };

  it('forgets offsets of topics that the group does not read', async () => {
    const { wire } = await wireWithTopic();
    await makeTopic(wire, 'other');
    const { memberId } = await soloMember(wire, 'g');
    await commit(wire, 1, { memberId, generationIdOrMemberEpoch: 1 });
    await commit(wire, 2, { memberId, generationIdOrMemberEpoch: 1, topic: 'other' });
    expect(await remove(wire, 't')).toBe(ErrorCode.GROUP_SUBSCRIBED_TO_TOPIC);
    expect(await remove(wire, 'other')).toBe(0);
    expect(await remove(wire, 'other', 7)).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
    expect(await offsetsOf(wire)).toEqual(['t-0@1 note']);
    await wire.ask(leaveGroup, 0, { groupId: 'g', memberId });
    expect(await remove(wire, 't')).toBe(0);
    expect(await offsetsOf(wire)).toEqual([]);
  });

  it('refuses groups that are not known, and members of another kind', async () => {
    const { wire } = await wireWithTopic();
    expect(await remove(wire, 't', 0, 'nobody')).toBe(ErrorCode.GROUP_ID_NOT_FOUND);
    await soloMember(wire, 'g', { protocolType: 'connect' });
    expect(await remove(wire, 't')).toBe(ErrorCode.NON_EMPTY_GROUP);
  });
});
