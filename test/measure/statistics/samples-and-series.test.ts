import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  blockRatioInterval,
  groupRatioInterval,
  pairedRatioInterval,
} from '../../../src/measure/statistics/bootstrap.ts';
import { changePoints } from '../../../src/measure/statistics/change-points.ts';
import { holm, holmSteps } from '../../../src/measure/statistics/holm.ts';
import { outliersOf } from '../../../src/measure/statistics/outliers.ts';
import { pairsNeeded } from '../../../src/measure/statistics/power.ts';
import { quantileShifts } from '../../../src/measure/statistics/quantile-shifts.ts';
import { randomNormal, randomUnits } from '../../../src/measure/statistics/random.ts';
import { sortInPlace } from '../../../src/measure/statistics/samples.ts';
import { trendOf } from '../../../src/measure/statistics/trend.ts';

const noise = (count: number, seed: number, deviation = 1): number[] => {
  const random = randomUnits(seed);
  return Array.from({ length: count }, () => deviation * randomNormal(random));
};

describe('Holm’s correction', () => {
  test('adjusts the example of its steps', () => {
    const adjusted = holm([0.01, 0.04, 0.03, 0.005, 0.6]);
    expect(adjusted).toEqual([0.04, 0.09, 0.09, 0.025, 0.6].map((p) => expect.closeTo(p, 12)));
  });

  test('refuses by its steps what it refuses by adjusted values', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: 0, max: 0.2, noNaN: true }), { minLength: 1, maxLength: 8 }), (ps) => {
        const adjusted = holm(ps);
        const steps = holmSteps(ps, (among) => 0.05 / among);
        expect(steps.map(({ isRefused }) => isRefused)).toEqual(adjusted.map((p) => p <= 0.05));
      }),
    );
  });
});

describe('bootstrap intervals', () => {
  const positive = fc.array(fc.double({ min: 1, max: 100, noNaN: true }), { minLength: 4, maxLength: 10 });
  const options = { alpha: 0.05, seed: 4, resamples: 200 };

  test('scale with the candidate, and are the same for the same seed', () => {
    fc.assert(
      fc.property(positive, (values) => {
        const candidate = values.map((value, place) => value * (1 + 0.01 * place));
        const once = pairedRatioInterval(values, candidate, options);
        expect(pairedRatioInterval(values, candidate, options)).toEqual(once);
        const doubled = pairedRatioInterval(
          values,
          candidate.map((value) => 2 * value),
          options,
        );
        expect(doubled.low).toBeCloseTo(2 * once.low, 9);
        expect(doubled.high).toBeCloseTo(2 * once.high, 9);
      }),
      { numRuns: 20 },
    );
  });

  test('of pairs are narrow where pairs agree, whatever the trials scatter', () => {
    const baseline = noise(20, 5, 0.3).map(Math.exp);
    const candidate = baseline.map((value) => value * 1.05);
    const paired = pairedRatioInterval(baseline, candidate, options);
    expect(paired.low).toBeCloseTo(1.05, 9);
    expect(paired.high).toBeCloseTo(1.05, 9);
    const groups = groupRatioInterval(baseline, candidate, options);
    expect(groups.high - groups.low).toBeGreaterThan(0.1);
  });

  test('of blocks are wider than of single pairs when neighbours are alike', () => {
    const baseline = Array.from({ length: 60 }, () => 1);
    const candidate = Array.from({ length: 60 }, (_, place) => Math.exp(0.2 * Math.sin(place / 6)));
    const single = pairedRatioInterval(baseline, candidate, { ...options, resamples: 1000 });
    const blocks = blockRatioInterval(baseline, candidate, { ...options, resamples: 1000, blockLength: 8 });
    expect(blocks.high - blocks.low).toBeGreaterThan(1.5 * (single.high - single.low));
    expect(() => blockRatioInterval([1, 2], [1, 2], { ...options, blockLength: 3 })).toThrow(
      'a block has 1 to 2 pairs',
    );
  });

  test('hold the truth about as often as they say', () => {
    let held = 0;
    for (let round = 0; round < 200; round++) {
      const both = noise(50, round, 0.1).map(Math.exp);
      const { low, high } = groupRatioInterval(both.slice(0, 25), both.slice(25), {
        ...options,
        alpha: 0.1,
        seed: round,
      });
      if (low <= 1 && high >= 1) held++;
    }
    expect(held / 200).toBeGreaterThan(0.84);
  });

  test('refuse values that have no ratio', () => {
    expect(() => groupRatioInterval([1, 0], [1, 2], options)).toThrow('must be above 0; got 0');
    expect(() => pairedRatioInterval([1, 2], [1, 2, 3], options)).toThrow('2 and 3 trials are no pairs');
  });
});

