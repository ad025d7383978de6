import type { LogConfig } from './log-config.ts';
import type { Segment } from './segment.ts';

/** What retention looks at. */
export type RetentionView = {
  /** All segments, ascending; the last one is active. */
  readonly segments: readonly Segment[];
  readonly config: LogConfig;
  readonly logStartOffset: number;
  readonly nowMs: number;
};

/**
 * How many of the oldest segments are to be deleted: by `retention.ms` (their newest record is too old), by `retention.bytes`
 * (the log is large enough without them), and because the log begins behind them (Kafka's `UnifiedLog.deleteOldSegments`). A
 * log that is only compacted keeps to the last one. All of them, when the active segment's records are too old as well; an
 * empty active segment stays.
 */
export const expiredSegmentCount = (view: RetentionView): number => {
  const { config } = view;
  const byStart = belowStartCount(view.segments, view.logStartOffset);
  if (!config.isDeleted) return byStart;
  return Math.max(byStart, expiredByTime(view), expiredBySize(view));
};

/** How many of the oldest segments hold only offsets below the log's start. */
export const belowStartCount = (segments: readonly Segment[], logStartOffset: number): number => {
  let count = 0;
  while ((segments[count + 1]?.baseOffset ?? Number.POSITIVE_INFINITY) <= logStartOffset) count++;
  return count;
};

const expiredByTime = ({ segments, config, nowMs }: RetentionView): number => {
  if (config.retentionMs < 0) return 0;
  const firstKept = segments.findIndex((segment, index) => {
    const isEmptyActive = index === segments.length - 1 && segment.sizeBytes === 0;
    return isEmptyActive || nowMs - segment.newestMs() <= config.retentionMs;
  });
  return firstKept < 0 ? segments.length : firstKept;
};

const expiredBySize = ({ segments, config }: RetentionView): number => {
  if (config.retentionBytes < 0) return 0;
  let excess = segments.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0) - config.retentionBytes;
  let count = 0;
  for (const { sizeBytes } of segments) {
    if (excess < sizeBytes || (count === segments.length - 1 && sizeBytes === 0)) break;
    excess -= sizeBytes;
    count++;
  }
  return count;
};
