/** Takes launched jobs from their readiness to their end. */
import type { JobRun, Ready } from './jobs.ts';
import type { TestObserver } from './observer.ts';
import { watchProgress } from './progress-watch.ts';
import type { Session } from './session.ts';
import { readUsage, type UsageReading } from './usage.ts';

/** What all kinds of jobs have in common. */
export type Drive = {
  readonly session: Session;
  readonly observer: TestObserver;
  /** Where workers write how far they are. */
  readonly progress: SharedArrayBuffer;
  readonly recordCount: number;
  /** Whether records are due by a schedule. */
  readonly hasSchedule: boolean;
  /** Told the start just before the workers are; what it returns is called when all jobs are over. */
  readonly onStart?: (startUs: number, ready: readonly Ready[]) => () => void;
};

/** How jobs went, whatever they did. */
export type Driven = {
  readonly startUs: number;
  readonly ready: readonly Ready[];
  /** What the clients cannot do, one sentence each. */
  readonly driverNotes: readonly string[];
  readonly usageBefore: UsageReading;
  readonly usageAfter: UsageReading;
};

/** Jobs that have not begun close their clients within this time. */
const endUnbegunMs = 300;

/** A schedule begins this much after the order to start, so that its first record is not late by the way of the order. */
const scheduleLeadUs = 5000;

/**
 * Waits until all clients are open, starts the jobs together, and waits for their end; the observer's stop and the end of the
 * embedded broker are passed on to them. Rejects with a TestFailure when they could not begin; they are over then.
 */
export const driveJobs = async (run: JobRun, drive: Drive): Promise<Driven> => {
  const { session, observer } = drive;
  const onStop = (): void => run.send({ kind: 'stop' });
  let ready: readonly Ready[];
  let usageBefore: UsageReading;
  try {
    ready = await session.before(run.ready);
    usageBefore = await session.before(readUsage(session));
  } catch (error) {
    run.send({ kind: 'stop' });
    // Nothing was measured: what has not ended by then, its thread's end ends.
    await Promise.race([run.ended, new Promise((resolve) => setTimeout(resolve, endUnbegunMs))]);
    throw error;
  }
  const driverNotes = [...new Set(ready.flatMap((one) => one.driverNotes))];
  for (const note of driverNotes) observer.onNotice(note);
  observer.stop.addEventListener('abort', onStop, { once: true });
  if (observer.stop.aborted) onStop();
  void session.broker?.broken.then((message) => run.send({ kind: 'abort', message }));
  const startUs = session.nowUs() + (drive.hasSchedule ? scheduleLeadUs : 0);
  const onEnd = drive.onStart?.(startUs, ready);
  observer.onStart?.(session.origin, startUs);
  run.send({ kind: 'start', startUs });
  const endProgress = watchProgress(observer, drive.progress, drive.recordCount, session.nowUs);
  await run.ended;
  endProgress();
  onEnd?.();
  observer.stop.removeEventListener('abort', onStop);
  const usageAfter = await readUsage(session);
  observer.onUsage?.(usageBefore, usageAfter);
  return { startUs, ready, driverNotes, usageBefore, usageAfter };
};
