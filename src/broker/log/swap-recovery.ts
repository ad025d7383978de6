import { closeSync, fstatSync, openSync, readdirSync, renameSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { batchLastOffset } from '../../protocol/record-batch.ts';
import { walkBatches } from './batch-walk.ts';
import { WALK_READ_BYTES } from './limits.ts';

const TEMPORARY_FILE = /^(\d{20})\.(log|index|timeindex|txnindex|snapshot)\.(deleted|cleaned|swap)$/;
const SEGMENT_FILE = /^(\d{20})\.(?:log|index|timeindex|txnindex)$/;

type TemporaryFile = { readonly name: string; readonly baseOffset: number; readonly isLog: boolean };

/**
 * Ends what a deletion or a cleaning had begun when the broker was killed (Kafka's `LogLoader`). Files that were deleted or
 * not written to their end go. A segment that is whole and was to replace older ones does so now: the older ones in its
 * range go, and it gets its name. One whose own files had not all been renamed goes, since the older ones are all there then.
 */
export const finishReplacements = (directory: string): void => {
  const temporary: Record<string, TemporaryFile[]> = { deleted: [], cleaned: [], swap: [] };
  for (const name of readdirSync(directory)) {
    const [, base, kind, suffix] = TEMPORARY_FILE.exec(name) ?? [];
    if (suffix === undefined) continue;
    temporary[suffix]?.push({ name, baseOffset: Number(base), isLog: kind === 'log' });
  }
  const { deleted = [], cleaned = [], swap = [] } = temporary;
  const remove = ({ name }: { readonly name: string }): void => rmSync(join(directory, name), { force: true });
  const firstUnfinished = Math.min(...cleaned.map(({ baseOffset }) => baseOffset));
  const valid = swap.filter(({ baseOffset }) => baseOffset < firstUnfinished);
  for (const file of swap) if (!valid.includes(file)) remove(file);
  for (const file of [...deleted, ...cleaned]) remove(file);
  for (const { name, baseOffset } of valid.filter(({ isLog }) => isLog)) {
    const end = endOffset(join(directory, name), baseOffset);
    for (const other of readdirSync(directory)) {
      const base = SEGMENT_FILE.exec(other)?.[1];
      if (base !== undefined && Number(base) >= baseOffset && Number(base) < end) remove({ name: other });
    }
  }
  for (const { name } of valid) renameSync(join(directory, name), join(directory, name.slice(0, -'.swap'.length)));
};

/** The offset behind the last batch of a file. */
const endOffset = (path: string, baseOffset: number): number => {
  const descriptor = openSync(path, 'r');
  let end = baseOffset;
  try {
    walkBatches(descriptor, 0, fstatSync(descriptor).size, WALK_READ_BYTES, (bytes, at) => {
      end = batchLastOffset(bytes, at) + 1;
      return true;
    });
  } finally {
    closeSync(descriptor);
  }
  return end;
};
