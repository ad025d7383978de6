/** Writes what is kept of a run: a folder with `run.json`, HdrHistogram's percentile files and its interval log. */
import { appendFileSync, existsSync, mkdirSync, renameSync, rmdirSync, rmSync, writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { makeFolder } from '../measure/folder.ts';
import type { E2eResult } from './e2e-result.ts';
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

const mostNames = 1000;
const longestTopicPart = 100;

/** Folder name of a run: date and time to the second, command and topic, in characters that every file system takes. */
const folderName = (startedAt: string, command: string, topic: string): string => {
  const time = startedAt.slice(0, 19).replaceAll(':', '-');
  const safeTopic = topic.replaceAll(/[^A-Za-z0-9._-]+/g, '_').slice(0, longestTopicPart);
  return `${time}-${command}-${safeTopic}`;
};

/** `serviceTime` is kept as `service-time`. */
const fileNameOf = (name: string): string => name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`);

/** Writes a document as people can read it. */
export const writeJson = (path: string, value: unknown): void =>
  writeFileSync(path, `${JSON.stringify(value, null, 2)}\n`);

/**
 * Reserves a folder name that no other run has. The folder `NAME.partial` is made first, and only who made it may make `NAME`,
 * so two runs of one second never meet.
 */
export const reserve = (resultsDir: string, name: string): { readonly partial: string; readonly final: string } => {
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
 * Begins the record of a run: a folder that says it is partial, which is what a killed run leaves behind.
 * Throws an Error of the file system when the folder cannot be made.
 */
export const beginRunRecord = (resultsDir: string, run: Omit<PartialRun, 'schemaVersion' | 'isPartial'>): RunRecord => {
  const folder = resolve(resultsDir);
  makeFolder(folder);
  const { partial, final } = reserve(folder, folderName(run.startedAt, run.command, run.topic));
  const marker: PartialRun = { schemaVersion: runSchemaVersion, isPartial: true, ...run };
  const discard = (): void => rmSync(partial, { recursive: true, force: true });
  try {
    writeJson(join(partial, 'run.json'), marker);
  } catch (error) {
    discard();
    throw error;
  }
  return {
    append: (fileName, text) => appendFileSync(join(partial, fileName), text),
    finish(result, distributions) {
      const complete = { ...result, runRecord: final };
      try {
        for (const [name, text] of Object.entries(distributions))
          if (text !== null) writeFileSync(join(partial, `${fileNameOf(name)}.hgrm`), text);
        // Written beside the marker and renamed over it: a run.json is whole at any moment.
        writeJson(join(partial, 'run.json.new'), { isPartial: false, ...complete });
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
