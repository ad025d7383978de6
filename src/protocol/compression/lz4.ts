import { brokenStream, CodecError, type CodecImplementation, tooLarge } from './codec.ts';
import { decodeLz4Block, encodeLz4Block, MOST_BLOCK_BYTES, maxLz4BlockBytes } from './lz4-block.ts';
import { encodeLz4BlockAtLevel } from './lz4-search.ts';
import { nameAndVersion, optionalPackage } from './optional-package.ts';
import { xxh32 } from './xxh32.ts';

/**
 * LZ4 frames (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md). Written as Kafka's `Lz4BlockOutputStream` does:
 * blocks of 64 KiB that do not refer to each other, no sizes, no checksums but the header's. Any frame is read.
 */
const MAGIC = 0x184d2204;
const SKIPPABLE_MAGIC = 0x184d2a5;
/** Magic, FLG (version 1, independent blocks), BD (64 KiB), and the header's checksum, which depends on nothing else. */
const FRAME_HEADER = Buffer.from([0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82]);
/** Bit of a block's size: the block is not compressed. */
const STORED = 0x8000_0000;
const FLAG_INDEPENDENT = 0x20;
const FLAG_BLOCK_CHECKSUM = 0x10;
const FLAG_CONTENT_SIZE = 0x08;
const FLAG_CONTENT_CHECKSUM = 0x04;
const FLAG_DICTIONARY = 0x01;
/** Nothing compresses better: a byte of a length stands for at most 255. */
const MOST_FROM_ONE_BYTE = 255;

/** The level that means LZ4's fast way to Kafka; all others search longer (`Lz4Compression` of Kafka 4.1). */
const FAST_LEVEL = 9;

/** Reads blocks, by whatever can. */
type BlockDecoder = {
  readonly implementation: string;
  /** Writes a block that refers to no other from `outputAt` on, at most to `outputEnd`; returns the position behind. Throws. */
  readonly decode: (
    input: Uint8Array,
    start: number,
    end: number,
    output: Buffer,
    outputAt: number,
    outputEnd: number,
  ) => number;
  /** The same of a block that is all there is, into memory of its own. Absent where that is no quicker. */
  readonly decodeAlone?: (input: Uint8Array, start: number, end: number, maxBytes: number) => Buffer;
};

const IN_JAVASCRIPT = 'JavaScript';

const decoderInJavaScript: BlockDecoder = {
  implementation: IN_JAVASCRIPT,
  decode: (input, start, end, output, outputAt, outputEnd) =>
    decodeLz4Block(input, start, end, output, outputAt, outputEnd, outputAt),
};

/** The package puts the size of the data in 4 bytes before a block. */
const SIZE_BYTES = 4;

const decoderByPackage = ({ uncompressSync }: typeof import('lz4-napi')): BlockDecoder => {
  const decodeAlone = (input: Uint8Array, start: number, end: number, maxBytes: number): Buffer => {
    const sized = Buffer.allocUnsafe(SIZE_BYTES + end - start);
    sized.writeUInt32LE(Math.min(maxBytes, (end - start) * MOST_FROM_ONE_BYTE), 0);
    sized.set(input.subarray(start, end), SIZE_BYTES);
    return uncompressSync(sized);
  };
  return {
    implementation: nameAndVersion('lz4-napi'),
    decode: (input, start, end, output, outputAt, outputEnd) => {
      const bytes = decodeAlone(input, start, end, outputEnd - outputAt);
      output.set(bytes, outputAt);
      return outputAt + bytes.length;
    },
    decodeAlone,
  };
};

/**
 * LZ4 whose blocks are read by the package `lz4-napi`, which has binaries for most machines; null where it has none. They are
 * written in JavaScript: that is as quick, and its blocks are those of LZ4's own library, where the package's are up to 3 % larger.
 */
export const lz4ByPackage = (): CodecImplementation | null => {
  const found = optionalPackage('lz4-napi');
  return found === null ? null : lz4By(decoderByPackage(found as typeof import('lz4-napi')));
};

/** LZ4 without anything installed; reads at about half the package's speed. */
export const lz4InJavaScript = (): CodecImplementation => lz4By(decoderInJavaScript);

