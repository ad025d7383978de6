/**
 * Before all tests: has Java keep the classes of Kafka's tools as an archive of its own, from which a tool starts with half the work.
 * These tests start some hundred of them.
 */
import { execFile } from 'node:child_process';
import { existsSync, renameSync, rmSync } from 'node:fs';
import { promisify } from 'node:util';
import { inTemporaryFolder, startBroker } from '../../scripts/bench/processes.mjs';
import { classArchive, kafkaJava } from './kafka-java.ts';

const start = promisify(execFile);

/** Makes the archive where there is none yet. */
export const setup = async (): Promise<void> => {
  let unfinished: string | null = null;
  try {
    const archive = classArchive();
    if (existsSync(archive)) return;
    unfinished = `${archive}.unfinished`;
    const flags = [`-XX:ArchiveClassesAtExit=${unfinished}`, ...kafkaJava()];
    await inTemporaryFolder(async (directory: string) => {
      const broker = await startBroker(directory);
      try {
        await start('java', [
          ...flags,
          'org.apache.kafka.tools.TopicCommand',
          '--bootstrap-server',
          broker.bootstrap,
          '--list',
        ]);
      } finally {
        await broker.stop();
      }
    });
    renameSync(unfinished, archive);
  } catch (error) {
    // The tests that need Java say so themselves; without the archive they are only slower.
    console.warn(`no archive of Java's classes: ${error instanceof Error ? error.message : String(error)}`);
    if (unfinished !== null) rmSync(unfinished, { force: true });
  }
};
