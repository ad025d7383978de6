import { batchLastOffset, batchMaxTimestamp, RecordBatchError } from '../../../protocol/record-batch.ts';
import { BatchFile, type StoredBatch } from './batch-file.ts';
import type { DumpedFile, DumpOptions } from './dump-options.ts';
import type { Findings } from './findings.ts';
import { type IndexEntries, positionFor, readOffsetIndex, readTimeIndex, usedCount } from './index-entries.ts';
import { recordsOf } from './records.ts';

const NO_TIMESTAMP = -1;
const sibling = (path: string, suffix: string): string => path.replace(/\.[^.]*$/, suffix);

/** Lines for an `.index` file, whose entries are held against the `.log` beside it. Throws the file system's error. */
export function* dumpOffsetIndex(file: DumpedFile, options: DumpOptions, findings: Findings): Generator<string> {
  const { baseOffset, path } = file;
  const index = readOffsetIndex(path, baseOffset);
  const log = new BatchFile(sibling(path, '.log'));
  try {
    if (index.count === 0) {
      yield `${file.shown} is empty.`;
      return;
    }
    if (options.indexes === 'sanity') {
      const last = index.entry(index.count - 1).offset;
      const fault =
        last < baseOffset
          ? `the last offset is ${last}, which is less than the base offset ${baseOffset}`
          : sizeFault(index.fileBytes, index.entryBytes);
      if (fault === null) yield `${file.shown} passed sanity check.`;
      else findings.add('damage', path, `  ${fault}`);
      return;
    }
    for (let at = 0; at < index.count; at++) {
      const entry = index.entry(at);
      // The rest are zeros that a running broker, or one that crashed, keeps for later entries.
      if (entry.offset === baseOffset && at > 0) return;
      const batch = batchAt(log, entry.position);
      if (isUnused(index, baseOffset)) {
        // The index of a running broker that has no entry yet: Kafka's tool prints the zeros, and so do we.
      } else if (batch === null || batch.sizeBytes > options.maxMessageBytes)
        findings.add('damage', path, `  offset ${entry.offset}: no whole batch begins at position ${entry.position}`);
      else if (batchLastOffset(batch.bytes, batch.at) !== entry.offset) {
        const found = batchLastOffset(batch.bytes, batch.at);
        findings.add('indexMismatch', path, `  Index offset: ${entry.offset}, log offset: ${found}`);
      }
      if (options.indexes === 'print') yield `offset: ${entry.offset} position: ${entry.position}`;
    }
  } finally {
    log.close();
  }
}

/** Lines for a `.timeindex` file, whose entries are held against the `.index` and `.log` beside it. Throws the file system's error. */
export function* dumpTimeIndex(file: DumpedFile, options: DumpOptions, findings: Findings): Generator<string> {
  const { baseOffset, path } = file;
  const timeIndex = readTimeIndex(path, baseOffset);
  if (options.indexes === 'sanity') {
    const fault = timeIndexFault(timeIndex, baseOffset);
    if (fault === null) yield `${file.shown} passed sanity check.`;
    else findings.add('damage', path, `  ${fault}`);
    return;
  }
  const index = readOffsetIndex(sibling(path, '.index'), baseOffset);
  const used = usedCount(index, baseOffset);
  const log = new BatchFile(sibling(path, '.log'));
  try {
    let previousMs = NO_TIMESTAMP;
    for (let at = 0; at < timeIndex.count; at++) {
      const { timestampMs, offset } = timeIndex.entry(at);
      if (offset === baseOffset && at > 0) return;
      const batch = firstEndingFrom(log, positionFor(index, used, offset), offset);
      const found = batch === null ? -1 : batchLastOffset(batch.bytes, batch.at);
      if (isUnused(timeIndex, baseOffset)) {
        // As above.
      } else if (batch === null || found !== offset) {
        findings.add('offsetNotFound', path, `Indexed offset: ${offset}, found log offset: ${found}`);
      } else {
        const latestMs = latestTimestamp(batch);
        if (latestMs !== timestampMs)
          findings.add('timeMismatch', path, `  Index timestamp: ${timestampMs}, log timestamp: ${latestMs}`);
        if (previousMs >= timestampMs) {
          const line = `  Index timestamp: ${timestampMs}, Previously indexed timestamp: ${previousMs}`;
          findings.add('timeOrder', path, line);
        }
      }
      if (options.indexes === 'print') yield `timestamp: ${timestampMs} offset: ${offset}`;
      previousMs = timestampMs;
    }
  } finally {
    log.close();
  }
}

/** Whether a preallocated index has no entry yet. */
const isUnused = (index: IndexEntries<{ readonly offset: number }>, baseOffset: number): boolean =>
  index.count > 1 && index.entry(0).offset === baseOffset && index.entry(1).offset === baseOffset;

const sizeFault = (fileBytes: number, entryBytes: number): string | null =>
  fileBytes % entryBytes === 0 ? null : `found ${fileBytes} bytes, which is not a multiple of ${entryBytes}`;

const timeIndexFault = (index: ReturnType<typeof readTimeIndex>, baseOffset: number): string | null => {
  if (index.count === 0) return sizeFault(index.fileBytes, index.entryBytes);
  const first = index.entry(0);
  const last = index.entry(index.count - 1);
  if (last.timestampMs < first.timestampMs)
    return `the last time stamp is ${last.timestampMs}, which is less than the first one, ${first.timestampMs}`;
  if (last.offset < baseOffset)
    return `the last offset is ${last.offset}, which is less than the base offset ${baseOffset}`;
  return sizeFault(index.fileBytes, index.entryBytes);
};

const batchAt = (log: BatchFile, position: number): StoredBatch | null => {
  if (position < 0) return null;
  for (const batch of log.batches(position)) return batch;
  return null;
};

/** The first batch from `position` on that ends at or behind `offset`. */
const firstEndingFrom = (log: BatchFile, position: number, offset: number): StoredBatch | null => {
  for (const batch of log.batches(Math.max(0, position))) {
    if (batchLastOffset(batch.bytes, batch.at) >= offset) return batch;
  }
  return null;
};

/** The latest time stamp among a batch's records; that of its header when they cannot be read. */
const latestTimestamp = (batch: StoredBatch): number => {
  let latestMs = NO_TIMESTAMP;
  try {
    for (const { timestampMs } of recordsOf(batch)) latestMs = Math.max(latestMs, timestampMs);
  } catch (error) {
    if (!(error instanceof RecordBatchError)) throw error;
    return batchMaxTimestamp(batch.bytes, batch.at);
  }
  return latestMs;
};
