import { FileCache } from './file-cache.ts';
import { ReadPool } from './read-pool.ts';
import { TailCache } from './tail-cache.ts';

/** What all partitions of a broker share; spread it into `PartitionLog.open()`. */
export type LogResources = { readonly tailCache: TailCache; readonly files: FileCache; readonly readPool: ReadPool };

/** Makes the shared resources with the bounds of `limits.ts`, or the given ones. */
export const createLogResources = (
  options: { readonly tailCacheBytes?: number; readonly maxOpenFiles?: number } = {},
): LogResources => ({
  tailCache: new TailCache(options.tailCacheBytes === undefined ? {} : { maxBytes: options.tailCacheBytes }),
  files: new FileCache(options.maxOpenFiles === undefined ? {} : { maxOpenFiles: options.maxOpenFiles }),
  readPool: new ReadPool(),
});
