import { readFileSync } from 'node:fs';
import { crc32c } from '../../../protocol/crc32c.ts';
import { PRODUCER_SNAPSHOT_ENTRIES_OFFSET, producerSnapshot } from '../../../protocol/records/producer-snapshot.ts';
import { decodeRecord } from '../../../protocol/records/record-schema.ts';
import type { DumpedFile } from './dump-options.ts';
import type { Findings } from './findings.ts';
import { sequenceBefore } from './records.ts';

/** Lines for a `.snapshot` file: what a partition knew of its idempotent producers. Throws the file system's error. */
export function* dumpProducerSnapshot(file: DumpedFile, findings: Findings): Generator<string> {
  const bytes = readFileSync(file.path);
  const snapshot = decodeSnapshot(bytes);
  if (typeof snapshot === 'string') {
    findings.add('damage', file.path, `  ${snapshot}`);
    return;
  }
  for (const entry of snapshot.producerEntries) {
    const start = entry.currentTxnFirstOffset;
    const transaction = start >= 0 ? `OptionalLong[${start}]` : 'OptionalLong.empty';
    const batch =
      entry.lastOffset < 0
        ? ''
        : `firstSequence: ${sequenceBefore(entry.lastSequence, entry.offsetDelta)} lastSequence: ${entry.lastSequence} ` +
          `lastOffset: ${entry.lastOffset} offsetDelta: ${entry.offsetDelta} timestamp: ${entry.timestamp}`;
    yield `producerId: ${entry.producerId} producerEpoch: ${entry.epoch} coordinatorEpoch: ${entry.coordinatorEpoch} ` +
      `currentTxnFirstOffset: ${transaction} lastTimestamp: ${entry.timestamp} ${batch}`;
  }
}

/** The snapshot, or what is wrong with it. */
const decodeSnapshot = (bytes: Buffer) => {
  try {
    const snapshot = decodeRecord(producerSnapshot, bytes);
    const computed = crc32c(bytes.subarray(PRODUCER_SNAPSHOT_ENTRIES_OFFSET));
    if (computed === snapshot.crc) return snapshot;
    return `the CRC-32C does not match: stored ${snapshot.crc}, computed ${computed}`;
  } catch (error) {
    return error instanceof Error ? error.message : String(error);
  }
};
