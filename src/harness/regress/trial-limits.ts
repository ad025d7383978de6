/** How long a trial may take: a side that hangs is ended, and fails. */
import { TestFailure } from '../failure.ts';
import { timeText } from './design.ts';

/** No trial has less time than this unless it was asked for, seconds: the start of a process takes its own. */
const leastSeconds = 60;
/** A trial may take so many times as long as the longest one before. */
const timesLonger = 10;

/** Limits of the trials of a comparison. */
export class TrialLimits {
  readonly #budgetSeconds: number;
  readonly #askedSeconds: number | null;
  #longestSeconds = 0;

  /** @param askedSeconds null takes the largest of a minute, the whole budget, and ten times the longest trial so far */
  constructor(budgetSeconds: number, askedSeconds: number | null) {
    this.#budgetSeconds = budgetSeconds;
    this.#askedSeconds = askedSeconds;
  }

  /** The longest that so many trials in one process may take. */
  secondsFor(count: number): number {
    if (this.#askedSeconds !== null) return count * this.#askedSeconds;
    return Math.max(leastSeconds, this.#budgetSeconds, timesLonger * count * this.#longestSeconds);
  }

  /**
   * Runs trials under the limit: at its end they are told to stop. Rejects with a TestFailure that names the limit when they did not end before.
   * @param run ends what it started when it is told to, and resolves to null then
   */
  async run<Outcome>(
    count: number,
    stop: AbortSignal,
    run: (stop: AbortSignal) => Promise<readonly Outcome[] | null>,
  ): Promise<readonly Outcome[] | null> {
    const seconds = this.secondsFor(count);
    const limit = new AbortController();
    const timer = setTimeout(() => limit.abort(), Math.min(seconds * 1e3, 2 ** 31 - 1));
    const began = performance.now();
    try {
      const outcomes = await run(AbortSignal.any([stop, limit.signal]));
      if (outcomes === null && limit.signal.aborted && !stop.aborted)
        throw new TestFailure(
          `${count === 1 ? 'a trial' : `${count} trials in one process`} took longer than the limit of ${timeText(seconds)} and was ended; --trial-timeout sets the limit of a trial`,
        );
      this.#longestSeconds = Math.max(this.#longestSeconds, (performance.now() - began) / 1e3 / count);
      return outcomes;
    } finally {
      clearTimeout(timer);
    }
  }
}
