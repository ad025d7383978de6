import { brokenStream } from './codec.ts';

/**
 * Blocks of LZ4 (https://github.com/lz4/lz4/blob/dev/doc/lz4_Block_format.md) in JavaScript: sequences of a token, literals,
 * and a copy of at least 4 bytes from up to 64 KiB before. The last 5 bytes are always literals, and no copy begins in the last 12.
 */

/** Fewest bytes of a copy. */
export const MIN_MATCH = 4;
/** Bytes at the end of a block that are always literals. */
export const LAST_LITERALS = 5;
/** No copy begins in so many bytes at the end. */
export const MATCH_LIMIT = 12;
/** Furthest that a copy reaches back. */
export const MAX_OFFSET = 0xffff;
/** Largest block that is compressed here: every place in it fits 16 bits. */
export const MOST_BLOCK_BYTES = 64 * 1024;

/** Sizes of LZ4's own table for blocks of up to 64 KiB: with them the same matches are found, and blocks are the same byte for byte. */
const HASH_BITS = 13;
/** After 2 to this power of places without a match, every second place is looked at, and so on. */
const SKIP_BITS = 6;
/** Copies of at most so many bytes, whole words, are cheaper as words in a loop than as a call. */
const SHORT_LITERALS = 32;
const SHORT_MATCH = 64;

/** Where each hash of 4 bytes was seen last; used for one block at a time. A hash that was not seen points to the beginning. */
const seenAt = new Uint16Array(1 << HASH_BITS);

/** Largest size that `inputBytes` take as a block. */
export const maxLz4BlockBytes = (inputBytes: number): number => inputBytes + Math.ceil(inputBytes / 255) + 16;

const hashOf = (word: number): number => Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);

/**
 * Compresses a block, [start, end) of at most `MOST_BLOCK_BYTES`, into `output` at `outputAt`, which has room for `maxLz4BlockBytes`;
 * returns the position behind. Looks for matches where LZ4's `LZ4_compress_default` does, and so writes what that writes.
 * One function, as parts of it cost a fifth of its speed: V8 puts only so much in line.
 */
export const encodeLz4Block = (
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputAt: number,
): number => {
  const size = end - start;
  // V8 reads and writes a word at any place of a view with one instruction.
  const block = new DataView(input.buffer, input.byteOffset + start, size);
  const target = new DataView(output.buffer, output.byteOffset, output.length);
  const lastMatchAt = size - MATCH_LIMIT;
  const matchEnd = size - LAST_LITERALS;
  let out = outputAt;
  let literalsAt = 0;
  seenAt.fill(0);
  let at = 1;
  search: while (at <= lastMatchAt) {
    let word = block.getInt32(at, true);
    let from = 0;
    let step = 1;
    for (let tried = 1 << SKIP_BITS; ; tried++) {
      const next = at + step;
      // The next place must have room for a match too.
      if (next > lastMatchAt + 1) break search;
      const hash = hashOf(word);
      from = seenAt[hash] ?? 0;
      seenAt[hash] = at;
      if (block.getInt32(from, true) === word) break;
      at = next;
      step = tried >> SKIP_BITS;
      word = block.getInt32(at, true);
    }
    while (at > literalsAt && from > 0 && block.getUint8(at - 1) === block.getUint8(from - 1)) {
      at--;
      from--;
    }
    const literalBytes = at - literalsAt;
    let tokenAt = out++;
    let token = Math.min(literalBytes, 15) << 4;
    if (literalBytes >= 15) out = writeLength(output, out, literalBytes - 15);
    if (literalBytes > SHORT_LITERALS) output.set(input.subarray(start + literalsAt, start + at), out);
    else
      for (let done = 0; done < literalBytes; done += 4)
        target.setInt32(out + done, block.getInt32(literalsAt + done, true), true);
    out += literalBytes;
    // What follows a match is often one as well; it has no literals.
    for (;;) {
      let to = at + MIN_MATCH;
      let alike = from + MIN_MATCH;
      let difference = 0;
      for (; to <= matchEnd - 4; to += 4, alike += 4) {
        difference = block.getInt32(to, true) ^ block.getInt32(alike, true);
        if (difference !== 0) break;
      }
      // The lowest bit that differs tells the first byte that does.
      if (difference !== 0) to += (31 - Math.clz32(difference & -difference)) >> 3;
      else
        while (to < matchEnd && block.getUint8(to) === block.getUint8(alike)) {
          to++;
          alike++;
        }
      const matchBytes = to - at - MIN_MATCH;
      target.setUint16(out, at - from, true);
      out += 2;
      output[tokenAt] = token | Math.min(matchBytes, 15);
      if (matchBytes >= 15) out = writeLength(output, out, matchBytes - 15);
      at = to;
      literalsAt = to;
      if (at > lastMatchAt) break search;
      seenAt[hashOf(block.getInt32(at - 2, true))] = at - 2;
      word = block.getInt32(at, true);
      const hash = hashOf(word);
      from = seenAt[hash] ?? 0;
      seenAt[hash] = at;
      if (block.getInt32(from, true) !== word) break;
      tokenAt = out++;
      token = 0;
    }
    at++;
  }
  return writeSequence(input, start + literalsAt, end, output, out, 0, 0);
};

