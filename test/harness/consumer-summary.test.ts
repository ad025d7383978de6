import { describe, expect, test } from 'vitest';
import type { CollectedConsumer } from '../../src/harness/consumer-collector.ts';
import { readersOf } from '../../src/harness/consumer-readers.ts';
import { summariseConsumers } from '../../src/harness/consumer-summary.ts';
import { consumerPlan } from './dist.ts';

const done = (recordsConsumed: number, recordsRedelivered: number): CollectedConsumer['done'] => ({
  kind: 'done',
  failure: null,
  metrics: null,
  repeats: { retries: 0, reconnects: 0 },
  thread: { maxEventLoopDelayMs: 0, gcPauseMs: 0 } as NonNullable<CollectedConsumer['done']>['thread'],
  recordsConsumed,
  bytesConsumed: 10 * recordsConsumed,
  recordsRedelivered,
  firstRecordUs: null,
  lastRecordUs: null,
  isQuotaUsedUp: false,
  memberId: 'm',
  assignor: 'range',
});

const rebalance = (atUs: number, withoutPartitionsUs: number, partitions: readonly number[]) => ({
  kind: 'rebalance' as const,
  atUs,
  withoutPartitionsUs,
  partitions: partitions.length === 0 ? [] : [{ topic: 't', partitions }],
});

describe('the consumers of a test, summed up', () => {
  const plan = consumerPlan({ consumers: 3 });
  const readers = readersOf(plan, [{ topic: 't', partitions: 2 }]);
  const end = {
    openUs: 0,
    startUs: 1000,
    lastRecordUs: 50_000,
    consumers: [
      // The last one came after the last record: the others had left.
      { rebalances: [rebalance(5000, 4000, [0, 1]), rebalance(60_000, 2000, [1])], done: done(30, 0) },
      { rebalances: [rebalance(9000, 8000, [1])], done: done(12, 5) },
      { rebalances: [rebalance(9000, 0, [])], done: done(0, 0) },
    ],
  };
  const { consumers, groups, rebalanceTimeMs } = summariseConsumers(plan, readers, end, (worker) => `c-${worker}`);

  test('wait for partitions as long as those do on the average that had some, while records came', () => {
    expect(consumers.map((one) => [one.rebalances, one.rebalanceTimeMs])).toEqual([
      [1, 5],
      [1, 9],
      [1, 1],
    ]);
    expect(rebalanceTimeMs).toBe(7);
  });

  test('are idle when they had nothing to read, and their group says how many are', () => {
    expect(consumers.map(({ isIdle, clientId }) => [clientId, isIdle])).toEqual([
      ['c-0', false],
      ['c-1', false],
      ['c-2', true],
    ]);
    expect(groups).toEqual([
      {
        groupId: 'g',
        assignor: 'range',
        consumers: 3,
        idleConsumers: 1,
        recordsConsumed: 42,
        bytesConsumed: 420,
        recordsRedelivered: 5,
        rebalances: 1,
        rebalanceTimeMs: 7,
      },
    ]);
  });
});
