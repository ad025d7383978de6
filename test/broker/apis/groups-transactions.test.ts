import { expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { addOffsetsToTxn } from '../../../src/protocol/messages/add-offsets-to-txn.ts';
import { endTxn } from '../../../src/protocol/messages/end-txn.ts';
import { initProducerId } from '../../../src/protocol/messages/init-producer-id.ts';
import { offsetFetch } from '../../../src/protocol/messages/offset-fetch.ts';
import { txnOffsetCommit } from '../../../src/protocol/messages/txn-offset-commit.ts';
import { brokerForTest, makeTopic, Wire } from '../wire.ts';

const transaction = { transactionalId: 'tx', transactionTimeoutMs: 60_000 };

/** Begins a transaction that commits offset 7 of t-0 for group g. */
const begin = async (wire: Wire) => {
  const { producerId, producerEpoch } = await wire.ask(initProducerId, 4, transaction);
  const producer = { transactionalId: 'tx', producerId, producerEpoch };
  expect((await wire.ask(addOffsetsToTxn, 3, { ...producer, groupId: 'g' })).errorCode).toBe(0);
  const { topics } = await wire.ask(txnOffsetCommit, 3, {
    ...producer,
    groupId: 'g',
    memberId: '',
    topics: [{ name: 't', partitions: [{ partitionIndex: 0, committedOffset: 7, committedMetadata: 'tx' }] }],
  });
  expect(topics[0]?.partitions[0]?.errorCode).toBe(0);
  return producer;
};

const fetched = async (wire: Wire, requireStable: boolean) => {
  const topics = [{ name: 't', partitionIndexes: [0] }];
  const { groups } = await wire.ask(offsetFetch, 9, { groups: [{ groupId: 'g', topics }], requireStable });
  return groups[0]?.topics[0]?.partitions[0];
};

it.each([
  true,
  false,
])('Offsets of a transaction count when it ends with commit (%s), and are unstable until then', async (committed) => {
  const { broker } = await brokerForTest();
  const wire = await Wire.open(broker);
  await makeTopic(wire, 't');
  const producer = await begin(wire);
  expect(await fetched(wire, true)).toMatchObject({ errorCode: ErrorCode.UNSTABLE_OFFSET_COMMIT, committedOffset: -1 });
  expect(await fetched(wire, false)).toMatchObject({ errorCode: 0, committedOffset: -1 });
  expect((await wire.ask(endTxn, 3, { ...producer, committed })).errorCode).toBe(0);
  expect(await fetched(wire, true)).toMatchObject({ errorCode: 0, committedOffset: committed ? 7 : -1 });
});

it('Offsets of an open transaction are still pending after a restart, and count when it commits', async () => {
  const { broker, dataDir } = await brokerForTest();
  const first = await Wire.open(broker);
  await makeTopic(first, 't');
  const producer = await begin(first);
  await broker.close();

  const { broker: second, dataDir: same } = await brokerForTest({}, dataDir);
  const wire = await Wire.open(second);
  expect((await fetched(wire, true))?.errorCode).toBe(ErrorCode.UNSTABLE_OFFSET_COMMIT);
  expect((await wire.ask(endTxn, 3, { ...producer, committed: true })).errorCode).toBe(0);
  expect(await fetched(wire, true)).toMatchObject({ errorCode: 0, committedOffset: 7, metadata: 'tx' });
  await second.close();

  const { broker: third } = await brokerForTest({}, same);
  expect(await fetched(await Wire.open(third), true)).toMatchObject({ errorCode: 0, committedOffset: 7 });
});
