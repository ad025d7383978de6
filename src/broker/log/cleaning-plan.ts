import type { LogConfig } from './log-config.ts';
import type { PartitionLog } from './partition-log.ts';
import type { Segment } from './segment.ts';

/** What a cleaning of a log would do. */
export type CleaningPlan = {
  /** The first offset that was not cleaned yet. */
  readonly firstDirtyOffset: number;
  /** The first offset that must not be cleaned yet. */
  readonly endOffset: number;
  /** Share of the bytes before `endOffset` that was not cleaned yet, 0 to 1. */
  readonly dirtyRatio: number;
  /** Whether a record waits for longer than `max.compaction.lag.ms`. */
  readonly isOverdue: boolean;
};

/**
 * What is to be compacted of a log now (Kafka's `LogCleanerManager`): from where the last cleaning ended to the active
 * segment, the first open transaction, or the first segment younger than `min.compaction.lag.ms`. Null when the log is not
 * compacted, or not dirty enough for `min.cleanable.dirty.ratio`.
 */
export const planCleaning = (log: PartitionLog, nowMs: number): CleaningPlan | null => {
  const { config } = log;
  if (!config.isCompacted || log.segments.count < 2) return null;
  const firstDirtyOffset = Math.max(log.cleanedOffset, log.logStartOffset);
  const endOffset = firstUncleanableOffset(log, firstDirtyOffset, nowMs);
  let cleanBytes = 0;
  let dirtyBytes = 0;
  const dirty: Segment[] = [];
  for (const segment of log.segments.all()) {
    if (segment.baseOffset >= endOffset) break;
    if (segment.nextOffset <= firstDirtyOffset) cleanBytes += segment.sizeBytes;
    else {
      dirtyBytes += segment.sizeBytes;
      dirty.push(segment);
    }
  }
  if (dirtyBytes === 0 || firstDirtyOffset >= endOffset) return null;
  const dirtyRatio = dirtyBytes / (cleanBytes + dirtyBytes);
  const isOverdue = isAnyOlder(dirty, config, nowMs);
  return dirtyRatio > config.minCleanableDirtyRatio || isOverdue
    ? { firstDirtyOffset, endOffset, dirtyRatio, isOverdue }
    : null;
};

const firstUncleanableOffset = (log: PartitionLog, firstDirtyOffset: number, nowMs: number): number => {
  const { minCompactionLagMs } = log.config;
  const limit = Math.min(log.segments.active.baseOffset, log.lastStableOffset);
  if (minCompactionLagMs <= 0) return limit;
  for (const segment of log.segments.all()) {
    if (segment.baseOffset >= limit) break;
    if (segment.nextOffset > firstDirtyOffset && segment.newestMs() > nowMs - minCompactionLagMs)
      return segment.baseOffset;
  }
  return limit;
};

const isAnyOlder = (dirty: readonly Segment[], { maxCompactionLagMs }: LogConfig, nowMs: number): boolean => {
  if (maxCompactionLagMs === Number.POSITIVE_INFINITY) return false;
  return dirty.some((segment) => {
    const oldestMs = segment.oldestMs();
    return oldestMs !== null && oldestMs >= 0 && nowMs - oldestMs > maxCompactionLagMs;
  });
};
