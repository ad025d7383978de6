import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { changed, type E2eRecordSpec, foreign } from '../../src/load/e2e-records.ts';
import { StampedRecords, stampBytes } from '../../src/load/e2e-stamp.ts';

const spec = (changes: Partial<E2eRecordSpec> = {}): E2eRecordSpec => ({
  valueBytes: 100,
  keyBytes: 0,
  headerCount: 0,
  headerKeyBytes: 0,
  headerValueBytes: 0,
  ...changes,
});

/** A record where a consumer would find it: key and value behind each other in some bytes. */
const arrive = (key: Uint8Array | null, value: Uint8Array) => {
  const bytes = Buffer.concat([Buffer.from('..'), key ?? Buffer.alloc(0), value, Buffer.from('..')]);
  const valueStart = 2 + (key?.length ?? 0);
  return [bytes, key === null ? -1 : 2, key === null ? -1 : valueStart, valueStart, valueStart + value.length] as const;
};

describe('stamped records', () => {
  test('tell their receiver who they are and when they were due and sent, to the microsecond', () => {
    const time = fc.double({ min: 0, max: 2 ** 40, noNaN: true });
    fc.assert(
      fc.property(
        fc.integer({ min: stampBytes, max: 300 }),
        fc.nat(20),
        fc.nat(2 ** 32 - 1),
        fc.nat(2 ** 31),
        time,
        time,
        (valueBytes, keyBytes, mark, index, sentAtUs, dueAtUs) => {
          const sender = new StampedRecords(spec({ valueBytes, keyBytes }), mark, 2 ** 32);
          const receiver = new StampedRecords(spec({ valueBytes, keyBytes }), mark, 2 ** 32);
          expect(receiver.read(...arrive(sender.key, sender.value(index, sentAtUs, dueAtUs)))).toBe(index);
          expect([receiver.sentAtUs, receiver.dueAtUs]).toEqual([Math.round(sentAtUs), Math.round(dueAtUs)]);
        },
      ),
      { numRuns: 10 },
    );
  });

  test('of another run, and any other values, are foreign', () => {
    const records = new StampedRecords(spec(), 7, 100);
    const others = new StampedRecords(spec(), 8, 100);
    expect(records.read(...arrive(null, others.value(5, 1, 1)))).toBe(foreign);
    expect(records.read(...arrive(null, Buffer.from('short')))).toBe(foreign);
    expect(records.read(Buffer.alloc(50), -1, -1, -1, -1)).toBe(foreign);
  });

  test('with any other letter, key, size or impossible index are changed', () => {
    const records = new StampedRecords(spec({ keyBytes: 3 }), 7, 100);
    const value = Buffer.from(records.value(5, 1, 1));
    const look = (key: Uint8Array | null, found: Uint8Array): number => records.read(...arrive(key, found));
    expect(look(records.key, value)).toBe(5);
    expect(look(null, value)).toBe(changed);
    expect(look(Buffer.from('XYZ'), value)).toBe(changed);
    expect(look(records.key, value.subarray(0, 99))).toBe(changed);
    expect(look(records.key, records.value(100, 1, 1))).toBe(changed);
    for (let position = stampBytes; position < value.length; position++) {
      const other = Buffer.from(value);
      other[position] = (other[position] ?? 0) ^ 1;
      expect(look(records.key, other)).toBe(changed);
    }
  });
});
