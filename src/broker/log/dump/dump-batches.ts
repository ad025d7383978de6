import { basename } from 'node:path';
import { ProtocolError } from '../../../protocol/errors.ts';
import { isControl, RecordBatchError } from '../../../protocol/record-batch.ts';
import { BatchFile, type StoredBatch } from './batch-file.ts';
import { batchLine, isValid, timestampType } from './batch-line.ts';
import { describeControlRecord } from './control-records.ts';
import { ALL_BYTES, type DumpedFile, type DumpOptions } from './dump-options.ts';
import type { Findings } from './findings.ts';
import { recordsOf, type StoredRecord } from './records.ts';

/** Lines for the batches of a `.log` file or a KRaft snapshot, and for their records. Throws the file system's error. */
export function* dumpBatches(file: DumpedFile, options: DumpOptions, findings: Findings): Generator<string> {
  const batches = new BatchFile(file.path, options.maxBytes);
  const offsets = new OffsetRun(file.path, findings);
  try {
    for (const batch of batches.batches()) {
      const isCrcRight = isValid(batch);
      if (!isCrcRight) findings.add('damage', file.path, `  position ${batch.position}: the CRC-32C does not match`);
      yield batchLine(batch, isCrcRight);
      if (options.isDeep) yield* dumpRecords(file.path, batch, options, offsets, findings);
    }
    if (batches.fault !== null) findings.add('damage', file.path, `  ${batches.fault}`);
    const restBytes = batches.sizeBytes - batches.stoppedAt;
    if (restBytes > 0 && options.maxBytes === ALL_BYTES) {
      findings.add('damage', file.path, `  ${restBytes} bytes behind position ${batches.stoppedAt} are no whole batch`);
      yield `Found ${restBytes} invalid bytes at the end of ${basename(file.path)}`;
    }
  } finally {
    batches.close();
  }
}

function* dumpRecords(
  path: string,
  batch: StoredBatch,
  options: DumpOptions,
  offsets: OffsetRun,
  findings: Findings,
): Generator<string> {
  try {
    for (const record of recordsOf(batch)) {
      offsets.take(record.offset);
      yield recordLine(batch, record, options);
    }
  } catch (error) {
    if (!(error instanceof RecordBatchError) && !(error instanceof ProtocolError)) throw error;
    findings.add('damage', path, `  position ${batch.position}: ${error.message}`);
    offsets.restart();
  }
}

const recordLine = ({ bytes, at }: StoredBatch, record: StoredRecord, options: DumpOptions): string => {
  const isControlBatch = isControl(bytes, at);
  let line = '';
  let prefix = '| ';
  if (!options.skipsRecordMetadata) {
    line =
      `${prefix}offset: ${record.offset} ${timestampType(bytes, at)}: ${record.timestampMs} ` +
      `keySize: ${record.key?.length ?? -1} valueSize: ${record.value?.length ?? -1} ` +
      `sequence: ${record.sequence} headerKeys: [${record.headerKeys.join(',')}]`;
    prefix = ' ';
    if (isControlBatch) line += ` ${describeControlRecord(record)}`;
  }
  if (options.decode === null || isControlBatch) return line;
  const { key, payload } = options.decode(record);
  if (key !== null) line += `${prefix}key: ${key}`;
  return payload === null ? line : `${line} payload: ${payload}`;
};

/** Notices offsets that do not follow the one before. */
class OffsetRun {
  readonly #path: string;
  readonly #findings: Findings;
  #last: number | null = null;

  constructor(path: string, findings: Findings) {
    this.#path = path;
    this.#findings = findings;
  }

  take(offset: number): void {
    if (this.#last !== null && offset !== this.#last + 1)
      this.#findings.add('gap', this.#path, `  ${this.#last} is followed by ${offset}`);
    this.#last = offset;
  }

  /** After records that could not be read: whatever comes next is no gap. */
  restart(): void {
    this.#last = null;
  }
}
