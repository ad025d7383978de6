// Many connections, many partitions, much data: what a broker costs when little happens, and how soon it is back.
import { readdirSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { Kafka, logLevel } from 'kafkajs';
import { inTemporaryFolder, runCommand, startBroker } from './processes.mjs';
import { median, table } from './table.mjs';

/** @param {number} pid */
const residentMebibytes = (pid) =>
  Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** Open files, sockets included. @param {number} pid */
const openFiles = (pid) => readdirSync(`/proc/${pid}/fd`).length;

/** @param {string} bootstrap @param {number} count @returns {Promise<() => void>} */
const connectIdle = async (bootstrap, count) => {
  const [host = '', port = ''] = bootstrap.split(':');
  /** @type {import('node:net').Socket[]} */
  const sockets = [];
  for (let index = 0; index < count; index++) {
    const socket = connect(Number(port), host);
    sockets.push(socket);
    await new Promise((resolve, reject) => {
      socket.once('connect', resolve);
      socket.once('error', reject);
    });
  }
  return () => {
    for (const socket of sockets) socket.destroy();
  };
};

/** @param {string} bootstrap @param {number} topics @param {number} partitions */
const makeTopics = async (bootstrap, topics, partitions) => {
  const admin = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING, requestTimeout: 60_000 }).admin();
  await admin.connect();
  const startedMs = performance.now();
  for (let index = 0; index < topics; index++)
    await admin.createTopics({ topics: [{ topic: `many-${index}`, numPartitions: partitions, replicationFactor: 1 }] });
  const elapsedMs = performance.now() - startedMs;
  await admin.disconnect();
  return elapsedMs;
};

/** 99th percentile of the response time at 1,000 records a second, milliseconds. @param {string} bootstrap @param {number} seconds */
const responseTime = async (bootstrap, seconds) => {
  const result = await runCommand([
    ...['producer-perf-test', '--bootstrap-server', bootstrap, '--topic', 'paced', '--record-size', '100'],
    ...['--num-records', String(1000 * seconds), '--throughput', '1000', '--command-property', 'acks=1', 'linger.ms=0'],
  ]);
  return result.responseTimeMs.p99;
};

/** @param {string} directory @param {boolean} smoke */
const crowd = async (directory, smoke) => {
  const [topics, partitions, connections, seconds] = smoke ? [2, 10, 50, 1] : [50, 100, 2000, 5];
  const broker = await startBroker(`${directory}/crowd`);
  try {
    /** @type {number[]} */
    const alone = [];
    /** @type {number[]} */
    const crowded = [];
    await responseTime(broker.bootstrap, 1);
    const makingMs = await makeTopics(broker.bootstrap, topics, partitions);
    let memory = 0;
    let files = 0;
    for (let round = 0; round < (smoke ? 1 : 5); round++) {
      alone.push(await responseTime(broker.bootstrap, seconds));
      const leave = await connectIdle(broker.bootstrap, connections);
      crowded.push(await responseTime(broker.bootstrap, seconds));
      memory = Math.max(memory, residentMebibytes(broker.pid));
      files = Math.max(files, openFiles(broker.pid) - connections);
      leave();
    }
    return {
      makingMs,
      count: topics * partitions,
      connections,
      memory,
      files,
      alone: median(alone),
      crowded: median(crowded),
    };
  } finally {
    await broker.stop();
  }
};

/** @param {string} directory @param {boolean} smoke */
const comeBack = async (directory, smoke) => {
  const gibibytes = smoke ? 0.02 : 10;
  const dataDir = `${directory}/restart`;
  const filler = await startBroker(dataDir, ['--config', 'num.partitions=2']);
  await runCommand([
    ...['producer-perf-test', '--bootstrap-server', filler.bootstrap, '--topic', 'much', '--record-size', '10000'],
    ...['--num-records', String(Math.round((gibibytes * 2 ** 30) / 10_000)), '--throughput', '-1'],
    ...['--command-property', 'acks=1', 'batch.size=500000'],
  ]);
  await filler.stop();
  const timed = async () => {
    const startedMs = performance.now();
    const broker = await startBroker(dataDir);
    return { broker, seconds: (performance.now() - startedMs) / 1000 };
  };
  const clean = await timed();
  await clean.broker.kill();
  const killed = await timed();
  await killed.broker.stop();
  return { gibibytes, clean: clean.seconds, killed: killed.seconds };
};

/** @param {{ smoke: boolean }} options */
export const run = async ({ smoke }) =>
  await inTemporaryFolder(async (directory) => {
    const { makingMs, count, connections, memory, files, alone, crowded } = await crowd(directory, smoke);
    const { gibibytes, clean, killed } = await comeBack(directory, smoke);
    const rows = [
      [`making ${count} partitions`, '', `${(makingMs / 1000).toFixed(2)} s`],
      [`memory with ${count} partitions and ${connections} idle connections`, '400 MB', `${memory.toFixed(0)} MiB`],
      ['open files beside the connections', 'bounded', String(files)],
      ['99th percentile at 1,000 records/s, alone', '', `${alone.toFixed(2)} ms`],
      ['99th percentile at 1,000 records/s, in the crowd', 'twice that', `${crowded.toFixed(2)} ms`],
      [`start on ${gibibytes} GiB after a clean stop`, '1 s', `${clean.toFixed(2)} s`],
      [`start on ${gibibytes} GiB after kill -9, two partitions`, 'last segments', `${killed.toFixed(2)} s`],
    ];
    return { title: 'Many connections, partitions and bytes', text: table(['what', 'at most', 'measured'], rows) };
  });
