/** Writes what is kept of a run: a folder with `run.json`, HdrHistogram's percentile files and its interval log. */
import { appendFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { E2eResult } from './e2e-result.ts';
import { folderTime, openRecordFolder } from './record-folder.ts';
import type { ConsumerResult, ProducerResult } from './result.ts';

/** What a test that ended found. */
export type TestResult = ProducerResult | ConsumerResult | E2eResult;

/** Version of run.json that this program writes, and the newest that it reads. */
export const runSchemaVersion = 1;

/** run.json of a run that has not ended, or was killed before it could. */
export type PartialRun = {
  readonly schemaVersion: typeof runSchemaVersion;
  readonly isPartial: true;
  readonly command: string;
  readonly topic: string;
  /** ISO 8601. */
  readonly startedAt: string;
  readonly plan: unknown;
};

/** run.json of a run that ended. */
export type CompleteRun = { readonly isPartial: false } & TestResult;

/** Percentile distributions in milliseconds (`.hgrm`) by what they are of, in camel case; null writes no file. */
export type Distributions = Readonly<Record<string, string | null>>;

/** The record of a run that is going on. */
export type RunRecord = {
  /** Appends to a file beside run.json, which is there from then on; throws an Error of the file system when it cannot be written. */
  append(fileName: string, text: string): void;
  /**
   * Writes the result under its final folder name, with that name in `runRecord`.
   * @returns the result with `runRecord` set; throws an Error of the file system when it cannot be written, and leaves nothing then
   */
  finish<Result extends { readonly runRecord: string | null }>(result: Result, distributions: Distributions): Result;
  /** Removes what was begun: for a test that could not be run. */
  discard(): void;
};

const longestTopicPart = 100;

/** Folder name of a run: date and time to the second, command and topic, in characters that every file system takes. */
const folderName = (startedAt: string, command: string, topic: string): string => {
  const safeTopic = topic.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(0, longestTopicPart);
  return `${folderTime(startedAt)}-${command}-${safeTopic}`;
};

/** `serviceTime` is kept as `service-time`. */
const fileNameOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/**
 * Begins the record of a run: a folder that says it is partial, which is what a killed run leaves behind.
 * Throws an Error of the file system when the folder cannot be made.
 */
export const beginRunRecord = (resultsDir: string, run: Omit<PartialRun, 'schemaVersion' | 'isPartial'>): RunRecord => {
  const marker: PartialRun = { schemaVersion: runSchemaVersion, isPartial: true, ...run };
  const folder = openRecordFolder(resultsDir, folderName(run.startedAt, run.command, run.topic), marker);
  return {
    append: (fileName, text) => appendFileSync(join(folder.partial, fileName), text),
    finish(result, distributions) {
      const complete = { ...result, runRecord: folder.final };
      folder.finish({ isPartial: false, ...complete }, () => {
        for (const [name, text] of Object.entries(distributions))
          if (text !== null) writeFileSync(join(folder.partial, `${fileNameOf(name)}.hgrm`), text);
      });
      return complete;
    },
    discard: folder.discard,
  };
};