describe('power', () => {
  const question = { logRatios: noise(20, 3, 0.05), alpha: 0.01, power: 0.8, seed: 1 };

  test('asks for fewer pairs the larger the change is, and for no fewer than the test needs at all', () => {
    const needed = [0.03, 0.05, 0.1, 1].map((change) => pairsNeeded({ ...question, change }) ?? 0);
    expect(needed).toEqual([...needed].sort((one, other) => other - one));
    expect(needed.at(-1)).toBe(8);
  });

  test('comes near what the t-test’s formula says of normal noise', () => {
    // (z(0.995) + z(0.8))² (s / shift)², a twentieth more for ranks (Lehmann).
    const deviation = Math.sqrt(question.logRatios.reduce((sum, each) => sum + each * each, 0) / 19);
    const formula = 1.05 * (2.576 + 0.842) ** 2 * (deviation / Math.log(1.04)) ** 2;
    const needed = pairsNeeded({ ...question, change: 0.04 }) ?? 0;
    expect(Math.abs(needed / formula - 1)).toBeLessThan(0.25);
  });

  test('says when a change is out of reach', () => {
    expect(pairsNeeded({ ...question, change: 0.001 })).toBeNull();
    expect(() => pairsNeeded({ ...question, change: 0 })).toThrow('such as 0.05');
  });
});

describe('quantile shifts', () => {
  const trials = (count: number, seed: number, tail: number): number[][] =>
    noise(count, seed, 0.03).map((luck) => [1, 2, 5 * tail].map((each) => each * Math.exp(luck)));

  test('find the quantile that moved and leave the others', () => {
    const [p50, p90, p99] = quantileShifts({
      quantiles: [0.5, 0.9, 0.99],
      baseline: trials(15, 1, 1),
      candidate: trials(15, 2, 1.3),
      isPaired: false,
      alpha: 0.05,
      seed: 1,
    });
    expect(p99?.bandLow).toBeGreaterThan(1.15);
    expect(p99?.ratio).toBeCloseTo(1.3, 1);
    for (const still of [p50, p90]) {
      expect(still?.bandLow).toBeLessThan(1);
      expect(still?.bandHigh).toBeGreaterThan(1);
    }
  });

  test('of pairs are narrow where both of a pair share their luck', () => {
    const baseline = trials(15, 1, 1);
    const candidate = baseline.map((trial) => trial.map((value) => value * 1.1));
    const tables = { quantiles: [0.5, 0.9, 0.99], baseline, candidate, alpha: 0.05, seed: 1 };
    const width = (isPaired: boolean): number[] =>
      quantileShifts({ ...tables, isPaired }).map(({ bandHigh, bandLow }) => bandHigh - bandLow);
    for (const paired of width(true)) expect(paired).toBeCloseTo(0, 9);
    for (const apart of width(false)) expect(apart).toBeGreaterThan(0.03);
  });

  test('refuse trials whose quantiles are others, and too few', () => {
    const common = { quantiles: [0.5], isPaired: true, alpha: 0.05, seed: 1 };
    expect(() => quantileShifts({ ...common, baseline: [[1]], candidate: [[1]] })).toThrow('at least 3 trials');
    const baseline = [[1], [1], [1]];
    expect(() => quantileShifts({ ...common, baseline, candidate: [[1, 2], [1], [1]] })).toThrow(
      '2 quantiles instead of 1',
    );
  });
});

describe('sorting in place', () => {
  test('is sorting, of short arrays and of long ones', () => {
    fc.assert(
      fc.property(fc.float64Array({ noNaN: true, maxLength: 100, size: 'max' }), (values) => {
        expect(sortInPlace(values.map((each) => each + 0))).toEqual(values.map((each) => each + 0).sort());
      }),
    );
  });
});

describe('a series of trials', () => {
  test('has the opposite trend when it is turned round', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: -20, max: 20 }), { minLength: 3, maxLength: 30 }), (values) => {
        const forth = trendOf(values);
        const back = trendOf([...values].reverse());
        expect(back.tau).toBeCloseTo(-forth.tau, 12);
        expect(back.p).toBeCloseTo(forth.p, 12);
        expect(back.slope).toBeCloseTo(-forth.slope, 12);
      }),
    );
  });

  test('marks the trial that stands apart, in its place, and nothing in plain noise of a few trials', () => {
    const values = noise(12, 9);
    expect(outliersOf(values)).toEqual([]);
    values[7] = 12;
    expect(outliersOf(values)).toMatchObject([{ place: 7, value: 12 }]);
    expect(outliersOf([5, 5, 5, 5, 5, 9])).toMatchObject([{ place: 5 }]);
    expect(outliersOf([5, 5, 5, 5, 5])).toEqual([]);
    expect(outliersOf([1, 1, 1, 100])).toEqual([]);
  });

  test('changes where it was made to change', () => {
    const values = noise(60, 2, 0.02).map((each, place) => each + (place < 20 ? 1 : place < 45 ? 1.1 : 0.9));
    const found = changePoints(values, { seed: 1 });
    expect(found.map(({ place }) => place)).toEqual([20, 45]);
    expect(found[0]?.before).toBeCloseTo(1, 1);
    expect(found[0]?.after).toBeCloseTo(1.1, 1);
  });

  test('of plain noise seldom changes, and a short or a flat one never', () => {
    const counts = Array.from(
      { length: 60 },
      (_, seed) => changePoints(noise(30, seed + 50), { seed, alpha: 0.05, permutations: 59 }).length,
    );
    expect(counts.filter((count) => count > 0).length).toBeLessThan(9);
    expect(changePoints([1, 9, 1, 9, 1], { seed: 1 })).toEqual([]);
    expect(changePoints(Array(30).fill(4), { seed: 1 })).toEqual([]);
    expect(() => changePoints([1], { seed: 1, alpha: 0.001, permutations: 99 })).toThrow('at least 999 needed');
  });
});
