import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createKeys, type KeySpec } from '../../src/load/keys.ts';
import { packValues } from '../../src/load/packed-values.ts';

const keysOf = (spec: KeySpec, count: number): string[] => {
  const keyOf = createKeys(spec, null);
  return Array.from({ length: count }, (_, index) => Buffer.from(keyOf(index) ?? 'none').toString());
};

const frequencies = (keys: readonly string[]): number[] => {
  const counts = new Map<string, number>();
  for (const key of keys) counts.set(key, (counts.get(key) ?? 0) + 1);
  return [...counts.values()].toSorted((a, b) => b - a);
};

describe('keys', () => {
  test('are the index in decimal, or the index within a range, as Kafka writes it', () => {
    expect(keysOf({ kind: 'sequential', digits: 0 }, 12).slice(8)).toEqual(['8', '9', '10', '11']);
    expect(keysOf({ kind: 'range', keys: 3, digits: 0 }, 7)).toEqual(['0', '1', '2', '0', '1', '2', '0']);
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 2 ** 31 - 1 }), fc.maxSafeNat(), (keys, index) => {
        const key = createKeys({ kind: 'range', keys, digits: 0 }, null)(index);
        expect(Buffer.from(key ?? 'none').toString()).toBe(String(index % keys));
      }),
    );
  });

  test('have zeros in front when they are to be of a size', () => {
    expect(keysOf({ kind: 'sequential', digits: 5 }, 11)[10]).toBe('00010');
    expect(keysOf({ kind: 'range', keys: 2, digits: 3 }, 2)).toEqual(['000', '001']);
    expect(keysOf({ kind: 'sequential', digits: 40 }, 1)).toEqual(['0'.repeat(40)]);
  });

  test('are even over their range, and all of them come', () => {
    for (const keys of [10, 100_000]) {
      const counts = frequencies(keysOf({ kind: 'uniform', keys, digits: 0, seed: 1 }, 200_000));
      if (keys > 10) expect(counts.length).toBeGreaterThan(80_000);
      else {
        expect(counts).toHaveLength(keys);
        for (const count of counts) expect(Math.abs(count - 20_000)).toBeLessThan(1000);
      }
    }
  });

  test('of a Zipf distribution come by the power of their rank', () => {
    const spec: KeySpec = { kind: 'zipf', keys: 1000, exponent: 1, digits: 0, seed: 3 };
    const counts = frequencies(keysOf(spec, 300_000));
    const total = Array.from({ length: 1000 }, (_, rank) => 1 / (rank + 1)).reduce((sum, share) => sum + share, 0);
    for (const rank of [1, 2, 3, 10]) {
      const expected = 300_000 / (rank * total);
      expect(Math.abs((counts[rank - 1] ?? 0) / expected - 1)).toBeLessThan(0.06);
    }
    expect(counts.length).toBeGreaterThan(950);
  });

  test('are the same for the same seed and others for another', () => {
    for (const kind of ['uniform', 'zipf'] as const) {
      const of = (seed: number): string[] => keysOf({ kind, keys: 50, exponent: 1.2, digits: 0, seed }, 100);
      expect(of(4)).toEqual(of(4));
      expect(of(4)).not.toEqual(of(5));
    }
  });

  test('that were sampled go with their values, also where there was none', () => {
    const shared = packValues([
      { key: Buffer.from('k0'), value: Buffer.from('v0') },
      { key: null, value: Buffer.from('v1') },
      { key: Buffer.of(), value: Buffer.of() },
    ]);
    const keyOf = createKeys({ kind: 'sampled' }, shared);
    expect([0, 1, 2, 3].map((index) => keyOf(index)?.length ?? null)).toEqual([2, null, 0, 2]);
  });
});
