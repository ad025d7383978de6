// The whole way: command line, worker thread, client, TCP, broker process, files. Rounds of all cases in turn, medians.
import { closeSync, openSync, readFileSync, rmSync, writeSync } from 'node:fs';
import { cpuSecondsOf } from './cpu.mjs';
import { inTemporaryFolder, runCommand, runNode, runPlain, startBroker } from './processes.mjs';
import { measureReadLimit } from './read-limit.mjs';
import { median, table } from './table.mjs';

const kafkajsLoop = new URL('kafkajs-loop.mjs', import.meta.url).pathname;

/** @typedef {{ recordsPerSecond: number, generatorUs?: number, brokerUs?: number, mebibytesPerSecond?: number }} Figures */

/** @param {number} records @param {number} batchSize @returns {Promise<Figures>} */
const produce = async (records, batchSize) => {
  const result = await runCommand([
    'producer-perf-test',
    '--topic',
    't',
    '--num-records',
    String(records),
    '--record-size',
    '100',
    '--throughput',
    '-1',
    '--command-property',
    'acks=1',
    `batch.size=${batchSize}`,
  ]);
  return {
    recordsPerSecond: result.recordsPerSecond,
    generatorUs: (result.generator.cpuSeconds * 1e6) / records,
    brokerUs: (result.brokerCpuSeconds * 1e6) / records,
  };
};

/** @param {string} bootstrap @param {string} topic @param {number} records @param {number} size */
const fill = (bootstrap, topic, records, size) =>
  runCommand([
    'producer-perf-test',
    '--bootstrap-server',
    bootstrap,
    '--topic',
    topic,
    '--num-records',
    String(records),
    '--record-size',
    String(size),
    '--throughput',
    '-1',
    '--command-property',
    'acks=1',
    'batch.size=65536',
  ]);

/** @param {{ bootstrap: string, pid: number }} broker @param {string} topic @param {number} records @returns {Promise<Figures>} */
const consume = async (broker, topic, records) => {
  const before = cpuSecondsOf(broker.pid);
  const result = await runCommand([
    'consumer-perf-test',
    '--bootstrap-server',
    broker.bootstrap,
    '--topic',
    topic,
    '--num-records',
    String(records),
  ]);
  return {
    recordsPerSecond: result.recordsConsumed / (result.fetchTimeMs / 1000),
    mebibytesPerSecond: result.bytesConsumed / 2 ** 20 / (result.fetchTimeMs / 1000),
    generatorUs: (result.generator.cpuSeconds * 1e6) / records,
    brokerUs: ((cpuSecondsOf(broker.pid) - before) * 1e6) / records,
  };
};

/** Wall time of a whole small test, embedded broker and all. @returns {Promise<number>} */
const startToEnd = async () => {
  const startedMs = performance.now();
  await runPlain([
    'producer-perf-test',
    '--topic',
    't',
    '--num-records',
    '100000',
    '--record-size',
    '100',
    '--throughput',
    '-1',
    '--no-record',
  ]);
  return (performance.now() - startedMs) / 1000;
};

/** Largest resident memory of a process so far, MiB. @param {number} pid */
const peakMebibytes = (pid) =>
  Number(/VmHWM:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1] ?? 0) / 1024;

/** @param {number} records */
const memory = (records) =>
  inTemporaryFolder(async (directory) => {
    const broker = await startBroker(directory);
    try {
      const result = await fill(broker.bootstrap, 't', records, 100);
      return { generator: result.generator.peakRssBytes / 2 ** 20, broker: peakMebibytes(broker.pid) };
    } finally {
      await broker.stop();
    }
  });

/** Has the page cache use memory that a fresh virtual machine may never have touched: its first use costs ten times the next. @param {string} path */
const touchMemory = (path) => {
  const block = Buffer.alloc(1024 * 1024, 1);
  const file = openSync(path, 'w');
  for (let written = 0; written < 4096; written++) writeSync(file, block);
  closeSync(file);
  rmSync(path);
};

