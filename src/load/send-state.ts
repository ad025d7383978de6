/** What the loops of a producer share: what they send through and how far they are. */
import type { ProducerDriver } from '../drivers/driver.ts';
import { type JobControl, settlesBeforeOrder } from './control.ts';
import type { Keys } from './keys.ts';
import type { Payloads } from './payload.ts';
import { Spinner } from './spinner.ts';
import { WaitAccount } from './waits.ts';

/** Longest stretch of sending without a turn of the event loop, so that sockets make progress and orders are heard. */
export const longestTurnUs = 500;

/** A producer's sending, from its first record to its last. */
export type SendState = {
  readonly driver: ProducerDriver;
  readonly control: JobControl;
  readonly payloads: Payloads;
  /** Returns null where records have no keys. */
  readonly keyOf: Keys;
  readonly nowUs: () => number;
  /** Wall clock minus run clock, microseconds. */
  readonly wallOffsetUs: number;
  /** Step from one of this producer's indexes to the next. */
  readonly step: number;
  readonly startUs: number;
  readonly spinner: Spinner;
  /** Waits for `buffer.memory`. */
  readonly blocked: WaitAccount;
  nextIndex: number;
  maxLatenessUs: number;
  /** Set when the next record's sending time is to be noted; called with it, microseconds. */
  onSend: ((sentAtUs: number) => void) | null;
  /** Set while the sender waits for the backlog to shrink; called when a batch is settled. */
  wake: (() => void) | null;
};

/** What a sending begins with; the rest of its state follows from it. */
export type SendBeginning = Pick<SendState, 'driver' | 'control' | 'payloads' | 'keyOf' | 'nowUs' | 'startUs'> & {
  readonly job: { readonly worker: number; readonly workers: number; readonly wallMsAtOrigin: number };
};

/** The state of a producer that has sent nothing yet. */
export const beginSending = ({ job, driver, control, payloads, keyOf, nowUs, startUs }: SendBeginning): SendState => ({
  driver,
  control,
  payloads,
  keyOf,
  nowUs,
  wallOffsetUs: job.wallMsAtOrigin * 1e3,
  step: job.workers,
  startUs,
  spinner: new Spinner(control, nowUs),
  blocked: new WaitAccount(),
  nextIndex: job.worker,
  maxLatenessUs: 0,
  onSend: null,
  wake: null,
});

/** A part of the sending in which nothing is decided: whichever bound is met first ends it. */
export type Stretch = {
  /** No record with this index or a higher one is sent. */
  readonly untilIndex: number;
  /** No record that is due at this time or later is sent; microseconds on the run's clock. */
  readonly untilDueUs: number;
  /** No record is sent at this time or later, but for a turn of the event loop; microseconds on the run's clock. */
  readonly untilUs: number;
};

/** Sends the record at `nextIndex`, which found no room: waits for `buffer.memory`, then offers it again with its own times. */
export const sendWhenReady = async (state: SendState, sentAtUs: number, dueAtUs: number): Promise<void> => {
  const { driver, control, wallOffsetUs, nextIndex } = state;
  const timestampMs = Math.floor((sentAtUs + wallOffsetUs) * 1e-3);
  const key = state.keyOf(nextIndex);
  const value = state.payloads(nextIndex);
  let isTaken = false;
  while (!isTaken) {
    await settlesBeforeOrder(control, driver.ready(), null);
    if (control.isStopped) break;
    isTaken = driver.send(-1, timestampMs, key, value, sentAtUs, dueAtUs, nextIndex);
  }
  state.blocked.add(state.nowUs() - sentAtUs);
  if (isTaken) state.nextIndex += state.step;
};
