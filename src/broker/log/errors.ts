/** An append that the file system refused. The log is as it was before: nothing of the flush is in it. */
export class LogWriteError extends Error {
  override readonly name = 'LogWriteError';
  /** The system's error code: ENOSPC (disk full), EDQUOT (quota), EFBIG (file size limit), EIO, ... */
  readonly code: string;
  /** The file that could not be written. */
  readonly path: string;

  constructor(path: string, cause: unknown) {
    const code = errorCode(cause);
    super(`cannot append to ${path}: ${explainCode(code)}; nothing of this write was kept`, { cause });
    this.code = code;
    this.path = path;
  }
}

/** A read at an offset that the log does not hold (Kafka's OFFSET_OUT_OF_RANGE). */
export class OffsetOutOfRangeError extends Error {
  override readonly name = 'OffsetOutOfRangeError';

  constructor(directory: string, offset: number, logStartOffset: number, highWatermark: number) {
    super(`offset ${offset} is not in ${directory}, which holds ${logStartOffset} to ${highWatermark}`);
  }
}

/** Bytes in a segment that are not a record batch where one must be. */
export class CorruptLogError extends Error {
  override readonly name = 'CorruptLogError';

  constructor(path: string, position: number) {
    super(
      `${path} holds no whole record batch at byte ${position}; stop the broker, remove .kafka_cleanshutdown from its ` +
        'data directory and start it again: recovery cuts the log there',
    );
  }
}

/** A data directory that cannot be used: not writable, in use, or another broker's. The message is one line for the user. */
export class DataDirectoryError extends Error {
  override readonly name = 'DataDirectoryError';
}

/** The system error code of something caught, or `UNKNOWN`. */
export const errorCode = (error: unknown): string =>
  error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : 'UNKNOWN';

const EXPLANATIONS: Readonly<Record<string, string>> = {
  ENOSPC: 'no space left on the device (ENOSPC)',
  EDQUOT: 'the disk quota is used up (EDQUOT)',
  EFBIG: 'the file size limit is reached (EFBIG)',
  EIO: 'the device reported an input/output error (EIO)',
  EROFS: 'the file system is read-only (EROFS)',
  EACCES: 'permission denied (EACCES)',
  EPERM: 'operation not permitted (EPERM)',
  EMFILE: 'too many open files (EMFILE); raise `ulimit -n`',
  EEXIST: 'a file of that name is in the way (EEXIST)',
  ENOTDIR: 'a part of the path is not a directory (ENOTDIR)',
  ENOENT: 'no such file or directory (ENOENT)',
};

/** A system error code in words. */
export const explainCode = (code: string): string => EXPLANATIONS[code] ?? `the system said ${code}`;
