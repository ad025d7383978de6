import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { apiVersions } from '../../../src/protocol/messages/api-versions.ts';
import { fetch } from '../../../src/protocol/messages/fetch.ts';
import { heartbeat } from '../../../src/protocol/messages/heartbeat.ts';
import { listOffsets } from '../../../src/protocol/messages/list-offsets.ts';
import { metadata } from '../../../src/protocol/messages/metadata.ts';
import { produce } from '../../../src/protocol/messages/produce.ts';
import { batchOf, brokerForTest, fetchRequest, makeTopic, produceRequest, produceTo, Wire } from '../wire.ts';

const endOf = async (wire: Wire, name: string, index = 0): Promise<number | undefined> => {
  const partitions = [{ partitionIndex: index, timestamp: -1 }];
  const { topics } = await wire.ask(listOffsets, 5, { replicaId: -1, topics: [{ name, partitions }] });
  return topics[0]?.partitions[0]?.offset;
};

const twoPartitions = (name: string) => ({
  acks: 1,
  timeoutMs: 1000,
  topicData: [{ name, partitionData: [0, 1].map((index) => ({ index, records: batchOf('a') })) }],
});

describe('a fault that fails', () => {
  it('answers so many requests with the error and does nothing of them', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    const id = broker.faults.add({ match: { api: 'Produce' }, fail: { error: 'NOT_LEADER_OR_FOLLOWER', times: 2 } });
    for (let count = 0; count < 2; count++)
      expect(await produceTo(wire, 't', batchOf('a'))).toMatchObject({
        errorCode: ErrorCode.NOT_LEADER_OR_FOLLOWER,
        baseOffset: -1,
      });
    expect((await produceTo(wire, 't', batchOf('a'))).baseOffset).toBe(0);
    expect(broker.faults.hits(id)).toBe(2);
    expect(broker.faults.history()).toEqual(
      [1, 2].map(() => ({ fault: id, kind: 'fail', api: 'Produce', clientId: 'test', ms: null })),
    );
  });

  it('for one partition fails that one alone', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't', { partitions: 2 });
    broker.faults.add({ match: { api: 'Produce', topic: 't', partition: 1 }, fail: { error: 'KAFKA_STORAGE_ERROR' } });
    const { responses } = await wire.ask(produce, 11, twoPartitions('t'));
    expect(responses[0]?.partitionResponses.map(({ index, errorCode }) => [index, errorCode])).toEqual([
      [0, 0],
      [1, ErrorCode.KAFKA_STORAGE_ERROR],
    ]);
    expect([await endOf(wire, 't', 0), await endOf(wire, 't', 1)]).toEqual([1, 0]);
  });

  it('for one topic fails a fetch by topic id, and the others get their records', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    const ids = [await makeTopic(wire, 'a'), await makeTopic(wire, 'b')];
    for (const name of ['a', 'b']) await produceTo(wire, name, batchOf('x'));
    broker.faults.add({ match: { api: 'Fetch', topic: 'a' }, fail: { error: 'FENCED_LEADER_EPOCH' } });
    const partitions = [{ partition: 0, fetchOffset: 0, partitionMaxBytes: 1000 }];
    const request = { ...fetchRequest({ name: '' }, 0), topics: ids.map((topicId) => ({ topicId, partitions })) };
    const { responses } = await wire.ask(fetch, 16, request);
    const found = new Map(responses.map((topic) => [topic.topicId, topic.partitions[0]]));
    expect(found.get(ids[0] ?? '')).toMatchObject({ errorCode: ErrorCode.FENCED_LEADER_EPOCH, highWatermark: -1 });
    expect(found.get(ids[1] ?? '')?.errorCode).toBe(0);
    expect(found.get(ids[1] ?? '')?.records?.length).toBeGreaterThan(0);
  });

  it.each([
    ['named', 12, [{ name: 'a' }, { name: 'b' }]],
    ['all of them', 12, null],
    ['all of them in version 0', 0, []],
  ])('for one topic fails it in metadata, with topics %s', async (_how, version, topics) => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    for (const name of ['a', 'b']) await makeTopic(wire, name);
    broker.faults.add({ match: { api: 'Metadata', topic: 'a' }, fail: { error: 'LEADER_NOT_AVAILABLE' } });
    const answer = await wire.ask(metadata, version, { topics });
    expect(answer.brokers).toHaveLength(1);
    const codes = new Map(answer.topics.map(({ name, errorCode }) => [name, errorCode]));
    expect([codes.get('a'), codes.get('b')]).toEqual([ErrorCode.LEADER_NOT_AVAILABLE, 0]);
  });

  it('closes the connection of a produce request with acks=0, which has no answer', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    broker.faults.add({ match: { api: 'Produce' }, fail: { error: 'NOT_LEADER_OR_FOLLOWER' } });
    wire.send(produce, 11, produceRequest('t', batchOf('a'), { acks: 0 }));
    expect(await wire.frame()).toBeNull();
  });

  it('is for the clients that it names', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    broker.faults.add({
      match: { api: 'Heartbeat', clientId: 'another' },
      fail: { error: 'REBALANCE_IN_PROGRESS' },
    });
    const request = { groupId: 'g', generationId: 1, memberId: 'm' };
    expect((await wire.ask(heartbeat, 4, request)).errorCode).toBe(ErrorCode.UNKNOWN_MEMBER_ID);
    broker.faults.add({ match: { api: 'Heartbeat', clientId: 'test' }, fail: { error: 'REBALANCE_IN_PROGRESS' } });
    expect((await wire.ask(heartbeat, 4, request)).errorCode).toBe(ErrorCode.REBALANCE_IN_PROGRESS);
  });

  it('hits each so many-th request', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    broker.faults.add({ match: { api: 'Heartbeat' }, fail: { error: 'NOT_COORDINATOR', every: 3 } });
    const codes: number[] = [];
    for (let count = 0; count < 7; count++)
      codes.push((await wire.ask(heartbeat, 4, { groupId: 'g', generationId: 1, memberId: 'm' })).errorCode);
    const isHit = codes.map((code) => code === ErrorCode.NOT_COORDINATOR);
    expect(isHit).toEqual([false, false, true, false, false, true, false]);
  });

  it('by its share hits the same requests for the same seed', async () => {
    const run = async (seed: number): Promise<number[]> => {
      const { broker } = await brokerForTest();
      const wire = await Wire.open(broker);
      broker.faults.add({ match: { api: 'Heartbeat' }, fail: { error: 'NOT_COORDINATOR', share: 0.5, seed } });
      const codes: number[] = [];
      for (let count = 0; count < 20; count++)
        codes.push((await wire.ask(heartbeat, 4, { groupId: 'g', generationId: 1, memberId: 'm' })).errorCode);
      return codes;
    };
    const first = await run(7);
    expect(new Set(first).size).toBe(2);
    expect(await run(7)).toEqual(first);
    expect(await run(8)).not.toEqual(first);
  });
});