/** Writes literals and, unless `offset` is 0, the copy behind them, of `matchBytes` more than the fewest. Returns the position behind. */
export const writeSequence = (
  input: Uint8Array,
  literalsAt: number,
  literalsEnd: number,
  output: Uint8Array,
  outputAt: number,
  offset: number,
  matchBytes: number,
): number => {
  const literalBytes = literalsEnd - literalsAt;
  let out = outputAt;
  output[out++] = (Math.min(literalBytes, 15) << 4) | Math.min(matchBytes, 15);
  if (literalBytes >= 15) out = writeLength(output, out, literalBytes - 15);
  if (literalBytes <= SHORT_LITERALS) {
    for (let at = literalsAt; at < literalsEnd; at++) output[out++] = input[at] ?? 0;
  } else {
    output.set(input.subarray(literalsAt, literalsEnd), out);
    out += literalBytes;
  }
  if (offset === 0) return out;
  output[out++] = offset & 0xff;
  output[out++] = offset >> 8;
  return matchBytes >= 15 ? writeLength(output, out, matchBytes - 15) : out;
};

const writeLength = (output: Uint8Array, outputAt: number, length: number): number => {
  let out = outputAt;
  let rest = length;
  for (; rest >= 255; rest -= 255) output[out++] = 255;
  output[out++] = rest;
  return out;
};

/**
 * Decompresses the block [start, end) into `output` from `outputAt` on, never beyond `outputEnd`; copies may reach back to
 * `windowStart` of the output. Returns the position behind. Throws CodecError.
 */
export const decodeLz4Block = (
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputAt: number,
  outputEnd: number,
  windowStart: number,
): number => {
  const source = new DataView(input.buffer, input.byteOffset, input.length);
  const target = new DataView(output.buffer, output.byteOffset, output.length);
  const wordsEnd = end - SHORT_LITERALS;
  const literalWordsEnd = outputEnd - SHORT_LITERALS;
  const matchWordsEnd = outputEnd - SHORT_MATCH;
  let at = start;
  let out = outputAt;
  for (;;) {
    if (at >= end) throw brokenStream('lz4', 'a block ends without its last literals');
    const token = input[at++] ?? 0;
    let literalBytes = token >> 4;
    if (literalBytes === 15) {
      let byte = 255;
      while (byte === 255 && at < end) {
        byte = input[at++] ?? 0;
        literalBytes += byte;
      }
    }
    if (literalBytes <= SHORT_LITERALS && at <= wordsEnd && out <= literalWordsEnd) {
      for (let done = 0; done < literalBytes; done += 4)
        target.setInt32(out + done, source.getInt32(at + done, true), true);
    } else {
      if (at + literalBytes > end) throw brokenStream('lz4', 'literals end behind their block');
      if (out + literalBytes > outputEnd) throw brokenStream('lz4', 'a block holds more than its frame allows');
      output.set(input.subarray(at, at + literalBytes), out);
    }
    at += literalBytes;
    out += literalBytes;
    if (at === end) return out;
    if (at + 2 > end) throw brokenStream('lz4', 'a block ends within a copy');
    const offset = source.getUint16(at, true);
    at += 2;
    let matchBytes = (token & 15) + MIN_MATCH;
    if (matchBytes === 15 + MIN_MATCH) {
      let byte = 255;
      while (byte === 255 && at < end) {
        byte = input[at++] ?? 0;
        matchBytes += byte;
      }
    }
    const from = out - offset;
    if (offset === 0 || from < windowStart) throw brokenStream('lz4', 'a copy reaches before the beginning');
    if (matchBytes <= SHORT_MATCH && offset >= 4 && out <= matchWordsEnd) {
      for (let done = 0; done < matchBytes; done += 4)
        target.setInt32(out + done, target.getInt32(from + done, true), true);
    } else {
      if (out + matchBytes > outputEnd) throw brokenStream('lz4', 'a block holds more than its frame allows');
      repeatBytes(output, from, out, matchBytes);
    }
    out += matchBytes;
  }
};

/** Copies `length` bytes from `from` to `to` behind it; where they overlap, what lies between is repeated. */
const repeatBytes = (output: Uint8Array, from: number, to: number, length: number): void => {
  let done = Math.min(to - from, length);
  output.copyWithin(to, from, from + done);
  for (let step = 0; done < length; done += step) {
    step = Math.min(done, length - done);
    output.copyWithin(to + done, to, to + step);
  }
};
