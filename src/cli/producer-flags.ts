import type { FlagTable, HelpText } from './flags.ts';
import { GROUPS, sendingFlags, testFlags, verifyFlag } from './plan-flags.ts';

/** Flags of producer-perf-test: those of Kafka's tool (4.2, and the keys of KIP-1299), its older names, and ours. */
export const producerFlags: FlagTable = {
  topic: { kind: 'value', group: GROUPS.load, metavar: 'NAME', description: 'Topic to write to (required)' },
  'num-records': sendingFlags['num-records'],
  duration: sendingFlags.duration,
  throughput: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'RATE',
    description:
      'Records per second over all producers, fractions allowed; -1 is as fast as possible (required, but for ramp and steps)',
  },
  pace: sendingFlags.pace,
  'pace-spin': {
    kind: 'switch',
    group: GROUPS.load,
    description:
      'Wait for due times in turns of the event loop instead of asleep: sends in time, takes a core a producer',
  },
  'warmup-records': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Records at the start that a second, steady-state summary leaves out',
    shownDefault: '0',
  },
  'warmup-duration': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'TIME',
    description: 'The same by time: what is due, or at no rate sent, before it is left out',
  },
  producers: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Producers, each in a thread',
    shownDefault: '1',
  },
  seed: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Of all that is random: the same seed sends the same bytes in the same order',
    shownDefault: '0',
  },
  'record-size': {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'BYTES',
    description:
      'Length of each value (this, --payload json, log or quotes, or one of the next flags is required), or a distribution: uniform:FROM..TO, normal:MEAN,SD, lognormal:MEAN,SD, exponential:MEAN, or sizes with weights, SIZE:WEIGHT,...',
  },
  payload: {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'KIND',
    description:
      'What values hold: letters (A to Z), random (bytes), json (orders), log (lines of an access log) or quotes (of a market, as JSON); the last three need no --record-size',
    shownDefault: 'letters',
  },
  'payload-compressibility': {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'RATIO',
    description: 'Random bytes among redundant ones, so that zstd makes batches RATIO of their size, such as 0.3',
  },
  'payload-file': {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'FILE',
    description: 'UTF-8 text whose pieces are the values, picked at random',
  },
  'payload-delimiter': {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'TEXT',
    description: 'What separates the pieces of --payload-file; \\n and \\t stand for newline and tab',
    shownDefault: '\\n',
  },
  'payload-from-topic': {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'TOPIC',
    description: 'Samples the values of a topic of the same cluster first, and sends those in turn',
  },
  'payload-sample-records': {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'N',
    description: 'Records that --payload-from-topic samples at most; 64 MiB of them at most',
    shownDefault: '10000',
  },
  'payload-monotonic': {
    kind: 'switch',
    group: GROUPS.records,
    description: "The value is the record's index in decimal",
  },
  keys: {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'KIND',
    description:
      "Keys, decimal numbers: sequential (the record's index), uniform:N, zipf:N:EXPONENT, or sampled with --payload-from-topic",
    shownDefault: 'no keys',
  },
  'key-size': {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'BYTES',
    description: 'Least length of keys: shorter numbers have zeros in front',
  },
  'record-key-range': {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'N',
    description: "Kafka's keys: numbers from 0 to N - 1",
  },
  'key-distribution': {
    kind: 'value',
    group: GROUPS.records,
    metavar: 'RANGE|RANDOM',
    description: "How those keys come: the record's index modulo N, or at random",
    shownDefault: 'RANGE',
  },
  headers: {
    kind: 'list',
    group: GROUPS.records,
    metavar: 'k=v ...',
    description: 'Headers that every record carries; may be repeated',
  },
  'transactional-id': {
    kind: 'value',
    group: GROUPS.transactions,
    metavar: 'ID',
    description: 'Sends in transactions under this name; several producers have ID-1, ID-2 and so on',
    shownDefault: 'a random one when one of the next flags is given',
  },
  'transaction-duration-ms': {
    kind: 'value',
    group: GROUPS.transactions,
    metavar: 'MS',
    description: 'Age at which a transaction is committed',
    shownDefault: '3000, or none with --transaction-records',
  },
  'transaction-records': {
    kind: 'value',
    group: GROUPS.transactions,
    metavar: 'N',
    description: 'Records of a producer after which its transaction is committed',
  },
  'transaction-abort-rate': {
    kind: 'value',
    group: GROUPS.transactions,
    metavar: 'SHARE',
    description: 'Share of the transactions that are aborted instead, 0 to 1, chosen by the seed',
    shownDefault: '0',
  },
  verify: verifyFlag('after the load'),
  ...testFlags,
  'producer-props': {
    kind: 'list',
    group: GROUPS.older,
    metavar: 'k=v ...',
    description: 'Older name of --command-property',
  },
  'producer.config': {
    kind: 'value',
    group: GROUPS.older,
    metavar: 'FILE',
    description: 'Older name of --command-config',
  },
};

/** Help around the flags. */
export const producerHelp: HelpText = {
  usage:
    'spillway producer-perf-test --topic NAME --num-records N --record-size BYTES --throughput RATE [flags]\n\nSends records to Kafka and prints the rate and how long each took to be acknowledged.',
  examples: [
    [
      'spillway producer-perf-test --topic t --num-records 1000000 --record-size 100 --throughput -1',
      'As fast as possible, to a broker of our own',
    ],
    [
      'spillway producer-perf-test --bootstrap-server kafka:9092 --topic t --num-records 600000 --record-size 1000 --throughput 20000 --command-property acks=1 linger.ms=10',
      'At 20,000 records/s, to a cluster: the figures to believe for latency',
    ],
    [
      'spillway producer-perf-test --topic t --duration 60s --warmup-duration 10s --payload json --pace poisson --throughput 5000 --keys zipf:1000:1.1',
      'Orders as JSON for a minute, at random times, some keys far more often than others',
    ],
    [
      'spillway producer-perf-test --topic t --num-records 5000000 --record-size 100 --throughput -1 --producers 2 --partitions 4 --verify',
      'As fast as possible, and every record read back afterwards: was anything lost, repeated or changed?',
    ],
    [
      'spillway producer-perf-test --topic t --pace steps:1000@10,5000@10,20000@10 --record-size lognormal:800,600 --payload-compressibility 0.3',
      'Three rates, ten seconds each, with values of many sizes that compress well',
    ],
    [
      'spillway producer-perf-test --topic t --num-records 100000 --record-size 100 --throughput 10000 --transaction-records 500 --transaction-abort-rate 0.05',
      'In transactions of 500 records, of which one in twenty is aborted',
    ],
  ],
  epilogue:
    'Exit status: 0 all records acknowledged; 1 failed or fewer records, or lost, repeated or corrupt ones with --verify; 2 wrong usage; 129, 130 or 143 interrupted.',
};
