import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { startedConsumers } from '../../src/harness/e2e-scheduled-load.ts';
import { type Ends, endIndexOf } from '../../src/harness/followed-records.ts';
import { createPace, type PaceSpec, recordsOfProducer } from '../../src/load/pace.ts';

const endless: Ends = { recordCount: Number.POSITIVE_INFINITY, durationMs: null, producers: 1 };

/** How many records all producers send of a schedule: those that are due before the end. */
const sentOf = ({ recordCount, durationMs, producers }: Ends, spec: PaceSpec): readonly number[] => {
  const indexes: number[] = [];
  for (let producer = 0; producer < producers; producer++) {
    const dueUs = createPace(spec, producer, producers);
    const count = Math.min(recordsOfProducer(recordCount, producer, producers), 100_000);
    for (let turn = 0; turn < count; turn++) {
      const index = producer + turn * producers;
      if (durationMs !== null && dueUs(index) >= durationMs * 1e3) break;
      indexes.push(index);
    }
  }
  return indexes;
};

const rates = fc.integer({ min: 1, max: 5000 });

describe('the index behind the last record of a schedule', () => {
  test('is the number of records where no time ends it', () => {
    expect(endIndexOf({ ...endless, recordCount: 7 }, { kind: 'constant', recordsPerSecond: 5 })).toBe(7);
  });

  test('is just behind the last record that is due in the time', () => {
    const specs: fc.Arbitrary<PaceSpec> = fc.oneof(
      rates.map((recordsPerSecond) => ({ kind: 'constant' as const, recordsPerSecond })),
      fc.record({
        kind: fc.constant('ramp' as const),
        fromPerSecond: rates,
        toPerSecond: rates,
        seconds: fc.constant(1),
      }),
    );
    fc.assert(
      fc.property(
        specs,
        fc.integer({ min: 1, max: 2000 }),
        fc.integer({ min: 1, max: 4 }),
        (spec, durationMs, producers) => {
          const ends = { ...endless, durationMs, producers };
          expect(endIndexOf(ends, spec)).toBe(sentOf(ends, spec).length);
        },
      ),
    );
  });

  test('is never below one that comes by chance', () => {
    fc.assert(
      fc.property(rates, fc.nat(1e6), fc.integer({ min: 1, max: 4 }), (recordsPerSecond, seed, producers) => {
        const ends = { ...endless, durationMs: 1000, producers };
        const spec: PaceSpec = { kind: 'poisson', recordsPerSecond, seed };
        expect(endIndexOf(ends, spec)).toBeGreaterThan(Math.max(-1, ...sentOf(ends, spec)));
      }),
    );
  });
});

test('no more consumers are started than there are partitions', () => {
  expect([1, 3, 9].map((partitions) => startedConsumers({ consumers: 3 }, partitions))).toEqual([1, 3, 3]);
});
