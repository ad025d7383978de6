/** What reports show of a run, whichever test it was: one shape that tables, charts and CSV are made from. */
import type { E2eResult } from '../results/e2e-result.ts';
import type { ConsumerResult, LatencySummary, ProducerResult, Verdict } from '../results/result.ts';
import type { CompleteRun, PartialRun, TestResult } from '../results/run-record.ts';

/** One kind of latency of a run; the first one that has samples is the one that a run is judged by. */
export type LatencyFigures = {
  /** The field of run.json, such as `serviceTimeMs`. */
  readonly field: string;
  /** What it is, for a heading. */
  readonly label: string;
  /** From when to when. */
  readonly span: string;
  /** File of its distribution in the run's folder. */
  readonly file: string;
  /** Tag of its lines in latency.hlog. */
  readonly tag: string;
  readonly summary: LatencySummary;
};

/** One reporting interval. */
export type WindowFigures = {
  readonly startSeconds: number;
  readonly endSeconds: number;
  /** Most of it lies in the warm-up. */
  readonly isWarmup: boolean;
  readonly recordsPerSecond: number;
  readonly mebibytesPerSecond: number;
  readonly failed: number;
  /** Of the latency that the run is judged by; null without samples. */
  readonly latency: LatencySummary | null;
};

/** What a report shows of a test that ended. */
export type RunFigures = {
  readonly run: TestResult;
  readonly records: number;
  /** What the records are: acknowledged, consumed or received. */
  readonly recordsLabel: string;
  readonly failed: number;
  readonly latencies: readonly LatencyFigures[];
  readonly windows: readonly WindowFigures[];
  readonly verdict: Verdict | null;
  /** What went wrong, one line each; empty when nothing did. */
  readonly problems: readonly string[];
};

type Kind = Omit<LatencyFigures, 'summary'>;

const kind = (field: string, label: string, span: string, tag: string): Kind => ({
  field,
  label,
  span,
  tag,
  file: `${field.replace(/Ms$/, '').replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}.hgrm`,
});

const lateness = kind('sendLatenessMs', 'Send lateness', 'due to send', 'lateness');

const producerKinds: readonly Kind[] = [
  kind('responseTimeMs', 'Response time', 'due to acknowledged', 'response'),
  kind('serviceTimeMs', 'Service time', 'send to acknowledged', 'service'),
  lateness,
  kind('batchWaitMs', 'Batch wait', 'first record of a batch to its request', 'batchwait'),
  kind('requestTimeMs', 'Request time', 'request to acknowledged, of batches', 'request'),
];

const e2eKinds: readonly Kind[] = [
  kind('endToEndResponseTimeMs', 'End-to-end response time', 'due to received', 'response'),
  kind('endToEndServiceTimeMs', 'End-to-end service time', 'send to received', 'service'),
  kind('ackResponseTimeMs', 'Acknowledgement, response time', 'due to acknowledged', 'ackresponse'),
  kind('ackTimeMs', 'Acknowledgement, service time', 'send to acknowledged', 'ack'),
  lateness,
];

/** A test that ended, as its own document; null for what is partial, and for records of other commands. */
export const completeTest = (run: CompleteRun | PartialRun): TestResult | null => {
  if (run.isPartial) return null;
  const command: string = run.command;
  return ['producer-perf-test', 'consumer-perf-test', 'e2e-latency'].includes(command) ? run : null;
};

const isSummary = (value: unknown): value is LatencySummary =>
  typeof value === 'object' && value !== null && 'p99' in value && 'count' in value;

const latencyOf = (of: object, field: string): LatencySummary | null => {
  const value: unknown = Object.entries(of).find(([name]) => name === field)?.[1];
  return isSummary(value) ? value : null;
};

const latenciesOf = (run: TestResult): readonly LatencyFigures[] => {
  const kinds = run.command === 'producer-perf-test' ? producerKinds : run.command === 'e2e-latency' ? e2eKinds : [];
  return kinds.flatMap((each) => {
    const summary = latencyOf(run, each.field);
    return summary === null ? [] : [{ ...each, summary }];
  });
};

