/** Times one measure: the calls of a round, by tinybench. */
import { Bench } from 'tinybench';

/** What tinybench takes in place of its own reading of the clock, where a call also does what is not to be timed. */
export type OwnTime = { readonly overriddenDuration: number };

/** One measure that can be run. Whatever throws fails the measure. */
export type IoTask = {
  readonly isAsync: boolean;
  /** Before each round, not timed. */
  begin?(): void;
  /** What is timed; `OwnTime` replaces the time that it took. */
  call(): unknown;
  /** After each round, not timed. @returns what one should know of its figures; null for nothing */
  end?(): string | null;
};

/** What a round found. */
export type IoRound = {
  readonly callsPerSecond: number;
  /** Sorted, microseconds. */
  readonly callUs: Float64Array;
  readonly note: string | null;
};

/** Calls before a round is timed, as a share of its time: pages are touched, code is compiled, a socket's buffers fill. */
const warmupShare = 0.1;

/** Times a call that holds something that does not count, such as the making of room. */
export const timed = (work: () => void): OwnTime => {
  const startedMs = performance.now();
  work();
  return { overriddenDuration: performance.now() - startedMs };
};

/**
 * Runs a round. A call that takes longer than the round is the only one then. Rejects with the error of a call.
 * @param timeMs how long calls are timed, without what is not
 */
export const runRound = async (task: IoTask, timeMs: number): Promise<IoRound> => {
  task.begin?.();
  const bench = new Bench({
    time: timeMs,
    iterations: 1,
    warmupTime: timeMs * warmupShare,
    warmupIterations: 1,
    retainSamples: true,
    throws: true,
  });
  bench.add('round', () => task.call(), { async: task.isAsync });
  await bench.run();
  const result = bench.tasks[0]?.result;
  const note = task.end?.() ?? null;
  if (result?.state !== 'completed') throw new Error('the round was not completed');
  const { mean, samples } = result.latency;
  return {
    callsPerSecond: mean > 0 ? 1e3 / mean : 0,
    callUs: Float64Array.from(samples ?? [], (ms) => ms * 1e3),
    note,
  };
};
