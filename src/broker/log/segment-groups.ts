import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import type { LogConfig } from './log-config.ts';
import type { Segment } from './segment.ts';
import { segmentPath } from './segment-files.ts';

const MAX_INT32 = 0x7fff_ffff;

/**
 * Neighbours that a cleaning writes into one segment each: as many as fit into `segment.bytes` and `segment.index.bytes` before
 * anything is taken out of them (Kafka's `Cleaner.groupSegmentsBySize`), so that many small segments become few.
 */
export const groupSegments = (segments: readonly Segment[], config: LogConfig): Segment[][] => {
  const groups: Segment[][] = [];
  let group: Segment[] = [];
  let logBytes = 0;
  let byOffsetBytes = 0;
  let byTimeBytes = 0;
  for (const segment of segments) {
    const indexes = segment.indexSizes();
    const isFitting =
      logBytes + segment.sizeBytes <= config.segmentBytes &&
      byOffsetBytes + indexes.byOffset <= config.segmentIndexBytes &&
      byTimeBytes + indexes.byTime <= config.segmentIndexBytes &&
      segment.nextOffset - 1 - (group[0] ?? segment).baseOffset <= MAX_INT32;
    if (group.length === 0 || !isFitting) {
      group = [];
      groups.push(group);
      logBytes = 0;
      byOffsetBytes = 0;
      byTimeBytes = 0;
    }
    group.push(segment);
    logBytes += segment.sizeBytes;
    byOffsetBytes += indexes.byOffset;
    byTimeBytes += indexes.byTime;
  }
  return groups;
};

/** Writes the aborted transactions of a group beside the segment that will replace it; most groups have none. */
export const mergeTransactionIndexes = (directory: string, group: readonly Segment[]): void => {
  const paths = group
    .map(({ baseOffset }) => segmentPath(directory, baseOffset, '.txnindex'))
    .filter((path) => existsSync(path));
  const [first] = group;
  if (first === undefined || paths.length === 0) return;
  const merged = Buffer.concat(paths.map((path) => readFileSync(path)));
  writeFileSync(segmentPath(directory, first.baseOffset, '.txnindex', '.cleaned'), merged);
};
