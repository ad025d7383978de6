import { brokenStream, CodecError, type CodecImplementation, tooLarge } from './codec.ts';
import { nameAndVersion, optionalPackage } from './optional-package.ts';
import { decodeSnappyBlock, encodeSnappyBlock, maxSnappyBlockBytes, snappyBlockLength } from './snappy-block.ts';

/**
 * Snappy as Kafka's clients in Java write it: snappy-java's stream of raw blocks, each after its length
 * (`SnappyOutputStream`, https://github.com/xerial/snappy-java). librdkafka and others send one raw block without that frame.
 *
 *   0 magic 82 "SNAPPY" 00 · 8 version int32 · 12 least version that can read it int32 · 16 [length int32, block]...
 */
const MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
const STREAM_HEADER = Buffer.concat([MAGIC, Buffer.from([0, 0, 0, 1, 0, 0, 0, 1])]);
/** What Snappy looks back over, and so what blocks gain by; Kafka's default is half of it, and readers take any size. */
const BLOCK_BYTES = 64 * 1024;

/** Raw blocks, by whatever can do them. */
type Blocks = {
  readonly implementation: string;
  /** Compresses [start, end) into `output` at `outputAt`, which has room for any block; returns the position behind. */
  readonly encode: (input: Uint8Array, start: number, end: number, output: Buffer, outputAt: number) => number;
  /** Fills [outputAt, outputEnd), whose size is what the block says. Throws. */
  readonly decode: (
    input: Uint8Array,
    start: number,
    end: number,
    output: Buffer,
    outputAt: number,
    outputEnd: number,
  ) => void;
  /** The bytes of a block that stands alone, `length` of them. Throws. */
  readonly decodeAlone: (input: Uint8Array, start: number, end: number, length: number) => Buffer;
};

const blocksInJavaScript: Blocks = {
  implementation: 'JavaScript',
  encode: encodeSnappyBlock,
  decode: decodeSnappyBlock,
  decodeAlone: (input, start, end, length) => {
    const output = Buffer.allocUnsafe(length);
    decodeSnappyBlock(input, start, end, output, 0, length);
    return output;
  },
};

const blocksByPackage = ({ compressSync, uncompressSync }: typeof import('snappy')): Blocks => {
  const decodeAlone = (input: Uint8Array, start: number, end: number, length: number): Buffer => {
    // A buffer that V8 owns: one that the package owns takes three times as long to make and let go.
    const bytes = uncompressSync(input.subarray(start, end), { asBuffer: true, copyOutputData: true });
    if (typeof bytes !== 'string' && bytes.length === length) return bytes;
    throw brokenStream('snappy', 'a block does not hold what it says');
  };
  return {
    implementation: nameAndVersion('snappy'),
    encode: (input, start, end, output, outputAt) => {
      const block = compressSync(input.subarray(start, end), { copyOutputData: true });
      output.set(block, outputAt);
      return outputAt + block.length;
    },
    decode: (input, start, end, output, outputAt, outputEnd) => {
      output.set(decodeAlone(input, start, end, outputEnd - outputAt), outputAt);
    },
    decodeAlone,
  };
};

/** Snappy by the package `snappy`, which has binaries for most machines; null where it has none. */
export const snappyByPackage = (): CodecImplementation | null => {
  const found = optionalPackage('snappy');
  return found === null ? null : snappyBy(blocksByPackage(found as typeof import('snappy')));
};

/** Snappy without anything installed; a few times slower. */
export const snappyInJavaScript = (): CodecImplementation => snappyBy(blocksInJavaScript);

const snappyBy = (blocks: Blocks): CodecImplementation => ({
  implementation: blocks.implementation,
  compress: (bytes) => {
    const blockCount = Math.ceil(bytes.length / BLOCK_BYTES);
    const output = Buffer.allocUnsafe(
      STREAM_HEADER.length + blockCount * (4 + maxSnappyBlockBytes(Math.min(BLOCK_BYTES, bytes.length))),
    );
    let at = STREAM_HEADER.copy(output, 0);
    for (let start = 0; start < bytes.length; start += BLOCK_BYTES) {
      const lengthAt = at;
      at = blocks.encode(bytes, start, Math.min(start + BLOCK_BYTES, bytes.length), output, at + 4);
      output.writeInt32BE(at - lengthAt - 4, lengthAt);
    }
    return output.subarray(0, at);
  },
  decompress: (bytes, maxBytes) => {
    try {
      return hasMagic(bytes) ? decodeStream(blocks, bytes, maxBytes) : decodeRaw(blocks, bytes, maxBytes);
    } catch (error) {
      if (error instanceof CodecError) throw error;
      throw brokenStream('snappy', error instanceof Error ? error.message : String(error), error);
    }
  },
});

const hasMagic = (bytes: Uint8Array): boolean =>
  bytes.length >= STREAM_HEADER.length && MAGIC.equals(bytes.subarray(0, MAGIC.length));

const decodeRaw = (blocks: Blocks, bytes: Uint8Array, maxBytes: number): Buffer => {
  const length = snappyBlockLength(bytes, 0, bytes.length, maxBytes);
  return blocks.decodeAlone(bytes, 0, bytes.length, length);
};

const decodeStream = (blocks: Blocks, bytes: Uint8Array, maxBytes: number): Buffer => {
  const ends: number[] = [];
  let totalBytes = 0;
  let firstStart = -1;
  let firstEnd = -1;
  eachBlock(bytes, (start, end) => {
    if (firstStart < 0) {
      firstStart = start;
      firstEnd = end;
    }
    totalBytes += snappyBlockLength(bytes, start, end, maxBytes);
    if (totalBytes > maxBytes) throw tooLarge('snappy', maxBytes);
    ends.push(totalBytes);
  });
  // Nearly all streams: a batch of the default size is one block.
  if (ends.length === 1 && firstStart >= 0) return blocks.decodeAlone(bytes, firstStart, firstEnd, totalBytes);
  const output = Buffer.allocUnsafe(totalBytes);
  let index = 0;
  eachBlock(bytes, (start, end) => {
    blocks.decode(bytes, start, end, output, ends[index - 1] ?? 0, ends[index] ?? 0);
    index++;
  });
  return output;
};

/** Bounds of each block. Another stream may follow a stream, as if streams were joined. */
const eachBlock = (bytes: Uint8Array, take: (start: number, end: number) => void): void => {
  const view = Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length);
  let at = STREAM_HEADER.length;
  while (at < bytes.length) {
    if (hasMagic(bytes.subarray(at))) {
      at += STREAM_HEADER.length;
      continue;
    }
    if (at + 4 > bytes.length) throw brokenStream('snappy', 'it ends within the length of a block');
    const length = view.readInt32BE(at);
    at += 4;
    if (length < 1 || at + length > bytes.length)
      throw brokenStream('snappy', `a block of ${length} bytes is not whole: ${bytes.length - at} are left`);
    take(at, at + length);
    at += length;
  }
};
