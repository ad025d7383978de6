import { describe, expect, test } from 'vitest';
import type { Payload } from '../../src/harness/plan.ts';
import { describePayload, longestGenerated, preparePayload } from '../../src/harness/prepare-payload.ts';
import type { KeySpec } from '../../src/load/keys.ts';
import type { SizeSpec } from '../../src/load/sizes.ts';

type Generated = Extract<Payload, { kind: 'generated' }>;
const withRatio = (compressibility: number, size: SizeSpec): Generated => ({
  kind: 'generated',
  content: 'random',
  size,
  compressibility,
  seed: 3,
});
const zstdRatio = async (payload: Generated, keys: KeySpec | null = null): Promise<number> =>
  (await describePayload(await preparePayload(payload, keys), keys)).measuredCompressibility.zstd ?? Number.NaN;

describe('the values of a test', () => {
  test.each([
    [0.3, { kind: 'fixed', bytes: 1000 }],
    [0.3, { kind: 'fixed', bytes: 60 }],
    [0.05, { kind: 'fixed', bytes: 10_000 }],
    [0.9, { kind: 'fixed', bytes: 100 }],
    [0.5, { kind: 'lognormal', mean: 500, deviation: 700 }],
    [0.2, { kind: 'fixed', bytes: 500_000 }],
  ] as const)('are compressed by zstd to the asked part of their size, within a twentieth of it: %d of %o', async (ratio, size) => {
    expect(Math.abs((await zstdRatio(withRatio(ratio, size))) / ratio - 1)).toBeLessThan(0.05);
  });

  test('come to the asked ratio with their keys', async () => {
    const keys: KeySpec = { kind: 'uniform', keys: 1000, digits: 20, seed: 1 };
    expect(Math.abs((await zstdRatio(withRatio(0.4, { kind: 'fixed', bytes: 200 }), keys)) / 0.4 - 1)).toBeLessThan(
      0.05,
    );
  });

  test('come as near as they can when a ratio is out of reach', async () => {
    const small: SizeSpec = { kind: 'fixed', bytes: 20 };
    expect(await preparePayload(withRatio(0.01, small), null)).toMatchObject({ randomShare: 0 });
    expect(await preparePayload(withRatio(1, small), null)).toMatchObject({ randomShare: 1 });
  });

  test('are described by their sizes and by what each codec makes of them', async () => {
    const letters = await describePayload({ kind: 'random', sizeBytes: 250, seed: 0 }, null);
    expect(letters).toMatchObject({ meanValueBytes: 250, longestValueBytes: 250 });
    expect(Object.keys(letters.measuredCompressibility)).toEqual(['gzip', 'snappy', 'lz4', 'zstd']);
    expect(letters.measuredCompressibility.zstd).toBeGreaterThan(0.57);
    expect(letters.measuredCompressibility.zstd).toBeLessThan(0.65);
    expect(letters.measuredCompressibility.snappy).toBeGreaterThan(0.9);
    const numbers = await describePayload({ kind: 'monotonic' }, null);
    expect(numbers.longestValueBytes).toBeNull();
    expect(numbers.meanValueBytes).toBeLessThan(6);
  });

  test('show their longest one before anything is made of them', () => {
    const sizes: SizeSpec = { kind: 'uniform', from: 10, to: 500 };
    expect(longestGenerated(withRatio(0.5, sizes))).toBeGreaterThan(490);
    expect(longestGenerated(withRatio(0.5, sizes))).toBeLessThanOrEqual(500);
  });
});
