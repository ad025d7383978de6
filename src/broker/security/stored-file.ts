import { readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { DataDirectoryError, errorCode } from '../log/errors.ts';

/** Readable by the broker's user alone: hashes of passwords are worth guessing at. */
const OWNER_ONLY = 0o600;
const FORMAT_VERSION = 1;

/** A list in a JSON file of the data directory, written whole under another name and renamed. */
export class StoredFile<T> {
  readonly #path: string;
  readonly #isEntry: (value: unknown) => value is T;

  constructor(path: string, isEntry: (value: unknown) => value is T) {
    this.#path = path;
    this.#isEntry = isEntry;
  }

  /**
   * The list; empty when there is no file.
   * @throws DataDirectoryError, one line without what the file holds, when it cannot be read or is damaged.
   */
  read(): readonly T[] {
    let text: string;
    try {
      text = readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (errorCode(error) === 'ENOENT') return [];
      throw new DataDirectoryError(`${this.#path} cannot be read (${errorCode(error)})`, { cause: error });
    }
    const parsed = parse(text);
    if (typeof parsed !== 'object' || parsed === null || !('version' in parsed) || !('entries' in parsed))
      throw this.#damaged('it should hold "version" and "entries"');
    if (parsed.version !== FORMAT_VERSION)
      throw new DataDirectoryError(
        `${this.#path} has format ${String(parsed.version)}, and this version of Spillway reads format ${FORMAT_VERSION}: use the version that wrote it`,
      );
    const { entries } = parsed;
    if (!Array.isArray(entries)) throw this.#damaged('"entries" should be a list');
    return entries.map((entry: unknown, index) => {
      if (!this.#isEntry(entry)) throw this.#damaged(`entry ${index + 1} is not what it should be`);
      return entry;
    });
  }

  /** Writes the list. Throws the file system's error. */
  write(entries: readonly T[]): void {
    const temporary = `${this.#path}.tmp`;
    rmSync(temporary, { force: true });
    const text = JSON.stringify({ version: FORMAT_VERSION, entries }, null, 1);
    writeFileSync(temporary, `${text}\n`, { mode: OWNER_ONLY });
    renameSync(temporary, this.#path);
  }

  #damaged(why: string): DataDirectoryError {
    return new DataDirectoryError(`${this.#path} is damaged (${why}): restore it from a copy, or remove it`);
  }
}

const parse = (text: string): unknown => {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
};
