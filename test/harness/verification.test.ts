import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { startBroker as startBrokerIn } from '../../src/broker/broker.ts';
import type { ProducerPlan } from '../../src/harness/plan.ts';
import { type EmbeddedBroker, type FaultSpec, startBroker } from '../../src/index.ts';
import { batchSizeBytes, sealBatch } from '../../src/protocol/record-batch.ts';
import type { Verification } from '../../src/results/verification.ts';
import { listener, loadHarness, producerPlan, type Told } from './dist.ts';

const { runProducerTest } = await loadHarness();

const brokerWith = async (...faults: readonly FaultSpec[]): Promise<EmbeddedBroker> => {
  const broker = await startBroker();
  onTestFinished(() => broker.close());
  for (const fault of faults) await broker.faults.add(fault);
  return broker;
};

/** Verifies a load on a broker that runs. */
const verify = async (bootstrapServers: string, changes: Partial<ProducerPlan> = {}, told?: Told) => {
  const result = await runProducerTest(
    producerPlan({ target: { kind: 'cluster', bootstrapServers }, verify: true, partitionCount: 2, ...changes }),
    listener(told ?? { notices: [], warnings: [] }),
  );
  const { verification } = result;
  if (verification === null || verification === undefined) throw new Error('nothing was verified');
  return { ...result, verification };
};

const counts = ({ isPassed, lost, unacknowledged, repeated, outOfOrder, corrupt }: Verification) => ({
  isPassed,
  lost: lost.count,
  unacknowledged: unacknowledged.count,
  repeated: repeated.count,
  outOfOrder: outOfOrder.count,
  corrupt: corrupt.count,
});

const clean = { isPassed: true, lost: 0, unacknowledged: 0, repeated: 0, outOfOrder: 0, corrupt: 0 };
/** Single records in a request, so that a fault hits a known number of them. */
const oneByOne = { 'linger.ms': '0', 'batch.size': '0', 'enable.idempotence': 'false' };

/** What is done to the bytes of a log file; the result is its new content. */
type Damage = (bytes: Buffer) => Buffer;

/** Turns a bit among the letters of the first record's value; `reseals` puts the batch's checksum right. */
const turned =
  (reseals: boolean): Damage =>
  (bytes) => {
    const place = 61 + 20;
    bytes[place] = (bytes[place] ?? 0) ^ 1;
    if (reseals) sealBatch(bytes, 0, batchSizeBytes(bytes, 0));
    return bytes;
  };

/** As after a power cut: all but the first batch is gone. */
const cut: Damage = (bytes) => bytes.subarray(0, batchSizeBytes(bytes, 0));

/** Sends, stops the broker, damages its files, starts it again, and lets the records be read back. */
const verifyDamaged = async (damage: Damage, told: Told = { notices: [], warnings: [] }) => {
  const dataDir = mkdtempSync(join(tmpdir(), 'spillway-verification-'));
  const place = { dataDir, host: '127.0.0.1', config: {}, log: () => {} };
  const first = await startBrokerIn({ ...place, port: 0 });
  first.faults.add({ match: { api: 'ListOffsets', clientId: 'spillway-admin' }, delay: { ms: 300 } });
  const properties = { 'linger.ms': '5', 'batch.size': '4096' };
  const address = `127.0.0.1:${first.port}`;
  const running = verify(address, { properties, partitionCount: 1 }, told);
  // The ends of the log are asked for before the load, and after it.
  while (first.faults.history().length < 2) await new Promise((resolve) => setTimeout(resolve, 5));
  await first.close();
  const path = join(dataDir, 't-0', '00000000000000000000.log');
  writeFileSync(path, damage(readFileSync(path)));
  const second = await startBrokerIn({ ...place, port: first.port });
  onTestFinished(async () => {
    await second.close();
    rmSync(dataDir, { recursive: true });
  });
  return running;
};

