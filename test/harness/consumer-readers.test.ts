import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignPartitions, ownProperties, readersOf } from '../../src/harness/consumer-readers.ts';
import type { ConsumerPlan } from '../../src/harness/plan.ts';
import { consumerPlan } from './dist.ts';

describe('partition assignment', () => {
  test('gives every partition to exactly one consumer, and none fewer or more than one apart', () => {
    const topics = fc.array(fc.integer({ min: 1, max: 10 }), { minLength: 1, maxLength: 4 });
    fc.assert(
      fc.property(topics, fc.integer({ min: 1, max: 8 }), (counts, consumers) => {
        const all = counts.map((partitions, place) => ({ topic: `t${place}`, partitions }));
        const assignments = assignPartitions(all, consumers);
        const sizes = assignments.map((one) => one.reduce((sum, { partitions }) => sum + partitions.length, 0));
        expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
        expect(Math.min(...sizes)).toBeGreaterThan(0);
        const given = assignments.flatMap((one) =>
          one.flatMap(({ topic, partitions }) => partitions.map((partition) => `${topic}-${partition}`)),
        );
        const wanted = all.flatMap(({ topic, partitions }) =>
          Array.from({ length: partitions }, (_, partition) => `${topic}-${partition}`),
        );
        expect(given.toSorted()).toEqual(wanted.toSorted());
      }),
    );
  });
});

describe('the consumers of a test', () => {
  const topics = [{ topic: 't', partitions: 8 }];
  const readers = (changes: Partial<ConsumerPlan>) => readersOf(consumerPlan(changes), topics);

  test('join one group, or as many groups as are asked for', () => {
    expect(readers({ consumers: 3 }).map(({ reading }) => reading)).toEqual(
      Array.from({ length: 3 }, () => ({ kind: 'group', groupId: 'g', topics: ['t'], pattern: null })),
    );
    const several = readers({ consumers: 2, consumerGroups: 2 });
    expect(several.map(({ reading, group }) => [reading.kind === 'group' && reading.groupId, group])).toEqual([
      ['g-1', 0],
      ['g-1', 0],
      ['g-2', 1],
      ['g-2', 1],
    ]);
  });

  test('have partitions of their own without a group, all or those that are named', () => {
    const assigned = readers({ groupId: null, consumers: 2, readPartitions: [1, 5, 6] });
    expect(assigned.map(({ reading }) => reading)).toEqual([
      { kind: 'assigned', assignments: [{ topic: 't', partitions: [1, 6] }] },
      { kind: 'assigned', assignments: [{ topic: 't', partitions: [5] }] },
    ]);
    expect(readers({ groupId: null, consumers: 20 })).toHaveLength(8);
  });

  test('are told apart by their names', () => {
    const properties = { 'client.id': 'c', 'group.instance.id': 'i', 'fetch.min.bytes': '1' };
    expect(ownProperties(properties, 0, 1)).toBe(properties);
    expect(ownProperties(properties, 1, 2)).toEqual({ ...properties, 'client.id': 'c-2', 'group.instance.id': 'i-2' });
  });
});
