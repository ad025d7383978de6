import { appendFileSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { decodeOffsets, decodeText, decodeTransactions } from '../../../../src/broker/log/dump/decoders.ts';
import { dumpFile, nameFault } from '../../../../src/broker/log/dump/dump-file.ts';
import { ALL_BYTES, type DumpOptions } from '../../../../src/broker/log/dump/dump-options.ts';
import { Findings } from '../../../../src/broker/log/dump/findings.ts';
import { FINDINGS_SHOWN } from '../../../../src/broker/log/dump/limits.ts';
import { crc32c } from '../../../../src/protocol/crc32c.ts';
import {
  BATCH_OVERHEAD_BYTES,
  batchLastOffsetDelta,
  encodeRecordBatch,
  type PlainRecord,
  placeBatch,
  sealBatch,
} from '../../../../src/protocol/record-batch.ts';
import {
  groupMetadataKey,
  groupMetadataValue,
  offsetCommitKey,
  offsetCommitValue,
} from '../../../../src/protocol/records/consumer-offsets.ts';
import { consumerProtocolSubscription } from '../../../../src/protocol/records/consumer-protocol.ts';
import { PRODUCER_SNAPSHOT_CRC_OFFSET, producerSnapshot } from '../../../../src/protocol/records/producer-snapshot.ts';
import { encodeRecord } from '../../../../src/protocol/records/record-schema.ts';
import { transactionLogKey, transactionLogValue } from '../../../../src/protocol/records/transaction-log.ts';
import { encodeMarkerBatch } from '../../../../src/protocol/transaction-marker.ts';
import { append, makeBatch, openLog, temporaryFolder } from '../support.ts';

const LOG = '00000000000000000000.log';
const INDEX = '00000000000000000000.index';
const TIME_INDEX = '00000000000000000000.timeindex';
const TIME_MS = 1_700_000_000_000;

const BATCHES: DumpOptions = {
  isDeep: false,
  decode: null,
  skipsRecordMetadata: false,
  indexes: 'print',
  maxBytes: ALL_BYTES,
  maxMessageBytes: 5 * 1024 * 1024,
};
const RECORDS: DumpOptions = { ...BATCHES, isDeep: true };
const CONTENT: DumpOptions = { ...RECORDS, decode: decodeText };

/** The lines for a file, and what was found wrong with it. */
const dump = (path: string, options: DumpOptions) => {
  const findings = new Findings();
  const lines = [...dumpFile(path, options, findings)];
  return { lines: lines.slice(1), found: findings.lines(), hasDamage: findings.hasDamage };
};

const record = (key: string | null, value: string | null, headers: PlainRecord['headers'] = []): PlainRecord => ({
  timestampMs: TIME_MS,
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers,
});

/** Writes batches one behind the other into a log file, offsets from 0 on; returns its path. */
const writeLog = (folder: string, ...batches: readonly Buffer[]): string => {
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
const compressed = (batch: Buffer, codec: number, compress: (bytes: Buffer) => Buffer): Buffer => {
  const head = Buffer.from(batch.subarray(0, BATCH_OVERHEAD_BYTES));
  const whole = Buffer.concat([head, compress(batch.subarray(BATCH_OVERHEAD_BYTES))]);
  whole.writeInt32BE(whole.length - 12, 8);
  whole.writeInt16BE(codec, 21);
  sealBatch(whole, 0, whole.length);
  return whole;
};

const flipBit = (path: string, at: number): void => {
  const bytes = readFileSync(path);
  bytes[at] = (bytes[at] ?? 0) ^ 1;
  writeFileSync(path, bytes);
};

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
    expect(found.join()).toMatch(/position 0: the gzip stream cannot be read/);
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

  it('gives no record of a codec that cannot be undone yet, and says so', () => {
    const zstd = compressed(encodeRecordBatch([record('k', 'v')]), 4, (bytes) => bytes);

    const { lines, found, hasDamage } = dump(writeLog(temporaryFolder(), zstd), CONTENT);

    expect(lines).toHaveLength(2);
    expect(found.at(-1)).toBe('  position 0: zstd cannot be decompressed yet');
    expect(hasDamage).toBe(true);
  });
});

