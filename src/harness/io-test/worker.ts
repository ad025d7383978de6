/** The thread that measures, so that the command's own thread hears signals while a call blocks. */
import { randomFillSync } from 'node:crypto';
import { once } from 'node:events';
import { fsyncSync, openSync, writeSync } from 'node:fs';
import { createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { parentPort, workerData } from 'node:worker_threads';
import { loadSystemCalls, type SystemCalls } from '../../measure/system-calls.ts';
import { systemReason } from '../system-reason.ts';
import { createByteTasks, createCodecTasks } from './byte-tasks.ts';
import { ioMeasures } from './catalogue.ts';
import type { MeasuringJob, MeasuringMessage } from './messages.ts';
import { cachedReader, coldReader, createReadTasks, NotCold, type Reader } from './read-tasks.ts';
import { createSocketTasks } from './socket-tasks.ts';
import { type IoTask, runRound } from './task.ts';
import { createWriteTasks } from './write-tasks.ts';

/** Not compressible, and more than a block. */
const patternBytes = 4 * 1024 * 1024;
const mebibyte = 1024 * 1024;

const say = (message: MeasuringMessage): void => parentPort?.postMessage(message);

const pattern = (): Buffer => randomFillSync(Buffer.allocUnsafeSlow(patternBytes));

/** Why a measure has no task, where it has none. */
const withoutCalls = 'the optional package koffi is not installed (npm install koffi), or not for this system';
const neverCold = 'the files lie in memory, where no read is cold';
const withoutCold =
  'a cold read cannot be had here: neither posix_fadvise (npm install koffi) nor direct reads of this file system';

/** Tasks by measure, with what does their work; null where there is none, for that reason. */
type Tasks = {
  readonly tasks: Map<string, IoTask>;
  readonly reasons: Map<string, string>;
  readonly by: Map<string, string>;
};

const addAll = (
  { tasks, reasons }: Tasks,
  found: Readonly<Record<string, IoTask | null>>,
  reasonForNone: string,
): void => {
  for (const [name, task] of Object.entries(found))
    if (task === null) reasons.set(name, reasonForNone);
    else tasks.set(name, task);
};

/** Writes the file that is read from and written into at random, and syncs it. */
const writeData = (path: string, sizeBytes: number, bytes: Buffer): number => {
  const descriptor = openSync(path, 'w+');
  for (let at = 0; at < sizeBytes; ) at += writeSync(descriptor, bytes, 0, Math.min(bytes.length, sizeBytes - at), at);
  fsyncSync(descriptor);
  return descriptor;
};

/** Waits until the other end is there. */
const openSocket = async (): Promise<Socket> => {
  const server = createServer({ noDelay: true });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the socket has no port');
  say({ kind: 'listening', port: address.port });
  const [socket]: Socket[] = await once(server, 'connection');
  server.close();
  if (socket === undefined) throw new Error('nobody took the bytes');
  // A failed write says so itself.
  socket.on('error', () => {});
  return socket;
};

const addFileTasks = async (
  all: Tasks,
  wanted: ReadonlySet<string>,
  { folder, isMemory, sizeBytes }: MeasuringJob,
  calls: SystemCalls | null,
): Promise<void> => {
  const bytes = pattern();
  const path = join(folder, 'data');
  const data = writeData(path, sizeBytes, bytes);
  // The one half stays in the page cache, and the other is read cold.
  const halfBytes = Math.floor(sizeBytes / 2 / mebibyte) * mebibyte;
  const cached: Reader = cachedReader(data, { position: 0, sizeBytes: halfBytes });
  if (wanted.has('write')) {
    const log = openSync(join(folder, 'log'), 'w+');
    addAll(all, createWriteTasks({ data, dataBytes: sizeBytes, log, logBytes: sizeBytes, bytes }), '');
  }
  if (wanted.has('read')) {
    const part = { position: halfBytes, sizeBytes: halfBytes };
    const cold = isMemory ? null : coldReader({ descriptor: data, path, part }, calls);
    addAll(all, createReadTasks(cached, cold?.reader ?? null), isMemory ? neverCold : withoutCold);
    if (cold !== null) for (const name of ['read-cold', 'random-read-cold']) all.by.set(name, cold.by);
  }
  if (wanted.has('socket')) addAll(all, createSocketTasks(await openSocket(), cached, bytes, calls), withoutCalls);
};

const prepare = async (job: MeasuringJob): Promise<Tasks & { readonly batchBytes: number | null }> => {
  const groups = new Set<string>(
    ioMeasures.filter(({ name }) => job.measures.includes(name)).map(({ group }) => group),
  );
  const all: Tasks = { tasks: new Map(), reasons: new Map(), by: new Map() };
  if (['write', 'read', 'socket'].some((group) => groups.has(group)))
    await addFileTasks(all, groups, job, await loadSystemCalls());
  if (groups.has('bytes')) addAll(all, createByteTasks(pattern()), '');
  if (!groups.has('codec')) return { ...all, batchBytes: null };
  const { tasks, bytesPerCall } = await createCodecTasks();
  for (const [name, codec] of Object.entries(tasks)) {
    addAll(all, { [name]: codec.task }, codec.task === null ? codec.reason : '');
    if (codec.task !== null) all.by.set(name, codec.by);
  }
  return { ...all, batchBytes: bytesPerCall };
};

/** Lets all measures take turns, so that what disturbs the machine for a while disturbs each a little. */
const measure = async (job: MeasuringJob): Promise<void> => {
  const { tasks, reasons, by, batchBytes } = await prepare(job);
  say({ kind: 'prepared', by: Object.fromEntries(by), batchBytes });
  for (const name of job.measures)
    if (!tasks.has(name)) say({ kind: 'out', name, state: 'skipped', reason: reasons.get(name) ?? 'not known here' });
  for (let round = 1; round <= job.rounds; round++)
    for (const name of job.measures) {
      const task = tasks.get(name);
      if (task === undefined) continue;
      say({ kind: 'turn', name, round });
      try {
        say({ kind: 'round', name, round: await runRound(task, job.roundMs) });
      } catch (error) {
        tasks.delete(name);
        say({ kind: 'out', name, state: error instanceof NotCold ? 'skipped' : 'failed', reason: systemReason(error) });
      }
    }
  say({ kind: 'done' });
};

await measure(workerData);
