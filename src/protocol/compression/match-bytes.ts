/** Four bytes as one number, for hashes and comparisons; the order of the bytes is the same for all. */
export const read32 = (bytes: Uint8Array, at: number): number =>
  (bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8) | ((bytes[at + 2] ?? 0) << 16) | ((bytes[at + 3] ?? 0) << 24);

/** How many bytes are alike from both positions on, the later one up to `end`. */
export const alikeBytes = (bytes: Uint8Array, earlier: number, later: number, end: number): number => {
  let from = earlier;
  let to = later;
  while (to < end && bytes[from] === bytes[to]) {
    from++;
    to++;
  }
  return to - later;
};