describe('index files', () => {
  const filledLog = (): string => {
    const folder = join(temporaryFolder(), 't-0');
    mkdirSync(folder);
    const log = openLog(folder);
    append(log, ...Array.from({ length: 40 }, (_, index) => makeBatch(5, 200, TIME_MS + index * 10)));
    log.close();
    return folder;
  };

  it('of our own log are right', () => {
    const folder = filledLog();

    for (const name of [INDEX, TIME_INDEX]) {
      const { lines, found } = dump(join(folder, name), BATCHES);
      expect(lines.length).toBeGreaterThan(2);
      expect(lines.every((line) => /^(offset: \d+ position|timestamp: \d+ offset): \d+$/.test(line))).toBe(true);
      expect(found).toEqual([]);
    }
  });

  it('are verified without printing their entries', () => {
    expect(dump(join(filledLog(), INDEX), { ...BATCHES, indexes: 'verify' })).toEqual({
      lines: [],
      found: [],
      hasDamage: false,
    });
  });

  it('pass the check that a broker makes', () => {
    const path = join(filledLog(), TIME_INDEX);

    expect(dump(path, { ...BATCHES, indexes: 'sanity' }).lines).toEqual([`${path} passed sanity check.`]);
  });

  it('fail it when they hold no whole number of entries', () => {
    const path = join(filledLog(), INDEX);
    writeFileSync(path, readFileSync(path).subarray(0, -3));

    const { lines, found, hasDamage } = dump(path, { ...BATCHES, indexes: 'sanity' });

    expect(lines).toEqual([]);
    expect(found.at(-1)).toMatch(/which is not a multiple of 8$/);
    expect(hasDamage).toBe(true);
  });

  it('are held against the log: an offset that is not that of its batch', () => {
    const path = join(filledLog(), INDEX);
    flipBit(path, 3);

    const { found, hasDamage } = dump(path, BATCHES);

    expect(found[0]).toBe(`Mismatches in :${path}`);
    expect(found[1]).toMatch(/^ {2}Index offset: \d+, log offset: \d+$/);
    expect(hasDamage).toBe(true);
  });

  it('are held against the log: a time that is not that of its batch', () => {
    const path = join(filledLog(), TIME_INDEX);
    flipBit(path, 7);

    expect(dump(path, BATCHES).found).toEqual([
      `Found timestamp mismatch in :${path}`,
      expect.stringMatching(/^ {2}Index timestamp: \d+, log timestamp: \d+$/),
    ]);
  });

  it('of a running broker end in zeros that are no entries', () => {
    const folder = filledLog();
    const path = join(folder, INDEX);
    const before = dump(path, BATCHES).lines;
    writeFileSync(path, Buffer.concat([readFileSync(path), Buffer.alloc(800)]));

    expect(dump(path, BATCHES)).toEqual({ lines: before, found: [], hasDamage: false });
    expect(dump(join(folder, TIME_INDEX), BATCHES).found).toEqual([]);
  });

  it('without entries are called empty', () => {
    const folder = temporaryFolder();
    writeLog(folder, makeBatch(1, 1));
    const path = join(folder, INDEX);
    writeFileSync(path, '');

    expect(dump(path, BATCHES).lines).toEqual([`${path} is empty.`]);
  });
});

