import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';
import { gzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { recodeBatch } from '../../../../src/protocol/compressed-batch.ts';
import { encodeRecordBatch, placeBatch } from '../../../../src/protocol/record-batch.ts';
import { encodeMarkerBatch } from '../../../../src/protocol/transaction-marker.ts';
import { makeBatch, temporaryFolder } from '../support.ts';
import { BATCHES, CONTENT, compressed, dump, flipBit, LOG, RECORDS, record, TIME_MS, writeLog } from './support.ts';

describe('a .log file', () => {
  it('gives a line for each batch, as Kafka words it', () => {
    const batch = encodeRecordBatch([record(null, 'a'), record(null, 'b')], {
      producerId: 7,
      producerEpoch: 1,
      baseSequence: 0x7fff_ffff,
    });
    const path = writeLog(temporaryFolder(), batch);

    expect(dump(path, BATCHES)).toEqual({
      lines: [
        'Log starting offset: 0',
        'baseOffset: 0 lastOffset: 1 count: 2 baseSequence: 2147483647 lastSequence: 0 producerId: 7 producerEpoch: 1 ' +
          'partitionLeaderEpoch: 0 isTransactional: false isControl: false deleteHorizonMs: OptionalLong.empty ' +
          `position: 0 CreateTime: ${TIME_MS} size: ${batch.length} magic: 2 compresscodec: none ` +
          `crc: ${batch.readUInt32BE(17)} isvalid: true`,
      ],
      found: [],
      hasDamage: false,
    });
  });

  it('gives a line for each record with sizes and header keys', () => {
    const headers = [['h', Buffer.from('1')] as const, ['i', null] as const];
    const path = writeLog(temporaryFolder(), encodeRecordBatch([record('key', 'é', headers), record(null, null)]));

    expect(dump(path, RECORDS).lines.slice(2)).toEqual([
      `| offset: 0 CreateTime: ${TIME_MS} keySize: 3 valueSize: 2 sequence: -1 headerKeys: [h,i]`,
      `| offset: 1 CreateTime: ${TIME_MS} keySize: -1 valueSize: -1 sequence: -1 headerKeys: []`,
    ]);
  });

  it('prints keys and values that are not null', () => {
    const records = [record('k', 'v'), record('', ''), record('gone', null), record(null, 'v')];
    const path = writeLog(temporaryFolder(), encodeRecordBatch(records));
    const content = dump(path, { ...CONTENT, skipsRecordMetadata: true }).lines.slice(2);

    expect(content).toEqual(['| key: k payload: v', '| key:  payload: ', '| key: gone', ' payload: v']);
    expect(dump(path, CONTENT).lines[2]).toMatch(/headerKeys: \[\] key: k payload: v$/);
  });

  it('says which end of a transaction a control batch marks', () => {
    const marker = { producerId: 3, producerEpoch: 0, coordinatorEpoch: 5, timestampMs: TIME_MS };
    const commit = encodeMarkerBatch({ ...marker, isCommit: true });
    const abort = encodeMarkerBatch({ ...marker, isCommit: false });

    const { lines } = dump(writeLog(temporaryFolder(), commit, abort), CONTENT);

    expect(lines[1]).toContain('isTransactional: true isControl: true');
    expect(lines[2]).toMatch(/headerKeys: \[\] endTxnMarker: COMMIT coordinatorEpoch: 5$/);
    expect(lines[4]).toMatch(/ endTxnMarker: ABORT coordinatorEpoch: 5$/);
  });

  it('shows the records of a gzip batch', () => {
    const batch = compressed(encodeRecordBatch([record('k', 'packed')]), 1, (bytes) => gzipSync(bytes));

    const { lines, hasDamage } = dump(writeLog(temporaryFolder(), batch), CONTENT);

    expect(lines[1]).toMatch(/ compresscodec: gzip crc: \d+ isvalid: true$/);
    expect(lines[2]).toMatch(/ key: k payload: packed$/);
    expect(hasDamage).toBe(false);
  });

  it('goes on behind a gzip stream that is broken', () => {
    const broken = compressed(encodeRecordBatch([record('k', 'v')]), 1, () => Buffer.from('no gzip'));

    const { lines, found } = dump(writeLog(temporaryFolder(), broken, encodeRecordBatch([record('k', 'v')])), CONTENT);

    expect(lines).toHaveLength(4);
    expect(found.join()).toMatch(/position 0: the gzip data cannot be read/);
  });

  it('finds a flipped bit, and the batch behind it', () => {
    const first = makeBatch(3, 10);
    const path = writeLog(temporaryFolder(), first, makeBatch(2, 10));
    flipBit(path, first.length - 3);

    const { lines, found, hasDamage } = dump(path, BATCHES);

    expect(lines[1]).toMatch(/ isvalid: false$/);
    expect(lines[2]).toMatch(new RegExp(`^baseOffset: 3 .* position: ${first.length} .* isvalid: true$`));
    expect(found).toEqual([`Damage in ${path}`, '  position 0: the CRC-32C does not match']);
    expect(hasDamage).toBe(true);
  });

  it('tells the bytes of a batch that is cut off', () => {
    const [whole, cut] = [makeBatch(3, 10), makeBatch(3, 10)];
    const path = writeLog(temporaryFolder(), whole, cut);
    writeFileSync(path, readFileSync(path).subarray(0, whole.length + cut.length - 1));

    const { lines, hasDamage } = dump(path, BATCHES);

    expect(lines.at(-1)).toBe(`Found ${cut.length - 1} invalid bytes at the end of ${LOG}`);
    expect(hasDamage).toBe(true);
  });

  it('tells zeros at its end, which are no batch', () => {
    const path = writeLog(temporaryFolder(), makeBatch(1, 10));
    appendFileSync(path, Buffer.alloc(100));

    expect(dump(path, BATCHES).lines.at(-1)).toBe(`Found 100 invalid bytes at the end of ${LOG}`);
  });

  it('is read only as far as asked, and then says nothing of the rest', () => {
    const batches = [makeBatch(1, 10), makeBatch(1, 10)];
    const path = writeLog(temporaryFolder(), ...batches);

    const { lines, hasDamage } = dump(path, { ...BATCHES, maxBytes: (batches[0]?.length ?? 0) + 20 });

    expect(lines).toHaveLength(2);
    expect(hasDamage).toBe(false);
  });

  it('is read through a buffer that its batches do not fit together', () => {
    const batches = Array.from({ length: 5 }, () => makeBatch(1, 700_000));

    const { lines } = dump(writeLog(temporaryFolder(), ...batches), BATCHES);

    expect(lines.filter((line) => line.endsWith('isvalid: true'))).toHaveLength(5);
  });

  it('may have gaps between its offsets, which are told and are no damage', () => {
    const batches = [makeBatch(1, 1), makeBatch(1, 1)];
    const path = writeLog(temporaryFolder(), ...batches);
    const [first, second] = batches;
    if (first === undefined || second === undefined) throw new Error('two batches were made');
    placeBatch(second, 0, 9, 0);
    writeFileSync(path, Buffer.concat([first, second]));

    const { found, hasDamage } = dump(path, RECORDS);

    expect(found).toEqual([`Non-consecutive offsets in ${path}`, '  0 is followed by 9']);
    expect(hasDamage).toBe(false);
  });

  it.each([
    [1, 'gzip'],
    [2, 'snappy'],
    [3, 'lz4'],
    [4, 'zstd'],
  ])('shows the records of codec %i, %s', (codec, name) => {
    const values = Array.from({ length: 20 }, (_, index) => record('k', `packed ${index}`));
    const { lines, found } = dump(
      writeLog(temporaryFolder(), recodeBatch(encodeRecordBatch(values), 0, codec)),
      CONTENT,
    );

    expect(lines[1]).toMatch(new RegExp(` compresscodec: ${name} crc: \\d+ isvalid: true$`));
    expect(lines).toHaveLength(2 + values.length);
    expect(lines.at(-1)).toContain('packed 19');
    expect(found).toEqual([]);
  });

  it('gives no record of what is not what its codec says, and calls it damage', () => {
    const zstd = compressed(encodeRecordBatch([record('k', 'v')]), 4, (bytes) => bytes);

    const { lines, found, hasDamage } = dump(writeLog(temporaryFolder(), zstd), CONTENT);

    expect(lines).toHaveLength(2);
    expect(found.at(-1)).toMatch(/ {2}position 0: the zstd data cannot be read: /);
    expect(hasDamage).toBe(true);
  });
});
