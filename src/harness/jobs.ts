/** Runs the jobs of one kind side by side: all ready, one start, orders to all, all over. */
import { MessageChannel, type MessagePort } from 'node:worker_threads';
import type { FromConsumer } from '../load/consumer-messages.ts';
import type { FromE2e } from '../load/e2e-messages.ts';
import type { FromProducer, Job, ToWorker } from '../load/messages.ts';
import { messageOf, TestFailure } from './failure.ts';
import type { LoadPool } from './worker-pool.ts';

/** A job before it has a port. */
export type JobRequest = Job extends infer Kind ? (Kind extends Job ? Omit<Kind, 'port'> : never) : never;

/** What a worker says when its client is open. */
export type Ready = {
  readonly partitionCount: number;
  readonly driverNotes: readonly string[];
  readonly openingUs: number;
  readonly openedUs: number;
};

/** Jobs that are running. */
export type JobRun = {
  /** Resolves when every client is open; rejects with a TestFailure when one cannot be, or breaks down before. */
  readonly ready: Promise<readonly Ready[]>;
  /** Resolves when every job is over, also those that broke down; never rejects. */
  readonly ended: Promise<void>;
  /** @param workers whom it is for; all when left out. */
  send(message: ToWorker, workers?: readonly number[]): void;
};

/** Who is told what the workers say. */
export type JobListener<Message> = {
  onMessage(worker: number, message: Message): void;
  /** A worker's thread broke down, or did not end when told to: no more messages come from it. */
  onBreakdown(worker: number, message: string): void;
};

/** A worker flushes for 5 s and closes; one that takes much longer is given up. */
const endTimeoutMs = 15_000;

/** Threads that could not be started mention the system's reason in the middle of a sentence. */
const reasonOf = (error: unknown): string => {
  const message = messageOf(error);
  return /\b(EMFILE|ENFILE)\b|too many open files/i.test(message)
    ? 'too many open files; raise the limit (ulimit -n)'
    : message;
};

/** Starts jobs on a pool. Each request becomes the job of the worker at its place. */
export const launchJobs = <Message extends FromProducer | FromConsumer | FromE2e>(
  pool: LoadPool,
  requests: readonly JobRequest[],
  listener: JobListener<Message>,
): JobRun => {
  const ports: MessagePort[] = [];
  const readies: Promise<Ready>[] = [];
  const ends: Promise<void>[] = [];
  const giveUps: (() => void)[] = [];
  for (const [worker, request] of requests.entries()) {
    const { port1, port2 } = new MessageChannel();
    ports.push(port1);
    const job: Job = { ...request, port: port2 };
    let onReady: (ready: Ready) => void = () => {};
    let onRefused: (failure: TestFailure) => void = () => {};
    readies.push(
      new Promise((resolve, reject) => {
        onReady = resolve;
        onRefused = reject;
      }),
    );
    ends.push(
      new Promise((resolve) => {
        let isOver = false;
        const over = (): void => {
          isOver = true;
          port1.close();
          resolve();
        };
        const breakDown = (message: string): void => {
          if (isOver) return;
          onRefused(new TestFailure(message));
          listener.onBreakdown(worker, message);
          over();
        };
        giveUps.push(() => breakDown(`worker ${worker} did not end when it was told to`));
        port1.on('message', (message: Message) => {
          if (message.kind === 'ready') return onReady(message);
          if (message.kind === 'refused') {
            onRefused(new TestFailure(message.message));
            return over();
          }
          listener.onMessage(worker, message);
          if (message.kind === 'done') over();
        });
        pool.run(job).catch((error: unknown) => breakDown(`a load thread broke down: ${reasonOf(error)}`));
      }),
    );
  }
  const ready = Promise.all(readies);
  // Who waits for the end alone is told by the listener.
  ready.catch(() => {});
  return {
    ready,
    ended: Promise.all(ends).then(() => {}),
    send(message, workers = [...ports.keys()]) {
      for (const worker of workers) ports[worker]?.postMessage(message);
      if (message.kind === 'start') return;
      setTimeout(() => {
        for (const worker of workers) giveUps[worker]?.();
      }, endTimeoutMs).unref();
    },
  };
};
