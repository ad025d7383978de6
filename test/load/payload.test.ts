import { createHash } from 'node:crypto';
import fc from 'fast-check';
import { beforeAll, describe, expect, test } from 'vitest';
import { codecsReady, compressibility, encodeSample } from '../../src/drivers/compressibility.ts';
import { packValues } from '../../src/load/packed-values.ts';
import {
  createPayloads,
  generatePool,
  isDocument,
  longestOfPool,
  type PayloadContent,
  type PayloadSpec,
  payloadContents,
  poolSize,
  shortestOf,
} from '../../src/load/payload.ts';
import type { SizeSpec } from '../../src/load/sizes.ts';

const textOf = (value: Uint8Array): string => Buffer.from(value).toString('utf8');
const bytesOf = (values: readonly string[]): SharedArrayBuffer =>
  packValues(values.map((value) => ({ key: null, value: Buffer.from(value) })));
const generated = (
  content: PayloadContent,
  size: SizeSpec | null,
  changes: { readonly seed?: number; readonly randomShare?: number } = {},
): Extract<PayloadSpec, { kind: 'generated' }> => ({
  kind: 'generated',
  content,
  size,
  randomShare: null,
  seed: 0,
  ...changes,
});

const sizesOfEachKind: readonly SizeSpec[] = [
  { kind: 'fixed', bytes: 300 },
  { kind: 'uniform', from: 100, to: 900 },
  { kind: 'normal', mean: 500, deviation: 200 },
  { kind: 'lognormal', mean: 500, deviation: 800 },
  { kind: 'exponential', mean: 500 },
  {
    kind: 'histogram',
    sizes: [
      { bytes: 700, weight: 1 },
      { bytes: 200, weight: 3 },
    ],
  },
];

/** A hash over the first values of a producer. */
const contentOf = (spec: PayloadSpec, worker = 0, workers = 1): string => {
  const payloadOf = createPayloads(spec, worker, workers);
  const hash = createHash('sha256');
  for (let turn = 0; turn < 2000; turn++) hash.update(payloadOf(worker + turn * workers));
  return hash.digest('hex');
};

describe('the pool of a payload', () => {
  test.each(payloadContents)('has the extremes that are said of it without filling it: %s', (content) => {
    for (const size of [null, ...sizesOfEachKind]) {
      if (size === null && !isDocument(content)) continue;
      const lengths = generatePool(generated(content, size)).map((value) => value.length);
      expect(longestOfPool(generated(content, size))).toBe(Math.max(...lengths));
      if (size !== null) expect(shortestOf(size)).toBe(Math.min(...lengths));
    }
  });
});

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

  test('show each producer of several the whole pool, and no value twice within a batch', () => {
    for (const [worker, workers] of [
      [0, 1],
      [3, 64],
      [2, 3],
    ] as const) {
      const payloadOf = createPayloads({ kind: 'random', sizeBytes: 20, seed: 0 }, worker, workers);
      const count = poolSize(20);
      const values = Array.from({ length: 2 * count }, (_, turn) => textOf(payloadOf(worker + turn * workers)));
      expect(new Set(values.slice(0, count)).size).toBe(count);
      expect(values.slice(count)).toEqual(values.slice(0, count));
      expect(count * 20).toBeGreaterThan(3 * 64 * 1024);
    }
  });

  test('come from a pool of a few MiB at most, unless one value is larger', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 100_000_000 }), (sizeBytes) => {
        const count = poolSize(sizeBytes);
        expect(count).toBeGreaterThanOrEqual(1);
        expect(count).toBeLessThanOrEqual(16_384);
        if (count > 1) expect(count * sizeBytes).toBeLessThanOrEqual(4 * 1024 * 1024);
      }),
    );
  });
});

