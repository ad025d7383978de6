import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { ByteReader } from '../../src/protocol/byte-reader.ts';
import { ByteWriter } from '../../src/protocol/byte-writer.ts';
import { ProtocolError } from '../../src/protocol/errors.ts';
import { isUuid, randomUuid, ZERO_UUID } from '../../src/protocol/uuid.ts';

const hexOf = (write: (writer: ByteWriter) => void): string => {
  const writer = new ByteWriter(0);
  write(writer);
  return writer.written().toString('hex');
};
const readerOf = (hex: string): ByteReader => new ByteReader(Buffer.from(hex, 'hex'));

describe('Known bytes', () => {
  test.each([
    ['int8 -1', 'ff', (writer: ByteWriter) => writer.int8(-1)],
    ['int16 -2', 'fffe', (writer) => writer.int16(-2)],
    ['uint16 65535', 'ffff', (writer) => writer.uint16(65535)],
    ['int32 -2147483648', '80000000', (writer) => writer.int32(-2147483648)],
    ['uint32 4294967295', 'ffffffff', (writer) => writer.uint32(4294967295)],
    ['int64 -1', 'ffffffffffffffff', (writer) => writer.int64(-1)],
    ['int64 2^53 - 1', '001fffffffffffff', (writer) => writer.int64(Number.MAX_SAFE_INTEGER)],
    ['int64 -2^32', 'ffffffff00000000', (writer) => writer.int64(-(2 ** 32))],
    ['float64 1.5', '3ff8000000000000', (writer) => writer.float64(1.5)],
    ['true', '01', (writer) => writer.bool(true)],
    ['unsigned varint 127', '7f', (writer) => writer.unsignedVarint(127)],
    ['unsigned varint 300', 'ac02', (writer) => writer.unsignedVarint(300)],
    ['unsigned varint 2^32 - 1', 'ffffffff0f', (writer) => writer.unsignedVarint(0xffffffff)],
    ['varint -1', '01', (writer) => writer.varint(-1)],
    ['varint 2147483647', 'feffffff0f', (writer) => writer.varint(2147483647)],
    ['varint -2147483648', 'ffffffff0f', (writer) => writer.varint(-2147483648)],
    ['varlong -64', '7f', (writer) => writer.varlong(-64)],
    ['varlong 64', '8001', (writer) => writer.varlong(64)],
    ['varlong 2^53 - 1', 'feffffffffffff1f', (writer) => writer.varlong(Number.MAX_SAFE_INTEGER)],
    ['string é', '0002c3a9', (writer) => writer.string('é')],
    ['nullable string null', 'ffff', (writer) => writer.nullableString(null)],
    ['compact string ab', '036162', (writer) => writer.compactString('ab')],
    ['compact nullable string null', '00', (writer) => writer.compactNullableString(null)],
    ['bytes', '000000020102', (writer) => writer.bytes(Buffer.from([1, 2]))],
    ['nullable bytes null', 'ffffffff', (writer) => writer.nullableBytes(null)],
    ['compact bytes', '030102', (writer) => writer.compactBytes(Buffer.from([1, 2]))],
    ['zero UUID', '00'.repeat(16), (writer) => writer.uuid(ZERO_UUID)],
    ['a UUID', '0123456789abcdeffedcba9876543210', (writer) => writer.uuid('ASNFZ4mrze_-3LqYdlQyEA')],
  ] satisfies [string, string, (writer: ByteWriter) => void][])('%s is %s', (_, hex, write) => {
    expect(hexOf(write)).toBe(hex);
  });
});

describe('What is written is read back', () => {
  const pairs: [
    string,
    fc.Arbitrary<unknown>,
    (writer: ByteWriter, value: never) => void,
    (reader: ByteReader) => unknown,
  ][] = [
    ['int8', fc.integer({ min: -128, max: 127 }), (writer, value) => writer.int8(value), (reader) => reader.int8()],
    [
      'int16',
      fc.integer({ min: -32768, max: 32767 }),
      (writer, value) => writer.int16(value),
      (reader) => reader.int16(),
    ],
    ['uint16', fc.nat(65535), (writer, value) => writer.uint16(value), (reader) => reader.uint16()],
    ['int32', fc.integer(), (writer, value) => writer.int32(value), (reader) => reader.int32()],
    ['uint32', fc.nat(0xffffffff), (writer, value) => writer.uint32(value), (reader) => reader.uint32()],
    ['int64', fc.maxSafeInteger(), (writer, value) => writer.int64(value), (reader) => reader.int64()],
    ['float64', fc.double(), (writer, value) => writer.float64(value), (reader) => reader.float64()],
    [
      'unsigned varint',
      fc.nat(0xffffffff),
      (writer, value) => writer.unsignedVarint(value),
      (reader) => reader.unsignedVarint(),
    ],
    ['varint', fc.integer(), (writer, value) => writer.varint(value), (reader) => reader.varint()],
    ['varlong', fc.maxSafeInteger(), (writer, value) => writer.varlong(value), (reader) => reader.varlong()],
    ['string', fc.string({ unit: 'grapheme' }), (writer, value) => writer.string(value), (reader) => reader.string()],
    [
      'compact string',
      fc.string({ unit: 'grapheme' }),
      (writer, value) => writer.compactString(value),
      (reader) => reader.compactString(),
    ],
  ];

  test.each(pairs)('%s', (_, arbitrary, write, read) => {
    fc.assert(
      fc.property(arbitrary, (value) => {
        const writer = new ByteWriter(0);
        write(writer, value as never);
        const reader = new ByteReader(writer.written());
        expect(read(reader)).toEqual(value);
        reader.expectEnd();
      }),
    );
  });
});

