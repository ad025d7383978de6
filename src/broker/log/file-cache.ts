import { closeSync, constants, openSync } from 'node:fs';
import { errorCode } from './errors.ts';
import { MAX_OPEN_FILES } from './limits.ts';

/** A segment's file, which the cache opens when it is used and may close when it is not. */
export class LogFile {
  /** Where the file is now: a segment that is replaced or deleted is renamed while it may be open. */
  path: string;
  /** Descriptor while open, else -1. Take it from `FileCache.use()`. */
  descriptor = -1;
  /** Asynchronous operations that hold the descriptor. */
  pinCount = 0;
  /** Whether the file is to be closed as soon as nothing pins it. */
  isClosing = false;
  /** Called when the cache closed the file to make room, so that the owner drops what it keeps for it. */
  readonly onEvicted: () => void;

  constructor(path: string, onEvicted: () => void = () => {}) {
    this.path = path;
    this.onEvicted = onEvicted;
  }
}

/**
 * Keeps a bounded number of segment files open, over all partitions of a broker; the one that was not used for longest is
 * closed first. A pinned file is never closed; pins are bounded by the reads in flight, one for each connection.
 */
export class FileCache {
  readonly #maxOpenFiles: number;
  /** Open files, least recently used first. */
  readonly #open = new Set<LogFile>();
  #newest: LogFile | null = null;

  constructor(options: { readonly maxOpenFiles?: number } = {}) {
    this.#maxOpenFiles = options.maxOpenFiles ?? MAX_OPEN_FILES;
  }

  /** Files open now. */
  get openCount(): number {
    return this.#open.size;
  }

  /** Makes the file, empty, and opens it; see `use()`. Throws the file system's error. */
  create(file: LogFile): number {
    this.close(file);
    return this.#openAndKeep(file, constants.O_RDWR | constants.O_CREAT | constants.O_TRUNC);
  }

  /** The descriptor of the file, opened for reading and writing if need be; valid until the next `use()`. */
  use(file: LogFile): number {
    if (file === this.#newest) return file.descriptor;
    if (file.descriptor >= 0) {
      this.#open.delete(file);
      this.#open.add(file);
      this.#newest = file;
      return file.descriptor;
    }
    return this.#openAndKeep(file, constants.O_RDWR);
  }

  /** Like `use()`, and keeps the file open until a matching `unpin()`. */
  pin(file: LogFile): number {
    const descriptor = this.use(file);
    file.pinCount++;
    return descriptor;
  }

  /** Ends a `pin()`. */
  unpin(file: LogFile): void {
    file.pinCount--;
    if (file.pinCount === 0 && file.isClosing) this.close(file);
  }

  /** Closes the file, at once or when its last pin goes. */
  close(file: LogFile): void {
    if (file.descriptor < 0) return;
    if (file.pinCount > 0) {
      file.isClosing = true;
      return;
    }
    this.#open.delete(file);
    if (this.#newest === file) this.#newest = null;
    const descriptor = file.descriptor;
    file.descriptor = -1;
    file.isClosing = false;
    closeSync(descriptor);
  }

  #openAndKeep(file: LogFile, flags: number): number {
    this.#makeRoom(this.#maxOpenFiles - 1);
    file.descriptor = this.#openFile(file.path, flags);
    file.isClosing = false;
    this.#open.add(file);
    this.#newest = file;
    return file.descriptor;
  }

  #openFile(path: string, flags: number): number {
    try {
      return openSync(path, flags, 0o644);
    } catch (error) {
      // The process may have fewer descriptors left than this cache may use: sockets share them.
      if (errorCode(error) !== 'EMFILE' || this.#open.size === 0) throw error;
      this.#makeRoom(this.#open.size >> 1);
      return openSync(path, flags, 0o644);
    }
  }

  #makeRoom(openCount: number): void {
    for (const file of this.#open) {
      if (this.#open.size <= openCount) return;
      if (file.pinCount > 0) continue;
      this.close(file);
      file.onEvicted();
    }
  }
}
