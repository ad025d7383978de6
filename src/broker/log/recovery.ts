import { readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { Segment } from './segment.ts';
import type { SegmentContext } from './segment-context.ts';
import { segmentPath } from './segment-files.ts';
import { finishReplacements } from './swap-recovery.ts';

/** What opening a log found out of order, for one line in the broker's log. */
export type RecoveryReport = {
  /** Segments whose batches were walked. */
  readonly recoveredSegments: number;
  /** Bytes cut off behind the last whole batch. */
  readonly truncatedBytes: number;
  /** Segments removed because they came behind a broken one. */
  readonly removedSegments: number;
  /** Where the log was cut: the file that held no whole batch at this byte; null when nothing was. */
  readonly cut: { readonly path: string; readonly position: number } | null;
};

/** What recovery threw away, in one sentence; null when it threw away nothing. */
export const describeRecovery = ({ cut, truncatedBytes, removedSegments }: RecoveryReport): string | null => {
  if (cut === null) return null;
  const later = removedSegments === 0 ? '' : ` and ${removedSegments} later segment${removedSegments === 1 ? '' : 's'}`;
  return `${cut.path} held no whole record batch at byte ${cut.position}: removed ${truncatedBytes} bytes${later}`;
};

/** How to open the segments of a log. */
export type OpenMode = {
  /** Whether the last stop was clean: nothing is walked then but what lies behind the last index entry. */
  readonly isCleanStart: boolean;
  /**
   * After an unclean stop: `last` if the kernel has been running since (its page cache kept every write, so that only the
   * last segment can be torn), `all` if it may have lost writes.
   */
  readonly recover: 'last' | 'all';
  /** Offset up to which the log was synced to the device, so that nothing before it can be torn. */
  readonly recoveryPoint: number;
};

const SEGMENT_FILE = /^(\d{20})\.log$/;
const INDEX_FILE = /^(\d{20})\.(?:index|timeindex|txnindex)$/;
const LEFT_OVER = /\.(?:deleted|cleaned|swap)$/;

/**
 * Opens the segments of a log's folder, ascending, the last one ready for appends; empty when there are none. After an
 * unclean stop segments are walked: the first batch that is not whole ends the log, and later segments go (Kafka's
 * `LogLoader`). Index files without a log, and files that Kafka leaves behind in a deletion, are removed.
 */
export const openSegments = (
  context: SegmentContext,
  mode: OpenMode,
): { segments: Segment[]; report: RecoveryReport } => {
  const baseOffsets = tidyFolder(context.directory);
  const segments: Segment[] = [];
  const firstToRecover = firstSegmentToRecover(baseOffsets, mode);
  let recoveredSegments = 0;
  let truncatedBytes = 0;
  for (const [index, baseOffset] of baseOffsets.entries()) {
    const nextBase = baseOffsets[index + 1];
    const path = segmentPath(context.directory, baseOffset, '.log');
    const fileBytes = statSync(path).size;
    if (index < firstToRecover && nextBase !== undefined) {
      segments.push(Segment.openSealed(context, baseOffset, fileBytes, nextBase));
      continue;
    }
    const isRecovering = index >= firstToRecover;
    const segment = isRecovering ? Segment.openRecovering(context, baseOffset) : Segment.openLast(context, baseOffset);
    segments.push(segment);
    if (isRecovering) recoveredSegments++;
    truncatedBytes += fileBytes - segment.sizeBytes;
    if (segment.sizeBytes < fileBytes || (nextBase !== undefined && segment.nextOffset > nextBase)) {
      const removedSegments = removeFrom(context, baseOffsets.slice(index + 1));
      const cut = { path, position: segment.sizeBytes };
      return { segments, report: { recoveredSegments, truncatedBytes, removedSegments, cut } };
    }
    if (nextBase !== undefined) segment.seal();
  }
  return { segments, report: { recoveredSegments, truncatedBytes, removedSegments: 0, cut: null } };
};

/** Index of the first segment whose batches are walked; the number of segments when none is. */
const firstSegmentToRecover = (baseOffsets: readonly number[], mode: OpenMode): number => {
  if (mode.isCleanStart) return baseOffsets.length;
  if (mode.recover === 'last') return baseOffsets.length - 1;
  return Math.max(
    0,
    baseOffsets.findLastIndex((base) => base <= mode.recoveryPoint),
  );
};

/** Removes what does not belong there and returns the base offsets of the segments, ascending. */
const tidyFolder = (directory: string): number[] => {
  finishReplacements(directory);
  const names = readdirSync(directory);
  const bases = new Set<string>();
  for (const name of names) {
    const match = SEGMENT_FILE.exec(name);
    if (match?.[1] !== undefined) bases.add(match[1]);
  }
  for (const name of names) {
    const base = INDEX_FILE.exec(name)?.[1];
    if (LEFT_OVER.test(name) || (base !== undefined && !bases.has(base)))
      rmSync(join(directory, name), { force: true });
  }
  return [...bases].map(Number).sort((a, b) => a - b);
};

const removeFrom = (context: SegmentContext, baseOffsets: readonly number[]): number => {
  for (const baseOffset of baseOffsets) Segment.openSealed(context, baseOffset, 0, baseOffset).remove();
  return baseOffsets.length;
};
