/** Reads the small files that flags name, without ever waiting for ever: a pipe may have nobody who writes to it. */
import { accessSync, closeSync, constants, fstatSync, openSync, readFileSync, readSync, statSync } from 'node:fs';
import { quoted } from './usage.ts';

/** Longest time without a byte from a pipe that nobody has opened to write. */
const NO_WRITER_MS = 1000;
/** Longest time without a byte from a pipe that somebody has opened to write. */
const IDLE_WRITER_MS = 10_000;
const WAIT_STEP_MS = 10;
const CHUNK_BYTES = 64 * 1024;
/** Most bytes of a pipe; a file on a disk may be as large as it is. */
const MOST_PIPE_BYTES = 1024 * 1024 * 1024;

/** What is no file of the file system says nothing of: it stands where the system's own code would. */
class InputFileError extends Error {
  readonly code: string;
  constructor(code: 'NO_WRITER' | 'IDLE_WRITER' | 'DEVICE' | 'TOO_LONG') {
    super(code);
    this.code = code;
  }
}

/**
 * Reads a file, a pipe to its end (`<(command)` of a shell names one), or a device that is empty (`/dev/null`).
 * Throws an error that readFailure() puts into words: the file system's, or one for a pipe that stays silent and a device with content.
 */
export function readInputFile(path: string): Buffer {
  // Whoever started this process opened these, a pipe's other end too: when nothing comes from one, nothing will.
  const isOpenAlready = /^\/(dev\/(stdin|fd\/\d+)|proc\/(self|\d+)\/fd\/\d+)$/.test(path);
  // A pipe without a writer would block the process at its opening, where not even a signal is heard.
  const descriptor = openSync(path, constants.O_RDONLY | constants.O_NONBLOCK);
  try {
    const kind = fstatSync(descriptor);
    if (kind.isFIFO()) return readPipe(descriptor, isOpenAlready);
    if (!kind.isCharacterDevice() && !kind.isBlockDevice()) return readFileSync(descriptor);
    if (readSome(descriptor, Buffer.alloc(1)) === 0) return Buffer.alloc(0);
    throw new InputFileError('DEVICE');
  } finally {
    closeSync(descriptor);
  }
}

/**
 * Whether a path names a regular file, which then can be read. Opens nothing: whoever writes to a pipe begins when it is opened, and what
 * is written is lost when it is closed again. Throws the file system's error when there is nothing, or nothing that may be read.
 */
export function isRegularFile(path: string): boolean {
  if (!statSync(path).isFile()) return false;
  accessSync(path, constants.R_OK);
  return true;
}

/** Why a file could not be read, for a message. */
export function readFailure(path: string, error: unknown): string {
  const code = error instanceof Error && 'code' in error ? String(error.code) : '';
  const reasons: Readonly<Record<string, string>> = {
    ENOENT: 'does not exist',
    EACCES: 'may not be read',
    EPERM: 'may not be read',
    EISDIR: 'is a directory',
    ENOTDIR: 'lies under something that is no directory',
    NO_WRITER: 'is a pipe that nobody writes to',
    IDLE_WRITER: `is a pipe that nothing came from for ${IDLE_WRITER_MS / 1000} s`,
    DEVICE: 'is a device',
    TOO_LONG: `is a pipe with more than ${MOST_PIPE_BYTES} bytes: write them to a file first`,
  };
  return `${quoted(path)} ${reasons[code] ?? `cannot be read (${code === '' ? String(error) : code})`}`;
}

/** Bytes that were read; 0 at the end, null when there are none yet. */
function readSome(descriptor: number, into: Buffer): number | null {
  try {
    return readSync(descriptor, into);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EAGAIN') return null;
    throw error;
  }
}

/** @param hadWriter somebody has opened the pipe to write; until then it reads as ended */
function readPipe(descriptor: number, hadWriter: boolean): Buffer {
  let isBegun = hadWriter;
  const chunks: Buffer[] = [];
  let total = 0;
  let silentSinceMs = performance.now();
  for (;;) {
    const chunk = Buffer.alloc(CHUNK_BYTES);
    const length = readSome(descriptor, chunk);
    if (length !== null && length > 0) {
      chunks.push(chunk.subarray(0, length));
      total += length;
      if (total > MOST_PIPE_BYTES) throw new InputFileError('TOO_LONG');
      silentSinceMs = performance.now();
      continue;
    }
    // Nothing yet: there is somebody who can write.
    isBegun ||= length === null;
    if (length === 0 && (isBegun || total > 0)) return Buffer.concat(chunks, total);
    const silentMs = performance.now() - silentSinceMs;
    if (length === 0 && silentMs > NO_WRITER_MS) throw new InputFileError('NO_WRITER');
    if (length === null && silentMs > IDLE_WRITER_MS) throw new InputFileError('IDLE_WRITER');
    Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, WAIT_STEP_MS);
  }
}
