import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createIndexSet, IndexSet, MissingSearch, mostIndexes } from '../../src/load/index-set.ts';

const indexes = fc.uniqueArray(fc.nat(299));

describe('a set of indexes', () => {
  test('says of each index once that it is new, whoever adds it', () => {
    const shared = createIndexSet(300);
    const [one, other] = [new IndexSet(shared), new IndexSet(shared)];
    expect([one.add(299), other.add(299), other.add(31), one.add(31), one.add(32)]).toEqual([
      true,
      false,
      true,
      false,
      true,
    ]);
    expect(one.capacity).toBeGreaterThanOrEqual(300);
  });

  test('lacks exactly what another one has and it has not', () => {
    fc.assert(
      fc.property(indexes, indexes, (wanted, found) => {
        const [wantedSet, foundSet] = [createIndexSet(300), createIndexSet(300)];
        for (const index of wanted) new IndexSet(wantedSet).add(index);
        for (const index of found) new IndexSet(foundSet).add(index);
        const search = new MissingSearch(wantedSet, foundSet);
        const missing = wanted.filter((index) => !found.includes(index));
        expect(search.isComplete()).toBe(missing.length === 0);
        expect(search.count()).toBe(missing.length);
        for (const index of missing) {
          expect(search.isComplete()).toBe(false);
          new IndexSet(foundSet).add(index);
        }
        expect(search.isComplete()).toBe(true);
        expect(search.count()).toBe(0);
      }),
    );
  });

  test('is bounded', () => {
    expect(() => createIndexSet(mostIndexes + 1)).toThrow(/up to 4294967296 indexes/);
  });
});
