import type { FileCache } from './file-cache.ts';
import type { LogConfig } from './log-config.ts';
import type { Rename } from './segment-files.ts';
import type { WriteVector } from './vectored-write.ts';

/** A batch with its place in the log, before it is written. */
export type PlacedBatch = {
  /** The whole batch, its base offset and leader epoch in place. */
  readonly bytes: Buffer;
  readonly baseOffset: number;
  readonly lastOffset: number;
  readonly maxTimestampMs: number;
};

/** What a segment needs from its surroundings. */
export type SegmentContext = {
  readonly directory: string;
  /** The log's settings; they may change while it is open. */
  config: LogConfig;
  readonly files: FileCache;
  readonly write?: WriteVector;
  readonly rename?: Rename;
};

/** Age at which a segment is closed: a compacted log rolls early enough for `max.compaction.lag.ms` (Kafka's `maxSegmentMs`). */
export const rollMs = (config: LogConfig, jitter: number): number => {
  const { segmentMs, segmentJitterMs, isCompacted, maxCompactionLagMs } = config;
  const maxMs = isCompacted && maxCompactionLagMs > 0 ? Math.min(segmentMs, maxCompactionLagMs) : segmentMs;
  return segmentJitterMs > 0 ? maxMs - jitter * Math.min(segmentJitterMs, maxMs) : maxMs;
};
