import type { Console } from './console.ts';
import type { Interrupt } from './interrupt.ts';

/** What a command is run with. */
export type CommandRun = { readonly argv: readonly string[]; readonly console: Console; readonly interrupt: Interrupt };

/** One command: a file under commands/ that exports it as `command`. */
export type CommandModule = {
  /** Text of `--help`. */
  help(): Promise<string>;
  /**
   * Does the work; resolves to the exit status.
   * @throws UsageError before anything has started, TestFailure and BrokerStartError for what could not be run.
   */
  run(run: CommandRun): Promise<number>;
};

/** A command in the list that `spillway --help` prints, loaded when it is wanted. */
export type CommandEntry = {
  readonly summary: string;
  /** What is measured is flushed and printed after a signal, which takes a moment: that is said at once. */
  readonly flushes?: true;
  readonly load: () => Promise<{ readonly command: CommandModule }>;
};

/** All commands by name. */
export const commands: Readonly<Record<string, CommandEntry>> = {
  'quick-start': {
    summary: 'A first look: a million records to and from a broker of our own',
    load: () => import('./commands/quick-start.ts'),
    flushes: true,
  },
  'producer-perf-test': {
    summary: "How fast records are sent and acknowledged, with the flags and lines of Kafka's tool",
    load: () => import('./commands/producer-perf-test.ts'),
    flushes: true,
  },
  'consumer-perf-test': {
    summary: "How fast records are read, with the flags and lines of Kafka's tool",
    load: () => import('./commands/consumer-perf-test.ts'),
    flushes: true,
  },
  'e2e-latency': {
    summary: "How long records take from send to receipt, with the flags and lines of Kafka's tool",
    load: () => import('./commands/e2e-latency.ts'),
    flushes: true,
  },
  'end-to-end-latency': {
    summary: 'The same as e2e-latency',
    load: () => import('./commands/e2e-latency.ts'),
    flushes: true,
  },
  'side-by-side': {
    summary: "Kafka's tool, librdkafka's and ours in turn against one cluster, and how they compare",
    load: () => import('./commands/side-by-side.ts'),
    flushes: true,
  },
  'io-test': {
    summary: 'What this machine does at most: disk, page cache, loopback, checksums and codecs',
    load: () => import('./commands/io-test.ts'),
  },
  list: {
    summary: 'The runs that were kept',
    load: () => import('./commands/list.ts'),
  },
  show: {
    summary: 'A summary of a run',
    load: () => import('./commands/show.ts'),
  },
  report: {
    summary: 'A report of one run or of several: HTML, Markdown, CSV, JSON or HdrHistogram',
    load: () => import('./commands/report.ts'),
  },
  open: {
    summary: "A run's page in the browser",
    load: () => import('./commands/open.ts'),
  },
  run: {
    summary: 'A workload file: a sweep over settings, repeated, as one table with the best point',
    load: () => import('./commands/run.ts'),
    flushes: true,
  },
  'compare-codecs': {
    summary: 'What each codec costs producer, broker and consumer on your own records, and which one to take',
    load: () => import('./commands/compare-codecs.ts'),
    flushes: true,
  },
  regress: {
    summary: 'Whether one side is slower than another, such as two builds or two settings, and how sure that is',
    load: () => import('./commands/regress.ts'),
    flushes: true,
  },
  baseline: {
    summary: 'Saves, lists, shows and removes what later runs are held against',
    load: () => import('./commands/baseline.ts'),
  },
  'find-rate': {
    summary: 'The highest rate at which a limit on latencies holds',
    load: () => import('./commands/find-rate.ts'),
    flushes: true,
  },
  workloads: {
    summary: 'Lists the workloads that come with spillway',
    load: () => import('./commands/workloads.ts'),
  },
  schema: {
    summary: 'Prints the JSON Schema of workload files, for editors',
    load: () => import('./commands/schema.ts'),
  },
  broker: {
    summary: 'Our own Kafka broker in the foreground, for any client',
    load: () => import('./commands/broker.ts'),
  },
  'dump-log': {
    summary: "What is in a log's files, with the flags and lines of Kafka's tool",
    load: () => import('./commands/dump-log.ts'),
  },
  topics: {
    summary: "Creates, lists, describes, alters and deletes topics, with the flags of Kafka's tool",
    load: () => import('./commands/topics.ts'),
  },
  groups: {
    summary: "Lists and describes consumer groups, resets and deletes their offsets, with the flags of Kafka's tool",
    load: () => import('./commands/groups.ts'),
  },
  'console-producer': {
    summary: "Sends the lines of stdin as records, with the flags of Kafka's tool",
    load: () => import('./commands/console-producer.ts'),
  },
  'console-consumer': {
    summary: "Prints records as they come, with the flags and lines of Kafka's tool",
    load: () => import('./commands/console-consumer.ts'),
  },
};
