import * as zlib from 'node:zlib';
import {
  BATCH_OVERHEAD_BYTES,
  batchAttributes,
  batchCodec,
  batchSizeBytes,
  LOG_OVERHEAD_BYTES,
  RecordBatchError,
  sealBatch,
  walkRecords,
} from '../../protocol/record-batch.ts';

/** Largest size that a batch may have when its records are decompressed, bytes; a larger one is left closed. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024;

const CODEC_MASK = 0x07;
const DELETE_HORIZON = 0x40;

/** A batch whose records are not compressed. */
export type OpenBatch = { readonly bytes: Buffer; readonly at: number };

/**
 * Whether the base time stamp is the time from which the batch's tombstones may go (attribute bit 6, KIP-534). The records'
 * time stamps count from it all the same.
 */
export const hasDeleteHorizon = (bytes: Buffer, at: number): boolean =>
  (batchAttributes(bytes, at) & DELETE_HORIZON) !== 0;

/** Marks the batch's base time stamp as its delete horizon. The CRC is to be made anew. */
export const setDeleteHorizon = (bytes: Buffer, at: number, horizonMs: number): void => {
  bytes.writeInt16BE(batchAttributes(bytes, at) | DELETE_HORIZON, at + 21);
  bytes.writeBigInt64BE(BigInt(horizonMs), at + 27);
};

type SyncCodec = (input: Uint8Array, options: { readonly maxOutputLength: number }) => Buffer;
type AsyncCodec = (input: Uint8Array, options: object, done: (error: Error | null, output: Buffer) => void) => void;

/** A function of node:zlib that may not be there: zstd came with Node 22.15. */
const optional = <F>(name: string): F | null => {
  const found: unknown = Reflect.get(zlib, name);
  return typeof found === 'function' ? (found as F) : null;
};

const GZIP = 1;
const ZSTD = 4;
const inflateNow = new Map([
  [GZIP, optional<SyncCodec>('gunzipSync')],
  [ZSTD, optional<SyncCodec>('zstdDecompressSync')],
]);
const inflateLater = new Map([
  [GZIP, optional<AsyncCodec>('gunzip')],
  [ZSTD, optional<AsyncCodec>('zstdDecompress')],
]);
const deflateLater = new Map([
  [GZIP, optional<AsyncCodec>('gzip')],
  [ZSTD, optional<AsyncCodec>('zstdCompress')],
]);

/**
 * A batch with its records decompressed: itself when they are not compressed; null when they cannot be opened, since there is
 * no such codec here (snappy, lz4, zstd before Node 22.15) or they are broken. Blocks.
 */
export const inflateBatch = (bytes: Buffer, at: number): OpenBatch | null => {
  const codec = batchCodec(bytes, at);
  if (codec === 0) return { bytes, at };
  const inflate = inflateNow.get(codec) ?? null;
  if (inflate === null) return null;
  try {
    return openWith(bytes, at, inflate(recordsOf(bytes, at), { maxOutputLength: MAX_INFLATED_BYTES }));
  } catch {
    // Not what its codec says, or larger than the bound: the batch is handed out as it is, its client will say so.
    return null;
  }
};

/** Like `inflateBatch()`, in a thread of the pool; only for a compressed batch. */
export const inflateBatchSoon = async (bytes: Buffer, at: number): Promise<OpenBatch | null> => {
  const inflate = inflateLater.get(batchCodec(bytes, at)) ?? null;
  if (inflate === null) return null;
  try {
    return openWith(bytes, at, await run(inflate, recordsOf(bytes, at), { maxOutputLength: MAX_INFLATED_BYTES }));
  } catch {
    return null;
  }
};

/** Compresses the records of an uncompressed batch with a codec that opened it, in a thread of the pool. */
export const deflateBatchSoon = async (batch: Buffer, codec: number): Promise<Buffer> => {
  const deflate = deflateLater.get(codec) ?? null;
  if (deflate === null) throw new RecordBatchError(`there is no codec ${codec} to compress with`);
  return withRecords(batch, 0, await run(deflate, recordsOf(batch, 0), {}), codec);
};

const run = (codec: AsyncCodec, input: Uint8Array, options: object): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    codec(input, options, (error, output) => (error === null ? resolve(output) : reject(error)));
  });

const recordsOf = (bytes: Buffer, at: number): Buffer =>
  bytes.subarray(at + BATCH_OVERHEAD_BYTES, at + batchSizeBytes(bytes, at));

/** Throws RecordBatchError when the records cannot be walked: a producer's compressed records are not checked at the append. */
const openWith = (bytes: Buffer, at: number, records: Buffer): OpenBatch => {
  const batch = withRecords(bytes, at, records, 0);
  walkRecords(batch, 0, 0, () => true);
  return { bytes: batch, at: 0 };
};

/** A batch with the header at `at` and other records. */
const withRecords = (bytes: Buffer, at: number, records: Buffer, codec: number): Buffer => {
  const batch = Buffer.concat([bytes.subarray(at, at + BATCH_OVERHEAD_BYTES), records]);
  batch.writeInt32BE(batch.length - LOG_OVERHEAD_BYTES, 8);
  batch.writeInt16BE((batchAttributes(batch, 0) & ~CODEC_MASK) | codec, 21);
  sealBatch(batch, 0, batch.length);
  return batch;
};