describe('a verified producer test', () => {
  test('passes when every record comes once, of any kind, over several producers', async () => {
    const broker = await brokerWith();
    const { verification, recordsSent } = await verify(broker.bootstrapServers, {
      recordCount: 5000,
      producers: 2,
      payload: { kind: 'generated', content: 'quotes', size: null, compressibility: null, seed: 1 },
    });
    expect(counts(verification)).toEqual(clean);
    expect([recordsSent, verification.recordsSent, verification.recordsReceived]).toEqual([5000, 5000, 5000]);
    expect(verification).toMatchObject({ consumers: 2, unread: [], recordsForeign: 0 });
  });

  test('names records that count as sent and were never written', async () => {
    const broker = await brokerWith({ match: { api: 'Produce' }, drop: { when: 'before', every: 100, times: 1 } });
    const { verification } = await verify(broker.bootstrapServers, { properties: { ...oneByOne, acks: '0' } });
    expect(verification.isPassed).toBe(false);
    expect(verification.lost.count).toBeGreaterThan(0);
    expect(verification.recordsReceived).toBe(verification.recordsSent - verification.lost.count);
    expect(verification.lost.examples[0]).toMatchObject({ producer: 0, partition: null, offset: null });
  });

  test('names records that were acknowledged and then went', async () => {
    const { verification } = await verifyDamaged(cut);
    const { lost, recordsReceived } = verification;
    expect(counts(verification)).toEqual({ ...clean, isPassed: false, lost: 1000 - recordsReceived });
    expect(lost.examples.map(({ sequence }) => sequence)).toEqual(
      [0, 1, 2, 3, 4].map((next) => recordsReceived + next),
    );
  });

  test('names records that came again, where they did', async () => {
    const broker = await brokerWith({ match: { api: 'Produce' }, drop: { when: 'after', every: 50, times: 2 } });
    const one = { ...oneByOne, 'max.in.flight.requests.per.connection': '1' };
    const { verification } = await verify(broker.bootstrapServers, { properties: one, partitionCount: 1 });
    expect(counts(verification)).toEqual({ ...clean, isPassed: false, repeated: 2 });
    expect(
      verification.repeated.examples.map(({ sequence, partition, offset }) => [sequence, partition, offset]),
    ).toEqual([
      [49, 0, 50],
      [expect.any(Number), 0, expect.any(Number)],
    ]);
  });

  test('tells of records that came, though their producer was told of a failure', async () => {
    const broker = await brokerWith({ match: { api: 'Produce' }, drop: { when: 'after', times: 1 } });
    const properties = { ...oneByOne, retries: '0', 'max.in.flight.requests.per.connection': '1' };
    const { verification, recordsFailed } = await verify(broker.bootstrapServers, { properties, partitionCount: 1 });
    expect(recordsFailed).toBeGreaterThan(0);
    expect(counts(verification)).toEqual({ ...clean, unacknowledged: 1 });
    expect(verification.unacknowledged.examples).toEqual([
      { producer: 0, sequence: 0, partition: null, offset: null, detail: null },
    ]);
  });

  test('finds records that are out of order, which is no failure', async () => {
    const broker = await brokerWith(
      // Five are on their way at once, maybe in groups of five: the last of a group has none behind it, but seven never
      // hits the same place of a group twice in a row.
      { match: { api: 'Produce' }, fail: { error: 'NOT_LEADER_OR_FOLLOWER', every: 7, times: 8 } },
      { match: { api: 'Produce' }, delay: { ms: 20, times: 60 } },
    );
    const { verification } = await verify(broker.bootstrapServers, {
      properties: oneByOne,
      partitionCount: 1,
      recordCount: 200,
    });
    expect(counts(verification)).toMatchObject({ isPassed: true, lost: 0, repeated: 0 });
    expect(verification.outOfOrder.count).toBeGreaterThan(0);
    expect(verification.outOfOrder.examples[0]?.detail).toMatch(/^after \d+$/);
  });

  test('leaves out what was in the topic before', async () => {
    const broker = await brokerWith();
    await verify(broker.bootstrapServers);
    const { verification } = await verify(broker.bootstrapServers);
    expect(counts(verification)).toEqual(clean);
    expect([verification.recordsReceived, verification.recordsForeign]).toEqual([1000, 0]);
  });

  test('finds records of aborted transactions, which were acknowledged', async () => {
    const broker = await brokerWith();
    const transactions = { records: 100, durationMs: null, abortRate: 0.5, seed: 3 };
    const { shape } = producerPlan();
    const { verification } = await verify(broker.bootstrapServers, {
      properties: { 'transactional.id': 'x' },
      shape: { ...shape, transactions },
    });
    expect(counts(verification)).toEqual(clean);
  });

  test('finds a value that changed in the files of the broker, with its place', async () => {
    const { verification } = await verifyDamaged(turned(true));
    expect(counts(verification)).toMatchObject({ isPassed: false, lost: 0, repeated: 0 });
    expect(verification.corrupt.count).toBeGreaterThan(0);
    expect(verification.corrupt.examples[0]).toMatchObject({ producer: 0, offset: 0, detail: 'its value differs' });
  });

  test('names partitions that cannot be read, since their checksum is wrong', async () => {
    const told: Told = { notices: [], warnings: [] };
    const { verification } = await verifyDamaged(turned(false), told);
    expect(verification.isPassed).toBe(false);
    expect(verification.lost.count).toBeGreaterThan(0);
    expect(verification.unread[0]).toMatchObject({ position: null });
    expect(told.warnings.join()).toContain('CORRUPT_MESSAGE');
  });
});

test('values that have no room for a number are refused', async () => {
  const plan = {
    verify: true,
    payload: { kind: 'generated', content: 'random', compressibility: null, seed: 0 },
  } as const;
  const size = { kind: 'uniform', from: 5, to: 50 } as const;
  await expect(
    runProducerTest(
      producerPlan({ ...plan, payload: { ...plan.payload, size } }),
      listener({ notices: [], warnings: [] }),
    ),
  ).rejects.toThrow(/--verify needs values of 14 bytes or more/);
});
