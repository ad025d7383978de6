import { describe, expect, test } from 'vitest';
import { randomNormal, randomUnits } from '../../../src/measure/statistics/random.ts';
import { defaultLooks, planDesign, planLooks, spentAlpha } from '../../../src/measure/statistics/sequential.ts';
import { signedRank } from '../../../src/measure/statistics/signed-rank.ts';

const evenly = [10, 20, 30, 40, 50];

describe('a sequential design', () => {
  test('has the boundaries that Lan and DeMets published', () => {
    const boundaries = (spending: 'obrien-fleming' | 'pocock'): string[] =>
      planLooks({ alpha: 0.05, lookAt: evenly, spending }).map(({ boundary }) => boundary.toFixed(3));
    expect(boundaries('obrien-fleming')).toEqual(['4.877', '3.357', '2.680', '2.290', '2.031']);
    expect(boundaries('pocock')).toEqual(['2.438', '2.427', '2.410', '2.397', '2.386']);
  });

  test('spends all of alpha by the last look, and never gives any back', () => {
    for (const spending of ['obrien-fleming', 'pocock'] as const) {
      const spent = planLooks({ alpha: 0.01, lookAt: evenly, spending }).map((look) => look.spent);
      expect(spent).toEqual([...spent].sort((one, other) => one - other));
      expect(spent.at(-1)).toBe(0.01);
      expect(spentAlpha(0.01, 0, spending)).toBe(0);
    }
  });

  test('with one look is a plain test', () => {
    expect(planLooks({ alpha: 0.02, lookAt: [12], spending: 'pocock' })[0]?.level).toBeCloseTo(0.02, 12);
  });

  test('finds a change among equal sides no more often than alpha, over all looks', () => {
    // A large alpha, so that a quick simulation can tell: 2000 comparisons, whose share has a standard error of 0.0067.
    const design = planDesign({ alpha: 0.1, metricCount: 1, lookAt: [10, 15, 20, 25], spending: 'pocock' });
    const random = randomUnits(11);
    let alarms = 0;
    for (let round = 0; round < 2000; round++) {
      const differences = Array.from({ length: 25 }, () => randomNormal(random) ** 3);
      if (design.lookAt.some((pairs, look) => signedRank(differences.slice(0, pairs)).p <= design.level(look, 1)))
        alarms++;
    }
    expect(alarms / 2000).toBeLessThan(0.1 + 2 * 0.0067);
    expect(alarms / 2000).toBeGreaterThan(0.06);
  });

  test('shares its levels out among the metrics in question', () => {
    const design = planDesign({ alpha: 0.01, metricCount: 6, ...defaultLooks });
    for (const look of [0, 1, 2]) expect(design.level(look, 6)).toBeLessThan(design.level(look, 1) / 5);
    expect(() => design.level(3, 1)).toThrow('no look 4 of 3 for 1 of 6 metrics');
    expect(() => design.level(0, 7)).toThrow('7 of 6 metrics');
  });

  test('refuses looks that do not grow, and budgets in which nothing could be found', () => {
    expect(() => planLooks({ alpha: 0.01, lookAt: [10, 10], spending: 'pocock' })).toThrow(
      'numbers of pairs that grow',
    );
    expect(() => planLooks({ alpha: 0.01, lookAt: [], spending: 'pocock' })).toThrow('got none');
    expect(() => planDesign({ alpha: 0.01, metricCount: 6, lookAt: [5, 10], spending: 'pocock' })).toThrow(
      '10 pairs are too few for 6 metrics at 0.01',
    );
  });
});
