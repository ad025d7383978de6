import type { Socket } from 'node:net';
import type { LogFile } from './file-cache.ts';
import type { LogRead } from './log-read.ts';

/** Part of a segment's file, [position, position + sizeBytes). */
export type FileRange = { readonly file: LogFile; readonly position: number; readonly sizeBytes: number };

/**
 * A way to bring stored batches to a consumer's socket. `PartitionLog.read()` uses the tail cache and positioned reads; the
 * others stand behind the same interface so that `npm run bench` compares all of them on the machine at hand.
 */
export type ReadStrategy = {
  readonly name: 'tail-cache' | 'positioned-read' | 'positioned-read-blocking' | 'read-stream' | 'sendfile';
  /** Sends the range's bytes; resolves when the socket has taken all of them. Rejects with the system's error. */
  send(range: FileRange, socket: Socket): Promise<void>;
};

/** Writes a read's slices with one corked write; resolves, with the read released, when the socket has taken them. */
export const sendRead = (read: LogRead, socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    const lastIndex = read.slices.length - 1;
    if (lastIndex < 0) {
      read.release();
      return resolve();
    }
    socket.cork();
    for (const [index, slice] of read.slices.entries()) {
      if (index < lastIndex) socket.write(slice);
      else
        socket.write(slice, (error) => {
          read.release();
          if (error) reject(error);
          else resolve();
        });
    }
    socket.uncork();
  });
