import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { crc32c } from '../../../../src/protocol/crc32c.ts';
import { PRODUCER_SNAPSHOT_CRC_OFFSET, producerSnapshot } from '../../../../src/protocol/records/producer-snapshot.ts';
import { encodeRecord } from '../../../../src/protocol/records/record-schema.ts';
import { temporaryFolder } from '../support.ts';
import { BATCHES, dump, flipBit, TIME_MS } from './support.ts';

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