describe('a fault that delays', () => {
  it('holds an answer back, and those behind it on the connection, but no other connection', async () => {
    const { broker } = await brokerForTest();
    const slow = await Wire.open(broker);
    const quick = await Wire.open(broker);
    await makeTopic(slow, 't');
    const id = broker.faults.add({ match: { api: 'Produce' }, delay: { ms: 200 } });
    const order: string[] = [];
    const produced = slow.send(produce, 11, produceRequest('t', batchOf('a')));
    const asked = slow.send(apiVersions, 0, {});
    const both = slow
      .receive(produce, 11, produced)
      .then(() => order.push('produce'))
      .then(() => slow.receive(apiVersions, 0, asked))
      .then(() => order.push('behind it'));
    await expect.poll(() => broker.faults.hits(id)).toBe(1);
    await quick.ask(apiVersions, 0, {});
    order.push('another');
    // Its effect was there at once.
    expect(await endOf(quick, 't')).toBe(1);
    await both;
    expect(order).toEqual(['another', 'produce', 'behind it']);
  });

  it.each([2.9, 0.4])('of %d ms holds each answer for all of it', async (ms) => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    broker.faults.add({ match: { api: 'ApiVersions' }, delay: { ms } });
    for (let count = 0; count < 20; count++) {
      const startedMs = performance.now();
      await wire.ask(apiVersions, 0, {});
      expect(performance.now() - startedMs).toBeGreaterThan(ms);
    }
  });

  it('holds back a fetch that waited for records', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    const writer = await Wire.open(broker);
    await makeTopic(wire, 't');
    broker.faults.add({ match: { api: 'Fetch', topic: 't' }, delay: { ms: 20 } });
    const fetched = wire.ask(fetch, 12, fetchRequest({ name: 't' }, 0, { maxWaitMs: 10_000 }));
    await produceTo(writer, 't', batchOf('a'));
    expect((await fetched).responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(0);
  });

  it('is forgotten when its connection goes away first', async () => {
    const { broker, lines } = await brokerForTest();
    const wire = await Wire.open(broker);
    const id = broker.faults.add({ match: { api: 'ApiVersions', clientId: 'test' }, delay: { ms: 60_000 } });
    wire.send(apiVersions, 0, {});
    await expect.poll(() => broker.faults.hits(id)).toBe(1);
    wire.socket.destroy();
    broker.faults.clear();
    await (await Wire.open(broker)).ask(apiVersions, 0, {});
    expect(lines).toEqual([]);
  });
});

