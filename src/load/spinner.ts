/** Waits in turns of the event loop: later by a few microseconds at most, where a timer is by a millisecond, at the price of a core. */
import type { JobControl } from './control.ts';

/** A turn that took no longer than this found nothing to do: without work a turn takes about 2 us, reading a socket 10 us and more. */
const longestIdleTurnUs = 8;

/** A thread's waits, and how much of them was idle. */
export class Spinner {
  /** Time in turns that found nothing to do, microseconds: processor time that no work needed. */
  spinUs = 0;
  readonly #control: JobControl;
  readonly #nowUs: () => number;

  constructor(control: JobControl, nowUs: () => number) {
    this.#control = control;
    this.#nowUs = nowUs;
  }

  /** Resolves at a time, or when the job is stopped; sockets are served meanwhile. */
  until(timeUs: number): Promise<void> {
    return new Promise((resolve) => {
      let beforeUs = this.#nowUs();
      const turn = (): void => {
        const nowUs = this.#nowUs();
        const turnUs = nowUs - beforeUs;
        beforeUs = nowUs;
        if (turnUs <= longestIdleTurnUs) this.spinUs += turnUs;
        if (nowUs >= timeUs || this.#control.isStopped) resolve();
        else setImmediate(turn);
      };
      setImmediate(turn);
    });
  }
}
