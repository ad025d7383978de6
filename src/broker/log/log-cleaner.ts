import type { OpenBatch } from '../../protocol/compressed-batch.ts';
import {
  batchBaseOffset,
  batchCodec,
  batchLastOffset,
  batchMaxTimestamp,
  batchProducerId,
  batchRecordCount,
  hasProducerId,
  isControl,
  isTransactional,
  walkRecords,
} from '../../protocol/record-batch.ts';
import { deflateBatchSoon, inflateBatchSoon } from './batch-codec.ts';
import { emptyBatch, type FilterRules, filterBatch } from './batch-filter.ts';
import type { CleaningPlan } from './cleaning-plan.ts';
import { readForCleaning } from './cleaning-read.ts';
import { KeyMap } from './key-map.ts';
import { CLEANER_MAX_KEYS } from './limits.ts';
import { syncFile } from './log-sync.ts';
import type { PartitionLog } from './partition-log.ts';
import { Segment } from './segment.ts';
import type { PlacedBatch } from './segment-context.ts';
import { groupSegments, mergeTransactionIndexes } from './segment-groups.ts';
import { TimeSlice } from './time-slice.ts';

/** What a cleaning did. */
export type CleaningResult = {
  /** The log is clean up to this offset. */
  readonly cleanedOffset: number;
  readonly bytesBefore: number;
  readonly bytesAfter: number;
};

/** Thrown inside a cleaning whose log was closed, deleted or cut at its start meanwhile. */
class CleaningInterrupted extends Error {}

/**
 * Compacts a log (Kafka's `Cleaner`): of each key that stands in the dirty part, only the last record stays before
 * `plan.endOffset`; a tombstone stays for `delete.retention.ms` after its first cleaning. The active segment is not touched,
 * offsets do not change, segments that became small are merged. What an aborted transaction wrote goes; markers stay. A
 * compressed batch that cannot be opened (snappy, lz4, zstd before Node 22.15) stays as it is, and its keys supersede nothing.
 *
 * Works in slices of a few milliseconds. Null when the log was closed or deleted meanwhile: nothing was lost. Rejects with
 * CorruptLogError and the file system's errors.
 */
export const cleanLog = async (
  log: PartitionLog,
  plan: CleaningPlan,
  nowMs: number,
): Promise<CleaningResult | null> => {
  const slice = new TimeSlice();
  try {
    const { keys, endOffset } = await mapKeys(log, plan, slice);
    const segments = log.segments.all().filter(({ baseOffset }) => baseOffset < endOffset);
    let bytesBefore = 0;
    let bytesAfter = 0;
    for (const group of groupSegments(segments, log.config)) {
      const cleaned = await cleanGroup(log, group, { keys, endOffset, nowMs, slice });
      for (const { sizeBytes } of group) bytesBefore += sizeBytes;
      bytesAfter += cleaned;
    }
    log.cleanedOffset = Math.max(log.cleanedOffset, endOffset);
    return { cleanedOffset: endOffset, bytesBefore, bytesAfter };
  } catch (error) {
    // A read under way may have opened a file again behind the log's back.
    if (log.isClosed) for (const { file } of log.segments.all()) log.context.files.close(file);
    if (error instanceof CleaningInterrupted || log.isClosed) return null;
    throw error;
  }
};

type Mapped = { readonly keys: KeyMap; readonly endOffset: number };

/** The last offset of each key in the dirty part, or as much of it as the bound on keys allows. */
const mapKeys = async (log: PartitionLog, plan: CleaningPlan, slice: TimeSlice): Promise<Mapped> => {
  const { firstDirtyOffset, endOffset } = plan;
  let keys: KeyMap | null = null;
  let fullAt: number | null = null;
  const first = log.segments.indexFor(firstDirtyOffset);
  for (const segment of log.segments.all().slice(first)) {
    if (segment.baseOffset >= endOffset || fullAt !== null) break;
    const isAborted = abortedBatches(log, segment);
    const from = segment.baseOffset < firstDirtyOffset ? segment.positionFor(firstDirtyOffset) : 0;
    await readForCleaning(log.context.files, segment, from, slice, {
      onBatch: async (bytes, at) => {
        if (log.isClosed) throw new CleaningInterrupted();
        if (batchBaseOffset(bytes, at) >= endOffset) return false;
        if (batchLastOffset(bytes, at) < firstDirtyOffset || isControl(bytes, at) || isAborted(bytes, at)) return true;
        const count = batchRecordCount(bytes, at);
        keys ??= new KeyMap(Math.max(Math.min(CLEANER_MAX_KEYS, endOffset - firstDirtyOffset), count));
        if (keys.count > 0 && keys.count + count > keys.maxKeys) {
          fullAt = batchBaseOffset(bytes, at);
          return false;
        }
        const batch = batchCodec(bytes, at) === 0 ? { bytes, at } : await inflateBatchSoon(bytes, at);
        if (batch !== null) putKeys(keys, batch, firstDirtyOffset);
        return true;
      },
    });
  }
  return { keys: keys ?? new KeyMap(1), endOffset: fullAt ?? endOffset };
};

