import { describe, expect, test } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { addPartitionsToTxn } from '../../../src/protocol/messages/add-partitions-to-txn.ts';
import { describeProducers } from '../../../src/protocol/messages/describe-producers.ts';
import { describeTransactions } from '../../../src/protocol/messages/describe-transactions.ts';
import { endTxn } from '../../../src/protocol/messages/end-txn.ts';
import { fetch } from '../../../src/protocol/messages/fetch.ts';
import { initProducerId } from '../../../src/protocol/messages/init-producer-id.ts';
import { LATEST_TIMESTAMP, listOffsets } from '../../../src/protocol/messages/list-offsets.ts';
import { listTransactions } from '../../../src/protocol/messages/list-transactions.ts';
import { produce } from '../../../src/protocol/messages/produce.ts';
import { encodeRecordBatch } from '../../../src/protocol/record-batch.ts';
import { brokerForTest, fetchRequest, makeTopic, produceRequest, Wire } from '../wire.ts';

type Producer = { producerId: number; producerEpoch: number };

const setUp = async () => {
  const { broker, dataDir } = await brokerForTest();
  const wire = await Wire.open(broker);
  await makeTopic(wire, 't', { partitions: 2 });
  return { broker, wire, dataDir };
};

const init = async (wire: Wire, transactionalId: string | null = 'tx', timeoutMs = 60_000) =>
  await wire.ask(initProducerId, 4, { transactionalId, transactionTimeoutMs: timeoutMs });

const add = async (wire: Wire, producer: Producer, index = 0): Promise<number> => {
  const { resultsByTopicV3AndBelow } = await wire.ask(addPartitionsToTxn, 3, {
    v3AndBelowTransactionalId: 'tx',
    v3AndBelowProducerId: producer.producerId,
    v3AndBelowProducerEpoch: producer.producerEpoch,
    v3AndBelowTopics: [{ name: 't', partitions: [index] }],
  });
  return resultsByTopicV3AndBelow[0]?.resultsByPartition[0]?.partitionErrorCode ?? -1;
};

const end = async (wire: Wire, { producerId, producerEpoch }: Producer, committed: boolean): Promise<number> =>
  (await wire.ask(endTxn, 3, { transactionalId: 'tx', producerId, producerEpoch, committed })).errorCode;

type Sent = {
  sequence: number;
  value?: string;
  isTransactional?: boolean;
  transactionalId?: string | null;
  version?: number;
};

const send = async (wire: Wire, producer: Producer, sent: Sent) => {
  const { sequence, value = 'v', isTransactional = true, transactionalId = 'tx', version = 11 } = sent;
  const records = encodeRecordBatch([{ timestampMs: 1000, key: null, value: Buffer.from(value) }], {
    ...producer,
    baseSequence: sequence,
    attributes: isTransactional ? 0x10 : 0,
  });
  const { responses } = await wire.ask(produce, version, {
    ...produceRequest('t', records, { acks: -1 }),
    ...(transactionalId === null ? {} : { transactionalId }),
  });
  const answer = responses[0]?.partitionResponses[0];
  if (answer === undefined) throw new Error('no answer');
  return answer;
};

const latest = async (wire: Wire, isolationLevel: number): Promise<number> => {
  const { topics } = await wire.ask(listOffsets, 8, {
    replicaId: -1,
    isolationLevel,
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, timestamp: LATEST_TIMESTAMP }] }],
  });
  return topics[0]?.partitions[0]?.offset ?? -1;
};

const fetchAll = async (wire: Wire, isolationLevel: number) => {
  const { responses } = await wire.ask(fetch, 11, { ...fetchRequest({ name: 't' }, 0), isolationLevel });
  const part = responses[0]?.partitions[0];
  if (part === undefined) throw new Error('no partition');
  return part;
};

