// Compares the ways to bring stored batches to a consumer: one process serves ranges of a file that is hot in the page
// cache, this one asks for them over loopback, one after the other, and looks at nothing.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, writeSync } from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inTemporaryFolder } from './processes.mjs';
import { median, table } from './table.mjs';

const MEBIBYTE = 1024 * 1024;
const FETCH_BYTES = [64 * 1024, MEBIBYTE];
const TAIL_CACHE_BYTES = 64 * MEBIBYTE;

/**
 * One strategy at one fetch size: medians over the rounds.
 * @typedef {{ strategy: string, fetchBytes: number, mebibytesPerSecond: number, serverCpuMsPerGibibyte: number }} Row
 */

/**
 * @param {{ smoke: boolean }} options
 * @returns {Promise<{ title: string, text: string, rows: Row[] }>}
 */
export const run = async ({ smoke }) => {
  const plan = smoke ? { fileMebibytes: 80, rounds: 1, sliceMs: 50 } : { fileMebibytes: 256, rounds: 5, sliceMs: 300 };
  const rows = await inTemporaryFolder((directory) => measure(join(directory, '00000000000000000000.log'), plan));
  const cells = rows.map((row) => [
    row.strategy,
    `${row.fetchBytes / 1024} KiB`,
    row.mebibytesPerSecond.toFixed(0),
    row.serverCpuMsPerGibibyte.toFixed(0),
  ]);
  const text = [
    table(['strategy', 'fetch', 'MiB/s', 'server CPU ms/GiB'], cells),
    '',
    `Loopback, one connection, one request in flight, a file of ${plan.fileMebibytes} MiB hot in the page cache; medians of ` +
      `${plan.rounds} interleaved rounds. Loopback hides what a network card does with sendfile(2).`,
  ].join('\n');
  return { title: 'Fetch strategies', text, rows };
};

/**
 * @param {string} path
 * @param {{ fileMebibytes: number, rounds: number, sliceMs: number }} plan
 * @returns {Promise<Row[]>}
 */
const measure = async (path, plan) => {
  const fileBytes = plan.fileMebibytes * MEBIBYTE;
  writeFile(path, fileBytes);
  const script = fileURLToPath(new URL('./read-strategies-server.mjs', import.meta.url));
  const server = fork(script, [path, String(TAIL_CACHE_BYTES)]);
  try {
    const [{ port, strategies }] = await once(server, 'message');
    const fetcher = await connectFetcher(port, fileBytes);
    /** @typedef {{ strategy: string, fetchBytes: number, rates: number[], cpu: number[] }} Sample @type {Map<string, Sample>} */
    const samples = new Map();
    for (let round = 0; round < plan.rounds; round++)
      for (const fetchBytes of FETCH_BYTES)
        for (const strategy of strategies) {
          const key = `${fetchBytes} ${strategy}`;
          /** @type {Sample} */
          const sample = samples.get(key) ?? { strategy, fetchBytes, rates: [], cpu: [] };
          samples.set(key, sample);
          const { cpuUs: before } = await ask(server, { strategy });
          const { bytes, elapsedMs } = await fetcher.fetchFor(plan.sliceMs, fetchBytes);
          const { cpuUs: after } = await ask(server, {});
          sample.rates.push(bytes / MEBIBYTE / (elapsedMs / 1000));
          sample.cpu.push((after - before) / 1000 / (bytes / (1024 * MEBIBYTE)));
        }
    fetcher.close();
    return [...samples.values()].map(({ strategy, fetchBytes, rates, cpu }) => ({
      strategy,
      fetchBytes,
      mebibytesPerSecond: median(rates),
      serverCpuMsPerGibibyte: median(cpu),
    }));
  } finally {
    if (server.connected) server.disconnect();
    if (server.exitCode === null) await once(server, 'exit');
  }
};

/** @param {string} path @param {number} fileBytes */
const writeFile = (path, fileBytes) => {
  const block = Buffer.alloc(MEBIBYTE, 'stored batches ');
  const descriptor = openSync(path, 'w');
  for (let at = 0; at < fileBytes; at += block.length) writeSync(descriptor, block);
  closeSync(descriptor);
};

/**
 * @param {import('node:child_process').ChildProcess} server
 * @param {{ strategy?: string }} message
 * @returns {Promise<{ cpuUs: number }>}
 */
const ask = async (server, message) => {
  const answer = once(server, 'message');
  server.send(message);
  return (await answer)[0];
};

/**
 * A connection that asks for one range after the other.
 * @param {number} port
 * @param {number} fileBytes
 */
const connectFetcher = async (port, fileBytes) => {
  let missing = 0;
  /** @type {() => void} */
  let onWhole = () => undefined;
  const socket = net.connect({
    port,
    host: '127.0.0.1',
    noDelay: true,
    onread: {
      buffer: Buffer.allocUnsafeSlow(MEBIBYTE),
      callback: (count) => {
        missing -= count;
        if (missing === 0) onWhole();
        return true;
      },
    },
  });
  await once(socket, 'connect');
  const request = Buffer.alloc(8);
  let position = 0;
  /** @param {number} durationMs @param {number} fetchBytes */
  const fetchFor = async (durationMs, fetchBytes) => {
    const startedMs = performance.now();
    let bytes = 0;
    while (performance.now() - startedMs < durationMs) {
      position = position + fetchBytes > fileBytes ? 0 : position;
      await new Promise((resolve, reject) => {
        socket.once('close', reject);
        onWhole = () => {
          socket.off('close', reject);
          resolve(undefined);
        };
        missing = fetchBytes;
        request.writeUInt32BE(position, 0);
        request.writeUInt32BE(fetchBytes, 4);
        socket.write(request);
      });
      position += fetchBytes;
      bytes += fetchBytes;
    }
    return { bytes, elapsedMs: performance.now() - startedMs };
  };
  return { fetchFor, close: () => socket.destroy() };
};
