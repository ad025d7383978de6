/** Numbers from 0 up to 1, without 1. */
export type Random = () => number;

/** The same numbers for the same seed (a 32-bit linear congruence with its bits mixed): good enough to choose partitions by. */
export const seededRandom = (seed: number): Random => {
  let state = Math.imul(seed ^ 0x9e37_79b9, 0x85eb_ca6b) | 0;
  return () => {
    state = (Math.imul(state, 0x6c07_8965) + 0x3039) | 0;
    let mixed = state ^ (state >>> 16);
    mixed = Math.imul(mixed, 0x45d9_f3b);
    mixed ^= mixed >>> 15;
    return (mixed >>> 0) / 0x1_0000_0000;
  };
};
