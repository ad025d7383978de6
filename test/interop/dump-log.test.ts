/** spillway dump-log and Kafka's DumpLogSegments print the same lines, for files of a real Kafka and for ours. */
import { readdirSync } from 'node:fs';
import path from 'node:path';
import { CompressionTypes } from 'kafkajs';
import { afterAll, describe, expect, type TestContext, test } from 'vitest';
import { realKafka, runCoreTool } from './real-kafka.ts';
import { kafkajsClient, lines, needs, startBroker, startSpillway, temporaryDirectory } from './support.ts';

/** Writes what a log can hold: keys, headers, nulls, gzip, transactions of both ends, and a group's offsets. */
async function fill(address: string): Promise<void> {
  const kafka = kafkajsClient(address);
  const admin = kafka.admin();
  await admin.connect();
  const topics = ['plain', 'packed', 'committed'].map((topic) => ({ topic, numPartitions: 1, replicationFactor: 1 }));
  await admin.createTopics({ topics });

  const producer = kafka.producer();
  await producer.connect();
  for (let batch = 0; batch < 30; batch++) {
    const messages = Array.from({ length: 20 }, (_, index) => ({
      key: index % 3 === 0 ? null : `key-${index}`,
      value: `${'v'.repeat(60)}-${batch}-${index}`,
      headers: index % 4 === 0 ? { trace: 'a', tags: ['x', 'y'] } : {},
    }));
    await producer.send({ topic: 'plain', messages });
  }
  const odd = [{ key: 'gone', value: null }, { key: '', value: '' }, { value: 'é日本\nnext line' }];
  await producer.send({ topic: 'plain', messages: odd });
  const packed = Array.from({ length: 100 }, (_, index) => ({ key: `key-${index}`, value: `value ${index}` }));
  await producer.send({ topic: 'packed', messages: packed, compression: CompressionTypes.GZIP });
  await producer.disconnect();

  const transactional = kafka.producer({ transactionalId: 'teller', idempotent: true, maxInFlightRequests: 1 });
  await transactional.connect();
  for (let index = 0; index < 4; index++) {
    const transaction = await transactional.transaction();
    await transaction.send({ topic: 'committed', messages: [{ value: `a${index}` }, { value: `b${index}` }] });
    await (index % 2 === 0 ? transaction.commit() : transaction.abort());
  }
  await transactional.disconnect();

  const consumer = kafka.consumer({ groupId: 'readers' });
  await consumer.connect();
  await consumer.subscribe({ topics: ['plain'], fromBeginning: true });
  await new Promise<void>((resolve, reject) => {
    consumer.run({ eachMessage: async ({ message }) => void (message.offset === '602' && resolve()) }).catch(reject);
  });
  await consumer.commitOffsets([{ topic: 'plain', partition: 0, offset: '600', metadata: 'note "q"' }]);
  await consumer.disconnect();
  await admin.disconnect();
}

/** What both tools print; paths are the same for both, so nothing is made alike. */
async function dumpBoth(files: readonly string[], flags: readonly string[]) {
  const args = ['--files', files.join(','), ...flags];
  const [kafkas, ours] = await Promise.all([
    runCoreTool('kafka.tools.DumpLogSegments', args),
    startSpillway(['dump-log', ...args]).finished,
  ]);
  expect(ours.stderr).toBe(kafkas.stderr);
  expect(ours.status).toBe(0);
  return { kafkas: lines(kafkas.stdout), ours: lines(ours.stdout) };
}

/** Files of topic folders that match. */
const filesIn = (dataDir: string, folders: RegExp, names: RegExp): string[] =>
  readdirSync(dataDir)
    .filter((folder) => folders.test(folder))
    .flatMap((folder) =>
      readdirSync(path.join(dataDir, folder))
        .filter((name) => names.test(name))
        .map((name) => path.join(dataDir, folder, name)),
    );

const CLIENT_TOPICS = /^(plain|packed|committed)-0$/;

/** The data directory of a broker that was filled and stopped cleanly. */
type Stopped = { readonly dataDir: string; readonly remove: () => Promise<void> };

const brokers: Readonly<Record<string, () => Promise<Stopped>>> = {
  'a real Kafka': async () => {
    const kafka = await realKafka();
    try {
      await fill(await kafka.start());
      await kafka.stop();
    } catch (error) {
      await kafka.remove();
      throw error;
    }
    return kafka;
  },
  'our broker': async () => {
    const directory = await temporaryDirectory();
    try {
      const broker = await startBroker(directory.path);
      await fill(broker.address).finally(() => broker.end());
    } catch (error) {
      await directory.remove();
      throw error;
    }
    return { dataDir: directory.path, remove: directory.remove };
  },
};

describe.for(Object.entries(brokers))('dump-log and DumpLogSegments agree on files of %s:', ([, makeStopped]) => {
  let stopped: Promise<Stopped> | null = null;
  /** Filled by the first test that needs it, since it takes Java. */
  const dataDirectory = async (context: TestContext): Promise<string> => {
    needs(context, 'java', 'mvn');
    stopped ??= makeStopped();
    return (await stopped).dataDir;
  };
  afterAll(async () => (await stopped)?.remove());

  test('batches and entries', async (context) => {
    const files = filesIn(await dataDirectory(context), CLIENT_TOPICS, /^0/);

    const { kafkas, ours } = await dumpBoth(files, []);

    expect(ours).toEqual(kafkas);
    for (const line of [
      /^baseOffset: .* compresscodec: gzip/,
      /^baseOffset: .* isTransactional: true isControl: true/,
      /^offset: \d+ position: \d+$/,
      /^timestamp: \d+ offset: \d+$/,
      /^version: 0 producerId: \d+ firstOffset: 3 /,
      /^producerId: \d+ .* firstSequence: \d+ /,
    ])
      expect(ours).toContainEqual(expect.stringMatching(line));
  });

  for (const flags of [['--print-data-log'], ['--print-data-log', '--skip-record-metadata'], ['--deep-iteration']]) {
    test(`records ${flags.join(' ')}`, async (context) => {
      const files = filesIn(await dataDirectory(context), CLIENT_TOPICS, /\.log$/);

      const { kafkas, ours } = await dumpBoth(files, flags);

      expect(ours).toEqual(kafkas);
      expect(ours.length).toBeGreaterThan(700);
    });
  }

  for (const flag of ['--verify-index-only', '--index-sanity-check']) {
    test(`indexes ${flag}`, async (context) => {
      const files = filesIn(await dataDirectory(context), CLIENT_TOPICS, /\.(index|timeindex)$/);

      const { kafkas, ours } = await dumpBoth(files, [flag]);

      expect(ours).toEqual(kafkas);
      expect(ours.length).toBeGreaterThanOrEqual(files.length);
    });
  }

  for (const [topic, decoder] of [
    ['__consumer_offsets', '--offsets-decoder'],
    ['__transaction_state', '--transaction-log-decoder'],
  ] as const) {
    test(`records of ${topic}`, async (context) => {
      const files = filesIn(await dataDirectory(context), new RegExp(`^${topic}-`), /\.log$/);

      const { kafkas, ours } = await dumpBoth(files, [decoder]);

      expect(ours).toEqual(kafkas);
      expect(ours.some((line) => line.includes('"type":'))).toBe(true);
    });
  }
});
