import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { leastTrials } from '../../../src/measure/statistics/compare-runs.ts';
import { groupShift, pairedShift } from '../../../src/measure/statistics/hodges-lehmann.ts';
import { mannWhitney } from '../../../src/measure/statistics/mann-whitney.ts';
import { randomNormal, randomUnits } from '../../../src/measure/statistics/random.ts';
import { signedRank, smallestSignedRankP } from '../../../src/measure/statistics/signed-rank.ts';

const value = fc.integer({ min: -50, max: 50 });
const sample = fc.array(value, { minLength: 1, maxLength: 12 });
const alpha = fc.constantFrom(0.01, 0.05, 0.3);

describe('rank tests', () => {
  test('say the same of both sides when they are swapped', () => {
    fc.assert(
      fc.property(sample, sample, (one, other) => {
        expect(mannWhitney(one, other).p).toBeCloseTo(mannWhitney(other, one).p, 12);
        expect(signedRank(one).p).toBeCloseTo(signedRank(one.map((difference) => -difference)).p, 12);
      }),
    );
  });

  test('do not change when all values are shifted and scaled together', () => {
    fc.assert(
      fc.property(sample, sample, value, fc.integer({ min: 1, max: 9 }), (one, other, shift, scale) => {
        const moved = (values: number[]): number[] => values.map((each) => each * scale + shift);
        expect(mannWhitney(moved(one), moved(other))).toEqual(mannWhitney(one, other));
        expect(signedRank(one.map((each) => each * scale))).toEqual(signedRank(one));
      }),
    );
  });

  test('are sure of nothing when nothing differs', () => {
    expect(signedRank([0, 0, 0, 0, 0, 0, 0, 0]).p).toBe(1);
    expect(mannWhitney([3, 3, 3], [3, 3, 3]).p).toBe(1);
    expect(mannWhitney(Array(40).fill(3), Array(40).fill(3)).p).toBe(1);
    expect(signedRank(Array(120).fill(0)).p).toBe(1);
  });

  test('let zeros speak for no difference, as Pratt has it', () => {
    const without = signedRank([1, 2, 3, 4, 5, 6]).p;
    expect(without).toBe(smallestSignedRankP(6));
    expect(signedRank([0, 0, 0, 0, 1, 2, 3, 4, 5, 6, -1]).p).toBeGreaterThan(without);
  });

  test('go over from counting to the normal approximation without a step', () => {
    const random = randomUnits(3);
    const differences = Array.from({ length: 101 }, () => 0.25 + randomNormal(random));
    const exact = signedRank(differences.slice(0, 100)).p;
    const normal = signedRank([...differences.slice(0, 100), 0]).p;
    expect(Math.abs(Math.log(exact / normal))).toBeLessThan(0.15);
  });

  test('refuse no samples, and what is no number', () => {
    expect(() => mannWhitney([], [1])).toThrow('the first group: at least 1 needed, 0 given; run more trials');
    expect(() => signedRank([1, Number.NaN])).toThrow('number 2 of 2 is NaN');
  });

  test('name the fewest trials that can reach a level', () => {
    expect(leastTrials(0.01, true)).toBe(8);
    expect(leastTrials(0.01 / 6, false)).toBe(7);
  });
});

describe('a Hodges-Lehmann shift', () => {
  const plain = fc.uniqueArray(fc.integer({ min: -1e6, max: 1e6 }), { minLength: 6, maxLength: 14 });

  test('turns round when sides are swapped, and scales and shifts with the values', () => {
    fc.assert(
      fc.property(plain, plain, alpha, value, (one, other, level, shift) => {
        const forth = groupShift(one, other, level);
        const back = groupShift(other, one, level);
        expect(back.low).toBeCloseTo(-forth.high, 9);
        expect(back.estimate).toBeCloseTo(-forth.estimate, 9);
        const moved = pairedShift(
          one.map((each) => 2 * each + shift),
          level,
        );
        const still = pairedShift(one, level);
        expect(moved.estimate).toBeCloseTo(2 * still.estimate + shift, 6);
        expect(moved.low).toBeCloseTo(2 * still.low + shift, 6);
      }),
    );
  });

  test('has an interval without zero exactly when its test refuses zero', () => {
    const distinct = fc.uniqueArray(
      fc.integer({ min: -40, max: 60 }).filter((each) => each !== 0),
      {
        selector: Math.abs,
        minLength: 4,
        maxLength: 14,
      },
    );
    fc.assert(
      fc.property(distinct, alpha, (differences, level) => {
        // A little noise so that no mean of two is zero itself.
        const values = differences.map((each, place) => each + 0.001 * Math.sqrt(place + 2));
        const { low, high } = pairedShift(values, level);
        expect(low > 0 || high < 0).toBe(signedRank(values).p <= level);
      }),
    );
  });

  test('has no bounds when the trials are too few for the level', () => {
    expect(pairedShift([1, 2, 3], 0.05)).toEqual({ estimate: 2, low: -Infinity, high: Infinity, confidence: 1 });
    expect(groupShift([1, 2], [3, 4], 0.01)).toMatchObject({ estimate: 2, low: -Infinity, high: Infinity });
  });

  test('holds the truth as often as it says, of skewed noise, too', () => {
    const random = randomUnits(8);
    let held = 0;
    const rounds = 600;
    for (let round = 0; round < rounds; round++) {
      // The difference of two skewed draws is symmetric, as it is of two trials of a pair.
      const draw = (): number => Math.exp(randomNormal(random));
      const differences = Array.from({ length: 12 }, () => 3 + draw() - draw());
      const { low, high } = pairedShift(differences, 0.1);
      if (low <= 3 && high >= 3) held++;
    }
    // 0.9 less two and a half standard errors.
    expect(held / rounds).toBeGreaterThan(0.87);
    expect(held / rounds).toBeLessThan(0.95);
  });

  test('goes over to the normal approximation without a step', () => {
    const values = Array.from({ length: 101 }, (_, place) => Math.sin(place * 7.3) + 0.01 * place);
    const exact = pairedShift(values.slice(0, 100), 0.05);
    const normal = pairedShift(values, 0.05);
    expect(normal.low).toBeCloseTo(exact.low, 1);
    expect(normal.high).toBeCloseTo(exact.high, 1);
  });
});