const putKeys = (keys: KeyMap, batch: OpenBatch, fromOffset: number): void => {
  walkRecords(batch.bytes, batch.at, fromOffset, (offset, _timestampMs, keyStart, keyEnd) => {
    if (keyStart >= 0) keys.put(batch.bytes, keyStart, keyEnd, offset);
    return true;
  });
};

/** Tells the batches of a segment that an aborted transaction wrote. */
const abortedBatches = (log: PartitionLog, segment: Segment): ((bytes: Buffer, at: number) => boolean) => {
  const aborted = log.producers.abortedWithin(segment.baseOffset, segment.nextOffset);
  if (aborted.length === 0) return () => false;
  return (bytes, at) => {
    if (!isTransactional(bytes, at) || isControl(bytes, at)) return false;
    const producerId = batchProducerId(bytes, at);
    const offset = batchBaseOffset(bytes, at);
    return aborted.some(
      (each) => each.producerId === producerId && each.firstOffset <= offset && offset <= each.lastOffset,
    );
  };
};

type Cleaning = Mapped & { readonly nowMs: number; readonly slice: TimeSlice };

/** Writes what stays of a group of segments into one, and puts that in their place. Returns its size, bytes. */
const cleanGroup = async (log: PartitionLog, group: readonly Segment[], cleaning: Cleaning): Promise<number> => {
  const [first] = group;
  if (first === undefined) return 0;
  const { context } = log;
  const cleaned = Segment.create(context, first.baseOffset, '.cleaned');
  try {
    let isChanged = group.length > 1;
    for (const segment of group) {
      const isAborted = abortedBatches(log, segment);
      let kept: PlacedBatch[] = [];
      await readForCleaning(context.files, segment, 0, cleaning.slice, {
        onBatch: async (bytes, at, sizeBytes) => {
          if (log.isClosed || segment.isRetired) throw new CleaningInterrupted();
          const original = bytes.subarray(at, at + sizeBytes);
          const left = isAborted(bytes, at) ? null : await filtered(original, log, cleaning);
          const batch = left ?? (isLastOfProducer(log, original) ? emptyBatch(original, 0) : null);
          isChanged ||= batch !== original;
          if (batch !== null) kept.push(placed(batch));
          return true;
        },
        onChunkEnd: () => {
          if (kept.length > 0) cleaned.append(kept, 0, kept.length);
          kept = [];
        },
      });
    }
    if (!isChanged) {
      cleaned.remove();
      return first.sizeBytes;
    }
    cleaned.nextOffset = group.at(-1)?.nextOffset ?? cleaned.nextOffset;
    cleaned.seal();
    mergeTransactionIndexes(context.directory, group);
    await syncFile(context.files, cleaned.file);
  } catch (error) {
    cleaned.remove();
    throw error;
  }
  const sizeBytes = cleaned.sizeBytes;
  if (log.replaceSegments(group, cleaned)) return sizeBytes;
  cleaned.remove();
  throw new CleaningInterrupted();
};

/** What the rules leave of a batch: the same bytes, others, or null for nothing. */
const filtered = async (original: Buffer, log: PartitionLog, cleaning: Cleaning): Promise<Buffer | null> => {
  if (isControl(original, 0) || batchBaseOffset(original, 0) >= cleaning.endOffset) return original;
  if (batchRecordCount(original, 0) === 0) return null;
  const codec = batchCodec(original, 0);
  const open = codec === 0 ? { bytes: original, at: 0 } : await inflateBatchSoon(original, 0);
  if (open === null) return original;
  const left = filterBatch(open.bytes, open.at, rulesOf(log, cleaning));
  if (left === 'same') return original;
  if (left === 'empty') return null;
  return codec === 0 ? left : await deflateBatchSoon(left, codec);
};

const rulesOf = (log: PartitionLog, { keys, endOffset, nowMs }: Cleaning): FilterRules => ({
  keeps: (bytes, keyStart, keyEnd, offset) => offset >= endOffset || offset >= keys.get(bytes, keyStart, keyEnd),
  nowMs,
  deleteRetentionMs: log.config.deleteRetentionMs,
});

/** Whether the sequence numbers of a producer are known by this batch alone: then its header stays. */
const isLastOfProducer = (log: PartitionLog, batch: Buffer): boolean => {
  if (!hasProducerId(batch, 0)) return false;
  const state = log.producers.states.get(batchProducerId(batch, 0));
  return state?.batches.at(-1)?.lastOffset === batchLastOffset(batch, 0);
};

const placed = (batch: Buffer): PlacedBatch => ({
  bytes: batch,
  baseOffset: batchBaseOffset(batch, 0),
  lastOffset: batchLastOffset(batch, 0),
  maxTimestampMs: batchRecordCount(batch, 0) === 0 ? -1 : batchMaxTimestamp(batch, 0),
});