const lz4By = (decoder: BlockDecoder): CodecImplementation => ({
  implementation: IN_JAVASCRIPT,
  decompressedBy: decoder.implementation,
  compress: (bytes, level) =>
    level === FAST_LEVEL
      ? encodeFrame(encodeLz4Block, bytes)
      : encodeFrame(
          (input, start, end, output, at) => encodeLz4BlockAtLevel(input, start, end, output, at, level),
          bytes,
        ),
  decompress: (bytes, maxBytes) => {
    try {
      return decodeFrames(decoder, Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length), maxBytes);
    } catch (error) {
      if (error instanceof CodecError) throw error;
      throw brokenStream('lz4', error instanceof Error ? error.message : String(error), error);
    }
  },
});

const encodeFrame = (encode: typeof encodeLz4Block, bytes: Uint8Array): Buffer => {
  const blockCount = Math.ceil(bytes.length / MOST_BLOCK_BYTES);
  const blockRoom = 4 + maxLz4BlockBytes(Math.min(MOST_BLOCK_BYTES, bytes.length));
  const output = Buffer.allocUnsafe(FRAME_HEADER.length + blockCount * blockRoom + 4);
  let at = FRAME_HEADER.copy(output, 0);
  for (let start = 0; start < bytes.length; start += MOST_BLOCK_BYTES) {
    const sizeAt = at;
    const blockEnd = Math.min(start + MOST_BLOCK_BYTES, bytes.length);
    at = encode(bytes, start, blockEnd, output, sizeAt + 4);
    if (at - sizeAt - 4 < blockEnd - start) {
      output.writeUInt32LE(at - sizeAt - 4, sizeAt);
    } else {
      output.writeUInt32LE(STORED + blockEnd - start, sizeAt);
      output.set(bytes.subarray(start, blockEnd), sizeAt + 4);
      at = sizeAt + 4 + blockEnd - start;
    }
  }
  return output.subarray(0, output.writeUInt32LE(0, at));
};

type Frame = {
  readonly flags: number;
  readonly largestBlockBytes: number;
  /** Where its first block's size stands. */
  readonly blocksAt: number;
};

/** Reads the header at `at`. Throws CodecError. */
const readHeader = (bytes: Buffer, at: number): Frame => {
  if (bytes.length - at < FRAME_HEADER.length) throw brokenStream('lz4', 'it ends within the header of a frame');
  if (bytes.readUInt32LE(at) !== MAGIC) throw brokenStream('lz4', 'it does not begin with the magic number of a frame');
  const flags = bytes[at + 4] ?? 0;
  const sizeCode = ((bytes[at + 5] ?? 0) >> 4) & 7;
  if (flags >> 6 !== 1) throw brokenStream('lz4', `its frame is of version ${flags >> 6}; 1 is known`);
  if ((flags & FLAG_DICTIONARY) !== 0) throw brokenStream('lz4', 'it needs a dictionary');
  if (sizeCode < 4) throw brokenStream('lz4', `its size of blocks has the code ${sizeCode}; 4 to 7 are known`);
  const checksumAt = at + 6 + ((flags & FLAG_CONTENT_SIZE) === 0 ? 0 : 8);
  if (checksumAt >= bytes.length) throw brokenStream('lz4', 'it ends within the header of a frame');
  if (((xxh32(bytes, at + 4, checksumAt) >> 8) & 0xff) !== bytes[checksumAt])
    throw brokenStream('lz4', "the header's checksum does not match");
  return { flags, largestBlockBytes: 1 << (8 + 2 * sizeCode), blocksAt: checksumAt + 1 };
};

/** Size of a skippable frame at `at` with its header, bytes; 0 when none stands there. */
const skippableBytes = (bytes: Buffer, at: number): number =>
  bytes.length - at >= 8 && bytes.readUInt32LE(at) >>> 4 === SKIPPABLE_MAGIC ? 8 + bytes.readUInt32LE(at + 4) : 0;

/** Most bytes that all frames can hold: what their blocks may be, and never more than their bytes can stand for. */
const mostBytes = (bytes: Buffer): number => {
  let most = 0;
  eachFrame(bytes, (frame) =>
    eachBlock(bytes, frame, (start, end, isStored) => {
      const size = end - start;
      most += isStored ? size : Math.min(frame.largestBlockBytes, size * MOST_FROM_ONE_BYTE);
    }),
  );
  return most;
};

/** Calls `take`, which returns the position behind the frame, for each frame. */
const eachFrame = (bytes: Buffer, take: (frame: Frame) => number): void => {
  let at = 0;
  while (at < bytes.length) {
    const skipped = skippableBytes(bytes, at);
    at = skipped > 0 ? at + skipped : take(readHeader(bytes, at));
  }
};