describe('generated payloads', () => {
  const sizes: SizeSpec[] = [
    { kind: 'fixed', bytes: 100 },
    { kind: 'uniform', from: 50, to: 500 },
    { kind: 'exponential', mean: 300 },
  ];

  test('are the same bytes in the same order on every run, for each producer, and others for another seed', () => {
    for (const content of payloadContents) {
      for (const size of content === 'json' || content === 'log' ? [...sizes, null] : sizes) {
        const hashes = [0, 1].map((worker) => contentOf(generated(content, size), worker, 2));
        expect([0, 1].map((worker) => contentOf(generated(content, size), worker, 2))).toEqual(hashes);
        expect(contentOf(generated(content, size, { seed: 1 }), 0, 2)).not.toBe(hashes[0]);
      }
    }
  });

  test('stay as they are from version to version', () => {
    expect(contentOf({ kind: 'random', sizeBytes: 100, seed: 0 }).slice(0, 16)).toBe('42c5aa3956097906');
    expect(contentOf(generated('json', null)).slice(0, 16)).toBe('e260b2bdb4ef5ee0');
  });

  test('are valid JSON of exactly the asked length', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 3000 }), fc.nat(), (bytes, seed) => {
        const payloadOf = createPayloads(generated('json', { kind: 'fixed', bytes }, { seed }));
        for (let index = 0; index < 5; index++) {
          const text = textOf(payloadOf(index));
          expect(Buffer.byteLength(text)).toBe(bytes);
          expect(() => JSON.parse(text)).not.toThrow();
        }
      }),
      { numRuns: 10 },
    );
    expect(JSON.parse(textOf(createPayloads(generated('json', null))(5)))).toMatchObject({ currency: 'EUR' });
  });

  test('are lines of an access log, of the asked length too', () => {
    const line =
      /^10\.\d+\.\d+\.\d+ - - \[\d\d\/\w{3}\/2024:\d\d:\d\d:\d\d \+0000\] "(GET|POST|HEAD) \/\S* HTTP\/1\.1" \d{3} \d+ "https:\/\/\S+" ".+"$/;
    const payloadOf = createPayloads(generated('log', null));
    for (let index = 0; index < 100; index++) expect(textOf(payloadOf(index))).toMatch(line);
    const longer = createPayloads(generated('log', { kind: 'fixed', bytes: 600 }));
    for (let index = 0; index < 20; index++) expect(textOf(longer(index))).toMatch(line);
    for (const bytes of [1, 40, 600]) {
      expect(createPayloads(generated('log', { kind: 'fixed', bytes }))(0)).toHaveLength(bytes);
    }
  });

  describe('under codecs', () => {
    beforeAll(codecsReady);
    const ratio = (spec: Extract<PayloadSpec, { kind: 'random' | 'generated' }>): number =>
      compressibility('zstd', encodeSample(generatePool(spec).map((value) => ({ key: null, value }))));

    test('are random bytes that no codec makes smaller, letters of 4.7 bits, and documents that are much alike', () => {
      expect(ratio(generated('random', { kind: 'fixed', bytes: 1000 }))).toBeGreaterThan(0.98);
      const letters = ratio({ kind: 'random', sizeBytes: 1000, seed: 0 });
      expect(letters).toBeGreaterThan(4.7 / 8 - 0.02);
      expect(letters).toBeLessThan(0.66);
      expect(ratio(generated('json', null))).toBeLessThan(0.35);
      expect(ratio(generated('log', null))).toBeLessThan(0.35);
    });

    test('grow less compressible with their share of random bytes', () => {
      const ratios = [0, 0.2, 0.5, 0.8, 1].map((randomShare) =>
        ratio(generated('random', { kind: 'fixed', bytes: 200 }, { randomShare })),
      );
      expect(ratios.toSorted((a, b) => a - b)).toEqual(ratios);
    });
  });
});

describe('given payloads', () => {
  test('are picked at random by the record, all of them in time', () => {
    const values = bytesOf(['alpha', 'beta', 'gamma']);
    const payloadOf = createPayloads({ kind: 'given', values, order: 'random', seed: 5 });
    const seen = Array.from({ length: 100 }, (_, index) => textOf(payloadOf(index)));
    expect(new Set(seen)).toEqual(new Set(['alpha', 'beta', 'gamma']));
    expect(textOf(payloadOf(42))).toBe(seen[42]);
  });

  test('come in turn, from another place for each producer', () => {
    const spec: PayloadSpec = { kind: 'given', values: bytesOf(['a', 'b', 'c', 'd']), order: 'sequence', seed: 0 };
    const [first, second] = [0, 1].map((worker) => createPayloads(spec, worker, 2));
    expect([0, 2, 4, 6, 8].map((index) => textOf(first?.(index) ?? Buffer.of())).join('')).toBe('abcda');
    expect([1, 3, 5, 7, 9].map((index) => textOf(second?.(index) ?? Buffer.of())).join('')).toBe('cdabc');
  });

  test('must be at least one', () => {
    expect(() => createPayloads({ kind: 'given', values: bytesOf([]), order: 'random', seed: 0 })).toThrow(/no value/);
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
