import { renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { errorCode } from './errors.ts';

/** The files of a segment: batches, offset index, time index, index of aborted transactions. */
export type SegmentFileKind = '.log' | '.index' | '.timeindex' | '.txnindex';

/**
 * What stands behind a file's name while it is not, or no longer, part of the log (Kafka's `LogFileUtils`): `.cleaned` is being
 * written by a cleaning, `.swap` is whole and about to replace older segments, `.deleted` waits for its removal.
 */
export type SegmentSuffix = '' | '.cleaned' | '.swap' | '.deleted';

/** The files of a segment, in the order in which they are renamed. */
export const SEGMENT_FILE_KINDS: readonly SegmentFileKind[] = ['.log', '.index', '.timeindex', '.txnindex'];

/** Renames a file; tests put in one that fails, as if the broker had been killed there. */
export type Rename = (from: string, to: string) => void;

/** A segment's files are named by its base offset in 20 digits (Kafka's `LogFileUtils.filenamePrefixFromOffset`). */
export const segmentFileName = (baseOffset: number, kind: SegmentFileKind): string =>
  `${String(baseOffset).padStart(20, '0')}${kind}`;

/** Path of a segment's file. */
export const segmentPath = (
  directory: string,
  baseOffset: number,
  kind: SegmentFileKind,
  suffix: SegmentSuffix = '',
): string => join(directory, `${segmentFileName(baseOffset, kind)}${suffix}`);

/** Gives those files of a segment that exist another suffix. Throws the file system's error. */
export const renameSegmentFiles = (
  segment: { readonly directory: string; readonly baseOffset: number },
  from: SegmentSuffix,
  to: SegmentSuffix,
  rename: Rename = renameSync,
): void => {
  for (const kind of SEGMENT_FILE_KINDS) {
    const { directory, baseOffset } = segment;
    try {
      rename(segmentPath(directory, baseOffset, kind, from), segmentPath(directory, baseOffset, kind, to));
    } catch (error) {
      if (errorCode(error) !== 'ENOENT') throw error;
    }
  }
};

/** Removes all files of a segment that have this suffix; files that are not there are no error. */
export const removeSegmentFiles = (directory: string, baseOffset: number, suffix: SegmentSuffix): void => {
  for (const kind of SEGMENT_FILE_KINDS) rmSync(segmentPath(directory, baseOffset, kind, suffix), { force: true });
};
