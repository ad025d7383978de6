/** System calls that Node has no function for, through the optional package koffi. */
import type { Socket } from 'node:net';

/** Calls of a Linux C library. Each throws an Error with the number that the system gave. */
export type SystemCalls = {
  /** sendfile(2): bytes sent from `position` of the file, or -1 when the socket takes none at the moment. */
  readonly sendfile: (socketDescriptor: number, fileDescriptor: number, position: number, sizeBytes: number) => number;
  /** posix_fadvise(2) with POSIX_FADV_DONTNEED: the page cache gives up those pages of a part of a file that are on the disk. */
  readonly dropFromCache: (fileDescriptor: number, position: number, sizeBytes: number) => void;
};

/** Linux: resource temporarily unavailable. */
const tryAgain = 11;
/** POSIX_FADV_DONTNEED on x86, ARM and RISC-V. */
const doNotNeed = 4;

/** The calls; null where koffi or a Linux C library is missing. */
export const loadSystemCalls = async (): Promise<SystemCalls | null> => {
  if (process.platform !== 'linux') return null;
  try {
    const { default: koffi } = await import('koffi');
    const library = koffi.load('libc.so.6');
    // `long` and not `ssize_t`, which koffi does not know.
    const sendfile = library.func('long sendfile(int out, int in, int64_t *offset, size_t count)');
    const advise = library.func('int posix_fadvise(int fd, int64_t offset, int64_t length, int advice)');
    const offset = new BigInt64Array(1);
    return {
      sendfile: (socketDescriptor, fileDescriptor, position, sizeBytes) => {
        offset[0] = BigInt(position);
        const sent = Number(sendfile(socketDescriptor, fileDescriptor, offset, sizeBytes));
        if (sent >= 0) return sent;
        const errno = koffi.errno();
        if (errno === tryAgain) return -1;
        throw new Error(`sendfile failed with errno ${errno}`);
      },
      dropFromCache: (fileDescriptor, position, sizeBytes) => {
        const errno = Number(advise(fileDescriptor, position, sizeBytes, doNotNeed));
        if (errno !== 0) throw new Error(`posix_fadvise failed with errno ${errno}`);
      },
    };
  } catch {
    // Not installed, not built for this machine, or another C library: the calls are not to be had.
    return null;
  }
};

/** The socket's descriptor, which Node has no public way to. Throws an Error when the socket is closed. */
export const descriptorOf = (socket: Socket): number => {
  const handle: unknown = Reflect.get(socket, '_handle');
  const descriptor: unknown = typeof handle === 'object' && handle !== null ? Reflect.get(handle, 'fd') : undefined;
  if (typeof descriptor !== 'number' || descriptor < 0) throw new Error('the socket is closed');
  return descriptor;
};
