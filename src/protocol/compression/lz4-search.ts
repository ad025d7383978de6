import { LAST_LITERALS, MATCH_LIMIT, MAX_OFFSET, MIN_MATCH, writeSequence } from './lz4-block.ts';
import { alikeBytes, read32 } from './match-bytes.ts';

/**
 * LZ4 blocks that a longer search makes smaller, as LZ4's `HC` does: every place with the same four bytes is looked at, from the nearest
 * on, and a match waits for the next position to have a longer one.
 */

const HASH_BITS = 15;
/** Places that are looked at for a position at most, whatever the level: LZ4's own library ends at level 12, too. */
const MOST_LEVEL = 12;
/** A match of so many bytes is taken as it is: a longer one would save nothing that shows, and take long to compare. */
const ENOUGH_BYTES = 256;

/** Last place of each hash, plus one, and for each place (by its low 16 bits) the one before; used for one block at a time. */
const lastAt = new Int32Array(1 << HASH_BITS);
const placeBefore = new Int32Array(MAX_OFFSET + 1);

/** The best match of the last search. */
let matchAt = 0;
let matchBytes = 0;

/** Files a place under its four bytes. */
const file = (input: Uint8Array, start: number, at: number): void => {
  const hash = Math.imul(read32(input, at), 0x9e3779b1) >>> (32 - HASH_BITS);
  placeBefore[(at - start) & MAX_OFFSET] = lastAt[hash] ?? 0;
  lastAt[hash] = at - start + 1;
};

/** Looks for the longest match of what stands at `at`, which is filed already; its length is 0 when there is none. */
const search = (input: Uint8Array, start: number, at: number, end: number, places: number): void => {
  const word = read32(input, at);
  matchBytes = 0;
  let candidate = (placeBefore[(at - start) & MAX_OFFSET] ?? 0) - 1;
  for (let left = places; left > 0 && candidate >= 0; left--) {
    const from = candidate + start;
    if (at - from > MAX_OFFSET) return;
    // A longer match has the byte at which the best so far ends, so one comparison tells most that are not.
    if (input[from + matchBytes] === input[at + matchBytes] && read32(input, from) === word) {
      const alike = alikeBytes(input, from, at, end);
      if (alike > matchBytes) {
        matchBytes = alike;
        matchAt = from;
        if (alike >= ENOUGH_BYTES || at + alike >= end) return;
      }
    }
    const before = (placeBefore[candidate & MAX_OFFSET] ?? 0) - 1;
    // What stands there may be of a later place by now, in blocks of more than 64 KiB.
    if (before >= candidate) return;
    candidate = before;
  }
};

/**
 * Compresses [start, end) into `output` at `outputAt`, which has room for `maxLz4BlockBytes`; returns the position behind.
 * @param level 1 to 17; each looks at twice as many places as the one before, up to 12
 */
export const encodeLz4BlockAtLevel = (
  input: Uint8Array,
  start: number,
  end: number,
  output: Uint8Array,
  outputAt: number,
  level: number,
): number => {
  const places = 1 << (Math.min(level, MOST_LEVEL) - 1);
  const lastMatchAt = end - MATCH_LIMIT;
  const matchEnd = end - LAST_LITERALS;
  lastAt.fill(0);
  let out = outputAt;
  let literalsAt = start;
  let at = start;
  while (at <= lastMatchAt) {
    file(input, start, at);
    search(input, start, at, matchEnd, places);
    if (matchBytes < MIN_MATCH) {
      at++;
      continue;
    }
    let from = matchAt;
    let length = matchBytes;
    let filedTo = at;
    while (at < lastMatchAt && length < ENOUGH_BYTES) {
      filedTo = at + 1;
      file(input, start, filedTo);
      search(input, start, filedTo, matchEnd, places);
      if (matchBytes <= length) break;
      at++;
      from = matchAt;
      length = matchBytes;
    }
    out = writeSequence(input, literalsAt, at, output, out, at - from, length - MIN_MATCH);
    const next = at + length;
    for (let place = filedTo + 1; place < next && place <= lastMatchAt; place++) file(input, start, place);
    at = next;
    literalsAt = next;
  }
  return writeSequence(input, literalsAt, end, output, out, 0, 0);
};
