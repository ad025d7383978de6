import { describe, expect, test } from 'vitest';
import { designWith, leastPairs, looksFor } from '../../../src/harness/regress/design.ts';
import { smallestSignedRankP } from '../../../src/measure/statistics/signed-rank.ts';

describe('looks', () => {
  test('are those of the default design for 30 pairs, and at the same shares of others', () => {
    expect(looksFor(30, 0.01)).toEqual([18, 24, 30]);
    expect(looksFor(50, 0.01)).toEqual([30, 40, 50]);
  });

  test('that could tell nothing, however clear the pairs are, are left out', () => {
    for (const mostPairs of [9, 12, 16, 20, 24]) {
      const looks = looksFor(mostPairs, 0.01);
      const design = designWith(looks, 0.01, 1);
      expect(looks.at(-1)).toBe(mostPairs);
      looks.forEach((pairs, look) => {
        expect(smallestSignedRankP(pairs)).toBeLessThanOrEqual(design?.level(look, 1) ?? 0);
      });
    }
  });

  test('are none of too few pairs', () => {
    const least = leastPairs(0.01, 3);
    expect(designWith(looksFor(least, 0.01), 0.01, 3)).not.toBeNull();
    expect(designWith(looksFor(least - 1, 0.01), 0.01, 3)).toBeNull();
  });
});
