/** io-test: measures what this machine does at most, with files in a folder of its own and a process at the other end of a socket. */
import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { readEnvironment } from '../../measure/environment.ts';
import { type MachineCpu, machineCpu } from '../../measure/machine.ts';
import { cpuOfProcess, cpuSecondsBetween, processCpu } from '../../measure/resources.ts';
import { type Storage, storageOf } from '../../measure/storage.ts';
import { beginIoTestRecord, type IoTestRecord } from '../../results/io-test-record.ts';
import type { IoTestPlan, IoTestResult } from '../../results/io-test-result.ts';
import { TestFailure } from '../failure.ts';
import type { TestObserver } from '../observer.ts';
import { systemReason } from '../system-reason.ts';
import { expectedMs, ioMeasureNames, ioMeasures, longestMs } from './catalogue.ts';
import { Findings } from './findings.ts';
import type { MeasuringJob, MeasuringMessage } from './messages.ts';

export type { IoTestPlan };
export { expectedMs, ioMeasureNames, ioMeasures };

/** Who watches: notices, warnings, and how far it is in words. */
export type IoTestObserver = Pick<TestObserver, 'onNotice' | 'onWarning' | 'stop'> & {
  /** Called once the folder was made: from then on nothing is refused. */
  onStart?(): void;
  onTurn?(turn: { readonly name: string; readonly round: number; readonly rounds: number }): void;
};

/** Each measure takes so many turns; their median and range are what is shown. */
export const ioRounds = 5;

const workerFile = fileURLToPath(new URL('./worker.js', import.meta.url));
const peerFile = fileURLToPath(new URL('./peer.js', import.meta.url));
const mebibyte = 1024 * 1024;
const filesOnDisk = 2;

const mebibytes = (bytes: number): string => `${Math.ceil(bytes / mebibyte)} MiB`;

/** Makes a folder for the files, after a look at the room. Throws a TestFailure that counts as wrong usage. */
const makePlace = ({ dataDir, sizeBytes }: IoTestPlan, { freeBytes }: Storage): string => {
  const neededBytes = filesOnDisk * sizeBytes;
  if (freeBytes !== null && freeBytes < neededBytes)
    throw new TestFailure(
      `${dataDir} has ${mebibytes(freeBytes)} free, and two files of --size ${mebibytes(sizeBytes)} need ${mebibytes(neededBytes)}; give a smaller --size, or --data-dir on another disk`,
      { isUsage: true },
    );
  try {
    return mkdtempSync(join(dataDir, 'spillway-io-test-'));
  } catch (error) {
    throw new TestFailure(
      `nothing can be written in ${dataDir}: ${systemReason(error)}; give --data-dir with a folder that is there and can be written`,
      { cause: error, isUsage: true },
    );
  }
};

const needsFiles = ({ measures }: IoTestPlan): boolean =>
  ioMeasures.some(({ name, group }) => measures.includes(name) && ['write', 'read', 'socket'].includes(group));

/** What the run itself took of the processors. */
type OwnCpu = { seconds: number };

/** Part of the processors' time between two readings that was not ours; what waits for a disk is nobody's. */
const othersShare = (from: MachineCpu | null, to: MachineCpu | null, own: OwnCpu): number | null => {
  if (from === null || to === null) return null;
  const total = to.totalSeconds - from.totalSeconds;
  const busy = total - (to.idleSeconds - from.idleSeconds);
  return total > 0 ? Math.min(1, Math.max(0, (busy - own.seconds) / total)) : null;
};

/** Runs the measuring thread until it is done, it is stopped, or its time is over. Resolves to why it ended early; null when it did not. */
const runThread = async (
  job: MeasuringJob,
  findings: Findings,
  observer: IoTestObserver,
  longest: number,
  own: OwnCpu,
): Promise<string | null> => {
  const before = processCpu();
  const worker = new Worker(workerFile, { workerData: job });
  const peers: ChildProcess[] = [];
  let timer: NodeJS.Timeout | undefined;
  let onStop = (): void => {};
  try {
    return await new Promise<string | null>((resolve, reject) => {
      onStop = () => resolve('it was interrupted');
      if (observer.stop.aborted) onStop();
      observer.stop.addEventListener('abort', onStop, { once: true });
      timer = setTimeout(() => resolve(`its time was over after ${Math.round(longest / 1000)} s`), longest);
      worker.once('error', reject);
      worker.once('exit', () => reject(new Error('the measuring thread ended')));
      worker.on('message', (message: MeasuringMessage) => {
        if (message.kind === 'listening') {
          // A group of its own: a terminal's Ctrl-C is for us alone.
          const peer = fork(peerFile, [String(message.port)], {
            detached: true,
            stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
          });
          peers.push(peer);
          peer.once('error', reject);
        } else if (message.kind === 'done') resolve(null);
        else if (message.kind === 'turn') observer.onTurn?.({ ...message, rounds: job.rounds });
        else findings.take(message);
      });
    });
  } finally {
    clearTimeout(timer);
    observer.stop.removeEventListener('abort', onStop);
    worker.removeAllListeners();
    // What it still says is for nobody.
    worker.on('error', () => {});
    await worker.terminate();
    own.seconds += cpuSecondsBetween(before, processCpu());
    for (const { pid } of peers) {
      const cpu = pid === undefined ? null : cpuOfProcess(pid);
      if (cpu !== null) own.seconds += (cpu.userUs + cpu.systemUs) / 1e6;
    }
    await Promise.all(peers.map(endPeer));
  }
};