/** How long the warm-up was, seconds; 0 where there was none, or the result does not tell. */
const warmupSecondsOf = (run: TestResult): number =>
  run.command !== 'producer-perf-test' || run.steadyState === null
    ? 0
    : run.elapsedSeconds - run.steadyState.elapsedSeconds;

const windowsOf = (run: TestResult, field: string | undefined): readonly WindowFigures[] => {
  const warmupSeconds = warmupSecondsOf(run);
  return run.windows.map((window) => ({
    startSeconds: window.startSeconds,
    endSeconds: window.endSeconds,
    isWarmup: (window.startSeconds + window.endSeconds) / 2 < warmupSeconds,
    recordsPerSecond: window.recordsPerSecond,
    mebibytesPerSecond: window.mebibytesPerSecond,
    failed: 'recordsFailed' in window ? window.recordsFailed : 0,
    latency: field === undefined ? null : latencyOf(window, field),
  }));
};

const errorLines = ({ errors }: Pick<ProducerResult | E2eResult, 'errors'>): readonly string[] =>
  Object.entries(errors).map(([name, { count, message }]) => `${name}, ${count} records: ${message}`);

const counted = (value: number, what: string): readonly string[] => (value > 0 ? [`${value} records ${what}`] : []);

const consumerProblems = (run: ConsumerResult): readonly string[] =>
  run.isTimedOut ? ['no record came for the --timeout'] : [];

const e2eProblems = (run: E2eResult): readonly string[] => [
  ...errorLines(run),
  ...counted(run.recordsLost, 'were acknowledged and never received'),
  ...counted(run.recordsDuplicated, 'were received again'),
  ...counted(run.recordsChanged, 'were received, and not as they were sent'),
];

const problemsOf = (run: TestResult): readonly string[] => {
  const own =
    run.command === 'consumer-perf-test'
      ? consumerProblems(run)
      : run.command === 'e2e-latency'
        ? e2eProblems(run)
        : [...errorLines(run), ...counted(run.recordsUnsent, 'were due and never sent')];
  return [...(run.failure === null ? [] : [run.failure]), ...(run.isInterrupted ? ['interrupted'] : []), ...own];
};

const recordsOf = (run: TestResult): Pick<RunFigures, 'records' | 'recordsLabel' | 'failed'> => {
  if (run.command === 'consumer-perf-test')
    return { records: run.recordsConsumed, recordsLabel: 'consumed', failed: 0 };
  if (run.command === 'e2e-latency')
    return { records: run.recordsReceived, recordsLabel: 'received', failed: run.recordsFailed ?? 0 };
  // Another program may not tell.
  return { records: run.recordsSent, recordsLabel: 'acknowledged', failed: run.recordsFailed ?? 0 };
};

/** What a report shows of a test. */
export const figuresOf = (run: TestResult): RunFigures => {
  const latencies = latenciesOf(run);
  return {
    run,
    ...recordsOf(run),
    latencies,
    windows: windowsOf(run, latencies[0]?.field),
    verdict: run.command === 'consumer-perf-test' ? null : run.verdict,
    problems: problemsOf(run),
  };
};

/** A verdict's kind in words. */
export const verdictWords: Readonly<Record<Verdict['kind'], string>> = {
  'target-limited': 'The target was the limit',
  'generator-limited': 'The load generator was the limit',
  'machine-limited': 'This machine was the limit',
  'pace-held': 'The schedule was kept',
  undetermined: 'The limit was not found',
};

/** Percentiles that tables show, by field and heading. */
export const latencyColumns = [
  ['mean', 'mean'],
  ['p50', '50 %'],
  ['p90', '90 %'],
  ['p95', '95 %'],
  ['p99', '99 %'],
  ['p999', '99.9 %'],
  ['p9999', '99.99 %'],
  ['max', 'max'],
] as const;
