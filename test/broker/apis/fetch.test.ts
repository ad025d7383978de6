import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { apiVersions } from '../../../src/protocol/messages/api-versions.ts';
import { deleteTopics } from '../../../src/protocol/messages/delete-topics.ts';
import { fetch } from '../../../src/protocol/messages/fetch.ts';
import { produce } from '../../../src/protocol/messages/produce.ts';
import { batchBaseOffset, batchRecordCount, batchSizeBytes } from '../../../src/protocol/record-batch.ts';
import {
  askWithGreatestInt64,
  batchOf,
  brokerForTest,
  fetchRequest,
  GREATEST_INT64,
  makeTopic,
  produceRequest,
  produceTo,
  Wire,
} from '../wire.ts';

const versions = Array.from({ length: 13 }, (_, index) => index + 4);
const topicOf = (version: number, id: string) => (version >= 13 ? { id } : { name: 't' });
const batchesIn = (records: Buffer | null | undefined): { baseOffset: number; recordCount: number }[] => {
  const batches = [];
  const bytes = records ?? Buffer.alloc(0);
  for (let at = 0; at < bytes.length; at += batchSizeBytes(bytes, at))
    batches.push({ baseOffset: batchBaseOffset(bytes, at), recordCount: batchRecordCount(bytes, at) });
  return batches;
};
const setUp = async (batches: number, config: Record<string, string> = {}) => {
  const { broker } = await brokerForTest(config);
  const wire = await Wire.open(broker);
  const id = await makeTopic(wire, 't');
  for (let index = 0; index < batches; index++) await produceTo(wire, 't', batchOf('a', 'b', 'c'));
  return { broker, wire, id };
};

