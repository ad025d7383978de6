import { brokenStream } from './codec.ts';
import { alikeBytes, read32 } from './match-bytes.ts';

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
const HASH_BITS = 14;
/** Copies of fewer bytes than this are cheaper in a loop than as a call. */
const SHORT_COPY = 24;

/** Where each hash of 4 bytes was seen last, plus one; used for one block at a time. */
const seenAt = new Int32Array(1 << HASH_BITS);

/** Largest size that `inputBytes` take as a block. */
export const maxLz4BlockBytes = (inputBytes: number): number => inputBytes + Math.ceil(inputBytes / 255) + 16;

/** Compresses [start, end) into `output` at `outputAt`, which has room for `maxLz4BlockBytes`; returns the position behind. */
export const encodeLz4Block = (
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputAt: number,
): number => {
  let out = outputAt;
  let literalsAt = start;
  let at = start;
  const lastMatchAt = end - MATCH_LIMIT;
  const matchEnd = end - LAST_LITERALS;
  seenAt.fill(0);
  let misses = 0;
  while (at <= lastMatchAt) {
    const word = read32(input, at);
    const hash = Math.imul(word, 0x9e3779b1) >>> (32 - HASH_BITS);
    const candidate = (seenAt[hash] ?? 0) - 1 + start;
    seenAt[hash] = at - start + 1;
    if (candidate < start || at - candidate > MAX_OFFSET || read32(input, candidate) !== word) {
      at += 1 + (misses++ >> 6);
      continue;
    }
    misses = 0;
    const to = at + MIN_MATCH + alikeBytes(input, candidate + MIN_MATCH, at + MIN_MATCH, matchEnd);
    out = writeSequence(input, literalsAt, at, output, out, at - candidate, to - at - MIN_MATCH);
    at = to;
    literalsAt = to;
  }
  return writeSequence(input, literalsAt, end, output, out, 0, 0);
};

/** Writes literals and, unless `offset` is 0, the copy behind them. */
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
  if (literalBytes <= SHORT_COPY) {
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
    if (at + literalBytes > end) throw brokenStream('lz4', 'literals end behind their block');
    if (out + literalBytes > outputEnd) throw brokenStream('lz4', 'a block holds more than its frame allows');
    if (literalBytes <= SHORT_COPY) {
      for (let count = literalBytes; count > 0; count--) output[out++] = input[at++] ?? 0;
    } else {
      output.set(input.subarray(at, at + literalBytes), out);
      at += literalBytes;
      out += literalBytes;
    }
    if (at === end) return out;
    if (at + 2 > end) throw brokenStream('lz4', 'a block ends within a copy');
    const offset = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8);
    at += 2;
    let matchBytes = (token & 15) + MIN_MATCH;
    if (matchBytes === 15 + MIN_MATCH) {
      let byte = 255;
      while (byte === 255 && at < end) {
        byte = input[at++] ?? 0;
        matchBytes += byte;
      }
    }
    let from = out - offset;
    if (offset === 0 || from < windowStart) throw brokenStream('lz4', 'a copy reaches before the beginning');
    if (out + matchBytes > outputEnd) throw brokenStream('lz4', 'a block holds more than its frame allows');
    if (matchBytes > SHORT_COPY && offset >= matchBytes) {
      output.copyWithin(out, from, from + matchBytes);
      out += matchBytes;
    } else {
      for (let count = matchBytes; count > 0; count--) output[out++] = output[from++] ?? 0;
    }
  }
};
