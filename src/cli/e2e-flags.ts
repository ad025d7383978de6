import type { FlagTable, HelpText } from './flags.ts';
import { GROUPS, sendingFlags, testFlags, verifyFlag } from './plan-flags.ts';

const { 'command-property': commandProperty, ...otherTestFlags } = testFlags;

/** Flags of e2e-latency: those of Kafka 4.2's tool, and ours. */
export const e2eFlags: FlagTable = {
  topic: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'NAME',
    description: 'Topic to write to and read from (required); made when it is missing',
  },
  'num-records': sendingFlags['num-records'],
  duration: sendingFlags.duration,
  'producer-acks': {
    kind: 'value',
    group: GROUPS.load,
    metavar: '1|all',
    description: 'Which replicas acknowledge a record (required)',
  },
  'record-size': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'BYTES',
    description: 'Length of each value (required but for some payloads); 26 or more with --throughput',
  },
  payload: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'KIND',
    description:
      'What values hold: letters, random, json, log or quotes; the last three need no --record-size. Only with --throughput',
    shownDefault: 'letters',
  },
  keys: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'KIND',
    description: 'Keys, decimal numbers: sequential, uniform:N or zipf:N:EXPONENT; only with --throughput',
    shownDefault: 'no keys',
  },
  'record-key-size': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'BYTES',
    description: 'Length of each key; 0 sends none',
    shownDefault: '0',
  },
  'num-headers': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Headers of each record',
    shownDefault: '0',
  },
  'record-header-key-size': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'BYTES',
    description: "Length of each header's key",
    shownDefault: '0',
  },
  'record-header-size': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'BYTES',
    description: "Length of each header's value; -1 is a null value",
    shownDefault: '0',
  },
  throughput: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'RATE',
    description:
      'Records per second, sent when they are due, many on their way at a time, and timed from then; -1 is as fast as possible; without it one is on its way at a time, as in Kafka',
  },
  pace: sendingFlags.pace,
  seed: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Decides what is random about the schedule: the same seed, the same times',
    shownDefault: '0',
  },
  producers: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Producers, each in a thread; only with --throughput',
    shownDefault: '1',
  },
  consumers: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Consumers, each in a thread, that share the partitions; only with --throughput',
    shownDefault: '1',
  },
  'warmup-records': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description: 'Records at the start that latencies leave out',
    shownDefault: '0',
  },
  'warmup-duration': {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'TIME',
    description: 'The same by time: latencies leave out what is due, or without a rate sent, before',
  },
  backlog: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'N',
    description:
      'Records that are written before the load, and that consumers read first while it goes on; only with --throughput',
    shownDefault: '0',
  },
  verify: verifyFlag('as they come'),
  timeout: {
    kind: 'value',
    group: GROUPS.load,
    metavar: 'MS',
    description: 'Longest time without a record while acknowledged ones are waited for',
    shownDefault: '60000',
  },
  ...otherTestFlags,
  ...(commandProperty === undefined
    ? {}
    : {
        'command-property': {
          ...commandProperty,
          description: 'Properties of both clients by their Kafka names, such as compression.type=lz4; may be repeated',
        },
      }),
};

/** Help around the flags. */
export const e2eHelp: HelpText = {
  usage:
    'spillway e2e-latency --topic NAME --num-records N --producer-acks 1|all --record-size BYTES [flags]\n\nSends records to Kafka, reads them back, and prints how long each took from end to end.',
  examples: [
    [
      'spillway e2e-latency --topic t --num-records 10000 --producer-acks all --record-size 100',
      "One record at a time, as Kafka's tool, to a broker of our own",
    ],
    [
      'spillway e2e-latency --bootstrap-server kafka:9092 --topic t --duration 60s --warmup-duration 5s --producer-acks all --record-size 100 --throughput 10000 --producers 2 --consumers 2 --partitions 6',
      'At 10,000 records/s, to a cluster: what its users would feel',
    ],
    [
      'spillway e2e-latency --topic t --duration 60s --producer-acks all --payload quotes --keys zipf:1000:1 --throughput 7000 --verify --partitions 6',
      'Market quotes, each followed to its reader: nothing lost, repeated or out of order',
    ],
  ],
  epilogue:
    "Kafka's older form works and warns: broker_list topic num_messages producer_acks message_size_bytes [properties_file].\nExit status: 0 every record came back once; 1 failed, lost, repeated or changed records; 2 wrong usage; 129, 130 or 143 interrupted.",
};
