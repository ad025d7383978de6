import { read } from 'node:fs';
import type { Slab } from '../../protocol/slab.ts';
import { readFully } from './batch-walk.ts';
import type { FileCache, LogFile } from './file-cache.ts';

/** Reads [position, position + sizeBytes) of the file into the slab's beginning, blocking. Returns the bytes there were. */
export const readNow = (files: FileCache, file: LogFile, slab: Slab, position: number, sizeBytes: number): number =>
  readFully(files.use(file), slab.bytes, sizeBytes, position);

/** Like `readNow()`, in a thread of the pool, so that a cold file does not hold up other connections. */
export const readSoon = (
  files: FileCache,
  file: LogFile,
  slab: Slab,
  position: number,
  sizeBytes: number,
): Promise<number> =>
  new Promise((resolve, reject) => {
    const descriptor = files.pin(file);
    let filled = 0;
    const next = (): void => {
      read(descriptor, slab.bytes, filled, sizeBytes - filled, position + filled, (error, count) => {
        if (error === null) filled += count;
        if (error === null && count > 0 && filled < sizeBytes) return next();
        files.unpin(file);
        if (error === null) resolve(filled);
        else reject(error);
      });
    };
    next();
  });
