/** Keeps what io-test found, and finds what it found on this machine before. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isSameMachine } from '../measure/same-machine.ts';
import type { IoTestResult, PartialIoTest } from './io-test-result.ts';
import { folderTime, openRecordFolder } from './record-folder.ts';
import type { Environment } from './result.ts';

/** The record of an io-test that is going on. */
export type IoTestRecord = {
  /** Writes the result under its final name. @returns it with `runRecord` set; throws an Error of the file system */
  finish(result: IoTestResult): IoTestResult;
  /** Removes what was begun. */
  discard(): void;
};

/** Begins a record, `<date>-io-test.partial`. Throws an Error of the file system when the folder cannot be made. */
export const beginIoTestRecord = (resultsDir: string, head: Omit<PartialIoTest, 'isPartial'>): IoTestRecord => {
  const marker: PartialIoTest = { isPartial: true, ...head };
  const folder = openRecordFolder(resultsDir, `${folderTime(head.startedAt)}-io-test`, marker);
  return {
    finish(result) {
      const complete = { ...result, runRecord: folder.final };
      folder.finish(complete);
      return complete;
    },
    discard: folder.discard,
  };
};

/** Names of records of io-test, which end so or with a number behind it. */
const isIoTestName = (name: string): boolean => /^\d{4}-\d\d-\d\dT.*-io-test(-\d+)?$/.test(name);

/** Older records are not looked at. */
const mostRead = 20;

/** run.json of an io-test that ended; null for anything else. */
export const ioTestOf = (run: unknown): IoTestResult | null => {
  if (typeof run !== 'object' || run === null) return null;
  if (!('command' in run) || run.command !== 'io-test' || !('isPartial' in run) || run.isPartial !== false) return null;
  if (!('schemaVersion' in run) || run.schemaVersion !== 1 || !('measures' in run) || !Array.isArray(run.measures))
    return null;
  // The one place where bytes become an io-test: version 1 is what finish() writes.
  return run as IoTestResult;
};

const readIoTest = (path: string): IoTestResult | null => {
  try {
    return ioTestOf(JSON.parse(readFileSync(path, 'utf8')));
  } catch {
    // Cut off, gone or not readable: spillway list says so, and a test that looks for limits has none from it.
    return null;
  }
};

/** What io-test found on this machine, the latest first; none when there is no results directory. Never throws. */
export const ioTestsOf = (resultsDir: string, environment: Environment): readonly IoTestResult[] => {
  let names: readonly string[];
  try {
    names = readdirSync(resultsDir);
  } catch {
    // Nothing is kept there.
    return [];
  }
  return names
    .filter(isIoTestName)
    .toSorted()
    .reverse()
    .slice(0, mostRead)
    .map((name) => readIoTest(join(resultsDir, name, 'run.json')))
    .filter((found) => found !== null)
    .filter((found) => isSameMachine(found.environment, environment));
};
