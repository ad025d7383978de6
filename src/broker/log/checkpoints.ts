import { basename, join } from 'node:path';
import { readTextFile, writeTextFile } from './checkpoint-files.ts';

/**
 * The files of a data directory that say one offset for each partition (Kafka's `OffsetCheckpointFile`, version 0): a line
 * `0`, a line with the number of entries, and a line `topic partition offset` for each.
 */
export const OFFSET_CHECKPOINTS = {
  /** First offsets that may be read, of partitions whose first segment holds older ones. */
  logStart: 'log-start-offset-checkpoint',
  /** Offsets up to which a partition was synced to the device. */
  recoveryPoint: 'recovery-point-offset-checkpoint',
  /** High watermarks. */
  highWatermark: 'replication-offset-checkpoint',
  /** Offsets up to which a partition was compacted. */
  cleaned: 'cleaner-offset-checkpoint',
} as const;

/** Which of the files is meant. */
export type OffsetCheckpoint = keyof typeof OFFSET_CHECKPOINTS;

/** Offsets by the name of the partition's folder, `<topic>-<partition>`. */
export type OffsetsByPartition = Map<string, number>;

/** Reads a checkpoint file; empty when there is none or it is not one: what it says can be found out without it. */
export const readOffsets = (directory: string, which: OffsetCheckpoint): OffsetsByPartition => {
  const lines = readTextFile(join(directory, OFFSET_CHECKPOINTS[which]))?.trimEnd().split('\n') ?? [];
  const entries = lines.slice(2).map((line) => /^(\S+) (\d+) (\d+)$/.exec(line.trim()));
  const offsets: OffsetsByPartition = new Map();
  if (lines[0]?.trim() !== '0' || Number(lines[1]) !== entries.length) return offsets;
  for (const match of entries) if (match !== null) offsets.set(`${match[1]}-${match[2]}`, Number(match[3]));
  return offsets;
};

/** Writes a checkpoint file in one step. Throws the file system's error. */
export const writeOffsets = (
  directory: string,
  which: OffsetCheckpoint,
  offsets: Iterable<readonly [partitionFolder: string, offset: number]>,
): void => {
  const lines = Array.from(offsets, ([folder, offset]) => {
    const name = basename(folder);
    const dash = name.lastIndexOf('-');
    return `${name.slice(0, dash)} ${name.slice(dash + 1)} ${offset}`;
  });
  writeTextFile(join(directory, OFFSET_CHECKPOINTS[which]), `${['0', String(lines.length), ...lines].join('\n')}\n`);
};
