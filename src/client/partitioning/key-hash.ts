const SEED = 0x9747b28c;
const MULTIPLIER = 0x5bd1e995;
const SHIFT = 24;

/** The 32-bit MurmurHash2 of bytes as Kafka's Java client computes it (`Utils.murmur2`), signed. */
export const murmur2 = (bytes: Uint8Array): number => {
  const { length } = bytes;
  const wordsEnd = length & ~3;
  let hash = SEED ^ length;
  for (let at = 0; at < wordsEnd; at += 4) {
    let word = byteAt(bytes, at) | (byteAt(bytes, at + 1) << 8);
    word |= (byteAt(bytes, at + 2) << 16) | (byteAt(bytes, at + 3) << 24);
    word = Math.imul(word, MULTIPLIER);
    word ^= word >>> SHIFT;
    hash = Math.imul(hash, MULTIPLIER) ^ Math.imul(word, MULTIPLIER);
  }
  // Nothing is read past the end: V8 does that ten times as slowly.
  const left = length - wordsEnd;
  if (left > 0) {
    if (left > 2) hash ^= byteAt(bytes, wordsEnd + 2) << 16;
    if (left > 1) hash ^= byteAt(bytes, wordsEnd + 1) << 8;
    hash = Math.imul(hash ^ byteAt(bytes, wordsEnd), MULTIPLIER);
  }
  hash ^= hash >>> 13;
  hash = Math.imul(hash, MULTIPLIER);
  return hash ^ (hash >>> 15);
};

const byteAt = (bytes: Uint8Array, at: number): number => bytes[at] ?? 0;

/** The partition of a key among `partitionCount`: that of Java's clients, so that records of a key meet (`BuiltInPartitioner`). */
export const partitionForKey = (key: Uint8Array, partitionCount: number): number =>
  (murmur2(key) & 0x7fffffff) % partitionCount;
