import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { constantRate, recordsOfProducer } from '../../src/load/pace.ts';

describe('pace', () => {
  test('spaces records evenly and never goes back', () => {
    fc.assert(
      fc.property(fc.double({ min: 0.001, max: 1e7, noNaN: true }), fc.nat(1e9), (rate, index) => {
        const dueUs = constantRate(rate);
        expect(dueUs(0)).toBe(0);
        expect(dueUs(index + 1)).toBeGreaterThanOrEqual(dueUs(index));
        expect(Math.abs(dueUs(index) - (index / rate) * 1e6)).toBeLessThanOrEqual(dueUs(index) * 1e-12);
      }),
    );
  });

  test('gives each index to exactly one of the producers', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 500 }), fc.integer({ min: 1, max: 20 }), (recordCount, producers) => {
        const sent: number[] = [];
        for (let producer = 0; producer < producers; producer++) {
          const count = recordsOfProducer(recordCount, producer, producers);
          for (let turn = 0; turn < count; turn++) sent.push(producer + turn * producers);
        }
        expect(sent.toSorted((a, b) => a - b)).toEqual(Array.from({ length: recordCount }, (_, index) => index));
      }),
    );
  });
});
