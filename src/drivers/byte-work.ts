/** What a client does to bytes, for those who measure how fast it is: checksums and codecs. */
export { codecInfo, compressRecords, decompress } from '../protocol/compression/compression.ts';
export { crc32c } from '../protocol/crc32c.ts';
