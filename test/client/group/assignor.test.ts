import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Subscriber } from '../../../src/client/group/assignor.ts';
import { rangeAssignor } from '../../../src/client/group/range-assignor.ts';

const member = (memberId: string, topics: readonly string[], instanceId: string | null = null): Subscriber => ({
  memberId,
  instanceId,
  topics,
  ownedPartitions: [],
  generationId: -1,
  userData: null,
});
const assign = (members: readonly Subscriber[], counts: Record<string, number>) =>
  Object.fromEntries(rangeAssignor.assign(members, new Map(Object.entries(counts))));

describe('the range assignor', () => {
  it("gives runs of each topic's partitions to members in their order, the longer ones first", () => {
    expect(assign([member('b', ['t', 'u']), member('a', ['t', 'u'])], { t: 3, u: 1 })).toEqual({
      a: [
        { topic: 't', partitions: [0, 1] },
        { topic: 'u', partitions: [0] },
      ],
      b: [{ topic: 't', partitions: [2] }],
    });
  });

  it('puts static members first, by their instance ids', () => {
    const members = [member('a', ['t']), member('z', ['t'], '1'), member('b', ['t'], '2')];
    expect(assign(members, { t: 3 })).toEqual({
      z: [{ topic: 't', partitions: [0] }],
      b: [{ topic: 't', partitions: [1] }],
      a: [{ topic: 't', partitions: [2] }],
    });
  });

  it('gives each partition to one member that reads its topic, and shares evenly', () => {
    const topics = ['t', 'u', 'v'];
    fc.assert(
      fc.property(
        fc.array(fc.subarray(topics), { minLength: 1, maxLength: 6 }),
        fc.array(fc.nat({ max: 9 }), { minLength: 3, maxLength: 3 }),
        (subscriptions, counts) => {
          const members = subscriptions.map((each, index) => member(`m${index}`, each));
          const assigned = rangeAssignor.assign(
            members,
            new Map(topics.map((topic, index) => [topic, counts[index] ?? 0])),
          );
          for (const [index, topic] of topics.entries()) {
            const readers = members.filter((each) => each.topics.includes(topic));
            const shares = members.map(({ memberId }) =>
              (assigned.get(memberId) ?? [])
                .filter((each) => each.topic === topic)
                .flatMap(({ partitions }) => partitions),
            );
            const count = readers.length === 0 ? 0 : (counts[index] ?? 0);
            expect(shares.flat().toSorted((a, b) => a - b)).toEqual(Array.from({ length: count }, (_, at) => at));
            const sizes = readers.map(
              ({ memberId }) => shares[members.findIndex((each) => each.memberId === memberId)]?.length ?? 0,
            );
            expect(Math.max(0, ...sizes) - Math.min(...sizes, Math.max(0, ...sizes))).toBeLessThanOrEqual(1);
          }
        },
      ),
    );
  });
});
