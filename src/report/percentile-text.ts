/** Reads `.hgrm` files, HdrHistogram's percentile text, for charts. */

/** A point of a distribution: the part of records, 0 to 1, that took no longer than so many milliseconds. */
export type DistributionPoint = { readonly part: number; readonly ms: number };

/** Reads HdrHistogram's percentile text; lines that are no points are left out. */
export const readDistribution = (text: string): readonly DistributionPoint[] =>
  text.split('\n').flatMap((line) => {
    const match = /^\s*(\d+(?:\.\d+)?)\s+([01](?:\.\d+)?)\s+\d+/.exec(line);
    return match === null ? [] : [{ ms: Number(match[1]), part: Number(match[2]) }];
  });
