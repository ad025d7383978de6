import { CodecError, codecName, codecNames } from './compression/codec.ts';
import { compressRecords, decompress } from './compression/compression.ts';
import {
  BATCH_OVERHEAD_BYTES,
  batchAttributes,
  batchCodec,
  batchSizeBytes,
  LOG_OVERHEAD_BYTES,
  sealBatch,
} from './record-batch.ts';

/** Most bytes that the records of one compressed batch may take unless told otherwise: a few kilobytes can claim gigabytes. */
export const LARGEST_OPEN_BATCH_BYTES = 128 * 1024 * 1024;

const CODEC_MASK = 0x07;

/** A batch whose records are not compressed: what `walkRecords()` and `checkRecords()` take. */
export type OpenBatch = { readonly bytes: Buffer; readonly at: number };

/** The records' bytes of the batch at `at`, as they stand there. */
export const batchRecords = (bytes: Buffer, at: number): Buffer =>
  bytes.subarray(at + BATCH_OVERHEAD_BYTES, at + batchSizeBytes(bytes, at));

/**
 * The batch at `at` with its records decompressed: itself when they are not compressed, else a new one with the same header
 * but for its size, codec and CRC, which is left as it was: the batch is for reading, `recodeBatch()` makes one to keep.
 * @throws CodecError for data that are not what the codec says, for more than `maxBytes`, and for an unknown codec.
 */
export const openBatch = (bytes: Buffer, at: number, maxBytes = LARGEST_OPEN_BATCH_BYTES): OpenBatch => {
  const codec = batchCodec(bytes, at);
  if (codec === 0) return { bytes, at };
  return { bytes: withRecords(bytes, at, openRecords(bytes, at, codec, maxBytes), 0), at: 0 };
};

/**
 * The batch at `at` with its records under another codec (a number of `codecNames`), whole with its CRC.
 * Records that the codec makes no smaller are left without one, as `ProduceBatch` does. Throws CodecError.
 */
export const recodeBatch = (
  bytes: Buffer,
  at: number,
  codec: number,
  level?: number,
  maxBytes = LARGEST_OPEN_BATCH_BYTES,
): Buffer => {
  const from = batchCodec(bytes, at);
  return packBatch(bytes, at, openRecords(bytes, at, from, maxBytes), codec, level);
};

/** A whole batch with the header at `at` and records that are not compressed, which it puts under a codec. Else like `recodeBatch()`. */
export const packBatch = (bytes: Buffer, at: number, records: Buffer, codec: number, level?: number): Buffer => {
  const packed = compressRecords(nameOf(codec), records, level);
  const isSmaller = packed.length < records.length;
  return replaceRecords(bytes, at, isSmaller ? packed : records, isSmaller ? codec : 0);
};

/** A whole batch with the header at `at`, other records, and the codec that they are compressed with. */
export const replaceRecords = (bytes: Buffer, at: number, records: Uint8Array, codec: number): Buffer => {
  const batch = withRecords(bytes, at, records, codec);
  sealBatch(batch, 0, batch.length);
  return batch;
};

const openRecords = (bytes: Buffer, at: number, codec: number, maxBytes: number): Buffer =>
  decompress(nameOf(codec), batchRecords(bytes, at), maxBytes);

const nameOf = (codec: number) => {
  const name = codecNames[codec];
  if (name === undefined) throw new CodecError(`compression codec ${codecName(codec)} is not known`);
  return name;
};

const withRecords = (bytes: Buffer, at: number, records: Uint8Array, codec: number): Buffer => {
  const batch = Buffer.allocUnsafe(BATCH_OVERHEAD_BYTES + records.length);
  bytes.copy(batch, 0, at, at + BATCH_OVERHEAD_BYTES);
  batch.set(records, BATCH_OVERHEAD_BYTES);
  batch.writeInt32BE(batch.length - LOG_OVERHEAD_BYTES, 8);
  batch.writeInt16BE((batchAttributes(batch, 0) & ~CODEC_MASK) | codec, 21);
  return batch;
};
