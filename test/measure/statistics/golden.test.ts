import { describe, expect, test } from 'vitest';
import { groupRatioInterval, pairedRatioInterval } from '../../../src/measure/statistics/bootstrap.ts';
import { groupShift, pairedShift } from '../../../src/measure/statistics/hodges-lehmann.ts';
import { mannWhitney } from '../../../src/measure/statistics/mann-whitney.ts';
import { normalCdf, normalQuantile } from '../../../src/measure/statistics/normal.ts';
import { midranks } from '../../../src/measure/statistics/ranks.ts';
import { quantileOfSorted, sorted } from '../../../src/measure/statistics/samples.ts';
import { planLooks } from '../../../src/measure/statistics/sequential.ts';
import { signedRank } from '../../../src/measure/statistics/signed-rank.ts';
import { trendOf } from '../../../src/measure/statistics/trend.ts';
import { fixture } from './fixture.ts';

const expectNear = (actual: number, expected: number, relative: number): void =>
  expect(Math.abs(actual - expected)).toBeLessThanOrEqual(relative * Math.abs(expected));

describe('SciPy agrees', () => {
  test('on the normal distribution and its quantiles, far into the tails', () => {
    for (const [x, share] of fixture.normal.cdf) expectNear(normalCdf(x), share, 1e-11);
    for (const [share, x] of fixture.normal.quantile) expect(normalQuantile(share)).toBeCloseTo(x, 10);
  });

  test('on ranks with ties, and on quantiles', () => {
    for (const { values, ranks } of fixture.ranks) expect([...midranks(values).ranks]).toEqual(ranks);
    const { values, at } = fixture.quantiles;
    for (const [share, value] of at) expect(quantileOfSorted(sorted(values), share)).toBeCloseTo(value, 12);
  });

  test('on the Mann-Whitney test: exact, exact with ties, and normal', () => {
    for (const { x, y, u, p, method } of fixture.mannWhitney) {
      const tested = mannWhitney(x, y);
      expect(tested.statistic).toBeCloseTo(u, 9);
      expect(tested.method).toBe(method);
      expectNear(tested.p, p, 1e-9);
    }
  });

  test('on the signed-rank test: exact, exact with ties and zeros by Pratt, and normal', () => {
    for (const { differences, plus, p, method } of fixture.signedRank) {
      const tested = signedRank(differences);
      expect(tested.statistic).toBeCloseTo(plus, 9);
      expect(tested.method).toBe(method);
      expectNear(tested.p, p, 1e-9);
    }
  });

  test('on which shifts its tests do not refuse: the Hodges-Lehmann intervals', () => {
    const { paired, groups } = fixture.hodgesLehmann;
    for (const { differences, alpha, estimate, low, high } of paired) {
      const shift = pairedShift(differences, alpha);
      expect([shift.estimate, shift.low, shift.high]).toEqual(
        [estimate, low, high].map((value) => expect.closeTo(value, 9)),
      );
    }
    for (const { baseline, candidate, alpha, estimate, low, high } of groups) {
      const shift = groupShift(baseline, candidate, alpha);
      expect([shift.estimate, shift.low, shift.high]).toEqual(
        [estimate, low, high].map((value) => expect.closeTo(value, 9)),
      );
    }
  });

  test('on bootstrap intervals of the ratio of medians, as far as other random numbers allow', () => {
    for (const { baseline, candidate, isPaired, low, high } of fixture.bootstrap) {
      const interval = (isPaired ? pairedRatioInterval : groupRatioInterval)(baseline, candidate, {
        alpha: 0.05,
        seed: 1,
        resamples: 5000,
      });
      const width = high - low;
      expect(Math.abs(interval.low - low)).toBeLessThan(0.1 * width);
      expect(Math.abs(interval.high - high)).toBeLessThan(0.1 * width);
    }
  });

  test('on Kendall’s tau and Theil-Sen slopes, and pymannkendall on trends with ties', () => {
    for (const { values, tau, p, slope } of fixture.trends) {
      const trend = trendOf(values);
      expect(trend.tau).toBeCloseTo(tau, 12);
      expect(trend.slope).toBeCloseTo(slope, 12);
      expectNear(trend.p, p, 1e-8);
    }
  });

  test('on sequential boundaries, which it finds by the multivariate normal distribution', () => {
    for (const { alpha, lookAt, spending, boundaries } of fixture.sequential) {
      const looks = planLooks({ alpha, lookAt, spending });
      looks.forEach((look, place) => {
        expect(look.boundary).toBeCloseTo(boundaries[place] ?? 0, 3);
      });
    }
  });
});
