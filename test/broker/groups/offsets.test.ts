import { describe, expect, it } from 'vitest';
import { expireOffsets, forgetTopic, type OffsetKeeper } from '../../../src/broker/groups/expiry.ts';
import type { GroupOffsets, OrderedOffset } from '../../../src/broker/groups/group-offsets.ts';
import { readGroupRecord } from '../../../src/broker/groups/group-records.ts';
import { GroupTable } from '../../../src/broker/groups/group-table.ts';
import { coordinatorPartition, javaHash } from '../../../src/broker/groups/java-hash.ts';
import { joinGroup } from '../../../src/broker/groups/join-group.ts';
import { leaveGroup } from '../../../src/broker/groups/membership.ts';
import { defaultGroupSettings } from '../../../src/broker/groups/settings.ts';
import { syncGroup } from '../../../src/broker/groups/sync-group.ts';
import { consumerProtocolSubscription } from '../../../src/protocol/records/consumer-protocol.ts';
import { encodeRecord } from '../../../src/protocol/records/record-schema.ts';
import { FakeTimers } from './support.ts';

const RETENTION_MS = 100_000;

/** Groups whose clock is the test's and whose records are taken down as "group" or "group topic-partition". */
const keeper = () => {
  const timers = new FakeTimers();
  const settings = { ...defaultGroupSettings, offsetsRetentionMs: RETENTION_MS };
  const table = new GroupTable({
    timers,
    settings,
    persist: (_group, _assignments, done) => done(true),
    topics: { get: () => undefined, all: () => [] },
    write: () => Promise.resolve(true),
  });
  const forgotten: string[] = [];
  const groups: OffsetKeeper = {
    table,
    timers,
    settings,
    write: (_groupId, records) => {
      for (const { key, value } of records) {
        if (key === null || value !== null) throw new Error('only what forgets is written here');
        const record = readGroupRecord(Buffer.from(key), null);
        if (record.kind === 'offset') forgotten.push(`${record.group} ${record.topic}-${record.partition}`);
        if (record.kind === 'group') forgotten.push(record.group);
      }
      return Promise.resolve(true);
    },
  };
  return { timers, table, forgotten, groups };
};

const at = (offset: number, committedAtMs: number, order = 0): OrderedOffset => ({
  offset,
  leaderEpoch: -1,
  metadata: '',
  committedAtMs,
  expiresAtMs: null,
  order,
});

const offsetOf = ({ committed }: GroupOffsets, topic = 't') => committed.get(topic, 0)?.offset;

describe('offsets of a transaction', () => {
  it('count when it commits, and are forgotten when it aborts', () => {
    const { table } = keeper();
    const { offsets } = table.getOrMake('g');
    for (const [producerId, isCommit] of [
      [1, false],
      [2, true],
    ] as const) {
      table.joinTransaction(producerId, 'g');
      offsets.addPending(producerId, { topic: 't', partition: 0, committed: at(producerId, 0, table.takeOrder()) });
      expect(offsets.hasPending('t', 0)).toBe(true);
      expect(offsets.hasPending('t', 1)).toBe(false);
      table.completeTransaction(producerId, isCommit);
      expect(offsets.hasPending('t', 0)).toBe(false);
      expect(offsetOf(offsets)).toBe(isCommit ? 2 : undefined);
    }
    expect(table.offsetCount.count).toBe(1);
  });

  it('do not undo what was committed after them', () => {
    const { table } = keeper();
    const { offsets } = table.getOrMake('g');
    table.joinTransaction(1, 'g');
    offsets.addPending(1, { topic: 't', partition: 0, committed: at(1, 0, table.takeOrder()) });
    offsets.committed.set('t', 0, at(2, 0, table.takeOrder()));
    table.completeTransaction(1, true);
    expect(offsetOf(offsets)).toBe(2);
  });
});

describe('expiry', () => {
  it('of a group that was never joined counts from each commit', () => {
    const { timers, table, forgotten, groups } = keeper();
    const { offsets } = table.getOrMake('g');
    offsets.committed.set('old', 0, at(1, timers.now()));
    offsets.committed.set('new', 0, at(1, timers.now() + 1));
    timers.advance(RETENTION_MS);
    expireOffsets(groups);
    expect(forgotten).toEqual(['g old-0']);
    timers.advance(1);
    expireOffsets(groups);
    expect(forgotten).toEqual(['g old-0', 'g new-0', 'g']);
    expect(table.get('g')).toBeUndefined();
    expect(table.offsetCount.count).toBe(0);
  });

  it('spares offsets that a transaction is about to replace', () => {
    const { timers, table, forgotten, groups } = keeper();
    const { offsets } = table.getOrMake('g');
    offsets.committed.set('t', 0, at(1, timers.now()));
    offsets.addPending(1, { topic: 't', partition: 0, committed: at(2, timers.now()) });
    timers.advance(RETENTION_MS * 2);
    expireOffsets(groups);
    expect(forgotten).toEqual([]);
  });

  it('of a group with members touches only topics that it reads no more, and the rest once it has been empty', () => {
    const { timers, table, forgotten, groups } = keeper();
    const { offsets, rebalance } = table.getOrMake('g');
    const metadata = encodeRecord(consumerProtocolSubscription, 0, { topics: ['read'] });
    const call = {
      memberId: '',
      instanceId: null,
      clientId: 'c',
      clientHost: '',
      sessionTimeoutMs: 10 * RETENTION_MS,
      rebalanceTimeoutMs: 1000,
      protocolType: 'consumer',
      protocols: [{ name: 'range', metadata }],
      isMemberIdRequired: false,
      canSkipAssignment: false,
    };
    let memberId = '';
    joinGroup(rebalance, call, (result) => {
      memberId = result.memberId;
    });
    timers.advance(1000);
    const protocol = { protocolType: null, protocolName: null };
    syncGroup(rebalance, { memberId, instanceId: null, generationId: 1, assignments: [], ...protocol }, () => {});
    for (const topic of ['read', 'unread']) offsets.committed.set(topic, 0, at(1, timers.now()));
    timers.advance(RETENTION_MS);
    expireOffsets(groups);
    expect(forgotten).toEqual(['g unread-0']);
    leaveGroup(rebalance, [{ memberId, instanceId: null }]);
    timers.advance(RETENTION_MS - 1);
    expireOffsets(groups);
    expect(forgotten).toEqual(['g unread-0']);
    timers.advance(1);
    expireOffsets(groups);
    expect(forgotten).toEqual(['g unread-0', 'g read-0', 'g']);
  });
});

it('A deleted topic takes its offsets along, also those of open transactions', () => {
  const { table, forgotten, groups } = keeper();
  const { offsets } = table.getOrMake('g');
  offsets.committed.set('t', 0, at(1, 0));
  offsets.committed.set('other', 0, at(1, 0));
  offsets.addPending(1, { topic: 't', partition: 3, committed: at(2, 0) });
  forgetTopic(groups, 't');
  expect(forgotten).toEqual(['g t-0', 'g t-3']);
  expect(offsets.known()).toEqual([{ topic: 'other', partition: 0 }]);
});

it('Groups are spread over partitions by the hash code of Java', () => {
  expect(javaHash('')).toBe(0);
  expect(javaHash('hello')).toBe(99_162_322);
  expect(javaHash('polygenelubricants')).toBe(-(2 ** 31));
  expect(coordinatorPartition('polygenelubricants', 50)).toBe(0);
  expect(coordinatorPartition('hello', 50)).toBe(22);
});
