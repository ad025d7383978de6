import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import type { Assignment } from '../../../../src/broker/groups/consumer/assignment.ts';
import { type AssignorInput, assignors } from '../../../../src/broker/groups/consumer/assignor.ts';
import { assignRange } from '../../../../src/broker/groups/consumer/range-assignor.ts';
import { assignUniformly } from '../../../../src/broker/groups/consumer/uniform-assignor.ts';
import { assignmentOfPlaces, idOf, type Places, placesOf } from './support.ts';

const member = (memberId: string, topics: string, had: Places = [], instanceId: string | null = null) => ({
  memberId,
  instanceId,
  topicIds: new Set(topics === '' ? [] : topics.split(',').map(idOf)),
  assigned: assignmentOfPlaces(had),
});

const shown = (targets: ReadonlyMap<string, Assignment>) =>
  Object.fromEntries(Array.from(targets, ([memberId, target]) => [memberId, placesOf(target)]));

const TOPICS = ['a', 'b', 'c', 'd'];

/** Members that subscribe to anything, and had anything before. */
const inputs: fc.Arbitrary<AssignorInput> = fc
  .record({
    counts: fc.array(fc.integer({ min: 0, max: 5 }), { minLength: 4, maxLength: 4 }),
    members: fc.array(
      fc.record({
        topics: fc.subarray(TOPICS),
        had: fc.array(fc.tuple(fc.constantFrom(...TOPICS), fc.integer({ min: 0, max: 6 })), { maxLength: 6 }),
      }),
      { minLength: 1, maxLength: 6 },
    ),
  })
  .map(({ counts, members }) => ({
    members: members.map(({ topics, had }, index) =>
      member(
        `m${index}`,
        topics.join(),
        had.map(([topic, partition]) => `${topic}:${partition}`),
      ),
    ),
    partitionCounts: new Map(
      TOPICS.flatMap((topic, index) =>
        members.some(({ topics }) => topics.includes(topic)) ? [[idOf(topic), counts[index] ?? 0] as const] : [],
      ),
    ),
  }));

describe.each(Object.entries(assignors))('The assignor %s', (_name, assign) => {
  test('gives each partition to exactly one member, who subscribes to it', () => {
    fc.assert(
      fc.property(inputs, (input) => {
        const targets = assign(input);
        const given = [...targets.values()].flatMap(placesOf);
        const all = [...input.partitionCounts].flatMap(([topicId, count]) =>
          placesOf(new Map([[topicId, new Set(Array.from({ length: count }, (_, partition) => partition))]])),
        );
        expect(given.toSorted()).toEqual(all.toSorted());
        for (const { memberId, topicIds } of input.members)
          for (const topic of targets.get(memberId)?.keys() ?? []) expect(topicIds.has(topic)).toBe(true);
      }),
    );
  });
});

describe('The uniform assignor', () => {
  test('lets no share differ by more than one where all members subscribe to the same', () => {
    fc.assert(
      fc.property(inputs, ({ members, partitionCounts }) => {
        const alike = members.map((each) => ({ ...each, topicIds: new Set(partitionCounts.keys()) }));
        const counts = Array.from(
          assignUniformly({ members: alike, partitionCounts }).values(),
          (target) => placesOf(target).length,
        );
        expect(Math.max(...counts) - Math.min(...counts)).toBeLessThanOrEqual(1);
      }),
    );
  });

  test('leaves everything where it is when it is even', () => {
    const members = [member('m1', 'a', ['a:3', 'a:0']), member('m2', 'a', ['a:1', 'a:2'])];
    const targets = assignUniformly({ members, partitionCounts: new Map([[idOf('a'), 4]]) });
    for (const { memberId, assigned } of members) expect(targets.get(memberId)).toBe(assigned);
  });

  test('takes from the others only what a new member is to have', () => {
    const members = [
      member('m1', 'a', ['a:0', 'a:1', 'a:2']),
      member('m2', 'a'),
      member('m3', 'a', ['a:3', 'a:4', 'a:5']),
    ];
    expect(shown(assignUniformly({ members, partitionCounts: new Map([[idOf('a'), 6]]) }))).toEqual({
      m1: ['a:0', 'a:1'],
      m2: ['a:2', 'a:5'],
      m3: ['a:3', 'a:4'],
    });
  });

  test('evens shares out where members subscribe to different topics', () => {
    const members = [member('m1', 'a,b', ['a:0', 'a:1', 'b:0', 'b:1']), member('m2', 'b')];
    const counts = new Map([
      [idOf('a'), 2],
      [idOf('b'), 2],
    ]);
    expect(shown(assignUniformly({ members, partitionCounts: counts }))).toEqual({
      m1: ['a:0', 'a:1'],
      m2: ['b:0', 'b:1'],
    });
  });
});

test('The range assignor parts topics alike, in the order of instance ids and then of member ids', () => {
  const members = [member('m2', 'a,b'), member('m1', 'a,b'), member('m9', 'a,b', [], 'static')];
  const counts = new Map([
    [idOf('a'), 4],
    [idOf('b'), 4],
  ]);
  expect(shown(assignRange({ members, partitionCounts: counts }))).toEqual({
    m9: ['a:0', 'a:1', 'b:0', 'b:1'],
    m1: ['a:2', 'b:2'],
    m2: ['a:3', 'b:3'],
  });
});
