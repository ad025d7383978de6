import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { isUuid, type Uuid } from '../protocol/uuid.ts';
import { writeTextFile } from './log/checkpoint-files.ts';
import { DataDirectoryError, errorCode } from './log/errors.ts';

/** A topic as `topics.json` holds it. */
export type StoredTopic = {
  readonly name: string;
  readonly id: Uuid;
  readonly partitionCount: number;
  /** What was given for the topic, by Kafka's names. */
  readonly config: Readonly<Record<string, string>>;
  /** Its folders are being made: a start that finds this removes them. */
  readonly isCreating?: boolean;
  /** Folders from `partitionCount` up to this many are being made: a start that finds this removes them. */
  readonly growsTo?: number;
  /** Its folders are being removed: a start that finds this finishes the work. */
  readonly isDeleting?: boolean;
};

/** All that `topics.json` holds. */
export type StoredState = {
  readonly topics: readonly StoredTopic[];
  /** What clients have given this broker, by Kafka's names. */
  readonly brokerConfig?: Readonly<Record<string, string>>;
  /** What clients have given all brokers of the cluster. */
  readonly clusterConfig?: Readonly<Record<string, string>>;
};

const FILE = 'topics.json';
const FORMAT_VERSION = 1;

/** After a write, the next one waits so many times as long as it took: making thousands of topics is not slowed by the file. */
const REST_FACTOR = 2;

/** Writes `topics.json`; changes that come together are written once. */
export class TopicStore {
  readonly #path: string;
  readonly #state: () => StoredState;
  #next: Promise<void> | null = null;
  #notBeforeMs = 0;

  /** @param state gives what is to be written, at the moment it is. */
  constructor(directory: string, state: () => StoredState) {
    this.#path = join(directory, FILE);
    this.#state = state;
  }

  /** Writes the state as it is soon; resolves once it is in the file. Rejects with the file system's error. */
  save(): Promise<void> {
    this.#next ??= new Promise((resolve, reject) => {
      const write = (): void => {
        this.#next = null;
        const startMs = performance.now();
        try {
          const text = JSON.stringify({ version: FORMAT_VERSION, ...this.#state() }, null, 1);
          writeTextFile(this.#path, `${text}\n`);
          resolve();
        } catch (error) {
          reject(error);
        }
        const endMs = performance.now();
        this.#notBeforeMs = endMs + (endMs - startMs) * REST_FACTOR;
      };
      const waitMs = this.#notBeforeMs - performance.now();
      if (waitMs > 1) setTimeout(write, waitMs);
      else setImmediate(write);
    });
    return this.#next;
  }
}

/**
 * Reads `topics.json`; no topics when there is none.
 * @throws DataDirectoryError, one line that says what to do, when it cannot be read, is damaged or has another format.
 */
export const readState = (directory: string): StoredState => {
  const file = join(directory, FILE);
  if (!existsSync(file)) return { topics: [] };
  const parsed = parseFile(file);
  if (typeof parsed !== 'object' || parsed === null || !('version' in parsed) || !('topics' in parsed))
    throw damaged(file, 'it should hold "version" and "topics"');
  if (parsed.version !== FORMAT_VERSION)
    throw new DataDirectoryError(
      `${file} has format ${String(parsed.version)}, and this version of Spillway reads format ${FORMAT_VERSION}: use the version that wrote it`,
    );
  const { topics } = parsed;
  if (!Array.isArray(topics)) throw damaged(file, '"topics" should be a list');
  return {
    topics: topics.map((topic: unknown, index) => {
      if (isStoredTopic(topic)) return topic;
      throw damaged(file, `topic ${index + 1} of the list lacks a name, id, partitionCount or config`);
    }),
    brokerConfig: 'brokerConfig' in parsed && isTexts(parsed.brokerConfig) ? parsed.brokerConfig : {},
    clusterConfig: 'clusterConfig' in parsed && isTexts(parsed.clusterConfig) ? parsed.clusterConfig : {},
  };
};

const parseFile = (file: string): unknown => {
  let text: string;
  try {
    text = readFileSync(file, 'utf8');
  } catch (error) {
    throw new DataDirectoryError(`${file} cannot be read (${errorCode(error)})`, { cause: error });
  }
  if (text.trim() === '') throw damaged(file, 'it is empty');
  try {
    return JSON.parse(text);
  } catch (error) {
    throw damaged(file, error instanceof Error ? error.message : String(error), error);
  }
};

const damaged = (file: string, why: string, cause?: unknown): DataDirectoryError =>
  new DataDirectoryError(
    `${file} is damaged (${why}): restore it from a copy, or start with another --data-dir; the records in the folders beside it are untouched`,
    { cause },
  );

const isStoredTopic = (value: unknown): value is StoredTopic =>
  typeof value === 'object' &&
  value !== null &&
  'name' in value &&
  typeof value.name === 'string' &&
  'id' in value &&
  typeof value.id === 'string' &&
  isUuid(value.id) &&
  'partitionCount' in value &&
  Number.isSafeInteger(value.partitionCount) &&
  'config' in value &&
  isTexts(value.config);

const isTexts = (value: unknown): value is Readonly<Record<string, string>> =>
  typeof value === 'object' && value !== null && Object.values(value).every((text) => typeof text === 'string');
