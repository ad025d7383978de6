import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { isUuid, type Uuid } from '../../protocol/uuid.ts';
import { DataDirectoryError, errorCode } from './errors.ts';

const EPOCH_FILE = 'leader-epoch-checkpoint';
const METADATA_FILE = 'partition.metadata';

/** Reads a text file; null when there is none. */
export const readTextFile = (path: string): string | null => {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return null;
    throw error;
  }
};

/** Writes a text file under another name and renames it, so that nobody ever sees half of it. */
export const writeTextFile = (path: string, text: string): void => {
  const temporary = `${path}.tmp`;
  writeFileSync(temporary, text);
  renameSync(temporary, path);
};

/** A leader epoch and the offset at which it began. */
export type EpochStart = { readonly epoch: number; readonly startOffset: number };

/** Reads a partition's `leader-epoch-checkpoint`, ascending; empty when there is none or it cannot be read as one. */
export const readLeaderEpochs = (directory: string): EpochStart[] => {
  const lines = readTextFile(join(directory, EPOCH_FILE))?.trim().split('\n') ?? [];
  const entries = lines.slice(2).map((line) => /^(\d+) (\d+)$/.exec(line.trim()));
  const isWhole = lines[0]?.trim() === '0' && Number(lines[1]) === entries.length;
  if (!isWhole) return [];
  return entries.flatMap((match) =>
    match === null ? [] : [{ epoch: Number(match[1]), startOffset: Number(match[2]) }],
  );
};

/** Name and text of a partition's `leader-epoch-checkpoint` (Kafka's `LeaderEpochCheckpointFile`, version 0). */
export const leaderEpochsText = (epochs: readonly EpochStart[]): readonly [fileName: string, text: string] => {
  const lines = epochs.map(({ epoch, startOffset }) => `${epoch} ${startOffset}`);
  return [EPOCH_FILE, `${['0', String(epochs.length), ...lines].join('\n')}\n`];
};

/** Writes a partition's `leader-epoch-checkpoint`. */
export const writeLeaderEpochs = (directory: string, epochs: readonly EpochStart[]): void => {
  const [fileName, text] = leaderEpochsText(epochs);
  writeTextFile(join(directory, fileName), text);
};

/** Reads the topic id from a partition's `partition.metadata`; null when there is no such file. */
export const readTopicId = (directory: string): Uuid | null => {
  const path = join(directory, METADATA_FILE);
  const text = readTextFile(path);
  if (text === null) return null;
  const topicId = /^topic_id: (\S+)$/m.exec(text)?.[1];
  if (!/^version: 0$/m.test(text) || topicId === undefined || !isUuid(topicId))
    throw new DataDirectoryError(
      `${path} should hold "version: 0" and "topic_id: <22 characters>"; remove or restore it`,
    );
  return topicId;
};

/** Name and text of a partition's `partition.metadata` (Kafka's `PartitionMetadataFile`, version 0). */
export const topicIdText = (topicId: Uuid): readonly [fileName: string, text: string] => [
  METADATA_FILE,
  `version: 0\ntopic_id: ${topicId}\n`,
];

/** Writes a partition's `partition.metadata`. The folder must exist. */
export const writeTopicId = (directory: string, topicId: Uuid): void => {
  const [fileName, text] = topicIdText(topicId);
  writeTextFile(join(directory, fileName), text);
};
