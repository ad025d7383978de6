import { createReadStream, type ReadStream } from 'node:fs';
import type { Socket } from 'node:net';
import { descriptorOf, loadSystemCalls } from '../../measure/system-calls.ts';
import type { FileCache } from './file-cache.ts';
import type { LogRead } from './log-read.ts';
import { readNow, readSoon } from './positioned-read.ts';
import type { ReadPool } from './read-pool.ts';
import { type FileRange, type ReadStrategy, sendRead } from './read-strategy.ts';

/** From memory: slices that `find` knows for the range, as the tail cache gives them. */
export const tailCacheStrategy = (find: (range: FileRange) => LogRead): ReadStrategy => ({
  name: 'tail-cache',
  send: (range, socket) => sendRead(find(range), socket),
});

/** A positioned read into a pooled buffer in a thread of the pool, then one write. */
export const positionedReadStrategy = (files: FileCache, pool: ReadPool): ReadStrategy => ({
  name: 'positioned-read',
  send: async ({ file, position, sizeBytes }, socket) => {
    const slab = pool.take(sizeBytes);
    const release = (): void => slab.release();
    let count: number;
    try {
      count = await readSoon(files, file, slab, position, sizeBytes);
    } catch (error) {
      release();
      throw error;
    }
    return sendRead(
      { slices: [slab.bytes.subarray(0, count)], sizeBytes: count, memoryBytes: slab.bytes.length, release },
      socket,
    );
  },
});

/** A positioned read that blocks the event loop: cheapest while the page cache has the file, dangerous when it has not. */
export const blockingReadStrategy = (files: FileCache, pool: ReadPool): ReadStrategy => ({
  name: 'positioned-read-blocking',
  send: ({ file, position, sizeBytes }, socket) => {
    const slab = pool.take(sizeBytes);
    const count = readNow(files, file, slab, position, sizeBytes);
    return sendRead(
      {
        slices: [slab.bytes.subarray(0, count)],
        sizeBytes: count,
        memoryBytes: slab.bytes.length,
        release: () => slab.release(),
      },
      socket,
    );
  },
});

/** Node's own way: a read stream piped into the socket. */
export const readStreamStrategy = (files: FileCache): ReadStrategy => ({
  name: 'read-stream',
  send: async ({ file, position, sizeBytes }, socket) => {
    const fd = files.pin(file);
    try {
      const options = {
        fd,
        autoClose: false,
        start: position,
        end: position + sizeBytes - 1,
        highWaterMark: 256 * 1024,
      };
      await piped(createReadStream(file.path, options), socket);
    } finally {
      files.unpin(file);
    }
  },
});

/** Pipes the stream into a socket that stays open. `stream.pipeline()` would leave listeners on the socket each time. */
const piped = async (stream: ReadStream, socket: Socket): Promise<void> => {
  await new Promise<void>((resolve, reject) => {
    const onClose = (): void => reject(new Error('the socket was closed'));
    socket.once('close', onClose);
    stream.once('error', reject);
    stream.once('end', () => {
      socket.off('close', onClose);
      resolve();
    });
    stream.pipe(socket, { end: false });
  });
  await drained(socket);
};

/** What goes through the stream while sendfile(2) waits for room in the socket. */
const WAITING_WRITE_BYTES = 64 * 1024;

/**
 * sendfile(2) through the optional package koffi: the bytes go from page cache to socket within the kernel. Null where koffi
 * or a Linux C library is missing. It reads synchronously, and needs a plain TCP socket.
 */
export const loadSendfileStrategy = async (files: FileCache, pool: ReadPool): Promise<ReadStrategy | null> => {
  const calls = await loadSystemCalls();
  if (calls === null) return null;
  return {
    name: 'sendfile',
    send: async ({ file, position, sizeBytes }, socket) => {
      const fd = files.pin(file);
      try {
        // What the stream still holds has to leave first, or the bytes would overtake it.
        if (socket.writableLength > 0) await drained(socket);
        const end = position + sizeBytes;
        for (let at = position; at < end; ) {
          const sent = calls.sendfile(descriptorOf(socket), fd, at, end - at);
          if (sent > 0) at += sent;
          else if (sent === 0) throw new Error(`${file.path} ends at byte ${at}, before ${end}`);
          else {
            // The socket is full and only the stream can wait for it: give it the next bytes and let it say when they left.
            const next = { file, position: at, sizeBytes: Math.min(WAITING_WRITE_BYTES, end - at) };
            await blockingReadStrategy(files, pool).send(next, socket);
            at += next.sizeBytes;
          }
        }
      } finally {
        files.unpin(file);
      }
    },
  };
};

/** Resolves when the stream has handed everything to the kernel. */
const drained = (socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.write(Buffer.alloc(0), (error) => (error ? reject(error) : resolve()));
  });
