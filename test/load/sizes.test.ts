import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { createRandom } from '../../src/load/random.ts';
import { drawSizes, meanSize, type SizeSpec } from '../../src/load/sizes.ts';

const mean = (sizes: readonly number[]): number => sizes.reduce((sum, size) => sum + size, 0) / sizes.length;
const deviation = (sizes: readonly number[]): number => Math.sqrt(mean(sizes.map((size) => (size - mean(sizes)) ** 2)));
const draw = (spec: SizeSpec, count = 4096): number[] => drawSizes(spec, count, createRandom(1));

describe('sizes', () => {
  test('have the mean of their distribution, also in a small pool', () => {
    const specs: SizeSpec[] = [
      { kind: 'fixed', bytes: 77 },
      { kind: 'uniform', from: 100, to: 1000 },
      { kind: 'normal', mean: 1000, deviation: 200 },
      { kind: 'lognormal', mean: 1000, deviation: 800 },
      { kind: 'exponential', mean: 500 },
      {
        kind: 'histogram',
        sizes: [
          { bytes: 100, weight: 3 },
          { bytes: 5000, weight: 1 },
        ],
      },
    ];
    for (const spec of specs) expect(Math.abs(mean(draw(spec, 256)) / meanSize(spec) - 1)).toBeLessThan(0.03);
  });

  test('vary as they are to', () => {
    expect(deviation(draw({ kind: 'normal', mean: 1000, deviation: 200 })) / 200).toBeCloseTo(1, 1);
    expect(deviation(draw({ kind: 'lognormal', mean: 1000, deviation: 500 })) / 500).toBeCloseTo(1, 1);
    expect(deviation(draw({ kind: 'exponential', mean: 1000 })) / 1000).toBeCloseTo(1, 1);
    const uniform = draw({ kind: 'uniform', from: 10, to: 19 });
    expect(new Set(uniform)).toEqual(new Set([10, 11, 12, 13, 14, 15, 16, 17, 18, 19]));
  });

  test('of a histogram come by their weights', () => {
    const spec: SizeSpec = {
      kind: 'histogram',
      sizes: [
        { bytes: 10, weight: 0.75 },
        { bytes: 20, weight: 0.25 },
      ],
    };
    expect(draw(spec).filter((size) => size === 10)).toHaveLength(3072);
  });

  test('are whole bytes of at least one, in another order for another seed', () => {
    fc.assert(
      fc.property(
        fc.double({ min: 1, max: 1e5, noNaN: true }),
        fc.double({ min: 0.1, max: 1e5, noNaN: true }),
        (m, d) => {
          for (const kind of ['normal', 'lognormal'] as const)
            for (const size of draw({ kind, mean: m, deviation: d }, 64)) {
              expect(Number.isSafeInteger(size)).toBe(true);
              expect(size).toBeGreaterThanOrEqual(1);
            }
        },
      ),
      { numRuns: 30 },
    );
    const spec: SizeSpec = { kind: 'exponential', mean: 500 };
    expect(drawSizes(spec, 64, createRandom(1))).not.toEqual(drawSizes(spec, 64, createRandom(2)));
  });
});
