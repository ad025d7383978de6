/** A partition's records move between our broker and a real Kafka by their files alone, both ways. */
import { copyFile, readdir, rm } from 'node:fs/promises';
import path from 'node:path';
import { CompressionTypes } from 'kafkajs';
import { expect, test } from 'vitest';
import { realKafka } from './real-kafka.ts';
import { kafkajsClient, lines, needs, run, startBroker, temporaryDirectory } from './support.ts';

const TOPIC = 'moved';

/** A broker of either kind that can be stopped and started on the same data. */
type Host = {
  readonly dataDir: string;
  readonly start: () => Promise<string>;
  readonly stop: () => Promise<void>;
  readonly remove: () => Promise<void>;
};

async function ourBroker(): Promise<Host> {
  const directory = await temporaryDirectory();
  let broker: Awaited<ReturnType<typeof startBroker>> | null = null;
  const stop = async () => {
    await broker?.end();
    broker = null;
  };
  return {
    dataDir: directory.path,
    start: async () => {
      broker = await startBroker(directory.path);
      return broker.address;
    },
    stop,
    remove: async () => {
      await stop();
      await directory.remove();
    },
  };
}

/** Makes the topic with segments of 1 MiB. */
async function makeTopic(address: string): Promise<void> {
  const admin = kafkajsClient(address).admin();
  await admin.connect();
  const configEntries = [{ name: 'segment.bytes', value: String(1024 * 1024) }];
  // A real node may not know of a topic yet that its controller has just made, and kafkajs gives up then.
  await admin.createTopics({
    topics: [{ topic: TOPIC, numPartitions: 1, replicationFactor: 1, configEntries }],
    waitForLeaders: false,
  });
  const leader = async () => {
    const { topics } = await admin.fetchTopicMetadata({ topics: [TOPIC] }).catch(() => ({ topics: [] }));
    return topics[0]?.partitions[0]?.leader ?? -1;
  };
  await expect.poll(leader).toBeGreaterThanOrEqual(0);
  await admin.disconnect();
}

/** Writes a bit more than a segment of records: keys, nulls, headers, gzip, committed and aborted transactions. */
async function fill(address: string): Promise<void> {
  const kafka = kafkajsClient(address);
  const producer = kafka.producer();
  await producer.connect();
  for (let batch = 0; batch < 30; batch++) {
    const messages = Array.from({ length: 50 }, (_, index) => ({
      key: index % 3 === 0 ? null : `key-${index}`,
      value: index % 7 === 0 ? null : `${batch}-${index}-`.padEnd(1_000, 'é'),
      headers: index % 4 === 0 ? { trace: `t${index}` } : {},
    }));
    const compression = batch % 5 === 0 ? CompressionTypes.GZIP : CompressionTypes.None;
    await producer.send({ topic: TOPIC, messages, compression });
  }
  await producer.disconnect();
  const transactional = kafka.producer({ transactionalId: 'mover', idempotent: true, maxInFlightRequests: 1 });
  await transactional.connect();
  for (const end of ['commit', 'abort', 'commit'] as const) {
    const transaction = await transactional.transaction();
    await transaction.send({ topic: TOPIC, messages: [{ value: `to ${end}` }, { value: `to ${end} too` }] });
    await transaction[end]();
  }
  await transactional.disconnect();
}

/** Every committed record with offset, time, headers, key and value, as kcat reads it. */
async function readAll(address: string): Promise<readonly string[]> {
  const flags = ['-p', '0', '-o', 'beginning', '-e', '-J', '-q', '-X', 'isolation.level=read_committed'];
  const { stdout } = await run('kcat', ['-C', '-b', address, '-t', TOPIC, ...flags]);
  return lines(stdout);
}

const isMoved = (name: string): boolean =>
  /\.(log|index|timeindex|txnindex)$/.test(name) || name === 'leader-epoch-checkpoint';

/** Puts one stopped broker's files in the place of another's, which then believes that it crashed. */
async function moveFiles(from: Host, to: Host): Promise<number> {
  const [source, target] = [path.join(from.dataDir, `${TOPIC}-0`), path.join(to.dataDir, `${TOPIC}-0`)];
  for (const name of await readdir(target)) {
    if (name !== 'partition.metadata') await rm(path.join(target, name));
  }
  const names = (await readdir(source)).filter(isMoved);
  for (const name of names) await copyFile(path.join(source, name), path.join(target, name));
  await rm(path.join(to.dataDir, '.kafka_cleanshutdown'));
  return names.filter((name) => name.endsWith('.log')).length;
}

for (const [title, makeHosts] of [
  ['our broker to a real Kafka', async () => [await ourBroker(), await realKafka()] as const],
  ['a real Kafka to our broker', async () => [await realKafka(), await ourBroker()] as const],
] as const) {
  test(`a partition moves from ${title}`, async (context) => {
    needs(context, 'java', 'mvn', 'kcat');
    const [from, to] = await makeHosts();
    try {
      const address = await from.start();
      await makeTopic(address);
      await fill(address);
      const before = await readAll(address);
      await from.stop();
      await makeTopic(await to.start());
      await to.stop();

      const segmentCount = await moveFiles(from, to);
      const after = await readAll(await to.start());

      expect(segmentCount).toBe(2);
      expect(before).toHaveLength(30 * 50 + 4);
      expect(after).toEqual(before);
    } finally {
      await from.remove();
      await to.remove();
    }
  });
}
