import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { flatten, partitionKey, type Subscriber, type TopicPartitions } from '../../../src/client/group/assignor.ts';
import { assignors } from '../../../src/client/group/assignors.ts';
import { cooperativeStickyAssignor, stickyAssignor } from '../../../src/client/group/sticky-assignors.ts';
import { decodeStickyData, encodeStickyData } from '../../../src/client/group/sticky-user-data.ts';

type Assignment = ReadonlyMap<string, readonly TopicPartitions[]>;

const subscriber = (memberId: string, topics: readonly string[], more: Partial<Subscriber> = {}): Subscriber => ({
  memberId,
  instanceId: null,
  topics,
  ownedPartitions: [],
  generationId: -1,
  userData: null,
  ...more,
});
const keysOf = (assignment: Assignment, memberId: string): string[] =>
  flatten(assignment.get(memberId) ?? []).map(partitionKey);
const counts = (...topics: [string, number][]): ReadonlyMap<string, number> => new Map(topics);
/** As after a round of cooperative assignment: each owns what it was given. */
const owning = (members: readonly Subscriber[], assignment: Assignment, generationId: number): Subscriber[] =>
  members.map((member) => ({ ...member, ownedPartitions: assignment.get(member.memberId) ?? [], generationId }));

/** Members with subscriptions to some of up to four topics, and how many partitions these have. */
const groups = fc
  .tuple(
    fc.array(fc.subarray(['a', 'b', 'c', 'd'], { minLength: 1 }), { minLength: 1, maxLength: 7 }),
    fc.array(fc.integer({ min: 0, max: 9 }), { minLength: 4, maxLength: 4 }),
  )
  .map(([topics, sizes]) => ({
    members: topics.map((names, index) => subscriber(`m${index}`, names)),
    sizes: new Map(['a', 'b', 'c', 'd'].map((name, index) => [name, sizes[index] ?? 0])),
  }));

const expectEachOnce = (members: readonly Subscriber[], sizes: ReadonlyMap<string, number>, assignment: Assignment) => {
  const given = members.flatMap(({ memberId }) => keysOf(assignment, memberId));
  const wanted = [...sizes].flatMap(([topic, size]) =>
    members.some(({ topics }) => topics.includes(topic))
      ? Array.from({ length: size }, (_, partition) => partitionKey({ topic, partition }))
      : [],
  );
  expect(given.toSorted()).toEqual(wanted.toSorted());
  for (const { memberId, topics } of members)
    for (const { topic } of assignment.get(memberId) ?? []) expect(topics).toContain(topic);
};

describe.each(Object.values(assignors))('the $name assignor', (assignor) => {
  it('gives each partition to one member that subscribes to its topic', () => {
    fc.assert(
      fc.property(groups, ({ members, sizes }) => {
        expectEachOnce(members, sizes, assignor.assign(members, sizes));
      }),
    );
  });
});

describe('the round-robin assignor', () => {
  it('goes around all members with all partitions, static members first', () => {
    const members = [
      subscriber('b', ['t', 'u']),
      subscriber('c', ['t', 'u'], { instanceId: 'x' }),
      subscriber('a', ['t']),
    ];
    const assigned = assignors.roundrobin.assign(members, counts(['t', 4], ['u', 2]));
    expect(keysOf(assigned, 'c')).toEqual(['t:0', 't:3', 'u:1']);
    expect(keysOf(assigned, 'a')).toEqual(['t:1']);
    expect(keysOf(assigned, 'b')).toEqual(['t:2', 'u:0']);
  });
});

