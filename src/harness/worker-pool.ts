/** The threads that make the load: one for each producer or consumer, each with one long task. */
import { fileURLToPath } from 'node:url';
import type { Job } from '../load/messages.ts';

/** A pool of load threads. */
export type LoadPool = {
  /** Runs a job on a thread of its own; resolves when it is over, rejects when its thread broke down or one could not be started. */
  run(job: Job): Promise<void>;
  /** Ends the threads; jobs should be over. */
  close(): Promise<void>;
};

const workerFile = fileURLToPath(new URL('../load/worker.js', import.meta.url));
/** A thread keeps records outside its heap; what is on it is small, and a leak should be seen. */
const heapLimitMiB = 512;

/**
 * Threads that are started in one go; the others follow with their jobs, one in a turn of the event loop, which hears signals in
 * between: starting one takes milliseconds.
 */
const threadsAtOnce = 8;

/** How many threads a pool has. */
export type LoadThreads = {
  /** Started at once. */
  readonly least: number;
  /** Started when so many jobs are there. */
  readonly most: number;
};

/**
 * Starts the threads, which load their code at once. No waiting on atomics: a client lives in the thread between messages and
 * its event loop must turn. Piscina is loaded here, when it is needed.
 */
export const openLoadPool = async ({ least, most }: LoadThreads): Promise<LoadPool> => {
  const { Piscina } = await import('piscina');
  const pool = new Piscina({
    filename: workerFile,
    name: 'runJob',
    minThreads: Math.min(least, threadsAtOnce),
    maxThreads: most,
    concurrentTasksPerWorker: 1,
    maxQueue: most,
    atomics: 'disabled',
    recordTiming: false,
    resourceLimits: { maxOldGenerationSizeMb: heapLimitMiB },
  });
  // A thread that cannot be started has no job to fail yet.
  const broken = new Promise<never>((_, reject) => pool.once('error', reject));
  broken.catch(() => {});
  pool.on('error', () => {});
  let isClosed = false;
  let lastStart = Promise.resolve();
  const start = async (job: Job): Promise<void> => {
    lastStart = lastStart.then(() => new Promise((resolve) => setImmediate(resolve)));
    await lastStart;
    if (isClosed) throw new Error('the load threads were ended before it began');
    await pool.run(job, { transferList: [job.port] });
  };
  return {
    run: (job) => Promise.race([start(job), broken]),
    close() {
      isClosed = true;
      return pool.destroy();
    },
  };
};