describe('an idempotent producer', () => {
  test('gets an answer of the first append for a batch that it sends again', async () => {
    const { wire } = await setUp();
    const producer = await init(wire, null);
    const plain = { isTransactional: false, transactionalId: null };
    expect(await send(wire, producer, { sequence: 0, ...plain })).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await send(wire, producer, { sequence: 1, ...plain })).toMatchObject({ errorCode: 0, baseOffset: 1 });
    expect(await send(wire, producer, { sequence: 0, ...plain })).toMatchObject({ errorCode: 0, baseOffset: 0 });
    expect(await latest(wire, 0)).toBe(2);
    expect((await send(wire, producer, { sequence: 3, ...plain })).errorCode).toBe(
      ErrorCode.OUT_OF_ORDER_SEQUENCE_NUMBER,
    );
  });

  test('gets one answer each for the same batch sent twice at once', async () => {
    const { wire } = await setUp();
    const producer = await init(wire, null);
    const plain = { isTransactional: false, transactionalId: null, sequence: 0 };
    const answers = await Promise.all([send(wire, producer, plain), send(wire, producer, plain)]);
    expect(answers.map(({ baseOffset }) => baseOffset)).toEqual([0, 0]);
    expect(await latest(wire, 0)).toBe(1);
  });
});

describe('a transaction', () => {
  test('is seen by read_committed once it is committed, by read_uncommitted at once', async () => {
    const { wire } = await setUp();
    const producer = await init(wire);
    expect(await add(wire, producer)).toBe(0);
    expect((await send(wire, producer, { sequence: 0 })).errorCode).toBe(0);
    expect([await latest(wire, 0), await latest(wire, 1)]).toEqual([1, 0]);
    expect(await fetchAll(wire, 1)).toMatchObject({ highWatermark: 1, lastStableOffset: 0, abortedTransactions: [] });
    expect((await fetchAll(wire, 1)).records?.length ?? 0).toBe(0);
    expect((await fetchAll(wire, 0)).records?.length).toBeGreaterThan(0);
    expect(await end(wire, producer, true)).toBe(0);
    expect([await latest(wire, 0), await latest(wire, 1)]).toEqual([2, 2]);
    expect((await fetchAll(wire, 1)).records?.length).toBeGreaterThan(0);
    // The producer did not get the answer and asks again.
    expect(await end(wire, producer, true)).toBe(0);
    expect(await end(wire, producer, false)).toBe(ErrorCode.INVALID_TXN_STATE);
  });

  test('that is aborted is named to read_committed consumers', async () => {
    const { wire } = await setUp();
    const producer = await init(wire);
    await add(wire, producer);
    await send(wire, producer, { sequence: 0 });
    expect(await end(wire, producer, false)).toBe(0);
    expect(await fetchAll(wire, 1)).toMatchObject({
      lastStableOffset: 2,
      abortedTransactions: [{ producerId: producer.producerId, firstOffset: 0 }],
    });
    expect(await fetchAll(wire, 0)).toMatchObject({ abortedTransactions: null });
  });

  test('wakes a read_committed fetch that waits for it', async () => {
    const { broker, wire } = await setUp();
    const producer = await init(wire);
    await add(wire, producer);
    await send(wire, producer, { sequence: 0 });
    const consumer = await Wire.open(broker);
    const waiting = consumer.ask(fetch, 11, {
      ...fetchRequest({ name: 't' }, 0, { maxWaitMs: 20_000, minBytes: 100 }),
      isolationLevel: 1,
    });
    await end(wire, producer, true);
    expect((await waiting).responses[0]?.partitions[0]?.records?.length).toBeGreaterThan(100);
  });

  test('takes no batch for a partition that was not added, and none without its transactional id', async () => {
    const { wire } = await setUp();
    const producer = await init(wire);
    expect((await send(wire, producer, { sequence: 0 })).errorCode).toBe(ErrorCode.TRANSACTION_ABORTABLE);
    expect((await send(wire, producer, { sequence: 0, version: 9 })).errorCode).toBe(ErrorCode.INVALID_TXN_STATE);
    await add(wire, producer);
    expect((await send(wire, producer, { sequence: 0, transactionalId: null })).errorCode).toBe(
      ErrorCode.TRANSACTIONAL_ID_AUTHORIZATION_FAILED,
    );
    expect((await send(wire, producer, { sequence: 0, transactionalId: 'other' })).errorCode).toBe(
      ErrorCode.INVALID_PRODUCER_ID_MAPPING,
    );
  });

  test('of an older producer is aborted and the producer fenced by a newer one', async () => {
    const { broker, wire } = await setUp();
    const old = await init(wire);
    await add(wire, old);
    await send(wire, old, { sequence: 0 });
    const other = await Wire.open(broker);
    const fresh = await init(other);
    expect(fresh.producerId).toBe(old.producerId);
    expect(fresh.producerEpoch).toBeGreaterThan(old.producerEpoch);
    expect(await latest(wire, 1)).toBe(2);
    expect((await send(wire, old, { sequence: 1 })).errorCode).toBe(ErrorCode.INVALID_PRODUCER_EPOCH);
    expect(await add(wire, old)).toBe(ErrorCode.PRODUCER_FENCED);
    expect(await end(wire, old, true)).toBe(ErrorCode.PRODUCER_FENCED);
    await add(other, fresh);
    expect((await send(other, fresh, { sequence: 0 })).errorCode).toBe(0);
    expect(await end(other, fresh, true)).toBe(0);
  });

  test('is described to admin clients', async () => {
    const { wire } = await setUp();
    const producer = await init(wire);
    await add(wire, producer);
    await send(wire, producer, { sequence: 0 });
    const described = await wire.ask(describeTransactions, 0, { transactionalIds: ['tx', 'none'] });
    expect(described.transactionStates).toMatchObject([
      {
        errorCode: 0,
        transactionState: 'Ongoing',
        producerId: producer.producerId,
        topics: [{ topic: 't', partitions: [0] }],
      },
      { errorCode: ErrorCode.TRANSACTIONAL_ID_NOT_FOUND },
    ]);
    const producers = await wire.ask(describeProducers, 0, { topics: [{ name: 't', partitionIndexes: [0, 9] }] });
    expect(producers.topics[0]?.partitions).toMatchObject([
      {
        errorCode: 0,
        activeProducers: [{ producerId: producer.producerId, lastSequence: 0, currentTxnStartOffset: 0 }],
      },
      { errorCode: ErrorCode.UNKNOWN_TOPIC_OR_PARTITION },
    ]);
    const list = { stateFilters: ['Ongoing', 'Odd'], producerIdFilters: [], transactionalIdPattern: 't.*' };
    expect(await wire.ask(listTransactions, 2, list)).toMatchObject({
      unknownStateFilters: ['Odd'],
      transactionStates: [{ transactionalId: 'tx', transactionState: 'Ongoing' }],
    });
  });

  test('time-outs out of range, an empty id and a wrong producer are refused', async () => {
    const { wire } = await setUp();
    expect((await init(wire, 'tx', 1_000_000_000)).errorCode).toBe(ErrorCode.INVALID_TRANSACTION_TIMEOUT);
    expect((await init(wire, '')).errorCode).toBe(ErrorCode.INVALID_REQUEST);
    expect(await add(wire, { producerId: 1, producerEpoch: 0 })).toBe(ErrorCode.INVALID_PRODUCER_ID_MAPPING);
    const { producerId } = await init(wire);
    expect(await end(wire, { producerId, producerEpoch: 0 }, true)).toBe(ErrorCode.INVALID_TXN_STATE);
  });

  test('survives a restart of the broker, and its producer goes on', async () => {
    const { broker, wire, dataDir } = await setUp();
    const producer = await init(wire);
    await add(wire, producer);
    await send(wire, producer, { sequence: 0 });
    await broker.close();
    const again = await Wire.open((await brokerForTest({}, dataDir)).broker);
    expect(await latest(again, 1)).toBe(0);
    expect((await send(again, producer, { sequence: 1 })).errorCode).toBe(0);
    expect(await end(again, producer, true)).toBe(0);
    expect(await latest(again, 1)).toBe(3);
  });
});
