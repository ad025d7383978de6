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
        expect(search.first(3)).toEqual(missing.toSorted((one, other) => one - other).slice(0, 3));
        for (const index of missing) {
          expect(search.isComplete()).toBe(false);
          new IndexSet(foundSet).add(index);
        }
        expect(search.isComplete()).toBe(true);
        expect(search.count()).toBe(0);
      }),
    );
  });

  test('of a hundred million records takes a bit for each: two of them are far below 100 MB', () => {
    const [wanted, found] = [createIndexSet(100_000_000), createIndexSet(100_000_000)];
    expect(wanted.byteLength + found.byteLength).toBeLessThanOrEqual(25_000_000);
    const [acknowledged, received] = [new IndexSet(wanted), new IndexSet(found)];
    const block = Float64Array.from({ length: 100_000 }, (_, place) => place);
    for (let first = 0; first < 100_000_000; first += 10_000_000) {
      const indexes = block.map((place) => first + place);
      acknowledged.addFirst(indexes, indexes.length);
      received.addFirst(indexes, first === 20_000_000 ? indexes.length - 2 : indexes.length);
    }
    acknowledged.add(99_999_999);
    const search = new MissingSearch(wanted, found);
    expect([search.isComplete(), search.count()]).toEqual([false, 3]);
    expect(search.first(5)).toEqual([20_099_998, 20_099_999, 99_999_999]);
  });

  test('is bounded', () => {
    expect(() => createIndexSet(mostIndexes + 1)).toThrow(/up to 4294967296 indexes/);
  });
});
