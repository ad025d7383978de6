/** Looks at a payload file before a test starts. */
import { readFileSync, statSync } from 'node:fs';
import { splitPayloads } from '../load/payload.ts';

/**
 * Length of the longest value in a payload file, bytes; 0 when it holds none, null when that cannot be known: a pipe can be read once,
 * and the load does that. Throws the file system's error when the file cannot be read.
 */
export const longestValueBytes = (path: string, delimiter: string): number | null => {
  if (!statSync(path).isFile()) return null;
  return splitPayloads(readFileSync(path), delimiter).reduce((longest, value) => Math.max(longest, value.length), 0);
};
