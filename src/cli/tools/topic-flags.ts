import type { FlagTable, HelpText } from '../flags.ts';
import { adminFlags } from './connection-flags.ts';

const ACTION_GROUP = 'One of:';
const TOPIC_GROUP = 'Topics:';
const DESCRIBE_GROUP = 'With --describe:';

const refused = (description: string) => ({ kind: 'refused', description }) as const;
const only = (description: string) => ({ kind: 'switch', group: DESCRIBE_GROUP, description }) as const;

/** Flags of `topics`: those of Kafka 4's kafka-topics.sh. */
export const topicFlags: FlagTable = {
  create: { kind: 'switch', group: ACTION_GROUP, description: 'Create a topic' },
  list: { kind: 'switch', group: ACTION_GROUP, description: 'Print the names of topics' },
  describe: { kind: 'switch', group: ACTION_GROUP, description: 'Print partitions, leaders, replicas and settings' },
  alter: { kind: 'switch', group: ACTION_GROUP, description: 'Raise the number of partitions, or change settings' },
  delete: { kind: 'switch', group: ACTION_GROUP, description: 'Delete topics' },
  topic: {
    kind: 'value',
    group: TOPIC_GROUP,
    metavar: 'NAME',
    description: 'The topic; but with --create, also a regular expression for the whole name',
  },
  'topic-id': {
    kind: 'value',
    group: TOPIC_GROUP,
    metavar: 'ID',
    description: 'The topic of this id; with --describe',
  },
  partitions: {
    kind: 'value',
    group: TOPIC_GROUP,
    metavar: 'N',
    description: 'Partitions of the topic; with --create and --alter',
    shownDefault: "the cluster's",
  },
  'replication-factor': {
    kind: 'value',
    group: TOPIC_GROUP,
    metavar: 'N',
    description: 'Replicas of each partition; with --create',
    shownDefault: "the cluster's",
  },
  'replica-assignment': {
    kind: 'value',
    group: TOPIC_GROUP,
    metavar: 'ID:ID,ID:ID,...',
    description: 'Brokers of each partition, the preferred leader first; with --create and --alter',
  },
  config: {
    kind: 'list',
    group: TOPIC_GROUP,
    metavar: 'k=v ...',
    description: 'Topic settings by their Kafka names; with --create and --alter; may be repeated',
  },
  'if-exists': { kind: 'switch', group: TOPIC_GROUP, description: 'Do nothing when no topic matches' },
  'if-not-exists': {
    kind: 'switch',
    group: TOPIC_GROUP,
    description: 'Do nothing when the topic is there; with --create',
  },
  'exclude-internal': { kind: 'switch', group: TOPIC_GROUP, description: "Leave out Kafka's own topics" },
  'topics-with-overrides': only('Only topics with settings of their own, without partitions'),
  'under-replicated-partitions': only('Only partitions with replicas that are not in sync'),
  'under-min-isr-partitions': only('Only partitions with fewer in-sync replicas than min.insync.replicas'),
  'at-min-isr-partitions': only('Only partitions with just min.insync.replicas in-sync replicas'),
  'unavailable-partitions': only('Only partitions without a leader'),
  'partition-size-limit-per-response': {
    kind: 'value',
    group: DESCRIBE_GROUP,
    metavar: 'N',
    description: 'Most partitions of one answer',
    shownDefault: '2000',
  },
  'delete-config': refused('was removed from Kafka'),
  force: refused('was removed from Kafka; leave it out'),
  ...adminFlags,
};

/** Help around the flags. */
export const topicHelp: HelpText = {
  usage:
    "spillway topics --bootstrap-server HOST:PORT ACTION [flags]\n\nManages the topics of a cluster, with the flags and lines of Kafka's kafka-topics.sh.",
  examples: [
    ['spillway topics --bootstrap-server 127.0.0.1:9092 --create --topic t --partitions 6', 'A topic of 6 partitions'],
    ['spillway topics --bootstrap-server 127.0.0.1:9092 --describe --topic "t.*"', 'Topics whose names begin with t'],
  ],
  epilogue: 'Exit status: 0 done; 1 the cluster refused, or no topic matches; 2 wrong usage.',
};

/** Which actions a flag belongs to. */
export const topicFlagActions: Readonly<Record<string, readonly string[]>> = {
  'topic-id': ['describe'],
  partitions: ['create', 'alter'],
  'replication-factor': ['create'],
  'replica-assignment': ['create', 'alter'],
  config: ['create', 'alter'],
  'if-exists': ['describe', 'alter', 'delete'],
  'if-not-exists': ['create'],
  'exclude-internal': ['list', 'describe', 'delete'],
  'topics-with-overrides': ['describe'],
  'under-replicated-partitions': ['describe'],
  'under-min-isr-partitions': ['describe'],
  'at-min-isr-partitions': ['describe'],
  'unavailable-partitions': ['describe'],
  'partition-size-limit-per-response': ['describe'],
};
