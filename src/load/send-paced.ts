/** Sending on a schedule: record i is due at `start + pace(i)`, whoever sends it; a late sender sends at once. */
import { nextTurn, sleepMs } from './control.ts';
import type { Pace } from './pace.ts';
import { longestTurnUs, type SendState, type Stretch, sendWhenReady } from './send-state.ts';

/** Node's timers are late by up to this much (measured, p99). */
const timerLatenessUs = 1100;
/** A shorter timer than this there is not. */
const shortestTimerUs = 1000;
/** Slept in pieces so that a stop is heard soon also at a record a minute. */
const longestSleepMs = 100;
/** Below this rate each record is waited for in turns of the event loop after the timer: at most a third of a core. */
export const preciseRecordsPerSecond = 300;

/** How a sender follows its schedule. */
export type Pacing = {
  /** When record `index` is due, microseconds after the start. */
  readonly pace: Pace;
  /** The end of each wait is spent in turns of the event loop rather than asleep. */
  readonly isPrecise: boolean;
};

/** A record that found no room in `buffer.memory`; microseconds on the run's clock. */
type Refusal = { sentAtUs: number; dueAtUs: number };

/**
 * Sends all that is due by now, for as long as a turn may last.
 * @returns the time to go on at, microseconds; at once when it is past, and not at all when it is Infinity
 */
const sendDue = (state: SendState, pace: Pace, stretch: Stretch, refusal: Refusal): number => {
  const { driver, payloads, keyOf, nowUs, wallOffsetUs, startUs, step } = state;
  const { untilIndex, untilDueUs } = stretch;
  let index = state.nextIndex;
  let latestUs = state.maxLatenessUs;
  let goOnUs = Number.POSITIVE_INFINITY;
  const turnEndUs = Math.min(stretch.untilUs, nowUs() + longestTurnUs);
  while (index < untilIndex) {
    const dueAtUs = startUs + pace(index);
    if (dueAtUs >= untilDueUs) break;
    const sentAtUs = nowUs();
    if (sentAtUs < dueAtUs || sentAtUs >= turnEndUs) {
      goOnUs = dueAtUs;
      break;
    }
    if (sentAtUs - dueAtUs > latestUs) latestUs = sentAtUs - dueAtUs;
    const timestampMs = Math.floor((sentAtUs + wallOffsetUs) * 1e-3);
    if (!driver.send(-1, timestampMs, keyOf(index), payloads(index), sentAtUs, dueAtUs, index)) {
      refusal.sentAtUs = sentAtUs;
      refusal.dueAtUs = dueAtUs;
      goOnUs = 0;
      break;
    }
    index += step;
  }
  state.nextIndex = index;
  state.maxLatenessUs = latestUs;
  return goOnUs;
};

/** Waits until a time or the end of the job. */
const waitUntil = async (state: SendState, timeUs: number, isPrecise: boolean): Promise<void> => {
  const { control, nowUs, spinner } = state;
  for (;;) {
    const waitUs = timeUs - nowUs();
    if (waitUs <= 0 || control.isStopped) return;
    const sleepUs = isPrecise ? waitUs - timerLatenessUs : Math.max(waitUs, shortestTimerUs);
    if (sleepUs >= shortestTimerUs) await sleepMs(Math.min(longestSleepMs, Math.floor(sleepUs / 1e3)));
    else await spinner.until(timeUs);
  }
};

/** Sends a stretch on the schedule. A stretch that ends by time ends also while nothing is due. */
export const sendPaced = async (state: SendState, pacing: Pacing, stretch: Stretch): Promise<void> => {
  const { control, nowUs } = state;
  const { pace, isPrecise } = pacing;
  const refusal: Refusal = { sentAtUs: 0, dueAtUs: 0 };
  while (!control.isStopped) {
    if (state.onSend !== null) {
      // Noted once or twice in a test: the time of the first record of all, and of the first one after the warm-up.
      const dueAtUs = state.startUs + pace(state.nextIndex);
      if (state.nextIndex >= stretch.untilIndex || dueAtUs >= stretch.untilDueUs) return;
      await waitUntil(state, Math.min(dueAtUs, stretch.untilUs), isPrecise);
      if (control.isStopped || nowUs() >= stretch.untilUs) return;
      state.onSend(nowUs());
    }
    const goOnUs = sendDue(state, pace, stretch, refusal);
    if (refusal.sentAtUs > 0) {
      await sendWhenReady(state, refusal.sentAtUs, refusal.dueAtUs);
      refusal.sentAtUs = 0;
    } else if (goOnUs === Number.POSITIVE_INFINITY || nowUs() >= stretch.untilUs) return;
    else if (goOnUs > nowUs()) await waitUntil(state, Math.min(goOnUs, stretch.untilUs), isPrecise);
    else await nextTurn();
  }
};
