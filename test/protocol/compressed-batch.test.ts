import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { batchRecords, openBatch, recodeBatch } from '../../src/protocol/compressed-batch.ts';
import { CodecError, codecNames, codecNumber } from '../../src/protocol/compression/codec.ts';
import {
  batchCodec,
  batchRecordCount,
  checkBatch,
  checkRecords,
  encodeRecordBatch,
  isWholeBatch,
  sealBatch,
  walkRecords,
} from '../../src/protocol/record-batch.ts';

type GoldenCase = { readonly name: string; readonly none: string } & Readonly<Record<string, string>>;

const golden: GoldenCase[] = JSON.parse(
  readFileSync(new URL('../fixtures/golden/compressed-batches.json', import.meta.url), 'utf8'),
).cases;

const everyBatch = golden.flatMap((each) =>
  Object.entries(each)
    .filter(([codec]) => codec !== 'name')
    .map(([codec, hex]) => ({
      name: each.name,
      codec,
      bytes: Buffer.from(hex, 'hex'),
      none: Buffer.from(each.none, 'hex'),
    })),
);

const records = Array.from({ length: 200 }, (_, index) => ({
  timestampMs: 1_700_000_000_000 + index,
  key: Buffer.from(`key-${index % 7}`),
  value: Buffer.from(`value number ${index}`),
}));

describe('a compressed batch', () => {
  it.each(everyBatch)('of Kafka is opened: $name, $codec', ({ codec, bytes, none }) => {
    const expected = codec === 'lz4HighCompression' ? 'lz4' : codec === 'zstdLevel19' ? 'zstd' : codec;
    expect(codecNames[batchCodec(bytes, 0)]).toBe(expected);
    expect(isWholeBatch(bytes, 0, bytes.length)).toBe(true);
    const open = openBatch(bytes, 0);
    expect(batchRecords(open.bytes, open.at).equals(batchRecords(none, 0))).toBe(true);
    let walked = 0;
    walkRecords(open.bytes, open.at, 0, () => ++walked > 0);
    expect(walked).toBe(batchRecordCount(bytes, 0));
  });

  it.each(codecNames)('of ours is whole and holds the same records, under %s', (name) => {
    const plain = encodeRecordBatch(records);
    const batch = recodeBatch(plain, 0, codecNumber(name) ?? -1);
    expect(codecNames[batchCodec(batch, 0)]).toBe(name);
    expect(checkBatch(batch, 0, batch.length)).toBeNull();
    if (name !== 'none') expect(batch.length).toBeLessThan(plain.length);
    const open = openBatch(batch, 0);
    expect(checkRecords(open.bytes, open.at, open.bytes.length, { isKeyRequired: true })).toBeNull();
    expect(batchRecords(open.bytes, open.at).equals(batchRecords(plain, 0))).toBe(true);
  });

  it('goes from one codec to another, wherever it stands', () => {
    const plain = encodeRecordBatch(records);
    const gzip = recodeBatch(plain, 0, 1);
    const shifted = Buffer.concat([Buffer.alloc(33, 0xee), gzip, Buffer.alloc(5, 0xee)]);
    for (const codec of [0, 1, 2, 3, 4]) {
      const other = recodeBatch(shifted, 33, codec);
      expect(batchCodec(other, 0)).toBe(codec);
      expect(recodeBatch(other, 0, 0).equals(plain)).toBe(true);
    }
  });

  it('stays without a codec when that makes it no smaller', () => {
    const plain = encodeRecordBatch([{ timestampMs: 5, key: null, value: Buffer.from('x') }]);
    for (const codec of [1, 2, 3, 4]) expect(recodeBatch(plain, 0, codec).equals(plain)).toBe(true);
  });

  it('that holds more than allowed is refused', () => {
    const batch = recodeBatch(encodeRecordBatch(records), 0, 4);
    expect(() => openBatch(batch, 0, 1000)).toThrow(CodecError);
  });

  it('with a codec that nobody knows is refused', () => {
    const batch = encodeRecordBatch(records);
    batch.writeInt16BE(5, 21);
    sealBatch(batch, 0, batch.length);
    expect(() => openBatch(batch, 0)).toThrow('unknown-5');
  });
});
