import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { encodeRecordBatch } from '../../../src/protocol/record-batch.ts';
import { batchOf, brokerForTest, makeTopic, produceTo, Wire } from '../wire.ts';

const HOUR_MS = 3_600_000;

const wireTo = async () => Wire.open((await brokerForTest()).broker);

const batchAt = (timestampMs: number, key: Buffer | null = null): Buffer =>
  encodeRecordBatch([{ timestampMs, key, value: Buffer.from('v') }]);

describe('a topic', () => {
  it('refuses records from more than an hour ahead, unless it keeps the time of the append', async () => {
    const wire = await wireTo();
    await makeTopic(wire, 't');
    await makeTopic(wire, 'stamped', { config: { 'message.timestamp.type': 'LogAppendTime' } });
    const ahead = batchAt(Date.now() + 2 * HOUR_MS);
    const refused = await produceTo(wire, 't', ahead);
    expect(refused.errorCode).toBe(ErrorCode.INVALID_TIMESTAMP);
    expect(refused.errorMessage).toContain('message.timestamp.after.max.ms (3600000)');
    expect((await produceTo(wire, 't', batchAt(Date.now() + HOUR_MS / 2))).errorCode).toBe(0);
    expect((await produceTo(wire, 'stamped', ahead)).errorCode).toBe(0);
  });

  it('refuses old records when message.timestamp.before.max.ms says so, but not those without a time', async () => {
    const wire = await wireTo();
    await makeTopic(wire, 't');
    await makeTopic(wire, 'recent', { config: { 'message.timestamp.before.max.ms': String(HOUR_MS) } });
    const old = batchAt(Date.now() - 2 * HOUR_MS);
    expect((await produceTo(wire, 't', old)).errorCode).toBe(0);
    expect((await produceTo(wire, 'recent', old)).errorCode).toBe(ErrorCode.INVALID_TIMESTAMP);
    expect((await produceTo(wire, 'recent', batchAt(-1))).errorCode).toBe(0);
  });

  it('that is compacted takes no records without a key', async () => {
    const wire = await wireTo();
    await makeTopic(wire, 't', { config: { 'cleanup.policy': 'compact' } });
    expect((await produceTo(wire, 't', batchAt(1000))).errorCode).toBe(ErrorCode.INVALID_RECORD);
    expect((await produceTo(wire, 't', batchAt(1000, Buffer.from('k')))).errorCode).toBe(0);
  });

  it('that wants two replicas takes nothing with acks=all', async () => {
    const wire = await wireTo();
    await makeTopic(wire, 't', { config: { 'min.insync.replicas': '2' } });
    expect((await produceTo(wire, 't', batchOf('v'), { acks: -1 })).errorCode).toBe(ErrorCode.NOT_ENOUGH_REPLICAS);
    expect((await produceTo(wire, 't', batchOf('v'), { acks: 1 })).errorCode).toBe(0);
  });
});
