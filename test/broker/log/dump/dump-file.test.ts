import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';
import fc from 'fast-check';
import { expect, it } from 'vitest';
import { decodeOffsets, decodeText, decodeTransactions } from '../../../../src/broker/log/dump/decoders.ts';
import { nameFault } from '../../../../src/broker/log/dump/dump-file.ts';
import { encodeRecordBatch } from '../../../../src/protocol/record-batch.ts';
import { encodeMarkerBatch } from '../../../../src/protocol/transaction-marker.ts';
import { temporaryFolder } from '../support.ts';
import { CONTENT, compressed, dump, INDEX, LOG, record, TIME_INDEX, TIME_MS, writeLog } from './support.ts';

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

it('knows by its name what a file is', () => {
  expect(nameFault('a/00000000000000000000.log')).toBe(null);
  expect(nameFault('00000000000000000007-0000000001.checkpoint')).toBe(null);
  expect(nameFault('bootstrap.checkpoint')).toBe(null);
  expect(nameFault('recovery-point-offset-checkpoint')).toMatch(/^expected a name that ends in \.log,/);
  expect(nameFault('broker.log')).toMatch(/^expected a name that begins with an offset/);
  expect(nameFault('other.checkpoint')).toMatch(/^expected the name of a KRaft snapshot/);
});
