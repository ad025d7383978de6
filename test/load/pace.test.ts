import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constantRate, createPace, type PaceSpec, recordsOfProducer, recordsOfRamp } from '../../src/load/pace.ts';

const rate = fc.double({ min: 0.01, max: 1e6, noNaN: true });
const seconds = fc.double({ min: 0.01, max: 3600, noNaN: true });
const steps = fc
  .array(fc.record({ recordsPerSecond: fc.oneof(fc.constant(0), rate), seconds }), { maxLength: 5 })
  .chain((first) => fc.record({ recordsPerSecond: rate, seconds }).map((last) => [...first, last]));

const anySpec: fc.Arbitrary<PaceSpec> = fc.oneof(
  rate.map((recordsPerSecond) => ({ kind: 'constant', recordsPerSecond }) as const),
  fc.record({ kind: fc.constant('poisson' as const), recordsPerSecond: rate, seed: fc.integer() }),
  fc.record({ kind: fc.constant('ramp' as const), fromPerSecond: rate, toPerSecond: rate, seconds }),
  steps.map((list) => ({ kind: 'steps', steps: list }) as const),
);

/** Records due within `untilUs`. */
const countUntil = (pace: (index: number) => number, untilUs: number, first = 0, step = 1): number => {
  let count = 0;
  while (pace(first + count * step) < untilUs) count++;
  return count;
};

describe('every pace', () => {
  test('never goes back, and gives the same answer when asked again', () => {
    fc.assert(
      fc.property(
        anySpec,
        fc.integer({ min: 1, max: 5 }),
        fc.array(fc.nat(5000), { minLength: 1 }),
        (spec, producers, turns) => {
          const producer = producers - 1;
          const dueUs = createPace(spec, producer, producers);
          const indexes = turns.toSorted((a, b) => a - b).map((turn) => producer + turn * producers);
          const dues = indexes.map(dueUs);
          expect(dues[0]).toBeGreaterThanOrEqual(0);
          for (const [place, due] of dues.entries()) {
            expect(Number.isFinite(due)).toBe(true);
            expect(due).toBeGreaterThanOrEqual(dues[place - 1] ?? 0);
          }
          const again = createPace(spec, producer, producers);
          expect(indexes.toReversed().map(dueUs)).toEqual(dues.toReversed());
          expect(indexes.map(again)).toEqual(dues);
        },
      ),
    );
  });

  test('but a Poisson one is the same function for each of several producers', () => {
    fc.assert(
      fc.property(anySpec, fc.nat(100_000), (spec, index) => {
        fc.pre(spec.kind !== 'poisson');
        expect(createPace(spec, 2, 3)(index)).toBe(createPace(spec, 0, 1)(index));
      }),
    );
  });
});

describe('a constant pace', () => {
  test('spaces records evenly', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e7, noNaN: true }), fc.nat(1e9), (recordsPerSecond, index) => {
        const dueUs = constantRate(recordsPerSecond);
        expect(dueUs(0)).toBe(0);
        expect(Math.abs(dueUs(index) - (index / recordsPerSecond) * 1e6)).toBeLessThanOrEqual(dueUs(index) * 1e-12);
      }),
    );
  });
});

describe('a ramp', () => {
  test('begins at the start, ends after its seconds with half the sum of its rates sent, and goes on at its last rate', () => {
    fc.assert(
      fc.property(rate, rate, seconds, (fromPerSecond, toPerSecond, length) => {
        const dueUs = createPace({ kind: 'ramp', fromPerSecond, toPerSecond, seconds: length }, 0, 1);
        const records = recordsOfRamp(fromPerSecond, toPerSecond, length);
        expect(dueUs(0)).toBe(0);
        expect(dueUs(records)).toBe(length * 1e6);
        const afterUs = dueUs(records + 10) - length * 1e6;
        expect(afterUs / (10e6 / toPerSecond)).toBeCloseTo(1, 3);
      }),
    );
  });

  test('has three quarters of the way when from nothing to twice the mean', () => {
    const dueUs = createPace({ kind: 'ramp', fromPerSecond: 0, toPerSecond: 2000, seconds: 10 }, 0, 1);
    expect(dueUs(0)).toBe(0);
    expect(dueUs(2500)).toBeCloseTo(5e6, 3);
    expect(dueUs(10_000)).toBe(10e6);
  });

  test('falls as well as it rises', () => {
    const dueUs = createPace({ kind: 'ramp', fromPerSecond: 3000, toPerSecond: 1000, seconds: 10 }, 0, 1);
    expect(dueUs(12_500)).toBeCloseTo(5e6, 3);
    expect(dueUs(20_000)).toBe(10e6);
  });
});

describe('steps', () => {
  test('begin exactly when the ones before are over, and the last one goes on', () => {
    const pace: PaceSpec = {
      kind: 'steps',
      steps: [
        { recordsPerSecond: 1000, seconds: 10 },
        { recordsPerSecond: 0, seconds: 5 },
        { recordsPerSecond: 5000, seconds: 20 },
      ],
    };
    const dueUs = createPace(pace, 0, 1);
    expect(dueUs(1)).toBe(1000);
    expect(dueUs(9999)).toBe(9_999_000);
    expect(dueUs(10_000)).toBe(15e6);
    expect(dueUs(10_001)).toBe(15_000_200);
    expect(dueUs(10_000 + 100_000)).toBe(35e6);
    expect(dueUs(10_000 + 105_000)).toBe(36e6);
  });
});

describe('a Poisson pace', () => {
  const spec = (seed: number): PaceSpec => ({ kind: 'poisson', recordsPerSecond: 10_000, seed });

  test('has its mean rate over all producers, each at its share', () => {
    for (const producers of [1, 4]) {
      let total = 0;
      for (let producer = 0; producer < producers; producer++) {
        const count = countUntil(createPace(spec(7), producer, producers), 10e6, producer, producers);
        // Six standard deviations of a Poisson count.
        expect(Math.abs(count - 100_000 / producers)).toBeLessThan(6 * Math.sqrt(100_000 / producers));
        total += count;
      }
      expect(Math.abs(total - 100_000)).toBeLessThan(6 * Math.sqrt(100_000));
    }
  });

  test('has exponential gaps: as varied as their mean is long', () => {
    const dueUs = createPace(spec(3), 0, 1);
    const gaps = Array.from({ length: 50_000 }, (_, index) => dueUs(index + 1) - dueUs(index));
    const mean = gaps.reduce((sum, gap) => sum + gap, 0) / gaps.length;
    const deviation = Math.sqrt(gaps.reduce((sum, gap) => sum + (gap - mean) ** 2, 0) / gaps.length);
    expect(mean).toBeCloseTo(100, -1);
    expect(deviation / mean).toBeCloseTo(1, 1);
    expect(gaps.filter((gap) => gap > 3 * mean).length / gaps.length).toBeCloseTo(Math.exp(-3), 2);
  });

  test('is another one for another seed, and for each producer', () => {
    const first = (seed: number, producer: number): number => createPace(spec(seed), producer, 2)(producer);
    expect(new Set([first(0, 0), first(0, 1), first(1, 0), first(1, 1)]).size).toBe(4);
  });
});

test('each index belongs to exactly one of the producers', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 20 }), (recordCount, producers) => {
      const sent: number[] = [];
      for (let producer = 0; producer < producers; producer++) {
        const count = recordsOfProducer(recordCount, producer, producers);
        for (let turn = 0; turn < count; turn++) sent.push(producer + turn * producers);
      }
      expect(sent.toSorted((a, b) => a - b)).toEqual(Array.from({ length: recordCount }, (_, index) => index));
    }),
  );
});
