import { FileCache } from './file-cache.ts';
import { MAX_OPEN_FILES, TAIL_CACHE_BATCHES, TAIL_CACHE_BYTES } from './limits.ts';
import { ReadPool } from './read-pool.ts';
import { TailCache } from './tail-cache.ts';

/** What all partitions of a broker share; spread it into `PartitionLog.open()`. */
export type LogResources = { readonly tailCache: TailCache; readonly files: FileCache; readonly readPool: ReadPool };

/** Makes the shared resources with the bounds of `limits.ts`, or the given ones. */
export const createLogResources = (
  options: {
    readonly tailCacheBytes?: number;
    readonly tailCacheBatches?: number;
    readonly maxOpenFiles?: number;
  } = {},
): LogResources => ({
  tailCache: new TailCache({
    maxBytes: options.tailCacheBytes ?? TAIL_CACHE_BYTES,
    maxBatches: options.tailCacheBatches ?? TAIL_CACHE_BATCHES,
  }),
  files: new FileCache({ maxOpenFiles: options.maxOpenFiles ?? MAX_OPEN_FILES }),
  readPool: new ReadPool(),
});
