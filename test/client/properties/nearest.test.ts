import { describe, expect, it } from 'vitest';
import { editDistance, nearest } from '../../../src/client/properties/nearest.ts';

describe('the nearest name', () => {
  it('counts inserts, deletes, replacements and swaps as one edit each', () => {
    expect(['', 'abc', 'acb', 'abd', 'xabc', 'ab'].map((text) => editDistance(text, 'abc'))).toEqual([
      3, 0, 1, 1, 1, 1,
    ]);
  });

  it('is found through typing mistakes and other separators, and is null when nothing is close', () => {
    const names = ['batch.size', 'linger.ms', 'num-records'];
    expect(nearest('bacth.size', names)).toBe('batch.size');
    expect(nearest('num_record', names)).toBe('num-records');
    expect(nearest('wholly-different', names)).toBeNull();
  });
});
