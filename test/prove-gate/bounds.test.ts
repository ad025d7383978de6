import { expect, test } from 'vitest';
import { shareText, upperBound } from '../../scripts/prove-gate/bounds.mjs';

test('none of n has the bound that n in a row without one leave 5 % to', () => {
  expect(upperBound(0, 20)).toBeCloseTo(1 - 0.05 ** (1 / 20), 9);
  expect(upperBound(0, 10_000)).toBeCloseTo(1 - 0.05 ** (1 / 10_000), 9);
});

// By bisection of the binomial distribution's sum over logarithms of gamma functions, in another language.
test.each([
  [1, 20, 0.216106],
  [50, 10_000, 0.006324],
  [85, 10_000, 0.010172],
  [19, 20, 0.997439],
])('%d of %d may be a share of %f', (count, all, bound) => {
  expect(upperBound(count, all)).toBeCloseTo(bound, 5);
});

test('all of n may be all', () => expect(upperBound(5, 5)).toBe(1));

test('shares are in per cent', () => expect(shareText(1, 8, 1)).toBe('12.5 %'));
