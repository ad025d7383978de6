import { gunzipSync, gzipSync } from 'node:zlib';
import { brokenStream, type CodecImplementation, tooLarge } from './codec.ts';

/** Least and most that zlib is given room for at a time, bytes; it gathers and copies when a stream needs more. */
const LEAST_CHUNK_BYTES = 16 * 1024;
const MOST_CHUNK_BYTES = 1024 * 1024;

const chunkBytes = (expectedBytes: number): number =>
  Math.min(Math.max(expectedBytes, LEAST_CHUNK_BYTES), MOST_CHUNK_BYTES);

/** Gzip (RFC 1952), by the zlib that is in Node; several members one after another are one stream. */
export const gzipByNode = (): CodecImplementation => ({
  implementation: `node:zlib ${process.versions.zlib ?? ''}`.trim(),
  compress: (bytes, level) => gzipSync(bytes, { level, chunkSize: chunkBytes(bytes.length >> 1) }),
  decompress: (bytes, maxBytes) => {
    try {
      const output = gunzipSync(bytes, {
        maxOutputLength: Math.max(maxBytes, 1),
        chunkSize: chunkBytes(bytes.length * 4),
      });
      if (output.length <= maxBytes) return output;
    } catch (error) {
      if (error instanceof RangeError) throw tooLarge('gzip', maxBytes);
      throw brokenStream('gzip', error instanceof Error ? error.message : String(error), error);
    }
    throw tooLarge('gzip', maxBytes);
  },
});
