import fc from 'fast-check';
import { beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import type { Fault } from '../../../src/broker/embedded/broker-faults.ts';
import { type EmbeddedBroker, startBroker } from '../../../src/broker/embedded/start-broker.ts';
import type { FaultSpec } from '../../../src/broker/faults/fault.ts';
import { ClientError } from '../../../src/client/client-error.ts';
import { openTransactional, readNumbers, type Transactional } from './support.ts';

const PARTITIONS = 3;

let broker: EmbeddedBroker;
let topicCount = 0;

beforeAll(async () => {
  broker = await startBroker({ config: { 'num.partitions': String(PARTITIONS) } });
  return () => broker.close();
});

const open = async (properties: Record<string, string> = {}, topic = `t${topicCount++}`) => {
  const opened = await openTransactional(broker.bootstrapServers, topic, properties);
  onTestFinished(() => opened.producer.close());
  return { ...opened, topic, read: () => readNumbers(broker.bootstrapServers, topic) };
};

const range = (from: number, to: number): number[] => Array.from({ length: to - from }, (_, index) => from + index);
const inPartitions = (numbers: readonly number[]): number[][] =>
  range(0, PARTITIONS).map((partition) => numbers.filter((number) => number % PARTITIONS === partition));

/** What a promise rejects with. */
const failureOf = async (work: Promise<unknown>): Promise<ClientError> => {
  const error = await work.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (error instanceof ClientError) return error;
  throw new Error(`expected a ClientError, got ${String(error)}`);
};

/** A transaction of these records. */
const transaction = async (
  { transactions, send }: Transactional,
  from: number,
  to: number,
  end: 'commit' | 'abort' = 'commit',
) => {
  transactions.begin();
  await send(from, to);
  await transactions[end]();
};

describe('a transactional producer', () => {
  it('has its records read when they are committed, and not when they are aborted', async () => {
    const { read, ...opened } = await open();
    await transaction(opened, 0, 60);
    await transaction(opened, 60, 120, 'abort');
    await transaction(opened, 120, 180);
    expect(await read()).toEqual(inPartitions([...range(0, 60), ...range(120, 180)]));
  });

  it('takes records only between the begin and the end of a transaction', async () => {
    const { transactions, send } = await open();
    await expect(send(0, 1)).rejects.toThrow('no transaction is open: begin one before sending');
    await expect(transactions.commit()).rejects.toThrow('no transaction is open');
    await expect(transactions.abort()).rejects.toThrow('no transaction is open');
    transactions.begin();
    expect(() => transactions.begin()).toThrow('a transaction is open');
    const committing = transactions.commit();
    await expect(send(0, 1)).rejects.toThrow('the transaction is being ended');
    await committing;
    transactions.begin();
    await send(0, 1);
    await transactions.commit();
  });

  it('asks nothing of the coordinator for a transaction without records', async () => {
    const { transactions, read, ...opened } = await open();
    const fault = await broker.faults.add({ match: { api: 'EndTxn' }, fail: { error: 'INVALID_TXN_STATE', times: 1 } });
    transactions.begin();
    await transactions.commit();
    transactions.begin();
    await transactions.abort();
    await fault.remove();
    await transaction({ ...opened, transactions }, 0, 9);
    expect(await read()).toEqual(inPartitions(range(0, 9)));
  });

  it('drops what was not sent when it aborts, and goes on in its epoch', async () => {
    const { transactions, send, failed, acknowledged, read, ...rest } = await open({
      'linger.ms': '60000',
      'delivery.timeout.ms': '120000',
      'batch.size': '16384',
    });
    transactions.begin();
    await send(0, 10);
    const { epoch } = transactions.identity;
    await transactions.abort();
    expect(acknowledged.size).toBe(0);
    expect(new Set(failed.values())).toEqual(new Set(['TRANSACTION_ABORTED']));
    expect(transactions.identity.epoch).toBe(epoch);
    await transaction({ transactions, send, failed, acknowledged, ...rest }, 10, 20);
    expect(await read()).toEqual(inPartitions(range(10, 20)));
  });

  it('can only abort a transaction that has lost a batch, and goes on in the next epoch', async () => {
    const { transactions, send, failed, acknowledged, read, topic, ...rest } = await open();
    await transaction({ transactions, send, failed, acknowledged, ...rest }, 0, 30);
    const { epoch } = transactions.identity;
    const fault = await broker.faults.add({
      match: { api: 'Produce', topic, partition: 1 },
      fail: { error: 'MESSAGE_TOO_LARGE', times: 1 },
    });
    transactions.begin();
    await send(30, 60);
    const failure = await failureOf(transactions.commit());
    expect(failure).toMatchObject({ name: 'MESSAGE_TOO_LARGE', isAbortable: true });
    expect(failure.message).toContain('the transaction is lost and must be aborted: partition 1 of');
    await expect(send(60, 61)).rejects.toThrow('must be aborted');
    await expect(transactions.commit()).rejects.toThrow('must be aborted');
    await transactions.abort();
    await fault.remove();
    expect(transactions.identity.epoch).toBe(epoch + 1);
    expect([...failed.values()]).toContain('MESSAGE_TOO_LARGE');
    await transaction({ transactions, send, failed, acknowledged, ...rest }, 60, 90);
    expect(await read()).toEqual(inPartitions([...range(0, 30), ...range(60, 90)]));
  });

  it.each([
    ['AddPartitionsToTxn', 'CONCURRENT_TRANSACTIONS'],
    ['AddPartitionsToTxn', 'COORDINATOR_NOT_AVAILABLE'],
    ['AddPartitionsToTxn', 'COORDINATOR_LOAD_IN_PROGRESS'],
    ['AddPartitionsToTxn', 'UNKNOWN_TOPIC_OR_PARTITION'],
    ['EndTxn', 'NOT_COORDINATOR'],
    ['EndTxn', 'CONCURRENT_TRANSACTIONS'],
    ['FindCoordinator', 'COORDINATOR_NOT_AVAILABLE'],
    ['InitProducerId', 'CONCURRENT_TRANSACTIONS'],
  ] as const)('tries %s again after %s', async (api, error) => {
    const fault = await broker.faults.add({ match: { api }, fail: { error, times: 2 } });
    const { read, ...opened } = await open();
    await transaction(opened, 0, 9);
    await transaction(opened, 9, 18);
    await fault.remove();
    expect(await read()).toEqual(inPartitions(range(0, 18)));
  });

  it.each([
    ['AddPartitionsToTxn', 'TOPIC_AUTHORIZATION_FAILED'],
    ['AddPartitionsToTxn', 'TRANSACTION_ABORTABLE'],
    ['Produce', 'INVALID_TXN_STATE'],
    ['Produce', 'TOPIC_AUTHORIZATION_FAILED'],
    ['EndTxn', 'TRANSACTION_ABORTABLE'],
  ] as const)('can abort and go on after %s says %s', async (api, error) => {
    const { read, transactions, ...rest } = await open();
    const fault = await broker.faults.add({ match: { api }, fail: { error, times: 1 } });
    const failure = await failureOf(transaction({ transactions, ...rest }, 0, 9));
    expect(failure).toMatchObject({ name: error, isAbortable: true });
    await transactions.abort();
    await fault.remove();
    await transaction({ transactions, ...rest }, 9, 18);
    expect(await read()).toEqual(inPartitions(range(9, 18)));
  });

  it.each([
    ['AddPartitionsToTxn', 'INVALID_TXN_STATE'],
    ['AddPartitionsToTxn', 'TRANSACTIONAL_ID_AUTHORIZATION_FAILED'],
    ['EndTxn', 'PRODUCER_FENCED'],
    ['EndTxn', 'INVALID_PRODUCER_ID_MAPPING'],
    ['Produce', 'CLUSTER_AUTHORIZATION_FAILED'],
  ] as const)('has failed for good when %s says %s', async (api, error) => {
    const { transactions, send, ...rest } = await open();
    const fault = await broker.faults.add({ match: { api }, fail: { error, times: 1 } });
    const failure = await failureOf(transaction({ transactions, send, ...rest }, 0, 9));
    await fault.remove();
    expect(failure).toMatchObject({ name: error, isAbortable: false, isRetriable: false });
    expect(() => transactions.begin()).toThrow(failure.message);
    await expect(transactions.abort()).rejects.toThrow(failure.message);
    await expect(send(9, 10)).rejects.toThrow(failure.message);
  });

  it('is fenced by the next producer of its transactional id', async () => {
    const topic = `t${topicCount++}`;
    const first = await open({}, topic);
    first.transactions.begin();
    await first.send(0, 30);
    await first.producer.flush();
    const second = await open({}, topic);
    await first.send(30, 60);
    const failure = await failureOf(first.transactions.commit());
    expect(failure.name).toMatch(/INVALID_PRODUCER_EPOCH|PRODUCER_FENCED/);
    const takenOver = `another producer has taken over transactional.id=tx-${topic}`;
    expect(failure.message).toContain(takenOver);
    expect(failure.message).not.toContain('must be aborted');
    const end = await failureOf(first.transactions.abort());
    expect(end).toMatchObject({ name: 'PRODUCER_FENCED', isAbortable: false });
    expect(end.message).toContain(takenOver);
    await transaction(second, 60, 90);
    expect(await second.read()).toEqual(inPartitions(range(60, 90)));
  });

  it('can ask again for a commit whose outcome it does not know', async () => {
    const { read, transactions, ...rest } = await open({ 'max.block.ms': '1000' });
    const fault = await broker.faults.add({ match: { api: 'EndTxn' }, drop: { when: 'after' } });
    const failure = await failureOf(transaction({ transactions, ...rest }, 0, 9));
    expect(failure).toMatchObject({
      name: 'TIMED_OUT',
      isRetriable: true,
      isAbortable: false,
      isOutcomeUnknown: true,
    });
    expect(failure.message).toContain('within max.block.ms=1000');
    await expect(transactions.abort()).rejects.toThrow('what became of the commit is not known: ask for it again');
    await fault.remove();
    await transactions.commit();
    await transaction({ transactions, ...rest }, 9, 18);
    expect(await read()).toEqual(inPartitions(range(0, 18)));
  });

  it('counts the time of its calls under the names of Kafka', async () => {
    const { producer, ...opened } = await open({ 'client.id': 'c' });
    await transaction({ producer, ...opened }, 0, 3);
    await transaction({ producer, ...opened }, 3, 6, 'abort');
    for (const name of ['init', 'commit', 'abort'])
      expect(producer.metrics()[`producer-metrics:txn-${name}-time-ns-total:{client-id=c}`]).toBeGreaterThan(0);
  });
});

describe('transactions, whatever fails,', () => {
  const bounds = { share: 0.3, times: 6 } as const;
  const seed = fc.nat({ max: 1_000_000 });
  const passing = fc.constantFrom('NOT_LEADER_OR_FOLLOWER', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'KAFKA_STORAGE_ERROR');
  const anyFault: fc.Arbitrary<FaultSpec> = fc.oneof(
    fc.tuple(passing, seed).map(([error, seed]) => ({ match: { api: 'Produce' }, fail: { error, seed, ...bounds } })),
    fc
      .tuple(fc.constantFrom('MESSAGE_TOO_LARGE', 'OUT_OF_ORDER_SEQUENCE_NUMBER'), seed)
      .map(([error, seed]) => ({ match: { api: 'Produce' }, fail: { error, seed, ...bounds, times: 2 } }) as FaultSpec),
    fc
      .tuple(fc.constantFrom('Produce', 'AddPartitionsToTxn', 'EndTxn'), fc.constantFrom('before', 'after'), seed)
      .map(([api, when, seed]) => ({ match: { api }, drop: { when, seed, ...bounds } }) as FaultSpec),
  );

  it('show all of what was committed, once and in order, and nothing else', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(anyFault, { minLength: 1, maxLength: 4 }), async (faults) => {
        const { transactions, send, producer, read } = await open();
        const set: Fault[] = [];
        for (const fault of faults) set.push(await broker.faults.add(fault));
        const committed: number[] = [];
        for (let from = 0; from < 300; from += 30) {
          transactions.begin();
          try {
            await send(from, from + 30);
            if (from % 90 === 60) await transactions.abort();
            else {
              await transactions.commit();
              committed.push(...range(from, from + 30));
            }
          } catch (error) {
            expect(error).toMatchObject({ isAbortable: true });
            await transactions.abort();
          }
        }
        for (const fault of set) await fault.remove();
        producer.close();
        expect(await read()).toEqual(inPartitions(committed));
      }),
      { numRuns: 20 },
    );
  });
});