describe('a producer snapshot', () => {
  const write = (): string => {
    const entry = { producerId: 4, epoch: 2, timestamp: TIME_MS, coordinatorEpoch: 0 };
    const bytes = encodeRecord(producerSnapshot, 1, {
      crc: 0,
      producerEntries: [
        { ...entry, lastSequence: 9, lastOffset: 30, offsetDelta: 4, currentTxnFirstOffset: 21 },
        { ...entry, producerId: 5, lastSequence: -1, lastOffset: -1, offsetDelta: 0, currentTxnFirstOffset: -1 },
      ],
    });
    bytes.writeUInt32BE(crc32c(bytes.subarray(6)), PRODUCER_SNAPSHOT_CRC_OFFSET);
    const path = join(temporaryFolder(), '00000000000000000031.snapshot');
    writeFileSync(path, bytes);
    return path;
  };

  it('names each producer with its last batch and its open transaction', () => {
    expect(dump(write(), BATCHES).lines).toEqual([
      `producerId: 4 producerEpoch: 2 coordinatorEpoch: 0 currentTxnFirstOffset: OptionalLong[21] lastTimestamp: ${TIME_MS} ` +
        `firstSequence: 5 lastSequence: 9 lastOffset: 30 offsetDelta: 4 timestamp: ${TIME_MS}`,
      `producerId: 5 producerEpoch: 2 coordinatorEpoch: 0 currentTxnFirstOffset: OptionalLong.empty lastTimestamp: ${TIME_MS} `,
    ]);
  });

  it('with a flipped bit is not shown', () => {
    const path = write();
    flipBit(path, 20);

    const { lines, found } = dump(path, BATCHES);

    expect(lines).toEqual([]);
    expect(found.at(-1)).toMatch(/the CRC-32C does not match: stored \d+, computed \d+$/);
  });
});

it('names the aborted transactions of a transaction index', () => {
  const bytes = Buffer.alloc(34);
  [1n, 3n, 5n, 6n].forEach((value, index) => {
    bytes.writeBigInt64BE(value, 2 + index * 8);
  });
  const path = join(temporaryFolder(), '00000000000000000000.txnindex');
  writeFileSync(path, bytes);

  expect(dump(path, BATCHES).lines).toEqual([
    'version: 0 producerId: 1 firstOffset: 3 lastOffset: 5 lastStableOffset: 6',
  ]);
});

describe("the records of Kafka's own topics", () => {
  const dumpRecord = (key: Buffer | null, value: Buffer | null, decode: typeof decodeText): string => {
    const path = writeLog(temporaryFolder(), encodeRecordBatch([{ timestampMs: TIME_MS, key, value }]));
    return dump(path, { ...CONTENT, decode, skipsRecordMetadata: true }).lines[2] ?? '';
  };
  const offsetKey = encodeRecord(offsetCommitKey, 1, { group: 'g', topic: 't', partition: 2 });

  it('are shown as JSON: a committed offset', () => {
    const value = { offset: 8, leaderEpoch: 0, metadata: 'a "b"', commitTimestamp: TIME_MS };

    expect(dumpRecord(offsetKey, encodeRecord(offsetCommitValue, 3, value), decodeOffsets)).toBe(
      '| key: {"type":"1","data":{"group":"g","topic":"t","partition":2}} payload: {"version":"3","data":' +
        `{"offset":8,"leaderEpoch":0,"metadata":"a \\"b\\"","commitTimestamp":${TIME_MS}}}`,
    );
  });

  it('are shown as JSON: an offset that is forgotten', () => {
    expect(dumpRecord(offsetKey, null, decodeOffsets)).toMatch(/ payload: <DELETE>$/);
  });

  it('are shown as JSON: a group, with the subscriptions of its members', () => {
    const member = { memberId: 'm', clientId: 'c', clientHost: '/h', rebalanceTimeout: 1, sessionTimeout: 2 };
    const subscription = encodeRecord(consumerProtocolSubscription, 0, { topics: ['t'], userData: null });
    const value = encodeRecord(groupMetadataValue, 3, {
      protocolType: 'consumer',
      generation: 1,
      protocol: 'range',
      leader: 'm',
      currentStateTimestamp: TIME_MS,
      members: [{ ...member, subscription, assignment: Buffer.from('x') }],
    });

    expect(dumpRecord(encodeRecord(groupMetadataKey, 2, { group: 'g' }), value, decodeOffsets)).toBe(
      '| key: {"type":"2","data":{"group":"g"}} payload: {"version":"3","data":{"protocolType":"consumer","generation":1,' +
        `"protocol":"range","leader":"m","currentStateTimestamp":${TIME_MS},"members":[{"memberId":"m",` +
        '"groupInstanceId":null,"clientId":"c","clientHost":"/h","rebalanceTimeout":1,"sessionTimeout":2,' +
        '"subscription":{"topics":["t"],"userData":null},"assignment":"eA=="}]}}',
    );
  });

  it('are shown as JSON: a transactional id', () => {
    const value = encodeRecord(transactionLogValue, 1, {
      producerId: 1,
      producerEpoch: 0,
      transactionTimeoutMs: 60_000,
      transactionStatus: 0,
      transactionPartitions: null,
      transactionLastUpdateTimestampMs: TIME_MS,
      transactionStartTimestampMs: -1,
    });

    expect(dumpRecord(encodeRecord(transactionLogKey, 0, { transactionalId: 'x' }), value, decodeTransactions)).toBe(
      '| key: {"type":"0","data":{"transactionalId":"x"}} payload: {"version":"1","data":{"producerId":1,' +
        '"producerEpoch":0,"transactionTimeoutMs":60000,"transactionStatus":0,"transactionPartitions":null,' +
        `"transactionLastUpdateTimestampMs":${TIME_MS},"transactionStartTimestampMs":-1}}`,
    );
  });

  it('of another kind, or broken, say so in their place', () => {
    expect(dumpRecord(Buffer.from([0, 99]), null, decodeOffsets)).toBe(
      '| key: Unknown record type 99 at offset 0, skipping.',
    );
    expect(dumpRecord(offsetKey.subarray(0, 4), null, decodeOffsets)).toMatch(
      /^\| key: Error at offset 0, skipping\. /,
    );
    expect(dumpRecord(null, Buffer.from('v'), decodeOffsets)).toMatch(/^\| key: Error at offset 0, skipping\. /);
  });
});

