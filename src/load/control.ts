/** What a running job was told from outside, and the waits that both loops use. */
import type { MessagePort } from 'node:worker_threads';
import type { ToWorker } from './messages.ts';

/** A job's orders so far, read by its loop whenever it comes up for air. */
export type JobControl = {
  /** Send or read no more. */
  isStopped: boolean;
  /** Why the job is to give up at once; null while it is not. */
  abortMessage: string | null;
  /** Resolves with the start time, or with null when the job was stopped before it began. */
  readonly started: Promise<number | null>;
  /** Called when a stop or an abort arrives, for whoever waits at that moment. */
  onOrder: (() => void) | null;
};

/** Listens to the port of a job until the port is closed. */
export const listenForOrders = (port: MessagePort): JobControl => {
  const { promise: started, resolve } = withResolvers<number | null>();
  const control: JobControl = { isStopped: false, abortMessage: null, started, onOrder: null };
  const end = (): void => {
    control.isStopped = true;
    resolve(null);
    control.onOrder?.();
  };
  port.on('message', (message: ToWorker) => {
    switch (message.kind) {
      case 'start':
        return resolve(message.startUs);
      case 'stop':
        return end();
      case 'abort':
        control.abortMessage ??= message.message;
        return end();
    }
  });
  return control;
};

/** A promise and its resolve function (Promise.withResolvers, which Node 20 has not). */
export const withResolvers = <Value>(): { promise: Promise<Value>; resolve: (value: Value) => void } => {
  let resolve: (value: Value) => void = () => {};
  const promise = new Promise<Value>((settle) => {
    resolve = settle;
  });
  return { promise, resolve };
};

/** Resolves after one turn of the event loop, in which sockets made progress. */
export const nextTurn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

/** Resolves after this many milliseconds; Node's timers are late by up to about 1.1 ms. */
export const sleepMs = (milliseconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, milliseconds));

/**
 * Waits for a promise, but no longer than a time (null: for ever) and no longer than until the next order.
 * @returns whether it settled; a rejection is passed on
 */
export const settlesBeforeOrder = (
  control: JobControl,
  promise: Promise<unknown>,
  milliseconds: number | null,
): Promise<boolean> =>
  new Promise((resolve, reject) => {
    const timer = milliseconds === null ? undefined : setTimeout(() => end(false), milliseconds);
    const end = (isSettled: boolean): void => {
      clearTimeout(timer);
      control.onOrder = null;
      resolve(isSettled);
    };
    control.onOrder = () => end(false);
    promise.then(
      () => end(true),
      (error) => {
        clearTimeout(timer);
        control.onOrder = null;
        reject(error);
      },
    );
  });

/** A meter that reports by intervals. */
export type WindowedMeter = { readonly windowEndUs: number; closeWindows(nowUs: number): void };

/** Posts the windows of a stretch without traffic when they are over. @returns a function that ends this */
export const closeWindowsInTime = (meter: WindowedMeter, nowUs: () => number): (() => void) => {
  let timer: NodeJS.Timeout;
  const schedule = (): void => {
    timer = setTimeout(
      () => {
        meter.closeWindows(nowUs());
        schedule();
      },
      Math.max(1, (meter.windowEndUs - nowUs()) / 1e3),
    );
  };
  schedule();
  return () => clearTimeout(timer);
};

/** The message of anything that was thrown. */
export const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
