/** Keeps the record of a comparison: while it goes on, a folder that says it is partial; then run.json. */
import { renameSync, rmSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '../measure/folder.ts';
import type { RegressionResult } from './regression-result.ts';
import { reserve, runSchemaVersion, writeJson } from './run-record.ts';

/** run.json of a comparison that has ended. */
export type RegressionRun = { readonly isPartial: false } & RegressionResult;

/** The record of a comparison that is going on. */
export type RegressionRecord = {
  /** Writes it under its final name. @returns the result with `runRecord` set; throws an Error of the file system */
  finish(result: RegressionResult): RegressionResult;
  /** Removes what was begun. */
  discard(): void;
};

/** What is known at the start. */
export type RegressionBegin = { readonly startedAt: string; readonly name: string; readonly argv: readonly string[] };

/** Begins a record, `<date>-regress-<workload>.partial`. Throws an Error of the file system when the folder cannot be made. */
export const beginRegressionRecord = (
  resultsDir: string,
  { startedAt, name, argv }: RegressionBegin,
): RegressionRecord => {
  const folder = resolve(resultsDir);
  makeFolder(folder);
  const { partial, final } = reserve(folder, `${startedAt.slice(0, 19).replaceAll(':', '-')}-regress-${name}`);
  const discard = (): void => rmSync(partial, { recursive: true, force: true });
  try {
    const marker = { schemaVersion: runSchemaVersion, isPartial: true, command: 'regress', topic: name };
    writeJson(join(partial, 'run.json'), { ...marker, startedAt, plan: { argv } });
  } catch (error) {
    discard();
    throw error;
  }
  return {
    finish(result) {
      const complete = { ...result, runRecord: final };
      const run: RegressionRun = { isPartial: false, ...complete };
      try {
        writeJson(join(partial, 'run.json.new'), run);
        renameSync(join(partial, 'run.json.new'), join(partial, 'run.json'));
        renameSync(partial, final);
      } catch (error) {
        discard();
        throw error;
      }
      return complete;
    },
    discard,
  };
};
