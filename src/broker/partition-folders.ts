import { existsSync, rmSync } from 'node:fs';
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Uuid } from '../protocol/uuid.ts';
import { FOLDERS_AT_ONCE } from './limits.ts';
import { readTopicId, writeTopicId } from './log/checkpoint-files.ts';
import type { LogConfig } from './log/log-config.ts';
import { makePartitionFolder } from './log/partition-folder.ts';
import type { PartitionLog } from './log/partition-log.ts';
import { TopicError } from './topic-name.ts';
import { Turns } from './turns.ts';

/** Opens or creates the log in a folder; `isNew` when its files were just made. */
export type OpenLog = (directory: string, config: LogConfig, isNew: boolean) => PartitionLog;

/** Whose folders they are. */
type Owner = { readonly name: string; readonly id: Uuid };

/** Partitions from `from` up to, and without, `to`. */
type Range = { readonly from: number; readonly to: number };

/** The folders of the partitions in a data directory, named `<topic>-<partition>`. */
export class PartitionFolders {
  readonly #directory: string;
  readonly #openLog: OpenLog;
  readonly #turns = new Turns(FOLDERS_AT_ONCE);
  #isStopping = false;

  constructor(directory: string, openLog: OpenLog) {
    this.#directory = directory;
    this.#openLog = openLog;
  }

  /** Lets what is being made fail soon. */
  stop(): void {
    this.#isStopping = true;
  }

  /** Opens the log of a partition that is on disk. Throws the file system's errors. */
  open({ name, id }: Owner, index: number, config: LogConfig): PartitionLog {
    const folder = this.#path(name, index);
    const log = this.#openLog(folder, config, false);
    // Kafka's own tools tell by this file which topic a folder belongs to.
    if (readTopicId(folder) === null) writeTopicId(folder, id);
    return log;
  }

  /** Removes folders, those that are there. */
  remove(name: string, { from, to }: Range): void {
    for (let index = from; index < to; index++) rmSync(this.#path(name, index), { recursive: true, force: true });
  }

  /**
   * Makes the folders of partitions, opens their logs and runs `commit`; when anything fails, nothing of them stays. The event
   * loop serves others meanwhile.
   * @throws TopicError (rejects) when a folder is in the way; else the file system's errors and those of `commit`
   */
  async make(owner: Owner, config: LogConfig, range: Range, commit: () => Promise<void>): Promise<PartitionLog[]> {
    const folders = Array.from({ length: range.to - range.from }, (_, added) =>
      this.#path(owner.name, range.from + added),
    );
    for (const folder of folders) checkIsFree(folder);
    const made: (PartitionLog | undefined)[] = folders.map(() => undefined);
    const failures: unknown[] = [];
    const makeOne = async (folder: string, index: number): Promise<void> => {
      if (failures.length > 0) return;
      try {
        if (this.#isStopping) throw new TopicError('KAFKA_STORAGE_ERROR', 'The broker is stopping.');
        await makePartitionFolder(folder, owner.id);
        made[index] = this.#openLog(folder, config, true);
      } catch (error) {
        failures.push(error);
      }
    };
    await Promise.all(folders.map((folder, index) => this.#turns.take(() => makeOne(folder, index))));
    const logs = made.filter((log) => log !== undefined);
    try {
      if (failures.length > 0) throw failures[0];
      await commit();
      return logs;
    } catch (error) {
      for (const log of logs) log.close();
      for (const folder of folders) await rm(folder, { recursive: true, force: true });
      throw error;
    }
  }

  #path(name: string, index: number): string {
    return join(this.#directory, `${name}-${index}`);
  }
}

const checkIsFree = (folder: string): void => {
  if (existsSync(folder))
    throw new TopicError('KAFKA_STORAGE_ERROR', `The folder ${folder} exists and belongs to no topic: move it away.`);
};
