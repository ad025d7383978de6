import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readTimestamps, readTrace } from '../../scripts/calibrate/recordings.mjs';
import { TraceFile } from '../../src/broker/faults/trace-file.ts';
import { encodeRecordBatch } from '../../src/protocol/record-batch.ts';
import { brokerForTest, makeTopic, produceTo, temporaryDirectory, Wire } from '../broker/wire.ts';

describe('what a calibration reads', () => {
  it('is the trace that the broker writes', () => {
    const path = join(temporaryDirectory(), 'trace.bin');
    const trace = new TraceFile(path);
    const batches = [{ partition: 0, recordCount: 4, baseOffset: 8, errorCode: 0 }];
    trace.note({ arrivalNs: 5_000_000n, releaseNs: 7_500_000n, correlationId: 12, batches });
    trace.close();
    expect(readTrace(path, 1_000_000n)).toEqual([
      { arrivalUs: 4000, releaseUs: 6500, offset: 8, count: 4, correlationId: 12 },
    ]);
  });

  it('is no calibration when the broker refused a batch', () => {
    const path = join(temporaryDirectory(), 'trace.bin');
    const trace = new TraceFile(path);
    const batches = [{ partition: 0, recordCount: 4, baseOffset: -1, errorCode: 6 }];
    trace.note({ arrivalNs: 1n, releaseNs: 2n, correlationId: 1, batches });
    trace.close();
    expect(() => readTrace(path, 0n)).toThrow('the broker refused a batch with error 6');
  });

  it('is the time of each record in the log', async () => {
    const { broker, dataDir } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    const nowMs = Date.now();
    const times = [[nowMs, nowMs + 300, nowMs - 5], [nowMs + 1]];
    for (const stamps of times)
      await produceTo(
        wire,
        't',
        encodeRecordBatch(stamps.map((timestampMs) => ({ timestampMs, key: null, value: Buffer.alloc(200) }))),
      );
    await broker.close();
    expect(readTimestamps(join(dataDir, 't-0'))).toEqual(times.flat());
  });
});
