/** Whether a codec can be done here. */
import { codecImplementation, codecsReady } from '../../drivers/compressibility.ts';
import { TestFailure } from '../failure.ts';
import type { CodecChoice } from './plan.ts';

/** Rejects with a TestFailure (wrong usage) that names the first codec which nothing installed can do. */
export const requireCodecs = async (codecs: readonly CodecChoice[]): Promise<void> => {
  for (const { name, properties } of codecs) {
    try {
      if (properties['compression.type'] === 'zstd') await codecsReady();
      codecImplementation(properties['compression.type'] ?? 'none');
    } catch (error) {
      throw new TestFailure(
        `${name} is not installed: Node 22.15 or later has zstd, and the optional packages of Spillway have all codecs; leave it out of --codecs, or install again with them`,
        { cause: error, isUsage: true },
      );
    }
  }
};