test('any int64 is read as the nearest number, which is the number itself up to 2^53', () => {
  fc.assert(
    fc.property(fc.bigInt(-(2n ** 63n), 2n ** 63n - 1n), (value) => {
      const bytes = Buffer.alloc(8);
      bytes.writeBigInt64BE(value);
      expect(new ByteReader(bytes).int64()).toBe(Number(value));
    }),
  );
});

describe('A value its type cannot hold is refused', () => {
  test.each([
    ['int8', (writer: ByteWriter) => writer.int8(128)],
    ['int16', (writer) => writer.int16(-32769)],
    ['uint16', (writer) => writer.uint16(-1)],
    ['int32', (writer) => writer.int32(1.5)],
    ['int32', (writer) => writer.int32(Number.NaN)],
    ['uint32', (writer) => writer.uint32(2 ** 32)],
    ['int64', (writer) => writer.int64(2 ** 53)],
    ['int64', (writer) => writer.int64(-(2 ** 53))],
    ['unsigned varint', (writer) => writer.unsignedVarint(-1)],
    ['varlong', (writer) => writer.varlong(2 ** 53)],
    ['string', (writer) => writer.string('x'.repeat(32768))],
    ['compact string', (writer) => writer.compactString('é'.repeat(16384))],
    ['uuid', (writer) => writer.uuid('not a uuid')],
    ['uuid', (writer) => writer.uuid('ASNFZ4mrze_-3LqYdlQyEB')],
  ] satisfies [string, (writer: ByteWriter) => void][])('%s', (_, write) => {
    expect(() => write(new ByteWriter())).toThrow(ProtocolError);
  });
});

describe('Bytes that cannot be what they should be are refused', () => {
  test.each([
    ['a varint of more than 32 bits', 'ffffffff1f', (reader: ByteReader) => reader.unsignedVarint()],
    ['a varint without end', 'ff'.repeat(12), (reader) => reader.varint()],
    ['a varlong without end', 'ff'.repeat(12), (reader) => reader.varlong()],
    ['a varlong beyond the safe integers', '80808080808080808001', (reader) => reader.varlong()],
    ['a null string', 'ffff', (reader) => reader.string()],
    ['a string of negative length', 'fffe', (reader) => reader.nullableString()],
    ['a string longer than the message', '7fff61', (reader) => reader.string()],
    ['a compact string longer than the message', 'ffffffff0f61', (reader) => reader.compactNullableString()],
    ['null bytes', 'ffffffff', (reader) => reader.bytes()],
    ['bytes of negative length', '80000000', (reader) => reader.nullableBytes()],
    ['bytes longer than the message', '7fffffff00', (reader) => reader.nullableBytes()],
    ['null compact bytes', '00', (reader) => reader.compactBytes()],
    ['half a UUID', '00'.repeat(8), (reader) => reader.uuid()],
    ['a byte after the end', '00', (reader) => reader.expectEnd()],
    ['a skip beyond the end', '00', (reader) => reader.skip(2)],
  ] satisfies [string, string, (reader: ByteReader) => unknown][])('%s', (_, hex, read) => {
    expect(() => read(readerOf(hex))).toThrow(ProtocolError);
  });

  test('reading stops at the end of the window, not of the buffer', () => {
    const reader = new ByteReader(Buffer.from('0000000100000002', 'hex'), 0, 6);
    expect(reader.int32()).toBe(1);
    expect(() => reader.int32()).toThrow('the message ends too early: 4 bytes expected, 2 left');
    expect(reader.remaining).toBe(2);
  });
});

describe('The writer', () => {
  test('writes into the buffer it was given as long as that has room', () => {
    const pooled = Buffer.alloc(8);
    const writer = new ByteWriter(pooled);
    writer.int64(1);
    expect(writer.buffer).toBe(pooled);
    writer.int8(2);
    expect(writer.buffer).not.toBe(pooled);
    expect(writer.written().toString('hex')).toBe('000000000000000102');
  });

  test('begins again in the same buffer after a reset', () => {
    const writer = new ByteWriter();
    writer.int32(1);
    const { buffer } = writer;
    writer.reset();
    writer.int32(2);
    expect(writer.buffer).toBe(buffer);
    expect(writer.written().toString('hex')).toBe('00000002');
  });

  test('sets a size that was not known before, and only where something was written', () => {
    const writer = new ByteWriter();
    writer.int32(0);
    writer.setInt32(0, 7);
    expect(writer.written().toString('hex')).toBe('00000007');
    expect(() => writer.setInt32(1, 7)).toThrow(RangeError);
  });

  test('grows from nothing and keeps what it holds', () => {
    const writer = new ByteWriter(0);
    for (let index = 0; index < 1000; index++) writer.unsignedVarint(index);
    const reader = new ByteReader(writer.written());
    for (let index = 0; index < 1000; index++) expect(reader.unsignedVarint()).toBe(index);
  });
});

describe('UUIDs', () => {
  test('random ones are 22 characters of base64url, differ, and do not begin with a dash', () => {
    const ids = Array.from({ length: 500 }, randomUuid);
    expect(ids.every(isUuid)).toBe(true);
    expect(ids.some((id) => id.startsWith('-'))).toBe(false);
    expect(new Set(ids).size).toBe(500);
  });

  test('are read as they were written', () => {
    const id = randomUuid();
    expect(readerOf(hexOf((writer) => writer.uuid(id))).uuid()).toBe(id);
    expect(readerOf('00'.repeat(16)).uuid()).toBe(ZERO_UUID);
  });
});
