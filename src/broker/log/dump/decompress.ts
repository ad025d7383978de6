import { CodecError, codecNames } from '../../../protocol/compression/codec.ts';
import { decompress as decompressRecords, prepareCodecs } from '../../../protocol/compression/compression.ts';
import { RecordBatchError } from '../../../protocol/record-batch.ts';
import { LARGEST_DECOMPRESSED_BYTES } from './limits.ts';

/** To be awaited once before files are dumped. Rejects when a codec cannot be loaded. */
export const prepareDecompression = prepareCodecs;

/**
 * The records of a batch as they were before compression.
 * @throws RecordBatchError for a codec that Kafka has not, and for bytes that are no such stream, or too much.
 */
export const decompress = (codec: number, bytes: Buffer): Buffer => {
  const name = codecNames[codec];
  if (name === undefined) throw new RecordBatchError(`compression codec ${codec} is not known`);
  try {
    return decompressRecords(name, bytes, LARGEST_DECOMPRESSED_BYTES);
  } catch (error) {
    if (!(error instanceof CodecError)) throw error;
    throw new RecordBatchError(error.message, { cause: error });
  }
};
