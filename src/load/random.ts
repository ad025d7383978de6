/** Randomness that is the same again for the same seed: everything random about a load comes from here. */

/** Spreads the bits of a record's index and the seed over 32 bits (the finishing steps of MurmurHash3, public domain). */
export const spread = (index: number, seed: number): number => {
  // An index of 2^32 and more differs from its remainder in the upper half alone.
  let bits = (index ^ Math.imul((index / 0x1_0000_0000) | 0, 0x9e3779b9) ^ seed) | 0;
  bits = Math.imul(bits ^ (bits >>> 16), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return (bits ^ (bits >>> 16)) >>> 0;
};

/** A seed for one of several uses or producers that share a seed, so that their streams have nothing in common. */
export const derivedSeed = (seed: number, use: number): number => spread(use + 1, spread(seed, 0x5eed));

/** The next number of a stream: 32 even bits, 0 to 2^32 - 1. */
export type Random = () => number;

/** A stream of random numbers (SplitMix32). */
export const createRandom = (seed: number): Random => {
  let state = seed | 0;
  return () => {
    state = (state + 0x9e3779b9) | 0;
    let bits = Math.imul(state ^ (state >>> 16), 0x21f0aaad);
    bits = Math.imul(bits ^ (bits >>> 15), 0x735a2d97);
    return (bits ^ (bits >>> 15)) >>> 0;
  };
};

/** 32 random bits as a number above 0 and below 1. */
export const unitOf = (bits: number): number => (bits + 0.5) / 2 ** 32;

/** 32 random bits as a whole number from 0 to `count - 1`, even to one part in 2^32 / `count`. */
export const below = (bits: number, count: number): number => Math.floor((bits / 2 ** 32) * count);
