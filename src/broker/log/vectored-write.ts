import { writeSync, writevSync } from 'node:fs';

/** The write call: bytes taken by one vectored write at a position. Tests put in one that fails. */
export type WriteVector = (descriptor: number, buffers: readonly Buffer[], position: number) => number;

/** pwrite(2) for one buffer, pwritev(2) for several. */
export const systemWrite: WriteVector = (descriptor, buffers, position) => {
  const [only] = buffers;
  if (buffers.length === 1 && only !== undefined) return writeSync(descriptor, only, 0, only.length, position);
  return writevSync(descriptor, buffers, position);
};

/** Writes all buffers at `position`, going on where the system took only a part. Throws the system's error. */
export const writeAll = (write: WriteVector, descriptor: number, buffers: Buffer[], position: number): void => {
  let remaining: readonly Buffer[] = buffers;
  let at = position;
  while (remaining.length > 0) {
    let taken = write(descriptor, remaining, at);
    at += taken;
    let whole = 0;
    for (const buffer of remaining) {
      if (taken < buffer.length) break;
      taken -= buffer.length;
      whole++;
    }
    if (whole === 0 && taken === 0) throw Object.assign(new Error('the system took no bytes'), { code: 'EIO' });
    remaining = remaining.slice(whole);
    const [partial, ...rest] = remaining;
    if (taken > 0 && partial !== undefined) remaining = [partial.subarray(taken), ...rest];
  }
};