/** It ends when nobody is at the other end of its channel. */
const endPeer = async (peer: ChildProcess): Promise<void> => {
  if (peer.exitCode !== null || peer.signalCode !== null || peer.pid === undefined) return;
  const ended = once(peer, 'exit');
  if (peer.connected) peer.disconnect();
  await ended;
};

const beginRecord = (
  resultsDir: string | null,
  startedAt: string,
  plan: IoTestPlan,
  { onWarning }: IoTestObserver,
): IoTestRecord | null => {
  if (resultsDir === null) return null;
  try {
    return beginIoTestRecord(resultsDir, { schemaVersion: 1, command: 'io-test', startedAt, plan });
  } catch (error) {
    onWarning(
      `no run record is kept in ${resultsDir}: ${systemReason(error)}; give another --results-dir, or --no-record`,
    );
    return null;
  }
};

const keep = (record: IoTestRecord | null, result: IoTestResult, { onWarning }: IoTestObserver): IoTestResult => {
  if (record === null) return result;
  try {
    return record.finish(result);
  } catch (error) {
    onWarning(`the run record was not kept: ${systemReason(error)}`);
    return result;
  }
};

/**
 * Runs the measures of a plan. Resolves also when it was stopped, with what was measured until then; rejects with a TestFailure when
 * nothing could be. Files, thread and process are gone when it settles, and when the process exits before.
 * @param resultsDir where the run record is kept; null keeps none
 */
export const runIoTest = async (
  plan: IoTestPlan,
  resultsDir: string | null,
  observer: IoTestObserver,
): Promise<IoTestResult> => {
  const startedAt = new Date().toISOString();
  const startedMs = performance.now();
  const storage = storageOf(plan.dataDir);
  const environment = readEnvironment();
  const folder = needsFiles(plan) ? makePlace(plan, storage) : null;
  observer.onStart?.();
  const remove = (): void => {
    if (folder !== null) rmSync(folder, { recursive: true, force: true });
  };
  process.once('exit', remove);
  const record = beginRecord(resultsDir, startedAt, plan, observer);
  try {
    const findings = new Findings(plan.measures);
    const { measures, sizeBytes, timeMs } = plan;
    const job = {
      measures,
      sizeBytes,
      roundMs: timeMs / ioRounds,
      rounds: ioRounds,
      folder: folder ?? '',
      isMemory: storage.isMemory,
    };
    const machineBefore = machineCpu();
    const own = { seconds: 0 };
    const ending = await runThread(job, findings, observer, longestMs(measures.length, timeMs), own);
    const othersCpuShare = othersShare(machineBefore, machineCpu(), own);
    if (ending !== null && !observer.stop.aborted) observer.onWarning(`${ending}: not everything was measured`);
    if (findings.isEmpty && observer.stop.aborted) throw new TestFailure('interrupted before the first measure');
    const result: IoTestResult = {
      isPartial: false,
      schemaVersion: 1,
      command: 'io-test',
      startedAt,
      plan,
      elapsedSeconds: (performance.now() - startedMs) / 1e3,
      environment,
      storage,
      othersCpuShare,
      measures: findings.measures(ending),
      isInterrupted: observer.stop.aborted,
      runRecord: null,
    };
    return keep(record, result, observer);
  } catch (error) {
    record?.discard();
    throw error instanceof TestFailure
      ? error
      : new TestFailure(`the machine could not be measured: ${systemReason(error)}`, { cause: error });
  } finally {
    remove();
    process.off('exit', remove);
  }
};