it('reads files with any byte changed, cut anywhere, to an end', () => {
  const folder = temporaryFolder();
  const marker = { producerId: 3, producerEpoch: 0, coordinatorEpoch: 5, timestampMs: TIME_MS, isCommit: true };
  const whole = [
    encodeRecordBatch([record('k', 'v', [['h', null]]), record(null, null)]),
    encodeMarkerBatch(marker),
    compressed(encodeRecordBatch([record('k', 'packed')]), 1, (bytes) => gzipSync(bytes)),
  ];
  const path = writeLog(folder, ...whole);
  const log = readFileSync(path);
  const index = Buffer.alloc(16);
  index.writeInt32BE(1, 0);
  const entries = Buffer.alloc(24);
  entries.writeBigInt64BE(BigInt(TIME_MS), 0);
  entries.writeInt32BE(1, 8);
  const files = [log, index, entries];
  const names = [LOG, INDEX, TIME_INDEX];
  fc.assert(
    fc.property(fc.nat(2), fc.nat(), fc.nat(255), fc.nat(), (file, at, byte, cut) => {
      for (const [other, bytes] of files.entries()) {
        const changed = Buffer.from(bytes);
        if (other === file) changed[at % bytes.length] = byte;
        const end = other === file && cut % 4 === 0 ? cut % bytes.length : bytes.length;
        writeFileSync(join(folder, names[other] ?? ''), changed.subarray(0, end));
      }
      for (const name of names) {
        for (const decode of [decodeText, decodeOffsets, decodeTransactions])
          expect(dump(join(folder, name), { ...CONTENT, decode }).lines.length).toBeLessThan(20);
      }
    }),
    { numRuns: 300 },
  );
});

it('keeps a bounded number of findings of a kind, and counts the others', () => {
  const findings = new Findings();
  for (let index = 0; index < FINDINGS_SHOWN + 5; index++) findings.add('gap', '/f', `  ${index}`);

  expect(findings.lines()).toHaveLength(FINDINGS_SHOWN + 2);
  expect(findings.lines().at(-1)).toBe('  and 5 more');
});

it('knows by its name what a file is', () => {
  expect(nameFault('a/00000000000000000000.log')).toBe(null);
  expect(nameFault('00000000000000000007-0000000001.checkpoint')).toBe(null);
  expect(nameFault('bootstrap.checkpoint')).toBe(null);
  expect(nameFault('recovery-point-offset-checkpoint')).toMatch(/^expected a name that ends in \.log,/);
  expect(nameFault('broker.log')).toMatch(/^expected a name that begins with an offset/);
  expect(nameFault('other.checkpoint')).toMatch(/^expected the name of a KRaft snapshot/);
});
