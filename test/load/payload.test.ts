import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { createPayloads, poolSize, splitPayloads } from '../../src/load/payload.ts';

const textOf = (value: Uint8Array): string => Buffer.from(value).toString('utf8');

describe('random payloads', () => {
  test('have the asked size and hold the letters A to Z alone', () => {
    const payloadOf = createPayloads({ kind: 'random', sizeBytes: 100, seed: 1 });
    for (let index = 0; index < 200; index++) expect(textOf(payloadOf(index))).toMatch(/^[A-Z]{100}$/);
  });

  test('use every letter about equally often', () => {
    const counts = new Map<string, number>();
    const payloadOf = createPayloads({ kind: 'random', sizeBytes: 26_000, seed: 7 });
    for (const letter of textOf(payloadOf(0))) counts.set(letter, (counts.get(letter) ?? 0) + 1);
    expect(counts.size).toBe(26);
    for (const count of counts.values()) expect(Math.abs(count - 1000)).toBeLessThan(200);
  });

  test('are the same again for the same seed and differ for another', () => {
    const [one, again, other] = [3, 3, 4].map((seed) => createPayloads({ kind: 'random', sizeBytes: 50, seed }));
    expect(textOf(one?.(17) ?? Buffer.of())).toBe(textOf(again?.(17) ?? Buffer.of()));
    expect(textOf(one?.(17) ?? Buffer.of())).not.toBe(textOf(other?.(17) ?? Buffer.of()));
  });

  test('show each producer of several the whole pool', () => {
    const payloadOf = createPayloads({ kind: 'random', sizeBytes: 20, seed: 0 });
    const seen = new Set<string>();
    for (let index = 3; index < 64 * 1000; index += 64) seen.add(textOf(payloadOf(index)));
    expect(seen.size).toBe(64);
  });

  test('come from a pool of a few MiB at most, unless one value is larger', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000_000 }), (sizeBytes) => {
        const count = poolSize(sizeBytes);
        expect(count).toBeGreaterThanOrEqual(1);
        expect(count).toBeLessThanOrEqual(64);
        if (count > 1) expect(count * sizeBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
      }),
    );
  });
});

describe('payloads from a file', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'spillway-payload-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  test('are the parts between delimiters, empty ones dropped', () => {
    expect(splitPayloads(Buffer.from('one\n\ntwo\nthree\n'), '\n').map(textOf)).toEqual(['one', 'two', 'three']);
    expect(splitPayloads(Buffer.from('a||b||||c'), '||').map(textOf)).toEqual(['a', 'b', 'c']);
    expect(splitPayloads(Buffer.from('whole'), '').map(textOf)).toEqual(['whole']);
    expect(splitPayloads(Buffer.from('\n\n'), '\n')).toEqual([]);
  });

  test('keep every byte of UTF-8 text', () => {
    fc.assert(
      fc.property(fc.array(fc.string({ unit: 'binary' }), { maxLength: 20 }), (values) => {
        const kept = values.filter((value) => value !== '' && !value.includes('\n'));
        expect(splitPayloads(Buffer.from(kept.join('\n')), '\n').map(textOf)).toEqual(
          kept.map((value) => textOf(Buffer.from(value))),
        );
      }),
      { numRuns: 30 },
    );
  });

  test('are picked by the record, all of them in time', () => {
    const path = join(folder, 'values.txt');
    writeFileSync(path, 'alpha\nbeta\ngamma\n');
    const payloadOf = createPayloads({ kind: 'file', path, delimiter: '\n', seed: 5 });
    const seen = Array.from({ length: 100 }, (_, index) => textOf(payloadOf(index)));
    expect(new Set(seen)).toEqual(new Set(['alpha', 'beta', 'gamma']));
    expect(textOf(payloadOf(42))).toBe(seen[42]);
  });

  test('refuse a file without a value', () => {
    const path = join(folder, 'empty.txt');
    writeFileSync(path, '\n\n');
    expect(() => createPayloads({ kind: 'file', path, delimiter: '\n', seed: 0 })).toThrow(/holds no value/);
  });
});

describe('monotonic payloads', () => {
  test('are the decimal digits of the index', () => {
    const payloadOf = createPayloads({ kind: 'monotonic' });
    fc.assert(
      fc.property(fc.maxSafeNat(), (index) => {
        expect(textOf(payloadOf(index))).toBe(String(index));
      }),
    );
    for (const index of [0, 9, 10, 99, 100, 1e15, Number.MAX_SAFE_INTEGER]) {
      expect(textOf(payloadOf(index))).toBe(String(index));
    }
  });
});
