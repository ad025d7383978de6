import type { ClockOrigin } from '../measure/clock.ts';
import type { ConsumerWindow, ProducerWindow } from '../results/result.ts';
import type { UsageReading } from './usage.ts';

/** How far a test is. */
export type TestProgress = { readonly done: number; readonly total: number; readonly recordsPerSecond: number };

/** Who watches a test while it runs: the command line, or a program that embeds it. */
export type TestObserver = {
  /** Called once, just before the load begins: the run's clock, and when on it (microseconds) the first record is due. */
  onStart?(origin: ClockOrigin, startUs: number): void;
  /**
   * Called when a reporting interval is over, in order and once each, also for an interval without records. The unfinished
   * interval at the test's end is in the result's `windows` only.
   */
  onProducerWindow?(window: ProducerWindow): void;
  /** As onProducerWindow, for a consumer test. */
  onConsumerWindow?(window: ConsumerWindow): void;
  /** Called for every thousandth record of an end-to-end test that came back, without those of the warm-up. */
  onLatencySample?(index: number, latencyMs: number): void;
  /** Called about four times a second while records move. */
  onProgress?(progress: TestProgress): void;
  /** Called once when the warm-up records have been sent. */
  onSteadyState?(): void;
  /** Called once when the load is over, with the meters' readings of just before its start and just after its end. */
  onUsage?(from: UsageReading, to: UsageReading): void;
  /** A line about what the harness does: the broker is up, a topic is being filled. */
  onNotice(line: string): void;
  /** A line about what went wrong without ending the test. */
  onWarning(line: string): void;
  /** Aborted by Ctrl-C: the test stops sending, flushes for at most 5 s and reports what was measured. */
  readonly stop: AbortSignal;
};
