import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PRODUCER_ID_BLOCK } from './limits.ts';
import { writeTextFile } from './log/checkpoint-files.ts';
import { DataDirectoryError } from './log/errors.ts';

const FILE = 'producer-ids';

/** Hands out producer ids (KIP-98), never one twice in the life of a data directory: blocks are reserved on disk before use. */
export class ProducerIds {
  readonly #path: string;
  #next: number;
  #reservedUpTo: number;

  /** @throws DataDirectoryError when the file of a former run cannot be understood. */
  constructor(directory: string) {
    this.#path = join(directory, FILE);
    this.#next = readNext(this.#path);
    this.#reservedUpTo = this.#next;
  }

  /** A new id. Throws what the file system says when a block cannot be reserved. */
  take(): number {
    if (this.#next === this.#reservedUpTo) {
      writeTextFile(this.#path, `${this.#next + PRODUCER_ID_BLOCK}\n`);
      this.#reservedUpTo = this.#next + PRODUCER_ID_BLOCK;
    }
    return this.#next++;
  }
}

const readNext = (path: string): number => {
  if (!existsSync(path)) return 0;
  const text = readFileSync(path, 'utf8').trim();
  if (!/^\d{1,15}$/.test(text))
    throw new DataDirectoryError(`${path} must hold one number; got ${JSON.stringify(text.slice(0, 40))}`);
  return Number(text);
};
