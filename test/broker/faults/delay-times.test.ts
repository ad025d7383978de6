import { describe, expect, it } from 'vitest';
import { delayTimes } from '../../../src/broker/faults/delay-times.ts';
import type { Delay } from '../../../src/broker/faults/fault.ts';
import { seededRandom } from '../../../src/broker/faults/random.ts';

const draw = (delay: Delay, count = 10_000, seed = 1): number[] => {
  const next = delayTimes(delay, seededRandom(seed));
  return Array.from({ length: count }, () => next()).sort((left, right) => left - right);
};
const mean = (times: number[]): number => times.reduce((sum, ms) => sum + ms, 0) / times.length;

describe('delays', () => {
  it('are the same again for the same seed', () => {
    const delay = { exponential: { meanMs: 20 } };
    expect(draw(delay, 10, 5)).toEqual(draw(delay, 10, 5));
    expect(draw(delay, 10, 5)).not.toEqual(draw(delay, 10, 6));
  });

  it('are fixed, or spread evenly', () => {
    expect(new Set(draw({ ms: 7 }))).toEqual(new Set([7]));
    const times = draw({ uniform: { minMs: 10, maxMs: 30 } });
    expect(times[0]).toBeGreaterThanOrEqual(10);
    expect(times.at(-1)).toBeLessThan(30);
    expect(mean(times)).toBeCloseTo(20, 0);
  });

  it('have the mean or the median that was asked for', () => {
    expect(mean(draw({ exponential: { meanMs: 20 } })) / 20).toBeCloseTo(1, 1);
    expect((draw({ lognormal: { medianMs: 20, sigma: 0.5 } })[5000] ?? 0) / 20).toBeCloseTo(1, 1);
  });

  it('are one of two, each as often as it should be', () => {
    const times = draw({ bimodal: { lowMs: 2, highMs: 50, highShare: 0.1 } });
    expect(new Set(times)).toEqual(new Set([2, 50]));
    expect(times.filter((ms) => ms === 50).length / times.length).toBeCloseTo(0.1, 1);
  });

  it('are never longer than an hour', () => {
    expect(draw({ lognormal: { medianMs: 3_600_000, sigma: 10 } }).at(-1)).toBe(3_600_000);
  });
});
