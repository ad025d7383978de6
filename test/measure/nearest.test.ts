import { describe, expect, it } from 'vitest';
import { didYouMean, editDistance, nearest } from '../../src/measure/nearest.ts';

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

  it('is asked for in a message, which says something else when nothing is close', () => {
    expect(didYouMean('sise', ['size'], 'such as size')).toBe('did you mean size?');
    expect(didYouMean('colour', ['size'], 'such as size')).toBe('such as size');
  });

  it('of a very long name is found by its beginning, in no time', () => {
    expect(nearest('x'.repeat(10_000_000), ['size'])).toBeNull();
  });
});
