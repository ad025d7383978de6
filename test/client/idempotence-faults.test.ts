import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type RunningBroker, startBroker } from '../../src/broker/broker.ts';
import type { RequestFault } from '../../src/broker/faults/fault.ts';
import { openAdmin } from '../../src/client/admin.ts';
import { Consumer } from '../../src/client/consumer.ts';
import { Producer, type ProducerOptions } from '../../src/client/producer.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { parseProducerProperties } from '../../src/client/properties/producer-properties.ts';
import type { ErrorName } from '../../src/protocol/errors.ts';

const PARTITIONS = 2;
const RECORDS = 400;
const nowUs = (): number => performance.now() * 1000;

let folder: string;
let broker: RunningBroker;
let topicCount = 0;

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-idempotence-'));
  broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    dataDir: folder,
    advertised: null,
    config: { 'num.partitions': String(PARTITIONS) },
    log: () => undefined,
  });
});

afterAll(async () => {
  await broker.close();
  rmSync(folder, { recursive: true, force: true });
});

type Outcome = {
  /** Numbers of the records, partition by partition, as they stand in the log. */
  readonly logs: readonly (readonly number[])[];
  readonly acknowledged: ReadonlySet<number>;
  readonly failed: ReadonlySet<number>;
};

/** Opens a producer whose request.timeout.ms may be too short for a busy machine. */
const openPatiently = async (options: ProducerOptions): Promise<Producer> => {
  for (let attempt = 1; ; attempt++) {
    try {
      return await Producer.open(options);
    } catch (error) {
      if (attempt === 20) throw error;
    }
  }
};

/** Sends numbered records in turn to each partition while faults strike, and reads what is in the log afterwards. */
const run = async (faults: readonly RequestFault[], properties: Record<string, string>): Promise<Outcome> => {
  const topic = `t${topicCount++}`;
  const acknowledged = new Set<number>();
  const failed = new Set<number>();
  const bootstrap = { 'bootstrap.servers': `127.0.0.1:${broker.port}` };
  const producer = await openPatiently({
    topic,
    config: parseProducerProperties({
      ...bootstrap,
      'enable.idempotence': 'true',
      'linger.ms': '0',
      'batch.size': '200',
      'retry.backoff.ms': '1',
      'reconnect.backoff.ms': '1',
      'retry.backoff.max.ms': '5',
      'request.timeout.ms': '5000',
      ...properties,
    }),
    nowUs,
    onSettled: (batch, error) => {
      for (const tag of batch.tags.subarray(0, batch.recordCount)) (error === null ? acknowledged : failed).add(tag);
    },
  });
  const ids = faults.map((fault) => broker.faults.add(fault));
  for (let number = 0; number < RECORDS; number++) {
    const value = Buffer.from(String(number));
    // Brokers forget a producer by the times of its records (producer.id.expiration.ms), so these are of today.
    while (!producer.send(number % PARTITIONS, Date.now(), null, value, nowUs(), 0, number)) await producer.ready();
    // A few turns of the event loop, so that faults meet requests of all sizes.
    if (number % 20 === 0) await new Promise((resolve) => setImmediate(resolve));
  }
  await producer.flush();
  for (const id of ids) broker.faults.remove(id);
  producer.close();
  return { logs: await readLogs(topic), acknowledged, failed };
};

const readLogs = async (topic: string): Promise<number[][]> => {
  const logs = Array.from({ length: PARTITIONS }, (): number[] => []);
  const bootstrapServers = `127.0.0.1:${broker.port}`;
  const admin = openAdmin({ bootstrapServers, properties: {} });
  let left = [...(await admin.endOffsets(topic)).values()].reduce((sum, end) => sum + end, 0);
  admin.close();
  if (left === 0) return logs;
  const consumer = await Consumer.open({
    topic,
    config: parseConsumerProperties({ 'bootstrap.servers': bootstrapServers, 'auto.offset.reset': 'earliest' }),
    partitions: null,
    onRecord: (bytes, partition, _offset, _timestampMs, _keyStart, _keyEnd, valueStart, valueEnd) => {
      logs[partition]?.push(Number(bytes.toString('latin1', valueStart, valueEnd)));
      return --left > 0;
    },
  });
  await consumer.run();
  consumer.close();
  return logs;
};

const everyRecord = Array.from({ length: PARTITIONS }, (_, partition) =>
  Array.from({ length: RECORDS / PARTITIONS }, (_, index) => index * PARTITIONS + partition),
);

const anyBounds = fc.record({
  share: fc.double({ min: 0.05, max: 0.5, noNaN: true }),
  seed: fc.nat({ max: 1_000_000 }),
  times: fc.integer({ min: 1, max: 12 }),
});
const anyMatch = fc.option(fc.nat({ max: PARTITIONS - 1 }), { nil: null }).map((partition) => ({
  api: 'Produce',
  ...(partition === null ? {} : { partition }),
}));
const failing = (...errors: ErrorName[]) =>
  fc.tuple(anyMatch, fc.constantFrom(...errors), anyBounds).map(
    ([match, error, bounds]): RequestFault => ({
      match,
      fail: { error, ...bounds },
    }),
  );
const dropping = fc.tuple(fc.constantFrom('before' as const, 'after' as const), anyBounds).map(
  ([when, bounds]): RequestFault => ({
    match: { api: 'Produce' },
    drop: { when, ...bounds },
  }),
);
const passing = fc.oneof(
  dropping,
  failing('NOT_LEADER_OR_FOLLOWER', 'NOT_ENOUGH_REPLICAS', 'NOT_ENOUGH_REPLICAS_AFTER_APPEND', 'KAFKA_STORAGE_ERROR'),
);
const anyInFlight = fc.integer({ min: 1, max: 5 }).map(String);

describe('an idempotent producer, whatever fails,', () => {
  it('writes every record once and in order when what fails passes', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(passing, { minLength: 1, maxLength: 4 }), anyInFlight, async (faults, inFlight) => {
        const { logs, failed } = await run(faults, { 'max.in.flight.requests.per.connection': inFlight });
        expect(failed.size).toBe(0);
        expect(logs).toEqual(everyRecord);
      }),
      { numRuns: 25 },
    );
  });

  it('writes none twice or out of order when some fail for good or in time', async () => {
    let failures = 0;
    const fatal = failing('MESSAGE_TOO_LARGE', 'TOPIC_AUTHORIZATION_FAILED');
    const late = anyBounds.map(
      (bounds): RequestFault => ({ match: { api: 'Produce' }, delay: { ms: 100, ...bounds, times: 4 } }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.oneof(passing, fatal, late), { minLength: 1, maxLength: 5 }),
        anyInFlight,
        async (faults, inFlight) => {
          const { logs, acknowledged, failed } = await run(faults, {
            'max.in.flight.requests.per.connection': inFlight,
            'request.timeout.ms': '60',
            'delivery.timeout.ms': '90',
          });
          failures += failed.size;
          const written = new Set(logs.flat());
          expect(acknowledged.size + failed.size).toBe(RECORDS);
          for (const log of logs) expect(log).toEqual([...new Set(log)].sort((left, right) => left - right));
          expect([...acknowledged].filter((number) => !written.has(number))).toEqual([]);
        },
      ),
      { numRuns: 25 },
    );
    expect(failures).toBeGreaterThan(0);
  });
});