describe('sticky assignment', () => {
  it('is level: nobody could take a partition from a member that has at least two more', () => {
    fc.assert(
      fc.property(groups, ({ members, sizes }) => {
        const assigned = stickyAssignor.assign(members, sizes);
        for (const one of members)
          for (const other of members) {
            const [mine, theirs] = [keysOf(assigned, one.memberId), keysOf(assigned, other.memberId)];
            if (theirs.length < mine.length + 2) continue;
            for (const { topic } of assigned.get(other.memberId) ?? []) expect(one.topics).not.toContain(topic);
          }
      }),
    );
  });

  it('moves no more than it must when a member comes', () => {
    const three = ['a', 'b', 'c'].map((id) => subscriber(id, ['t']));
    const before = stickyAssignor.assign(three, counts(['t', 12]));
    const four = [...three, subscriber('d', ['t'])].map((member) => ({
      ...member,
      userData: encodeStickyData({ partitions: before.get(member.memberId) ?? [], generationId: 1 }),
    }));
    const after = stickyAssignor.assign(four, counts(['t', 12]));
    expect(keysOf(after, 'd')).toHaveLength(3);
    for (const { memberId } of three)
      expect(keysOf(before, memberId)).toEqual(expect.arrayContaining(keysOf(after, memberId)));
  });

  it('believes the member of the newer generation, and neither of one generation', () => {
    const claim = (memberId: string, generationId: number, partitions: number[]) =>
      subscriber(memberId, ['t'], { generationId, ownedPartitions: [{ topic: 't', partitions }] });
    const assigned = assignors['cooperative-sticky'].assign(
      [claim('a', 3, [0, 1]), claim('b', 4, [1, 2])],
      counts(['t', 3]),
    );
    expect(keysOf(assigned, 'b')).toEqual(['t:1', 't:2']);
    expect(keysOf(assigned, 'a')).toEqual(['t:0']);
  });

  it('reads and writes what Java members say of their past, with and without a generation', () => {
    const bytes = Buffer.from('0000000100017400000002000000000000000200000007', 'hex');
    const past = { partitions: [{ topic: 't', partitions: [0, 2] }], generationId: 7 };
    expect(encodeStickyData(past)).toEqual(bytes);
    expect(decodeStickyData(bytes)).toEqual(past);
    expect(decodeStickyData(bytes.subarray(0, bytes.length - 4))).toEqual({ ...past, generationId: -1 });
    expect(decodeStickyData(bytes.subarray(0, 9))).toEqual({ partitions: [], generationId: -1 });
    expect(stickyAssignor.userData?.(null)).toBeNull();
    expect(cooperativeStickyAssignor.userData?.({ ...past, generationId: 7 })).toEqual(Buffer.from([0, 0, 0, 7]));
  });
});

describe('cooperative assignment', () => {
  it('gives nothing away that another still owns, and is done after a few rounds', () => {
    fc.assert(
      fc.property(groups, fc.integer({ min: 0, max: 6 }), ({ members, sizes }, newcomers) => {
        let given = cooperativeStickyAssignor.assign(members.slice(newcomers % members.length), sizes);
        for (let round = 1; round < 20; round++) {
          const next = cooperativeStickyAssignor.assign(owning(members, given, round), sizes);
          for (const { memberId } of members)
            for (const key of keysOf(next, memberId))
              for (const other of members)
                if (other.memberId !== memberId) expect(keysOf(given, other.memberId)).not.toContain(key);
          const isSettled = members.every(
            ({ memberId }) => `${keysOf(next, memberId)}` === `${keysOf(given, memberId)}`,
          );
          given = next;
          if (isSettled) break;
        }
        expectEachOnce(members, sizes, given);
      }),
      { numRuns: 40 },
    );
  });

  it('needs one round more than the one that gives up when all subscribe to the same', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 8 }), fc.integer({ min: 1, max: 8 }), fc.nat(30), (old, young, size) => {
        const members = Array.from({ length: old + young }, (_, index) => subscriber(`m${index}`, ['t']));
        const sizes = counts(['t', size]);
        const first = cooperativeStickyAssignor.assign(members.slice(young), sizes);
        const second = cooperativeStickyAssignor.assign(owning(members, first, 1), sizes);
        const third = cooperativeStickyAssignor.assign(owning(members, second, 2), sizes);
        expectEachOnce(members, sizes, third);
        for (const { memberId } of members) {
          expect(keysOf(third, memberId)).toEqual(expect.arrayContaining(keysOf(second, memberId)));
          expect(keysOf(third, memberId).length).toBeGreaterThanOrEqual(Math.floor(size / members.length));
        }
      }),
      { numRuns: 40 },
    );
  });
});
