import { gzipSync } from 'node:zlib';
import { describe, expect, test } from 'vitest';
import { sealBatch } from '../../../src/protocol/record-batch.ts';
import { append, makeBatch, openLog, temporaryFolder } from './support.ts';

/** The batch with other records under another codec. */
const withRecords = (batch: Buffer, codec: number, records: Buffer): Buffer => {
  const packed = Buffer.concat([batch.subarray(0, 61), records]);
  packed.writeInt32BE(packed.length - 12, 8);
  packed.writeInt16BE(codec, 21);
  sealBatch(packed, 0, packed.length);
  return packed;
};

describe('looking up by time in a compressed batch', () => {
  test('finds the record where the batch can be opened', () => {
    const log = openLog(temporaryFolder());
    const batch = makeBatch(5, 50, 7000);
    append(log, makeBatch(2, 10, 1000), withRecords(batch, 1, gzipSync(batch.subarray(61))));
    expect(log.offsetForTime(7003)).toEqual({ offset: 5, timestampMs: 7003, leaderEpoch: 0 });
    expect(log.maxTimestamp()).toEqual({ offset: 6, timestampMs: 7004, leaderEpoch: 0 });
  });

  test('gives the base offset with a time of the batch itself where it cannot', () => {
    const log = openLog(temporaryFolder());
    append(log, makeBatch(2, 10, 1000), withRecords(makeBatch(5, 50, 7000), 2, Buffer.from('no snappy here')));
    expect(log.offsetForTime(5000)).toEqual({ offset: 2, timestampMs: 7000, leaderEpoch: 0 });
    expect(log.offsetForTime(7002)).toEqual({ offset: 2, timestampMs: 7004, leaderEpoch: 0 });
  });

  test('gives the base offset where what was sent as gzip is none', () => {
    const log = openLog(temporaryFolder());
    const batch = makeBatch(5, 50, 7000);
    append(
      log,
      withRecords(batch, 1, Buffer.from('not gzip')),
      withRecords(batch, 1, gzipSync(Buffer.from('no records'))),
    );
    expect(log.offsetForTime(7002)).toEqual({ offset: 0, timestampMs: 7004, leaderEpoch: 0 });
    expect(log.maxTimestamp()?.offset).toBe(0);
  });
});

test('the largest time stamp is looked for behind the start of the log', () => {
  const log = openLog(temporaryFolder());
  append(log, makeBatch(3, 10, 9000), makeBatch(3, 10, 5000));
  log.advanceLogStartOffset(4);
  expect(log.maxTimestamp()).toEqual({ offset: 5, timestampMs: 5002, leaderEpoch: 0 });
});