/** Calls `take` for each block of a frame, and returns where its end mark ends. Throws CodecError. */
const eachBlock = (
  bytes: Buffer,
  frame: Frame,
  take: (start: number, end: number, isStored: boolean) => void,
): number => {
  const checksumBytes = (frame.flags & FLAG_BLOCK_CHECKSUM) === 0 ? 0 : 4;
  let at = frame.blocksAt;
  for (;;) {
    if (at + 4 > bytes.length) throw brokenStream('lz4', 'it ends before the end mark of its frame');
    const word = bytes.readUInt32LE(at);
    const start = at + 4;
    if (word === 0) return start + ((frame.flags & FLAG_CONTENT_CHECKSUM) === 0 ? 0 : 4);
    const end = start + (word & 0x7fff_ffff);
    at = end + checksumBytes;
    if (at > bytes.length) throw brokenStream('lz4', `a block of ${end - start} bytes is not whole`);
    if (checksumBytes > 0 && xxh32(bytes, start, end) !== bytes.readUInt32LE(end))
      throw brokenStream('lz4', "a block's checksum does not match");
    take(start, end, word >= STORED);
  }
};

/**
 * The one block of a frame that has no other and no checksums, which is what a batch of up to 64 KiB is; null for all else, and when
 * the block may hold more than `maxBytes`, so that the bound is seen to be what stopped it.
 */
const onlyBlock = (
  bytes: Buffer,
  maxBytes: number,
): { readonly start: number; readonly end: number; readonly largestBytes: number } | null => {
  if (skippableBytes(bytes, 0) > 0) return null;
  const { flags, largestBlockBytes, blocksAt } = readHeader(bytes, 0);
  const isPlain = (flags & (FLAG_BLOCK_CHECKSUM | FLAG_CONTENT_CHECKSUM)) === 0;
  if (!isPlain || largestBlockBytes > maxBytes || blocksAt + 4 > bytes.length) return null;
  const word = bytes.readUInt32LE(blocksAt);
  const start = blocksAt + 4;
  const end = start + word;
  // A stored block has the highest bit set, and so ends behind everything.
  const isOnly = word > 0 && end + 4 === bytes.length && bytes.readUInt32LE(end) === 0;
  return isOnly ? { start, end, largestBytes: largestBlockBytes } : null;
};

const decodeFrames = (decoder: BlockDecoder, bytes: Buffer, maxBytes: number): Buffer => {
  if (bytes.length === 0) throw brokenStream('lz4', 'it is empty');
  const alone = decoder.decodeAlone === undefined ? null : onlyBlock(bytes, maxBytes);
  if (alone !== null && decoder.decodeAlone !== undefined)
    return decoder.decodeAlone(bytes, alone.start, alone.end, alone.largestBytes);
  const output = Buffer.allocUnsafe(Math.min(mostBytes(bytes), maxBytes));
  let out = 0;
  eachFrame(bytes, (frame) => {
    const contentAt = out;
    const isIndependent = (frame.flags & FLAG_INDEPENDENT) !== 0;
    const end = eachBlock(bytes, frame, (start, blockEnd, isStored) => {
      const outputEnd = Math.min(out + frame.largestBlockBytes, output.length);
      if (isStored) {
        if (out + blockEnd - start > outputEnd) throw overflow(output.length, outputEnd, maxBytes);
        out += bytes.copy(output, out, start, blockEnd);
        return;
      }
      try {
        out = isIndependent
          ? decoder.decode(bytes, start, blockEnd, output, out, outputEnd)
          : decodeLz4Block(bytes, start, blockEnd, output, out, outputEnd, contentAt);
      } catch (error) {
        // A block without room for all it may hold: too much is likelier than damage.
        if (outputEnd === maxBytes && outputEnd < out + frame.largestBlockBytes) throw tooLarge('lz4', maxBytes);
        throw error;
      }
    });
    const hasChecksum = (frame.flags & FLAG_CONTENT_CHECKSUM) !== 0;
    if (end > bytes.length) throw brokenStream('lz4', 'it ends within the checksum of its content');
    if (hasChecksum && xxh32(output, contentAt, out) !== bytes.readUInt32LE(end - 4))
      throw brokenStream('lz4', "the content's checksum does not match");
    return end;
  });
  return output.subarray(0, out);
};

const overflow = (outputBytes: number, outputEnd: number, maxBytes: number): CodecError =>
  outputEnd === outputBytes && outputBytes === maxBytes
    ? tooLarge('lz4', maxBytes)
    : brokenStream('lz4', 'a block holds more than its frame allows');
