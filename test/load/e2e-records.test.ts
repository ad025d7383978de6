import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  changed,
  createE2eRecords,
  type E2eRecordSpec,
  e2eHeaders,
  foreign,
  wholeIndexBytes,
} from '../../src/load/e2e-records.ts';

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

describe('records of an end-to-end test', () => {
  test('are recognised by their index, whatever was sent since', () => {
    const sizes = fc.integer({ min: wholeIndexBytes, max: 300 });
    const indexes = fc.integer({ min: 0, max: 2 ** 47 });
    fc.assert(
      fc.property(
        sizes,
        fc.nat(20),
        indexes,
        fc.nat(2 ** 32 - 1),
        fc.nat(1e6),
        (valueBytes, keyBytes, index, mark, since) => {
          const records = createE2eRecords(spec({ valueBytes, keyBytes }), mark);
          expect(records.recognise(...arrive(records.key, records.value(index)), index + since)).toBe(index);
        },
      ),
      { numRuns: 25 },
    );
  });

  test('of one byte are recognised one at a time', () => {
    const records = createE2eRecords(spec({ valueBytes: 1 }), 7);
    for (const index of [0, 1, 255, 256, 1000]) {
      const arrived = arrive(null, records.value(index));
      expect(records.recognise(...arrived, index)).toBe(index);
      expect(records.recognise(...arrived, index + 1)).toBe(index);
    }
  });

  test('are not recognised with another key, another size, any other byte, or the mark of another run', () => {
    const records = createE2eRecords(spec({ keyBytes: 3 }), 7);
    const value = Buffer.from(records.value(5));
    const look = (key: Uint8Array | null, found: Uint8Array): number => records.recognise(...arrive(key, found), 9);
    expect(look(records.key, value)).toBe(5);
    expect(look(null, value)).toBe(foreign);
    expect(look(Buffer.from('XYZ'), value)).toBe(foreign);
    expect(look(records.key, value.subarray(1))).toBe(foreign);
    expect(look(records.key, createE2eRecords(spec({ keyBytes: 3 }), 8).value(5))).toBe(foreign);
    for (let position = 6; position < value.length; position++) {
      const other = Buffer.from(value);
      other[position] = (other[position] ?? 0) ^ 1;
      expect(look(records.key, other)).toBe(position < wholeIndexBytes ? foreign : changed);
    }
  });

  test('carry headers of the sizes that were asked for', () => {
    const sizes = e2eHeaders(spec({ headerCount: 2, headerKeyBytes: 3, headerValueBytes: 4 })).map(
      ([key, value]) => [key.length, value?.length] as const,
    );
    expect(sizes).toEqual([
      [3, 4],
      [3, 4],
    ]);
    expect(e2eHeaders(spec({ headerCount: 1, headerValueBytes: -1 }))).toEqual([['', null]]);
    expect(e2eHeaders(spec())).toEqual([]);
  });
});
