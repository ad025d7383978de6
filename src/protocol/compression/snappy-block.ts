import { brokenStream, tooLarge } from './codec.ts';
import { alikeBytes, read32 } from './match-bytes.ts';

/**
 * Raw blocks of Snappy (https://github.com/google/snappy/blob/main/format_description.txt) in JavaScript: the decompressed
 * length as a varint, then literals and copies, told apart by the two low bits of their tag.
 */

const HASH_BITS = 14;
const MIN_MATCH = 4;
/** Copies of fewer bytes than this are cheaper in a loop than as a call. */
const SHORT_COPY = 24;
/** More than a copy of 64 bytes in 3 cannot come out of a byte: a length beyond it is a lie. */
const MOST_FROM_ONE_BYTE = 32;

/** Where each hash of 4 bytes was seen last, plus one; used for one block at a time. */
const seenAt = new Int32Array(1 << HASH_BITS);

/** Largest size that `inputBytes` take as a block. */
export const maxSnappyBlockBytes = (inputBytes: number): number => 32 + inputBytes + Math.ceil(inputBytes / 6);

/**
 * Compresses [start, end), at most 64 KiB, into `output` at `outputAt`, which has room for `maxSnappyBlockBytes`; returns the
 * position behind.
 */
export const encodeSnappyBlock = (
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputAt: number,
): number => {
  let out = writeLength(output, outputAt, end - start);
  let literalsAt = start;
  let at = start;
  const lastMatchAt = end - MIN_MATCH;
  seenAt.fill(0);
  let misses = 0;
  while (at <= lastMatchAt) {
    const word = read32(input, at);
    const hash = Math.imul(word, 0x1e35a7bd) >>> (32 - HASH_BITS);
    const candidate = (seenAt[hash] ?? 0) - 1 + start;
    seenAt[hash] = at - start + 1;
    if (candidate < start || read32(input, candidate) !== word) {
      at += 1 + (misses++ >> 5);
      continue;
    }
    misses = 0;
    const to = at + MIN_MATCH + alikeBytes(input, candidate + MIN_MATCH, at + MIN_MATCH, end);
    out = writeLiterals(input, literalsAt, at, output, out);
    out = writeCopies(output, out, at - candidate, to - at);
    at = to;
    literalsAt = to;
  }
  return writeLiterals(input, literalsAt, end, output, out);
};

const writeLength = (output: Uint8Array, outputAt: number, length: number): number => {
  let out = outputAt;
  let rest = length;
  for (; rest > 0x7f; rest >>>= 7) output[out++] = (rest & 0x7f) | 0x80;
  output[out++] = rest;
  return out;
};

const writeLiterals = (
  input: Uint8Array,
  literalsAt: number,
  literalsEnd: number,
  output: Uint8Array,
  outputAt: number,
): number => {
  const count = literalsEnd - literalsAt;
  let out = outputAt;
  if (count === 0) return out;
  const last = count - 1;
  if (last < 60) {
    output[out++] = last << 2;
  } else if (last < 0x100) {
    output[out++] = 60 << 2;
    output[out++] = last;
  } else {
    output[out++] = 61 << 2;
    output[out++] = last & 0xff;
    output[out++] = last >> 8;
  }
  if (count <= SHORT_COPY) {
    for (let at = literalsAt; at < literalsEnd; at++) output[out++] = input[at] ?? 0;
    return out;
  }
  output.set(input.subarray(literalsAt, literalsEnd), out);
  return out + count;
};

const writeCopies = (output: Uint8Array, outputAt: number, offset: number, length: number): number => {
  let out = outputAt;
  let rest = length;
  while (rest > 0) {
    const count = Math.min(rest, 64);
    if (count >= 4 && count <= 11 && offset < 2048) {
      output[out++] = 1 | ((count - 4) << 2) | ((offset >> 8) << 5);
      output[out++] = offset & 0xff;
    } else {
      output[out++] = 2 | ((count - 1) << 2);
      output[out++] = offset & 0xff;
      output[out++] = offset >> 8;
    }
    rest -= count;
  }
  return out;
};

/** The decompressed length that the block [start, end) says, bytes. Throws CodecError when it is over `maxBytes` or cannot be. */
export const snappyBlockLength = (input: Uint8Array, start: number, end: number, maxBytes: number): number => {
  let length = 0;
  let at = start;
  for (let factor = 1; ; factor *= 128) {
    const byte = input[at++];
    if (byte === undefined || at > end || at - start > 5) throw brokenStream('snappy', 'a block has no length');
    length += (byte & 0x7f) * factor;
    if (byte <= 0x7f) break;
  }
  if (length > maxBytes) throw tooLarge('snappy', maxBytes);
  if (length > (end - start) * MOST_FROM_ONE_BYTE)
    throw brokenStream('snappy', `a block of ${end - start} bytes says that it holds ${length}`);
  return length;
};

/**
 * Decompresses the block [start, end) into `output` from `outputAt` to exactly `outputEnd`, which `snappyBlockLength` told.
 * Throws CodecError.
 */
export const decodeSnappyBlock = (
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputAt: number,
  outputEnd: number,
): void => {
  let at = start;
  while ((input[at++] ?? 0) > 0x7f);
  let out = outputAt;
  while (at < end) {
    const tag = input[at++] ?? 0;
    let length = (tag >> 2) + 1;
    let offset = 0;
    if ((tag & 3) === 0) {
      if (length > 60) {
        const lengthBytes = length - 60;
        length = 1;
        for (let index = 0; index < lengthBytes; index++) length += (input[at++] ?? 0) * 2 ** (8 * index);
      }
      if (at + length > end || out + length > outputEnd)
        throw brokenStream('snappy', 'literals end behind their block');
      if (length <= SHORT_COPY) {
        for (let count = length; count > 0; count--) output[out++] = input[at++] ?? 0;
      } else {
        output.set(input.subarray(at, at + length), out);
        at += length;
        out += length;
      }
      continue;
    }
    if ((tag & 3) === 1) {
      length = ((tag >> 2) & 7) + 4;
      offset = ((tag >> 5) << 8) | (input[at++] ?? 0);
    } else {
      offset = (input[at] ?? 0) | ((input[at + 1] ?? 0) << 8);
      at += 2;
      if ((tag & 3) === 3) {
        offset += (input[at] ?? 0) * 0x1_0000 + (input[at + 1] ?? 0) * 0x100_0000;
        at += 2;
      }
    }
    let from = out - offset;
    if (at > end || offset === 0 || from < outputAt)
      throw brokenStream('snappy', 'a copy reaches before the beginning');
    if (out + length > outputEnd) throw brokenStream('snappy', 'a block holds more than it says');
    if (length > SHORT_COPY && offset >= length) {
      output.copyWithin(out, from, from + length);
      out += length;
    } else {
      for (let count = length; count > 0; count--) output[out++] = output[from++] ?? 0;
    }
  }
  if (out !== outputEnd) throw brokenStream('snappy', 'a block holds less than it says');
};