describe('a fault that drops connections', () => {
  it.each([
    ['before', 0],
    ['after', 1],
  ] as const)('does so %s the effect', async (when, endOffset) => {
    const { broker, lines } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    broker.faults.add({ match: { api: 'Produce', topic: 't' }, drop: { when, times: 1 } });
    wire.send(produce, 11, produceRequest('t', batchOf('a')));
    expect(await wire.frame()).toBeNull();
    expect(lines).toEqual([expect.stringContaining('a fault drops the connection of this Produce request')]);
    expect(await endOf(await Wire.open(broker), 't')).toBe(endOffset);
  });
});

describe('a frozen broker', () => {
  it('answers nobody, also who comes meanwhile, and goes on where it was', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    const id = broker.faults.add({ freeze: { ms: 60_000 } });
    const produced = produceTo(wire, 't', batchOf('a'));
    const newcomer = await Wire.open(broker);
    const answered = newcomer.ask(apiVersions, 0, {});
    const first = await Promise.race([
      produced.then(() => 'answered'),
      answered.then(() => 'answered'),
      new Promise((resolve) => setTimeout(resolve, 50, 'silent')),
    ]);
    expect(first).toBe('silent');
    broker.faults.remove(id);
    expect((await produced).baseOffset).toBe(0);
    expect((await answered).errorCode).toBe(0);
    expect(broker.faults.hits(id)).toBe(1);
  });

  it('is frozen again every so often, until that is taken away', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    const id = broker.faults.add({ freeze: { ms: 5, everyMs: 15 } });
    await expect.poll(() => broker.faults.hits(id)).toBeGreaterThanOrEqual(3);
    await wire.ask(apiVersions, 0, {});
    broker.faults.remove(id);
    const hits = broker.faults.hits(id);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(broker.faults.hits(id)).toBe(hits);
    expect(broker.faults.isFrozen).toBe(false);
  });

  it('goes on by itself when its time is over', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    broker.faults.add({ freeze: { ms: 20, afterMs: 1 } });
    await expect.poll(() => broker.faults.history().length).toBe(1);
    await wire.ask(apiVersions, 0, {});
    expect(broker.faults.isFrozen).toBe(false);
  });
});

describe('faults', () => {
  it('leave the handlers as they were registered when none is set, or all are spent', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    const registered = new Map(broker.faults.handlers);
    broker.faults.add({ match: { api: 'ApiVersions' }, delay: { ms: 0, times: 1 } });
    const id = broker.faults.add({ match: { api: 'Heartbeat' }, drop: {} });
    expect(broker.faults.handlers).not.toEqual(registered);
    expect(broker.faults.handlers.get(produce.key)).toBe(registered.get(produce.key));
    await wire.ask(apiVersions, 0, {});
    broker.faults.remove(id);
    for (const [key, handler] of registered) expect(broker.faults.handlers.get(key)).toBe(handler);
  });
});
