/** The ways to bring stored bytes to a socket, each for ranges of a megabyte that lie in memory or in the page cache. */
import { createReadStream, read, readSync } from 'node:fs';
import type { Socket } from 'node:net';
import { descriptorOf, type SystemCalls } from '../../measure/system-calls.ts';
import { fetchBytes } from './catalogue.ts';
import type { Part, Reader } from './read-tasks.ts';
import type { IoTask } from './task.ts';

/** What goes through the stream while sendfile(2) waits for room in the socket. */
const waitingBytes = 64 * 1024;
/** As the broker's read streams have it. */
const streamBytes = 256 * 1024;

/** Writes to a socket; resolves when the system has taken the bytes. */
const written = (socket: Socket, bytes: Uint8Array): Promise<void> =>
  new Promise((resolve, reject) => {
    socket.write(bytes, (error) => (error ? reject(error) : resolve()));
  });

/** Reads in a thread of the pool, as a broker does that has other connections to serve. Resolves to the number of bytes. */
const readSoon = (descriptor: number, buffer: Buffer, position: number): Promise<number> =>
  new Promise((resolve, reject) => {
    read(descriptor, buffer, 0, fetchBytes, position, (error, count) =>
      error === null ? resolve(count) : reject(error),
    );
  });

/** The positions of a part's ranges, one after the other, again and again. */
const rangesOf = ({ position, sizeBytes }: Part): (() => number) => {
  let next = 0;
  return () => {
    if (next + fetchBytes > sizeBytes) next = 0;
    next += fetchBytes;
    return position + next - fetchBytes;
  };
};

const streamed = (descriptor: number, start: number, socket: Socket): Promise<void> =>
  new Promise((resolve, reject) => {
    const options = {
      fd: descriptor,
      autoClose: false,
      start,
      end: start + fetchBytes - 1,
      highWaterMark: streamBytes,
    };
    const stream = createReadStream('', options);
    stream.once('error', reject);
    stream.once('end', () => resolve(written(socket, Buffer.alloc(0))));
    stream.pipe(socket, { end: false });
  });

const sentFile = async (
  { sendfile }: SystemCalls,
  { descriptor, buffer }: Reader,
  start: number,
  socket: Socket,
): Promise<void> => {
  const end = start + fetchBytes;
  for (let at = start; at < end; ) {
    const sent = sendfile(descriptorOf(socket), descriptor, at, end - at);
    if (sent === 0) throw new Error(`the file ends at byte ${at}`);
    if (sent > 0) at += sent;
    else {
      // The socket is full, and only the stream can wait for it.
      const count = readSync(descriptor, buffer, 0, Math.min(waitingBytes, end - at), at);
      await written(socket, buffer.subarray(0, count));
      at += count;
    }
  }
};

/**
 * The tasks that send, by the measure's name; sendfile is null without its system call.
 * @param socket connected, to somebody who takes all bytes
 */
export const createSocketTasks = (
  socket: Socket,
  cached: Reader,
  bytes: Buffer,
  calls: SystemCalls | null,
): Readonly<Record<string, IoTask | null>> => {
  const next = rangesOf(cached.part);
  const nextInMemory = rangesOf({ position: 0, sizeBytes: bytes.length });
  const buffer = Buffer.allocUnsafeSlow(fetchBytes);
  const task = (call: () => Promise<void>): IoTask => ({ isAsync: true, call });
  return {
    'socket-memory': task(() => {
      const at = nextInMemory();
      return written(socket, bytes.subarray(at, at + fetchBytes));
    }),
    'socket-read': task(async () => {
      const count = await readSoon(cached.descriptor, buffer, next());
      await written(socket, buffer.subarray(0, count));
    }),
    'socket-stream': task(() => streamed(cached.descriptor, next(), socket)),
    'socket-sendfile': calls === null ? null : task(() => sentFile(calls, cached, next(), socket)),
  };
};
