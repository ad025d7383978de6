import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  uvarintSize,
  VarintCursor,
  varintSize,
  varlongSize,
  writeUvarint,
  writeVarint,
  writeVarlong,
} from '../../src/protocol/varint.ts';

describe('varints', () => {
  it('give back any 32-bit number, in the size that was announced', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }), (value) => {
        const bytes = Buffer.alloc(5);
        const end = writeVarint(bytes, 0, value);
        const cursor = new VarintCursor(bytes, 0, end);
        expect([end, cursor.varint(), cursor.at, cursor.isBroken]).toEqual([varintSize(value), value, end, false]);
      }),
    );
  });

  it('give back any time stamp delta', () => {
    fc.assert(
      fc.property(fc.integer({ min: -(2 ** 52), max: 2 ** 52 }), (value) => {
        const bytes = Buffer.alloc(10);
        const end = writeVarlong(bytes, 0, value);
        const cursor = new VarintCursor(bytes, 0, end);
        expect([end, cursor.varlong(), cursor.at]).toEqual([varlongSize(value), value, end]);
      }),
    );
  });

  it('take as many bytes as uvarintSize says', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 2 ** 32 - 1 }), (value) => {
        expect(writeUvarint(Buffer.alloc(5), 0, value)).toBe(uvarintSize(value));
      }),
    );
  });

  it('that are cut short or never end are broken, not wrong', () => {
    for (const bytes of [Buffer.from([0x80]), Buffer.alloc(12, 0xff)]) {
      const cursor = new VarintCursor(bytes, 0, bytes.length);
      expect([cursor.varint(), cursor.isBroken]).toEqual([0, true]);
      const long = new VarintCursor(bytes, 0, bytes.length);
      long.varlong();
      expect(long.isBroken).toBe(true);
    }
  });
});
