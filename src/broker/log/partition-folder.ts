import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Uuid } from '../../protocol/uuid.ts';
import { leaderEpochsText, topicIdText } from './checkpoint-files.ts';
import { segmentPath } from './segment-files.ts';

/**
 * Makes the folder of a new partition with all its files, so that opening its log makes none: each file costs the kernel about
 * as much as a thousand appends, and here it is no time of the event loop. The folder must not be there.
 * Rejects with the file system's error, and may leave a part of it behind.
 */
export const makePartitionFolder = async (directory: string, topicId: Uuid): Promise<void> => {
  await mkdir(directory);
  for (const kind of ['.log', '.index', '.timeindex'] as const) await writeFile(segmentPath(directory, 0, kind), '');
  const [epochFile, epochs] = leaderEpochsText([{ epoch: 0, startOffset: 0 }]);
  await writeFile(join(directory, epochFile), epochs);
  const [idFile, id] = topicIdText(topicId);
  await writeFile(join(directory, idFile), id);
};
