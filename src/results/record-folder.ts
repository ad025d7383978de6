/** The folder of a run's record: `NAME.partial` with a run.json that says so while it goes on, `NAME` when it has ended. */
import { existsSync, mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '../measure/folder.ts';

/** A record that is going on. */
export type RecordFolder = {
  /** Where it is until it ends. */
  readonly partial: string;
  /** Where it will be then. */
  readonly final: string;
  /**
   * Writes the whole run.json and gives the folder its final name. Throws an Error of the file system, and leaves nothing then.
   * @param writeBeside writes what else belongs to the record, before it
   */
  finish(run: unknown, writeBeside?: () => void): void;
  /** Removes what was begun. */
  discard(): void;
};

const mostNames = 1000;

/** A time (ISO 8601) as names of folders begin with it: to the second, without colons. */
export const folderTime = (startedAt: string): string => startedAt.slice(0, 19).replaceAll(':', '-');

/** Writes a document as people can read it. */
const writeJson = (path: string, value: unknown): void => writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);

/** Writes a document beside the file and renames it over it, so that the file is whole at any moment. */
export const replaceJson = (folder: string, fileName: string, value: unknown): void => {
  writeJson(join(folder, `${fileName}.new`), value);
  renameSync(join(folder, `${fileName}.new`), join(folder, fileName));
};

/**
 * Reserves a folder name that no other run has. The folder `NAME.partial` is made first, and only who made it may make `NAME`,
 * so two runs of one second never meet.
 */
const reserve = (resultsDir: string, name: string): { readonly partial: string; readonly final: string } => {
  for (let attempt = 1; attempt <= mostNames; attempt++) {
    const final = join(resultsDir, attempt === 1 ? name : `${name}-${attempt}`);
    const partial = `${final}.partial`;
    try {
      mkdirSync(partial);
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'EEXIST') continue;
      throw error;
    }
    if (!existsSync(final)) return { partial, final };
    rmdirSync(partial);
  }
  throw new Error(`${resultsDir} holds ${mostNames} runs named ${name}: give another --results-dir`);
};

/**
 * Begins a record. Throws an Error of the file system when the folder cannot be made, and leaves nothing then.
 * @param marker run.json until it has ended, which is what a killed run leaves behind
 */
export const openRecordFolder = (resultsDir: string, name: string, marker: unknown): RecordFolder => {
  const folder = resolve(resultsDir);
  makeFolder(folder);
  const { partial, final } = reserve(folder, name);
  const discard = (): void => rmSync(partial, { recursive: true, force: true });
  const orDiscard = (write: () => void): void => {
    try {
      write();
    } catch (error) {
      discard();
      throw error;
    }
  };
  orDiscard(() => writeJson(join(partial, 'run.json'), marker));
  return {
    partial,
    final,
    finish: (run, writeBeside = () => {}) =>
      orDiscard(() => {
        writeBeside();
        replaceJson(partial, 'run.json', run);
        renameSync(partial, final);
      }),
    discard,
  };
};
