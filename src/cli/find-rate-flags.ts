import { e2eFlags } from './e2e-flags.ts';
import type { FlagTable, HelpText } from './flags.ts';
import { GROUPS } from './plan-flags.ts';
import { producerFlags } from './producer-flags.ts';

/** What the search decides itself, and what has no place in it. */
const left = [
  'topic',
  'num-records',
  'duration',
  'throughput',
  'pace',
  'warmup-records',
  'warmup-duration',
  'print-metrics',
  'reporting-interval',
  'record-size',
  'kafka-home',
  'verify',
  'producer-props',
  'producer.config',
];

const without = (table: FlagTable, names: readonly string[]): FlagTable =>
  Object.fromEntries(Object.entries(table).filter(([name]) => !names.includes(name)));

const SEARCH = 'Search:';

/** Flags of find-rate: those of a producer test but its rate and its end, and those of the search. */
export const findRateFlags: FlagTable = {
  limit: {
    kind: 'list',
    group: SEARCH,
    metavar: "'p99 < 10 ms'",
    description:
      'What must hold (required): mean, p50, p95, p99, p99.9, p99.99 or max of the response time, counted from when records are due, and a time; of another latency, serviceTimeMs.p99 or the like. May be several',
  },
  'trial-duration': {
    kind: 'value',
    group: SEARCH,
    metavar: 'TIME',
    description: 'How long the limit must hold: the length of a trial after its warm-up',
    shownDefault: '30s',
  },
  'warmup-duration': {
    kind: 'value',
    group: SEARCH,
    metavar: 'TIME',
    description: 'Time at the start of each trial that the limit leaves out, on top of it',
    shownDefault: 'a tenth of the trial',
  },
  'first-rate': {
    kind: 'value',
    group: SEARCH,
    metavar: 'RATE',
    description: 'Records per second of the first trial',
    shownDefault: '1000',
  },
  'most-rate': {
    kind: 'value',
    group: SEARCH,
    metavar: 'RATE',
    description: 'No trial is faster',
    shownDefault: '10000000',
  },
  precision: {
    kind: 'value',
    group: SEARCH,
    metavar: 'SHARE',
    description: 'How narrow the interval must be that the edge lies in, as a share of the rate: 0.01 to 0.5',
    shownDefault: '0.05',
  },
  repeats: {
    kind: 'value',
    group: SEARCH,
    metavar: 'N',
    description: 'Trials at the rate that is found; more than half of them must hold',
    shownDefault: '3',
  },
  'most-trials': {
    kind: 'value',
    group: SEARCH,
    metavar: 'N',
    description: 'The search ends after so many trials, however sure it is',
    shownDefault: '40',
  },
  'end-to-end': {
    kind: 'switch',
    group: SEARCH,
    description: 'Read the records back, and limit the time from when they are due until they are received',
  },
  topic: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'NAME',
    description: 'What names of topics begin with: each trial has one of its own, which is deleted after it',
    shownDefault: 'find-rate',
  },
  pace: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'SHAPE',
    description: 'When records are due: constant, or poisson for random times',
    shownDefault: 'constant',
  },
  'record-size': {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'BYTES',
    description: 'Length of each value, or a distribution, as in producer-perf-test',
    shownDefault: '100, with --payload json and log their own',
  },
  ...without(producerFlags, left),
  consumers: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Consumers, each in a thread, with --end-to-end',
    shownDefault: '1',
  },
};

/** Flags of the test behind --end-to-end; others are refused with it. */
export const e2eNames: ReadonlySet<string> = new Set(Object.keys(without(e2eFlags, left.slice(1, 4))));

/** Help around the flags. */
export const findRateHelp: HelpText = {
  usage:
    "spillway find-rate --limit 'p99 < 10 ms' [flags]\n\nFinds the highest rate at which a limit on latencies holds: trials at one rate each, with a fresh topic, by bisection with repeats near the edge.",
  examples: [
    ["spillway find-rate --limit 'p99 < 10 ms'", 'Of a broker of our own, for 30 s a trial'],
    [
      "spillway find-rate --bootstrap-server kafka:9092 --limit 'p99 < 20 ms' 'p99.9 < 100 ms' --partitions 12 --producers 2 --record-size 1000 --command-property linger.ms=5",
      'Of a cluster, with two limits',
    ],
    ["spillway find-rate --end-to-end --limit 'p99 < 15 ms' --trial-duration 10s", 'Until records are received'],
  ],
  epilogue:
    'Exit status: 0 found, also when the generator was the limit, which is said; 1 the target cannot be used, or the search ended before it was sure; 2 wrong usage; 3 not even the lowest rate held; 129, 130 or 143 interrupted.',
};
