import { batchRecords, type OpenBatch, openBatch, packBatch } from '../protocol/compressed-batch.ts';
import { CodecError, codecNumber } from '../protocol/compression/codec.ts';
import { batchCodec } from '../protocol/record-batch.ts';
import { type Slab, SlabPool } from '../protocol/slab.ts';
import type { StoredCompression } from './config/topic-settings.ts';
import { MAX_OPENED_BATCH_BYTES } from './limits.ts';

/** The number of the codec that a topic keeps its batches in; null keeps them as producers send them. */
const codecOf = (compression: StoredCompression): number | null => {
  if (compression === 'producer') return null;
  return compression === 'uncompressed' ? 0 : codecNumber(compression);
};

/** Whether a batch with this codec has to be opened and written anew for its topic. */
export const isRecoded = (compression: StoredCompression, codec: number): boolean =>
  compression !== 'producer' && codecOf(compression) !== codec;

/** A producer's batch with its records decompressed; a string that says why it cannot be. */
export const openProduced = (bytes: Buffer, start: number): OpenBatch | string => {
  try {
    return openBatch(bytes, start, MAX_OPENED_BATCH_BYTES);
  } catch (error) {
    if (error instanceof CodecError) return error.message;
    throw error;
  }
};

const pool = new SlabPool({ slabBytes: 0, maxFreeBytes: 0 });

/**
 * The batch at `start` in its topic's codec, in a block of its own that the caller holds; null when it has that codec.
 * `open` is the same batch with its records decompressed. A batch that the codec makes no smaller is kept without it.
 */
export const recode = (bytes: Buffer, start: number, open: OpenBatch, compression: StoredCompression): Slab | null => {
  const codec = codecOf(compression);
  if (codec === null || codec === batchCodec(bytes, start)) return null;
  const batch = packBatch(bytes, start, batchRecords(open.bytes, open.at), codec);
  const slab = pool.take(batch.length);
  slab.bytes.set(batch);
  return slab;
};