describe('Fetch', () => {
  it.each(versions)('answers with whole batches in version %i', async (version) => {
    const { wire, id } = await setUp(3);
    const { responses, sessionId } = await wire.ask(fetch, version, fetchRequest(topicOf(version, id), 4));
    const [part] = responses[0]?.partitions ?? [];
    expect(part).toMatchObject({ partitionIndex: 0, errorCode: 0, highWatermark: 9, lastStableOffset: 9 });
    expect(batchesIn(part?.records)).toEqual([
      { baseOffset: 3, recordCount: 3 },
      { baseOffset: 6, recordCount: 3 },
    ]);
    expect(sessionId).toBe(0);
  });

  it('gives the first batch even over the limits, and no second one', async () => {
    const { wire } = await setUp(2);
    const { responses } = await wire.ask(
      fetch,
      12,
      fetchRequest({ name: 't' }, 0, { maxBytes: 1, partitionMaxBytes: 1 }),
    );
    expect(batchesIn(responses[0]?.partitions[0]?.records)).toHaveLength(1);
  });

  it('keeps to the limits over several partitions', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't', { partitions: 3 });
    for (let index = 0; index < 3; index++) await produceTo(wire, 't', batchOf('x'.repeat(500)), { index });
    const partitions = [0, 1, 2].map((partition) => ({ partition, fetchOffset: 0, partitionMaxBytes: 1000 }));
    const request = { ...fetchRequest({ name: 't' }, 0, { maxBytes: 1300 }), topics: [{ topic: 't', partitions }] };
    const { responses } = await wire.ask(fetch, 12, request);
    expect(responses[0]?.partitions.map(({ records }) => batchesIn(records).length)).toEqual([1, 1, 0]);
  });

  it('answers at once when nobody wants to wait', async () => {
    const { wire } = await setUp(1);
    const { responses } = await wire.ask(fetch, 12, fetchRequest({ name: 't' }, 3));
    expect(responses[0]?.partitions[0]).toMatchObject({ errorCode: 0, highWatermark: 3 });
    expect(responses[0]?.partitions[0]?.records).toHaveLength(0);
  });

  it('waits for an append of another connection', async () => {
    const { broker, wire } = await setUp(1);
    const waiting = wire.ask(fetch, 12, fetchRequest({ name: 't' }, 3, { maxWaitMs: 60_000 }));
    const other = await Wire.open(broker);
    await other.ask(apiVersions, 0, {});
    await produceTo(other, 't', batchOf('new'));
    expect(batchesIn((await waiting).responses[0]?.partitions[0]?.records)).toEqual([
      { baseOffset: 3, recordCount: 1 },
    ]);
  });

  it('waits until there are as many bytes as it was asked for', async () => {
    const { broker, wire } = await setUp(0);
    const sizeBytes = batchOf('new').length;
    const waiting = wire.ask(fetch, 12, fetchRequest({ name: 't' }, 0, { maxWaitMs: 60_000, minBytes: 3 * sizeBytes }));
    const other = await Wire.open(broker);
    for (let count = 0; count < 3; count++) await produceTo(other, 't', batchOf('new'));
    expect(batchesIn((await waiting).responses[0]?.partitions[0]?.records)).toHaveLength(3);
  });

  it('gives what there is when the wait is over', async () => {
    const { wire } = await setUp(1);
    const { responses } = await wire.ask(fetch, 12, fetchRequest({ name: 't' }, 0, { maxWaitMs: 20, minBytes: 1e6 }));
    expect(batchesIn(responses[0]?.partitions[0]?.records)).toHaveLength(1);
  });

  it('keeps responses in order behind a fetch that waits', async () => {
    const { broker, wire } = await setUp(0);
    const fetchId = wire.send(fetch, 12, fetchRequest({ name: 't' }, 0, { maxWaitMs: 60_000 }));
    const produceId = wire.send(produce, 9, produceRequest('t', batchOf('own')));
    const versionsId = wire.send(apiVersions, 0, {});
    expect((await wire.receive(fetch, 12, fetchId)).responses[0]?.partitions[0]?.highWatermark).toBe(1);
    await wire.receive(produce, 9, produceId);
    await wire.receive(apiVersions, 0, versionsId);
    expect(broker.port).toBeGreaterThan(0);
  });

  it.each([9, 15])('answers a wait with an error when the topic is deleted (version %i)', async (version) => {
    const { broker, wire, id } = await setUp(1);
    const waiting = wire.ask(fetch, version, fetchRequest(topicOf(version, id), 3, { maxWaitMs: 60_000 }));
    const other = await Wire.open(broker);
    await other.ask(deleteTopics, 5, { topicNames: ['t'], timeoutMs: 1000 });
    const error = version >= 13 ? ErrorCode.UNKNOWN_TOPIC_ID : ErrorCode.UNKNOWN_TOPIC_OR_PARTITION;
    expect((await waiting).responses[0]?.partitions[0]?.errorCode).toBe(error);
  });

  it.each([-1, 4])('answers offset %i with OFFSET_OUT_OF_RANGE', async (offset) => {
    const { wire } = await setUp(1);
    const { responses } = await wire.ask(fetch, 12, fetchRequest({ name: 't' }, offset, { maxWaitMs: 60_000 }));
    expect(responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  });

  it('answers the greatest offset there is with OFFSET_OUT_OF_RANGE', async () => {
    const { wire } = await setUp(1);
    const { responses } = await askWithGreatestInt64(wire, fetch, 12, fetchRequest({ name: 't' }, GREATEST_INT64));
    expect(responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.OFFSET_OUT_OF_RANGE);
  });

  it('does not know topics and partitions that were never made', async () => {
    const { wire, id } = await setUp(0);
    const unknownId = await wire.ask(fetch, 13, fetchRequest({ id: 'AAAAAAAAAAAAAAAAAAAAAQ' }, 0));
    expect(unknownId.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_ID);
    const unknownPartition = await wire.ask(fetch, 13, fetchRequest({ id }, 0, { index: 5 }));
    expect(unknownPartition.responses[0]?.partitions[0]?.errorCode).toBe(ErrorCode.UNKNOWN_TOPIC_OR_PARTITION);
  });

  it('refuses to go on with a session that it never began', async () => {
    const { wire } = await setUp(0);
    const request = { ...fetchRequest({ name: 't' }, 0), sessionId: 7, sessionEpoch: 1 };
    expect((await wire.ask(fetch, 12, request)).errorCode).toBe(ErrorCode.FETCH_SESSION_ID_NOT_FOUND);
  });

  it('serves from files what is no longer in memory, after a restart', async () => {
    const { broker, dataDir } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    for (let index = 0; index < 20; index++)
      await produceTo(wire, 't', batchOf('x'.repeat(10_000), 'y'.repeat(10_000)));
    await broker.close();
    const { broker: again } = await brokerForTest({}, dataDir);
    const wireAgain = await Wire.open(again);
    const { responses } = await wireAgain.ask(fetch, 12, fetchRequest({ name: 't' }, 0));
    expect(batchesIn(responses[0]?.partitions[0]?.records)).toHaveLength(20);
  });

  it('gives as much as it was asked for from files, over reads and segments, without waiting', async () => {
    const { broker, dataDir } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't', { config: { 'segment.bytes': '1500000' } });
    const batch = batchOf('x'.repeat(100_000));
    for (let index = 0; index < 40; index++) await produceTo(wire, 't', batch);
    await broker.close();
    const { broker: again } = await brokerForTest({}, dataDir);
    const wireAgain = await Wire.open(again);
    const limits = { maxWaitMs: 60_000, minBytes: 3_000_000, partitionMaxBytes: 3_500_000 };
    const { responses } = await wireAgain.ask(fetch, 12, fetchRequest({ name: 't' }, 0, limits));
    const batches = batchesIn(responses[0]?.partitions[0]?.records);
    expect(batches.length * batch.length).toBeGreaterThanOrEqual(3_000_000);
    expect(batches.map(({ baseOffset }) => baseOffset)).toEqual(batches.map((_, index) => index));
  });

  it('does not wait for bytes that its own limits keep out', async () => {
    const { wire } = await setUp(3);
    const sizeBytes = batchOf('a', 'b', 'c').length;
    for (const limits of [{ partitionMaxBytes: 2 * sizeBytes + 1 }, { maxBytes: 2 * sizeBytes + 1 }]) {
      const { responses } = await wire.ask(
        fetch,
        12,
        fetchRequest({ name: 't' }, 0, { ...limits, minBytes: 1_000_000, maxWaitMs: 60_000 }),
      );
      expect(batchesIn(responses[0]?.partitions[0]?.records)).toHaveLength(2);
    }
  });

  it('counts what a partition holds beyond its limit as Kafka does, up to that limit', async () => {
    const { wire } = await setUp(2);
    const sizeBytes = batchOf('a', 'b', 'c').length;
    const limits = { partitionMaxBytes: sizeBytes + 10, minBytes: sizeBytes + 5, maxWaitMs: 60_000 };
    const { responses } = await wire.ask(fetch, 12, fetchRequest({ name: 't' }, 0, limits));
    expect(batchesIn(responses[0]?.partitions[0]?.records)).toHaveLength(1);
  });
});
