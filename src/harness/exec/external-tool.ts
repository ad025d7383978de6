/** What a load generator of somebody else's is asked to do, and how it is started and read. */
import { accessSync, constants, statSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import type { FiguresReader } from './figures.ts';
import type { Program } from './run-process.ts';

/** What every kind of load has. */
type AnyLoad = {
  readonly bootstrapServers: string;
  readonly topic: string;
  readonly recordCount: number;
  /** Kafka's client properties that were given, without bootstrap.servers. */
  readonly properties: Readonly<Record<string, string>>;
};

/** Values that are sent. */
export type ToolValues =
  | { readonly kind: 'size'; readonly bytes: number }
  | { readonly kind: 'file'; readonly path: string; readonly delimiter: string }
  /** The record's index in decimal. */
  | { readonly kind: 'monotonic' };

/** Records are sent. */
export type ToolProducerLoad = AnyLoad & {
  readonly kind: 'producer';
  readonly values: ToolValues;
  /** Records per second; null for as fast as possible. */
  readonly throughput: number | null;
};

/** Records are read from the topic's start, or only new ones. */
export type ToolConsumerLoad = AnyLoad & {
  readonly kind: 'consumer';
  /** Null reads the partitions without a group. */
  readonly groupId: string | null;
  readonly partitionCount: number;
  readonly fromLatest: boolean;
  readonly timeoutMs: number;
};

/** One record after the other is sent and read back. */
export type ToolEndToEndLoad = AnyLoad & {
  readonly kind: 'end-to-end';
  readonly acks: string;
  readonly valueBytes: number;
};

/** What a tool is asked to do. */
export type ToolLoad = ToolProducerLoad | ToolConsumerLoad | ToolEndToEndLoad;

/** What a tool finds around it. */
export type ToolSurroundings = {
  /** A Kafka installation, or a folder of Kafka's jars; null when none was named. */
  readonly kafkaHome: string | null;
  /** Writes a file that only this user may read, which lives as long as the trial; gives its path. */
  writeFile(name: string, text: string): string;
};

/** One run of a tool. */
export type ToolRun = {
  readonly program: Program;
  /** Name and version, such as `Kafka 4.1.0`; null where it is not known. */
  readonly version: string | null;
  /** What the tool cannot do, or does otherwise than asked; one sentence each. */
  readonly notes: readonly string[];
  readonly read: FiguresReader;
  /** Records that a line of its output adds; null for other lines. */
  recordsOf(line: string): number | null;
  /** False for one that has to be told when there are enough records. */
  readonly endsItself: boolean;
};

/** A tool that can be run by name. */
export type ExternalTool = {
  /** Finds what it needs. Throws an ExternalToolError where that is missing. */
  check(kafkaHome: string | null): void;
  /** Throws an ExternalToolError for a load that it cannot be asked for. */
  prepare(load: ToolLoad, surroundings: ToolSurroundings): ToolRun;
};

/** A tool is missing, or cannot do what was asked: wrong usage, found before anything has started. */
export class ExternalToolError extends Error {
  override readonly name = 'ExternalToolError';
}

const isProgram = (path: string): boolean => {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false; // Not there, or not for us.
  }
};

/** The file of a program, by its path or by its name on the PATH; null when there is none. */
export const findProgram = (name: string): string | null => {
  if (name.includes('/')) return isProgram(name) ? name : null;
  const folders = (process.env.PATH ?? '').split(delimiter).filter((folder) => folder !== '');
  return folders.map((folder) => join(folder, name)).find(isProgram) ?? null;
};

/**
 * Looks whether a tool is here and can be asked for a load, before anything has started. What it says of flags and properties is said
 * then, with files that are nowhere.
 * @throws ExternalToolError
 */
export const checkTool = (tool: ExternalTool, load: ToolLoad, kafkaHome: string | null): void => {
  tool.check(kafkaHome);
  tool.prepare(load, { kafkaHome, writeFile: (file) => file });
};

/** Why findProgram finds none, in a few words. */
export const whyNoProgram = (name: string): string => {
  const absent = `there is no program ${name}`;
  if (!name.includes('/')) return absent;
  try {
    const found = statSync(name);
    if (found.isDirectory()) return `${name} is a directory; give a program in it`;
    return found.isFile() ? `${name} is not executable for you; chmod +x makes it so` : `${name} is no program's file`;
  } catch {
    return absent; // Not there, or not for us.
  }
};
