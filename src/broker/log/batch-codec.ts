import { gunzip, gzip } from 'node:zlib';
import {
  batchRecords,
  type OpenBatch,
  openBatch,
  recodeBatch,
  replaceRecords,
} from '../../protocol/compressed-batch.ts';
import { CodecError } from '../../protocol/compression/codec.ts';
import { batchAttributes, batchCodec, RecordBatchError, walkRecords } from '../../protocol/record-batch.ts';

/** Largest size that a batch may have when its records are decompressed, bytes; a larger one is left closed. */
const MAX_INFLATED_BYTES = 64 * 1024 * 1024;

const DELETE_HORIZON = 0x40;
const GZIP = 1;

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

/**
 * A batch with its records decompressed: itself when they are not compressed; null when they cannot be opened, since they are
 * broken or larger than the bound. Blocks.
 */
export const inflateBatch = (bytes: Buffer, at: number): OpenBatch | null => {
  if (batchCodec(bytes, at) === 0) return { bytes, at };
  try {
    return walkable(openBatch(bytes, at, MAX_INFLATED_BYTES));
  } catch (error) {
    return nullWhenBroken(error);
  }
};

/** Like `inflateBatch()`, and gzip, the slowest, in a thread of the pool. */
export const inflateBatchSoon = async (bytes: Buffer, at: number): Promise<OpenBatch | null> => {
  if (batchCodec(bytes, at) !== GZIP) return inflateBatch(bytes, at);
  try {
    const records = await inPool((done) =>
      gunzip(batchRecords(bytes, at), { maxOutputLength: MAX_INFLATED_BYTES }, done),
    );
    return walkable({ bytes: replaceRecords(bytes, at, records, 0), at: 0 });
  } catch (error) {
    return nullWhenBroken(error);
  }
};

/** Compresses the records of an uncompressed batch; gzip, the slowest, in a thread of the pool. */
export const deflateBatchSoon = async (batch: Buffer, codec: number): Promise<Buffer> => {
  if (codec !== GZIP) return recodeBatch(batch, 0, codec, undefined, MAX_INFLATED_BYTES);
  const records = await inPool((done) => gzip(batchRecords(batch, 0), done));
  return replaceRecords(batch, 0, records, GZIP);
};

type Done = (error: Error | null, output: Buffer) => void;

const inPool = (begin: (done: Done) => void): Promise<Buffer> =>
  new Promise((resolve, reject) => {
    begin((error, output) => {
      if (error === null) resolve(output);
      else reject(new CodecError(`the gzip data cannot be read: ${error.message}`, { cause: error }));
    });
  });

/** Throws RecordBatchError when the records cannot be walked: a producer's compressed records are not checked at the append. */
const walkable = (batch: OpenBatch): OpenBatch => {
  walkRecords(batch.bytes, batch.at, 0, () => true);
  return batch;
};

/** Such a batch is handed out as it is; its client will say what is wrong with it. */
const nullWhenBroken = (error: unknown): null => {
  if (error instanceof CodecError || error instanceof RecordBatchError) return null;
  throw error;
};
