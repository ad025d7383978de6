import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { decodeText } from '../../../../src/broker/log/dump/decoders.ts';
import { dumpFile } from '../../../../src/broker/log/dump/dump-file.ts';
import { ALL_BYTES, type DumpOptions } from '../../../../src/broker/log/dump/dump-options.ts';
import { Findings } from '../../../../src/broker/log/dump/findings.ts';
import {
  BATCH_OVERHEAD_BYTES,
  batchLastOffsetDelta,
  type PlainRecord,
  placeBatch,
  sealBatch,
} from '../../../../src/protocol/record-batch.ts';

/** The first segment of a log. */
export const LOG = '00000000000000000000.log';
/** Its index. */
export const INDEX = '00000000000000000000.index';
/** Its time index. */
export const TIME_INDEX = '00000000000000000000.timeindex';
/** When the records were made. */
export const TIME_MS = 1_700_000_000_000;

/** Batches alone, and the entries of indexes. */
export const BATCHES: DumpOptions = {
  isDeep: false,
  decode: null,
  skipsRecordMetadata: false,
  indexes: 'print',
  maxBytes: ALL_BYTES,
  maxMessageBytes: 5 * 1024 * 1024,
};
/** A line for each record too. */
export const RECORDS: DumpOptions = { ...BATCHES, isDeep: true };
/** With keys and values. */
export const CONTENT: DumpOptions = { ...RECORDS, decode: decodeText };

/** The lines for a file, and what was found wrong with it. */
export const dump = (path: string, options: DumpOptions) => {
  const findings = new Findings();
  const lines = [...dumpFile(path, options, findings)];
  return { lines: lines.slice(1), found: findings.lines(), hasDamage: findings.hasDamage };
};

/** A record with text in it. */
export const record = (
  key: string | null,
  value: string | null,
  headers: PlainRecord['headers'] = [],
): PlainRecord => ({
  timestampMs: TIME_MS,
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers,
});

/** Writes batches one behind the other into a log file, offsets from 0 on; returns its path. */
export const writeLog = (folder: string, ...batches: readonly Buffer[]): string => {
  let offset = 0;
  for (const batch of batches) {
    placeBatch(batch, 0, offset, 0);
    offset += batchLastOffsetDelta(batch, 0) + 1;
  }
  const path = join(folder, LOG);
  writeFileSync(path, Buffer.concat(batches));
  return path;
};

/** The same batch with its records compressed by something, and the codec's number in its attributes. */
export const compressed = (batch: Buffer, codec: number, compress: (bytes: Buffer) => Buffer): Buffer => {
  const head = Buffer.from(batch.subarray(0, BATCH_OVERHEAD_BYTES));
  const whole = Buffer.concat([head, compress(batch.subarray(BATCH_OVERHEAD_BYTES))]);
  whole.writeInt32BE(whole.length - 12, 8);
  whole.writeInt16BE(codec, 21);
  sealBatch(whole, 0, whole.length);
  return whole;
};

/** Turns one bit of a file round. */
export const flipBit = (path: string, at: number): void => {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
};
