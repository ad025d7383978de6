const PRIME_1 = 0x9e3779b1;
const PRIME_2 = 0x85ebca77;
const PRIME_3 = 0xc2b2ae3d;
const PRIME_4 = 0x27d4eb2f;
const PRIME_5 = 0x165667b1;

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

const read32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);

const round = (sum: number, word: number): number =>
  Math.imul(rotate((sum + Math.imul(word, PRIME_2)) | 0, 13), PRIME_1);

/** XXH32 of [start, end) with seed 0, unsigned: the checksum of LZ4 frames (https://github.com/Cyan4973/xxHash, xxhash_spec). */
export const xxh32 = (bytes: Uint8Array, start: number, end: number): number => {
  let at = start;
  let hash = PRIME_5;
  if (end - start >= 16) {
    let [first, second, third, fourth] = [(PRIME_1 + PRIME_2) | 0, PRIME_2, 0, -PRIME_1 | 0];
    for (; at + 16 <= end; at += 16) {
      first = round(first, read32(bytes, at));
      second = round(second, read32(bytes, at + 4));
      third = round(third, read32(bytes, at + 8));
      fourth = round(fourth, read32(bytes, at + 12));
    }
    hash = rotate(first, 1) + rotate(second, 7) + rotate(third, 12) + rotate(fourth, 18);
  }
  hash = (hash + (end - start)) | 0;
  for (; at + 4 <= end; at += 4)
    hash = Math.imul(rotate((hash + Math.imul(read32(bytes, at), PRIME_3)) | 0, 17), PRIME_4);
  for (; at < end; at++) hash = Math.imul(rotate((hash + Math.imul(bytes[at] ?? 0, PRIME_5)) | 0, 11), PRIME_1);
  hash = Math.imul(hash ^ (hash >>> 15), PRIME_2);
  hash = Math.imul(hash ^ (hash >>> 13), PRIME_3);
  return (hash ^ (hash >>> 16)) >>> 0;
};