/** @param {{ smoke: boolean }} options */
export const run = async ({ smoke }) => {
  const rounds = smoke ? 1 : 5;
  const scale = smoke ? 0.02 : 1;
  const produced = Math.round(8_000_000 * scale);
  const tailRecords = Math.round(3_000_000 * scale);
  const fileRecords = Math.round(6_000_000 * scale);
  const largeRecords = Math.round(1_000_000 * scale);
  const kafkajsRecords = Math.round(300_000 * scale);
  /** @type {Map<string, Figures[]>} */
  const figures = new Map();
  const note = (/** @type {string} */ name, /** @type {Figures} */ figure) =>
    figures.set(name, [...(figures.get(name) ?? []), figure]);
  /** @type {number[]} */
  const starts = [];

  await inTemporaryFolder(async (directory) => {
    if (!smoke) touchMemory(`${directory}/touch`);
    // Files first: this broker is started anew after the fill, so its tail cache is empty and every read is a file's.
    const filler = await startBroker(`${directory}/files`);
    await fill(filler.bootstrap, 'small', fileRecords, 100);
    await fill(filler.bootstrap, 'large', largeRecords, 1024);
    await filler.stop();
    const files = await startBroker(`${directory}/files`);
    // A tail cache that holds the whole topic: what is measured is the cache, not its bound.
    const tail = await startBroker(`${directory}/tail`, ['--tail-cache-bytes', String(1024 * 1024 * 1024)]);
    try {
      await fill(tail.bootstrap, 'small', tailRecords, 100);
      await fill(tail.bootstrap, 'large', Math.round(largeRecords / 2), 1024);
      for (let round = 0; round < rounds; round++) {
        note('producer, batch.size 16384', await produce(produced / 2, 16_384));
        note('producer, batch.size 65536', await produce(produced, 65_536));
        const js = JSON.parse(
          await runNode([kafkajsLoop, files.bootstrap, `js-${round}`, String(kafkajsRecords), '100', '150']),
        );
        note('kafkajs loop, 150 records a send', {
          recordsPerSecond: js.recordsPerSecond,
          generatorUs: (js.cpuSeconds * 1e6) / js.records,
        });
        note('consumer, tail cache', await consume(tail, 'small', tailRecords));
        note('consumer, files', await consume(files, 'small', fileRecords));
        note('consumer, tail cache, 1 KiB', await consume(tail, 'large', Math.round(largeRecords / 2)));
        note('consumer, files, 1 KiB', await consume(files, 'large', largeRecords));
        const limit = await measureReadLimit(`${directory}/files/large-0`, smoke ? 0.2 : 2);
        note('limit: read and write the same file, no protocol', {
          recordsPerSecond: limit / 1093,
          mebibytesPerSecond: limit / 2 ** 20,
        });
        starts.push(await startToEnd());
      }
    } finally {
      await Promise.all([files.stop(), tail.stop()]);
    }
  });
  const rss = await memory(smoke ? 500_000 : 50_000_000);

  const middle = (/** @type {string} */ name, /** @type {keyof Figures} */ key) =>
    median((figures.get(name) ?? []).map((f) => f[key] ?? Number.NaN));
  const us = (/** @type {number} */ value) => (Number.isNaN(value) ? '' : value.toFixed(3));
  const rows = [...figures.keys()].map((name) => [
    name,
    (middle(name, 'recordsPerSecond') / 1e6).toFixed(2),
    Number.isNaN(middle(name, 'mebibytesPerSecond')) ? '' : middle(name, 'mebibytesPerSecond').toFixed(0),
    us(middle(name, 'generatorUs')),
    us(middle(name, 'brokerUs')),
  ]);
  const rate = (/** @type {string} */ name) => middle(name, 'recordsPerSecond');
  const js = rate('kafkajs loop, 150 records a send');
  const limit = middle('limit: read and write the same file, no protocol', 'mebibytesPerSecond');
  const targets = [
    ['producer at 16384', '2.2 M/s', `${(rate('producer, batch.size 16384') / 1e6).toFixed(2)} M/s`],
    ['producer at 65536', '4 M/s', `${(rate('producer, batch.size 65536') / 1e6).toFixed(2)} M/s`],
    [
      'producer at 16384 against the kafkajs loop',
      '15 times',
      `${(rate('producer, batch.size 16384') / js).toFixed(1)} times`,
    ],
    ['generator CPU a record at 65536', '0.35 us', `${us(middle('producer, batch.size 65536', 'generatorUs'))} us`],
    ['broker CPU a record at 65536', '0.15 us', `${us(middle('producer, batch.size 65536', 'brokerUs'))} us`],
    ['consumer from the tail cache', '5 M/s', `${(rate('consumer, tail cache') / 1e6).toFixed(2)} M/s`],
    ['consumer from files (page cache hot)', '5 M/s', `${(rate('consumer, files') / 1e6).toFixed(2)} M/s`],
    [
      '1 KiB from files, share of the limit',
      '60 %',
      `${((100 * middle('consumer, files, 1 KiB', 'mebibytesPerSecond')) / limit).toFixed(0)} %`,
    ],
    ['100,000 records with the broker, wall', 'under 1.2 s', `${median(starts).toFixed(2)} s`],
    [`peak memory over ${smoke ? '0.5' : '50'} M records, generator`, '200 MB', `${rss.generator.toFixed(0)} MiB`],
    [`peak memory over ${smoke ? '0.5' : '50'} M records, broker`, '200 MB', `${rss.broker.toFixed(0)} MiB`],
  ];
  const text = [
    `Medians of ${rounds} interleaved round${rounds === 1 ? '' : 's'}; 100-byte records unless it says 1 KiB, one producer or consumer, one partition, acks=1.`,
    '',
    table(['what', 'M records/s', 'MiB/s', 'generator CPU us', 'broker CPU us'], rows),
    '',
    table(['target', 'at least (or at most)', 'measured'], targets),
  ].join('\n');
  return { title: 'Throughput', text };
};
