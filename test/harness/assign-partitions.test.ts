import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { assignPartitions } from '../../src/harness/consumer-load.ts';

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
