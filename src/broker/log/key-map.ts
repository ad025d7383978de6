import { randomBytes } from 'node:crypto';

/** Numbers of 32 bits that a key is told from others by: 128 bits in all, as in Kafka's `SkimpyOffsetMap`. */
const LANES = 4;

/** Share of the slots that is filled at most: look-ups stay short. */
const MAX_LOAD = 0.75;

/**
 * The last offset of each key in a part of a log, by a hash of the key: 24 bytes a slot, however long the keys are. The hash
 * is seeded anew for each map.
 */
export class KeyMap {
  /** Keys that it takes. */
  readonly maxKeys: number;
  #count = 0;
  readonly #mask: number;
  readonly #hashes: Uint32Array;
  /** Offset + 1 by slot; 0 is an empty slot. */
  readonly #offsets: Float64Array;
  readonly #seeds: Uint32Array;
  readonly #hash = new Uint32Array(LANES);

  constructor(maxKeys: number) {
    const slots = 2 ** Math.max(4, Math.ceil(Math.log2(maxKeys / MAX_LOAD)));
    this.maxKeys = Math.floor(slots * MAX_LOAD);
    this.#mask = slots - 1;
    this.#hashes = new Uint32Array(slots * LANES);
    this.#offsets = new Float64Array(slots);
    const random = randomBytes(LANES * 8);
    this.#seeds = Uint32Array.from({ length: LANES * 2 }, (_, index) => random.readUInt32LE(index * 4) | 1);
  }

  /** Number of keys. */
  get count(): number {
    return this.#count;
  }

  /** Sets the offset of the key at [start, end). The caller sees to it that `count` stays below `maxKeys`. */
  put(bytes: Uint8Array, start: number, end: number, offset: number): void {
    const slot = this.#slotOf(bytes, start, end);
    if (this.#offsets[slot] === 0) {
      if (this.#count === this.maxKeys) throw new RangeError(`a key map for ${this.maxKeys} keys is full`);
      this.#count++;
      for (let lane = 0; lane < LANES; lane++) this.#hashes[slot * LANES + lane] = this.#hash[lane] ?? 0;
    }
    this.#offsets[slot] = offset + 1;
  }

  /** The offset of the key at [start, end); -1 when it is not known. */
  get(bytes: Uint8Array, start: number, end: number): number {
    return (this.#offsets[this.#slotOf(bytes, start, end)] ?? 0) - 1;
  }

  /** The key's slot, or the empty one where it belongs. */
  #slotOf(bytes: Uint8Array, start: number, end: number): number {
    this.#digest(bytes, start, end);
    const [h0 = 0, h1 = 0, h2 = 0, h3 = 0] = this.#hash;
    const hashes = this.#hashes;
    let slot = h0 & this.#mask;
    while (this.#offsets[slot] !== 0) {
      const at = slot * LANES;
      if (hashes[at] === h0 && hashes[at + 1] === h1 && hashes[at + 2] === h2 && hashes[at + 3] === h3) return slot;
      slot = (slot + 1) & this.#mask;
    }
    return slot;
  }

  /** Four hashes at once, each with seeds of its own: words are multiplied in and rotated, the end is mixed. */
  #digest(bytes: Uint8Array, start: number, end: number): void {
    const [s0 = 1, s1 = 1, s2 = 1, s3 = 1, m0 = 1, m1 = 1, m2 = 1, m3 = 1] = this.#seeds;
    let h0 = s0 ^ (end - start);
    let h1 = s1;
    let h2 = s2;
    let h3 = s3;
    for (let at = start; at < end; at += 4) {
      let word = bytes[at] ?? 0;
      if (at + 1 < end) word |= (bytes[at + 1] ?? 0) << 8;
      if (at + 2 < end) word |= (bytes[at + 2] ?? 0) << 16;
      if (at + 3 < end) word |= (bytes[at + 3] ?? 0) << 24;
      h0 = Math.imul((h0 << 13) | (h0 >>> 19), m0) ^ word;
      h1 = Math.imul(((h1 << 15) | (h1 >>> 17)) ^ word, m1);
      h2 = Math.imul(((h2 << 11) | (h2 >>> 21)) + word, m2);
      h3 = Math.imul(((h3 << 17) | (h3 >>> 15)) ^ Math.imul(word, m0), m3);
    }
    this.#hash[0] = mixed(h0 ^ h2);
    this.#hash[1] = mixed(h1 + h3);
    this.#hash[2] = mixed(h2 ^ h1);
    this.#hash[3] = mixed(h3 + h0);
  }
}

const mixed = (value: number): number => {
  let h = value ^ (value >>> 16);
  h = Math.imul(h, 0x7feb352d);
  h ^= h >>> 15;
  h = Math.imul(h, 0x846ca68b);
  return h ^ (h >>> 16);
};
