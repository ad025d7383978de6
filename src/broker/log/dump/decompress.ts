import { gunzipSync } from 'node:zlib';
import { RecordBatchError } from '../../../protocol/record-batch.ts';
import { LARGEST_DECOMPRESSED_BYTES } from './limits.ts';

const CODEC_NAMES = ['none', 'gzip', 'snappy', 'lz4', 'zstd'];
const NONE = 0;
const GZIP = 1;

/** Kafka's name of a codec by its number in a batch's attributes. */
export const codecName = (codec: number): string => CODEC_NAMES[codec] ?? `unknown-${codec}`;

/** A codec that is known and cannot be undone yet. */
export class CodecNotSupportedError extends Error {
  override readonly name = 'CodecNotSupportedError';
}

/**
 * The records of a batch as they were before compression.
 * @throws CodecNotSupportedError for snappy, lz4 and zstd; RecordBatchError for bytes that are no such stream, or too much.
 */
export const decompress = (codec: number, bytes: Buffer): Buffer => {
  if (codec === NONE) return bytes;
  if (codec !== GZIP) throw new CodecNotSupportedError(`${codecName(codec)} cannot be decompressed yet`);
  try {
    return gunzipSync(bytes, { maxOutputLength: LARGEST_DECOMPRESSED_BYTES });
  } catch (error) {
    const why = error instanceof Error ? error.message : String(error);
    throw new RecordBatchError(`the gzip stream cannot be read: ${why}`, { cause: error });
  }
};
