/** Keeps the record of a comparison: while it goes on, a folder that says it is partial; then run.json. */
import { folderTime, openRecordFolder } from './record-folder.ts';
import type { RegressionResult } from './regression-result.ts';
import { runSchemaVersion } from './run-record.ts';

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
  const marker = { schemaVersion: runSchemaVersion, isPartial: true, command: 'regress', topic: name };
  const folder = openRecordFolder(resultsDir, `${folderTime(startedAt)}-regress-${name}`, {
    ...marker,
    startedAt,
    plan: { argv },
  });
  return {
    finish(result) {
      const complete = { ...result, runRecord: folder.final };
      const run: RegressionRun = { isPartial: false, ...complete };
      folder.finish(run);
      return complete;
    },
    discard: folder.discard,
  };
};
