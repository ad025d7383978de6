import { brokenStream } from './codec.ts';

/** Zstandard frames (RFC 8878), read as far as is needed to say how much they can hold before anything is decompressed. */
const MAGIC = 0xfd2fb528;
const SKIPPABLE_MAGIC = 0x184d2a5;
/** Most that a compressed block holds. */
const LARGEST_BLOCK_BYTES = 128 * 1024;
const BLOCK_STORED = 0;
const BLOCK_REPEATED = 1;
const BLOCK_COMPRESSED = 2;

/** What the headers of frames and blocks say. */
export type ZstdBounds = {
  /** Most bytes that can come out: what blocks say, or the most that a compressed block holds. */
  readonly mostBytes: number;
  /** The sizes that the frames declare, added up, bytes; null when one declares none. */
  readonly declaredBytes: number | null;
};

/** Walks all frames and blocks without decompressing them. Throws CodecError for what is no whole frame. */
export const zstdBounds = (input: Uint8Array): ZstdBounds => {
  const bytes = Buffer.from(input.buffer, input.byteOffset, input.length);
  if (bytes.length === 0) throw brokenStream('zstd', 'it is empty');
  let mostBytes = 0;
  let declaredBytes: number | null = 0;
  let at = 0;
  while (at < bytes.length) {
    if (bytes.length - at < 8) throw brokenStream('zstd', 'it ends within the header of a frame');
    if (bytes.readUInt32LE(at) >>> 4 === SKIPPABLE_MAGIC) {
      at += 8 + bytes.readUInt32LE(at + 4);
      continue;
    }
    if (bytes.readUInt32LE(at) !== MAGIC)
      throw brokenStream('zstd', 'it does not begin with the magic number of a frame');
    const descriptor = bytes[at + 4] ?? 0;
    const isSingleSegment = (descriptor & 0x20) !== 0;
    const dictionaryBytes = [0, 1, 2, 4][descriptor & 3] ?? 0;
    const sizeAt = at + 5 + (isSingleSegment ? 0 : 1) + dictionaryBytes;
    const sizeBytes = [isSingleSegment ? 1 : 0, 2, 4, 8][descriptor >> 6] ?? 0;
    const blocksAt = sizeAt + sizeBytes;
    if (blocksAt > bytes.length) throw brokenStream('zstd', 'it ends within the header of a frame');
    const declared = sizeBytes === 0 ? null : readContentSize(bytes, sizeAt, sizeBytes);
    declaredBytes = declared === null || declaredBytes === null ? null : declaredBytes + declared;
    const blocks = walkBlocks(bytes, blocksAt);
    mostBytes += blocks.mostBytes;
    at = blocks.end + ((descriptor & 4) === 0 ? 0 : 4);
  }
  if (at > bytes.length) throw brokenStream('zstd', 'it ends within a frame');
  return { mostBytes, declaredBytes };
};

const readContentSize = (bytes: Buffer, at: number, sizeBytes: number): number => {
  if (sizeBytes === 8) return Number(bytes.readBigUInt64LE(at));
  return bytes.readUIntLE(at, sizeBytes) + (sizeBytes === 2 ? 256 : 0);
};

const walkBlocks = (bytes: Buffer, start: number): { readonly end: number; readonly mostBytes: number } => {
  let at = start;
  let mostBytes = 0;
  for (;;) {
    if (at + 3 > bytes.length) throw brokenStream('zstd', 'it ends before the last block of a frame');
    const header = bytes.readUIntLE(at, 3);
    const type = (header >> 1) & 3;
    const size = header >> 3;
    if (type > BLOCK_COMPRESSED) throw brokenStream('zstd', 'a block is of a reserved type');
    at += 3 + (type === BLOCK_REPEATED ? 1 : size);
    if (at > bytes.length) throw brokenStream('zstd', 'it ends within a block');
    mostBytes += type === BLOCK_STORED || type === BLOCK_REPEATED ? size : LARGEST_BLOCK_BYTES;
    if ((header & 1) !== 0) return { end: at, mostBytes };
  }
};
