import { createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { ErrorCode, errorByCode } from '../../src/protocol/errors.ts';
import { addPartitionsToTxn } from '../../src/protocol/messages/add-partitions-to-txn.ts';
import { endTxn } from '../../src/protocol/messages/end-txn.ts';
import { fetch } from '../../src/protocol/messages/fetch.ts';
import { initProducerId } from '../../src/protocol/messages/init-producer-id.ts';
import { produce } from '../../src/protocol/messages/produce.ts';
import {
  batchLastOffset,
  batchProducerId,
  batchSizeBytes,
  encodeRecordBatch,
  isControl,
  walkRecords,
} from '../../src/protocol/record-batch.ts';
import { readMarker } from '../../src/protocol/transaction-marker.ts';
import { StubbornClient } from './stubborn-client.ts';
import { type BrokerProcess, createTopic, startBroker, temporaryDirectory } from './support.ts';

const KILLS = 100;
const TOPIC = 'killed';
const PARTITIONS = 2;
const IDEMPOTENT_TOPIC = 'killed-idempotent';
const RECORDS = 5;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(async () => {
  await directory?.remove();
});

const freePort = async (): Promise<number> => {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  await new Promise((resolve) => {
    server.close(resolve);
  });
  if (address === null || typeof address === 'string') throw new Error('no port');
  return address.port;
};

type Producer = { readonly producerId: number; readonly producerEpoch: number };

/** Asks again while the broker says that it is not ready yet. */
const untilReady = async (ask: () => Promise<number>): Promise<void> => {
  for (let tries = 0; ; tries++) {
    const code = await ask();
    if (code === ErrorCode.NONE) return;
    const isPassing = code === ErrorCode.CONCURRENT_TRANSACTIONS || code === ErrorCode.COORDINATOR_NOT_AVAILABLE;
    if (!isPassing || tries > 500) throw new Error(`the broker said ${errorByCode(code)?.name ?? code}`);
    await sleep(10);
  }
};

const begin = async (client: StubbornClient, transactionalId: string | null): Promise<Producer> => {
  let producer: Producer = { producerId: -1, producerEpoch: -1 };
  await untilReady(async () => {
    const answer = await client.ask(initProducerId, 4, { transactionalId, transactionTimeoutMs: 600_000 });
    producer = answer;
    return answer.errorCode;
  });
  return producer;
};

const send = async (
  client: StubbornClient,
  to: { topic: string; index: number; transactionalId: string | null; sequence: number },
  { producerId, producerEpoch }: Producer,
  values: readonly string[],
): Promise<void> => {
  const records = encodeRecordBatch(
    values.map((value) => ({ timestampMs: Date.now(), key: null, value: Buffer.from(value) })),
    { producerId, producerEpoch, baseSequence: to.sequence, attributes: to.transactionalId === null ? 0 : 0x10 },
  );
  await untilReady(async () => {
    const { responses } = await client.ask(produce, 11, {
      transactionalId: to.transactionalId,
      acks: -1,
      timeoutMs: 10_000,
      topicData: [{ name: to.topic, partitionData: [{ index: to.index, records }] }],
    });
    return responses[0]?.partitionResponses[0]?.errorCode ?? -1;
  });
};

type Fate = { readonly isCommit: boolean; readonly values: readonly (readonly string[])[] };

/** Writes transactions over all partitions until it is told to stop; gives the fate of each. */
const writeTransactions = async (port: number, name: string, isOver: () => boolean): Promise<Fate[]> => {
  const client = new StubbornClient(port);
  const fates: Fate[] = [];
  const producer = await begin(client, name);
  const sequences = new Array<number>(PARTITIONS).fill(0);
  for (let number = 0; !isOver(); number++) {
    const isCommit = number % 3 !== 2;
    await untilReady(async () => {
      const { resultsByTopicV3AndBelow } = await client.ask(addPartitionsToTxn, 3, {
        v3AndBelowTransactionalId: name,
        v3AndBelowProducerId: producer.producerId,
        v3AndBelowProducerEpoch: producer.producerEpoch,
        v3AndBelowTopics: [{ name: TOPIC, partitions: [...sequences.keys()] }],
      });
      return Math.max(
        ...resultsByTopicV3AndBelow.flatMap(({ resultsByPartition }) =>
          resultsByPartition.map(({ partitionErrorCode }) => partitionErrorCode),
        ),
      );
    });
    const values: string[][] = sequences.map(() => []);
    for (let batch = 0; batch < 2; batch++)
      for (const [index, sequence] of sequences.entries()) {
        const records = Array.from({ length: RECORDS }, (_, record) => `${name}:${number}:${batch * RECORDS + record}`);
        await send(client, { topic: TOPIC, index, transactionalId: name, sequence }, producer, records);
        sequences[index] = sequence + RECORDS;
        values[index]?.push(...records);
      }
    await untilReady(
      async () =>
        (await client.ask(endTxn, 3, { transactionalId: name, ...identity(producer), committed: isCommit })).errorCode,
    );
    fates.push({ isCommit, values });
  }
  client.close();
  return fates;
};

const identity = ({ producerId, producerEpoch }: Producer): Producer => ({ producerId, producerEpoch });

/** Writes batches until it is told to stop; gives what was acknowledged, and how many requests had to be repeated. */
const writeIdempotently = async (
  port: number,
  isOver: () => boolean,
): Promise<{ values: string[]; repeated: number }> => {
  const client = new StubbornClient(port);
  const producer = await begin(client, null);
  const values: string[] = [];
  while (!isOver()) {
    const records = Array.from({ length: RECORDS }, (_, index) => String(values.length + index));
    const to = { topic: IDEMPOTENT_TOPIC, index: 0, transactionalId: null, sequence: values.length };
    await send(client, to, producer, records);
    values.push(...records);
  }
  client.close();
  return { values, repeated: client.repeated };
};

/** All values of a partition in order, without those of aborted transactions when only committed ones are asked for. */
const readAll = async (port: number, topic: string, index: number, isolationLevel: 0 | 1): Promise<string[]> => {
  const client = new StubbornClient(port);
  const values: string[] = [];
  for (let offset = 0; ; ) {
    const { responses } = await client.ask(fetch, 11, {
      maxWaitMs: 0,
      minBytes: 1,
      maxBytes: 0x7fff_ffff,
      isolationLevel,
      topics: [{ topic, partitions: [{ partition: index, fetchOffset: offset, partitionMaxBytes: 1 << 20 }] }],
      forgottenTopicsData: [],
    });
    const part = responses[0]?.partitions[0];
    const bytes = part?.records ?? Buffer.alloc(0);
    if (bytes.length === 0) break;
    const aborted = (part?.abortedTransactions ?? []).toSorted((left, right) => left.firstOffset - right.firstOffset);
    const dropping = new Set<number>();
    for (let at = 0; at < bytes.length; at += batchSizeBytes(bytes, at)) {
      const producerId = batchProducerId(bytes, at);
      offset = batchLastOffset(bytes, at) + 1;
      while (aborted[0] !== undefined && aborted[0].firstOffset < offset)
        dropping.add(aborted.shift()?.producerId ?? -1);
      if (isControl(bytes, at)) {
        if (readMarker(bytes, at)?.isCommit === false) dropping.delete(producerId);
      } else if (!dropping.has(producerId)) {
        walkRecords(bytes, at, 0, (_offset, _time, _keyStart, _keyEnd, start, end) => {
          values.push(bytes.toString('utf8', start, end));
          return true;
        });
      }
    }
  }
  client.close();
  return values;
};

test(`a broker that is killed ${KILLS} times loses, repeats and invents nothing`, { timeout: 300_000 }, async () => {
  const port = await freePort();
  const start = () => startBroker(directory.path, { listen: `127.0.0.1:${port}` });
  let broker: BrokerProcess = await start();
  await createTopic(broker.address, TOPIC, PARTITIONS);
  await createTopic(broker.address, IDEMPOTENT_TOPIC);
  let isDone = false;
  const isOver = () => isDone;
  const writing = Promise.all([
    writeTransactions(port, 'one', isOver),
    writeTransactions(port, 'two', isOver),
    writeIdempotently(port, isOver),
  ]);
  // A writer that fails shall end the killing at once.
  writing.catch(() => {
    isDone = true;
  });
  for (let kill = 0; kill < KILLS && !isDone; kill++) {
    await sleep(20 + ((kill * 37) % 150));
    await broker.end('SIGKILL');
    broker = await start();
  }
  isDone = true;
  const [one, two, idempotent] = await writing;

  expect(await readAll(port, IDEMPOTENT_TOPIC, 0, 0)).toEqual(idempotent.values);
  const fates = [...one, ...two];
  for (let index = 0; index < PARTITIONS; index++) {
    const seen = await readAll(port, TOPIC, index, 1);
    for (const [name, mine] of [
      ['one', one],
      ['two', two],
    ] as const)
      expect(seen.filter((value) => value.startsWith(`${name}:`))).toEqual(
        mine.flatMap(({ isCommit, values }) => (isCommit ? (values[index] ?? []) : [])),
      );
    const written = await readAll(port, TOPIC, index, 0);
    expect(written.toSorted()).toEqual(fates.flatMap(({ values }) => values[index] ?? []).toSorted());
  }
  await broker.end();
  const committed = fates.filter(({ isCommit }) => isCommit).length;
  console.log(
    `${KILLS} kills: ${committed} committed and ${fates.length - committed} aborted transactions, ` +
      `${idempotent.values.length} idempotent records (${idempotent.repeated} requests sent again)`,
  );
  expect(idempotent.repeated).toBeGreaterThan(0);
});
