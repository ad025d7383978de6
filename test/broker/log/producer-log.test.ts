import { readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { PartitionLog } from '../../../src/broker/log/partition-log.ts';
import { encodeRecordBatch } from '../../../src/protocol/record-batch.ts';
import { encodeMarkerBatch } from '../../../src/protocol/transaction-marker.ts';
import { append, openLog, stageTogether, temporaryFolder } from './support.ts';

const TRANSACTIONAL = 0x10;

type Made = { producerId?: number; epoch?: number; sequence: number; count?: number; isTransactional?: boolean };

const batch = ({ producerId = 7, epoch = 0, sequence, count = 1, isTransactional = false }: Made): Buffer =>
  encodeRecordBatch(
    Array.from({ length: count }, () => ({ timestampMs: 1000, key: null, value: Buffer.alloc(50) })),
    { producerId, producerEpoch: epoch, baseSequence: sequence, attributes: isTransactional ? TRANSACTIONAL : 0 },
  );

const marker = (isCommit: boolean, { producerId = 7, producerEpoch = 0 } = {}): Buffer =>
  encodeMarkerBatch({ producerId, producerEpoch, isCommit, coordinatorEpoch: 0, timestampMs: 2000 });

const verdict = (log: PartitionLog, made: Made) => log.producers.states.check(batch(made), 0);

describe('sequence numbers', () => {
  test('the next sequence is taken, a gap and an old one are refused', () => {
    const log = openLog(temporaryFolder());
    expect(verdict(log, { sequence: 5 })).toBeNull();
    append(log, batch({ sequence: 0, count: 3 }));
    expect(verdict(log, { sequence: 3 })).toBeNull();
    expect(verdict(log, { sequence: 4 })).toMatchObject({ kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    expect(verdict(log, { sequence: 1 })).toMatchObject({ kind: 'refused', error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
  });

  test('the last five batches are recognised with their offsets, the sixth is not', () => {
    const log = openLog(temporaryFolder());
    for (let index = 0; index < 6; index++) append(log, batch({ sequence: index * 2, count: 2 }));
    for (let index = 1; index < 6; index++)
      expect(verdict(log, { sequence: index * 2, count: 2 })).toEqual({ kind: 'duplicate', baseOffset: index * 2 });
    expect(verdict(log, { sequence: 0, count: 2 })).toMatchObject({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    expect(verdict(log, { sequence: 10, count: 1 })).toMatchObject({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
  });

  test('a newer epoch begins at 0 and shuts the older one out', () => {
    const log = openLog(temporaryFolder());
    append(log, batch({ sequence: 0 }));
    expect(verdict(log, { epoch: 1, sequence: 1 })).toMatchObject({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    append(log, batch({ epoch: 1, sequence: 0 }));
    expect(verdict(log, { epoch: 0, sequence: 1 })).toMatchObject({ error: 'INVALID_PRODUCER_EPOCH' });
  });

  test('sequences go on at 0 behind the largest number', () => {
    const log = openLog(temporaryFolder());
    append(log, batch({ sequence: 0x7fff_fffe, count: 4 }));
    expect(verdict(log, { sequence: 2 })).toBeNull();
    expect(verdict(log, { sequence: 0x7fff_fffe, count: 4 })).toMatchObject({ kind: 'duplicate' });
    append(openLog(temporaryFolder()), batch({ sequence: 0x7fff_ffff }));
  });

  test('what the disk refused is forgotten', () => {
    let isFull = false;
    const log = openLog(temporaryFolder(), {
      write: (_descriptor, buffers) => {
        if (isFull) throw Object.assign(new Error('full'), { code: 'ENOSPC' });
        return buffers.reduce((sum, { length }) => sum + length, 0);
      },
    });
    append(log, batch({ sequence: 0 }));
    isFull = true;
    stageTogether(log, [
      batch({ sequence: 1, isTransactional: true }),
      batch({ producerId: 8, sequence: 0, isTransactional: true }),
    ]);
    expect(verdict(log, { sequence: 2, isTransactional: true })).toBeNull();
    expect(() => log.flush()).toThrow(/no space/);
    expect(verdict(log, { sequence: 1 })).toBeNull();
    expect(log.producers.states.get(8)).toBeUndefined();
    expect(log.lastStableOffset).toBe(1);
  });

  test('idle producers are forgotten, those with an open transaction are not', () => {
    const log = openLog(temporaryFolder());
    append(log, batch({ sequence: 0 }), batch({ producerId: 8, sequence: 0, isTransactional: true }));
    log.producers.states.expire(500);
    expect(log.producers.states.count).toBe(2);
    log.producers.states.expire(5000);
    expect([...log.producers.states.entries()].map(([id]) => id)).toEqual([8]);
  });
});

describe('transactions', () => {
  test('the last stable offset waits for the earliest open transaction', () => {
    const log = openLog(temporaryFolder());
    append(log, batch({ sequence: 0 }), batch({ producerId: 8, sequence: 0, isTransactional: true }));
    append(log, batch({ producerId: 9, sequence: 0, isTransactional: true }));
    expect(log.lastStableOffset).toBe(1);
    append(log, marker(true, { producerId: 8 }));
    expect(log.lastStableOffset).toBe(2);
    append(log, marker(false, { producerId: 9 }));
    expect(log.lastStableOffset).toBe(5);
    expect(log.producers.abortedWithin(0, 5)).toEqual([
      { producerId: 9, firstOffset: 2, lastOffset: 4, lastStableOffset: 5 },
    ]);
    expect(log.producers.abortedWithin(0, 2)).toEqual([]);
    expect(log.producers.abortedWithin(5, 9)).toEqual([]);
  });

  test('a batch outside of the open transaction is refused', () => {
    const log = openLog(temporaryFolder());
    append(log, batch({ sequence: 0, isTransactional: true }));
    expect(verdict(log, { sequence: 1 })).toMatchObject({ error: 'INVALID_TXN_STATE' });
  });
});

describe('a restart', () => {
  const fill = (log: PartitionLog): void => {
    append(log, batch({ sequence: 0, count: 2 }), batch({ producerId: 8, sequence: 0, isTransactional: true }));
    append(log, marker(false, { producerId: 8 }), batch({ sequence: 2 }));
    append(log, batch({ producerId: 9, sequence: 0, isTransactional: true }), batch({ sequence: 3, count: 3 }));
  };
  const check = (log: PartitionLog): void => {
    expect(verdict(log, { sequence: 6 })).toBeNull();
    expect(verdict(log, { sequence: 3, count: 3 })).toEqual({ kind: 'duplicate', baseOffset: 6 });
    expect(verdict(log, { sequence: 7 })).toMatchObject({ error: 'OUT_OF_ORDER_SEQUENCE_NUMBER' });
    expect(log.lastStableOffset).toBe(5);
    expect(log.producers.abortedWithin(0, 9)).toMatchObject([{ producerId: 8, firstOffset: 2, lastOffset: 3 }]);
    append(log, marker(true, { producerId: 9 }));
    expect(log.lastStableOffset).toBe(log.highWatermark);
  };

  test('after a clean stop reads the snapshot', () => {
    const folder = temporaryFolder();
    const log = openLog(folder);
    fill(log);
    log.close();
    expect(readdirSync(folder)).toContain('00000000000000000009.snapshot');
    check(openLog(folder, { isCleanStart: true }));
  });

  test.each(['last', 'all'] as const)('after a kill replays the log (recover: %s)', (recover) => {
    const folder = temporaryFolder();
    fill(openLog(folder));
    check(openLog(folder, { isCleanStart: false, recover }));
  });

  test('after a kill with many segments goes on from the last snapshot', () => {
    const folder = temporaryFolder();
    const settings = { segmentBytes: 200 };
    fill(openLog(folder, { settings }));
    expect(readdirSync(folder).filter((name) => name.endsWith('.snapshot'))).toHaveLength(2);
    check(openLog(folder, { isCleanStart: false, recover: 'last', settings }));
  });

  test('a damaged snapshot and a damaged transaction index are made again', () => {
    const folder = temporaryFolder();
    const log = openLog(folder);
    fill(log);
    log.close();
    for (const name of readdirSync(folder))
      if (/\.(?:snapshot|txnindex)$/.test(name)) writeFileSync(join(folder, name), 'garbage');
    check(openLog(folder, { isCleanStart: false }));
  });

  test('a lost transaction index is found missing no abort', () => {
    const folder = temporaryFolder();
    const log = openLog(folder);
    fill(log);
    log.close();
    for (const name of readdirSync(folder)) if (/\.(?:snapshot|txnindex)$/.test(name)) rmSync(join(folder, name));
    check(openLog(folder, { isCleanStart: false }));
  });

  test('a log that no idempotent producer wrote to keeps no such files', () => {
    const folder = temporaryFolder();
    const log = openLog(folder, { settings: { segmentBytes: 200 } });
    for (let index = 0; index < 5; index++) append(log, batch({ producerId: -1, epoch: -1, sequence: -1 }));
    log.close();
    expect(readdirSync(folder).filter((name) => /snapshot|txnindex/.test(name))).toEqual([]);
  });
});
