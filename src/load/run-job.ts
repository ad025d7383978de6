/** What every job does around its load: it opens its clients, says that it is ready, and posts how it ended. */
import type { MessagePort } from 'node:worker_threads';
import { createClock } from '../measure/clock.ts';
import { type JobControl, listenForOrders, messageOf } from './control.ts';
import type { Opening } from './messages.ts';

/** What a job has to post with, and the run's clock, microseconds. */
export type JobContext<Message> = {
  readonly nowUs: () => number;
  readonly post: (message: Message) => void;
};

/** A job whose clients are open. */
export type OpenedJob<Message> = {
  readonly partitionCount: number;
  /** What the clients cannot do, one sentence each. */
  readonly driverNotes: readonly string[];
  /** Waits for the start, loads, and closes the clients. @returns the job's last message */
  run(control: JobControl): Promise<Message>;
};

/**
 * Runs one job from its opening to its last message.
 * @param open opens the clients; what it throws is posted as the refusal that ends the job
 */
export const runJob = async <Message>(
  { port, clockOriginNs }: { readonly port: MessagePort; readonly clockOriginNs: string },
  open: (context: JobContext<Message>) => Promise<OpenedJob<Message>>,
): Promise<void> => {
  const nowUs = createClock(clockOriginNs);
  const post = (message: Message | Opening): void => port.postMessage(message);
  const control = listenForOrders(port);
  const openingUs = nowUs();
  let opened: OpenedJob<Message>;
  try {
    opened = await open({ nowUs, post });
  } catch (error) {
    post({ kind: 'refused', message: messageOf(error) });
    return;
  }
  const { partitionCount, driverNotes } = opened;
  post({ kind: 'ready', partitionCount, driverNotes, openingUs, openedUs: nowUs() });
  post(await opened.run(control));
};
