import { describe, expect, it } from 'vitest';
import { backoffMs } from '../../src/client/backoff.ts';

const bounds = { retryBackoffMs: 100, retryBackoffMaxMs: 1000 };

describe('the wait before a retry', () => {
  it('doubles from retry.backoff.ms to retry.backoff.max.ms', () => {
    const waits = [1, 2, 3, 4, 5, 2000].map((attempt) => backoffMs(bounds, attempt, () => 0.5));
    expect(waits).toEqual([100, 200, 400, 800, 1000, 1000]);
  });

  it('is up to a fifth shorter or longer', () => {
    expect(backoffMs(bounds, 1, () => 0)).toBeCloseTo(80);
    expect(backoffMs(bounds, 1, () => 1)).toBeCloseTo(120);
    expect(backoffMs(bounds, 9, () => 1)).toBeCloseTo(1200);
  });

  it('is none when retry.backoff.ms is 0', () => {
    expect(backoffMs({ retryBackoffMs: 0, retryBackoffMaxMs: 1000 }, 5)).toBe(0);
  });
});
