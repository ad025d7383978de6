import type { FlagTable, HelpText } from '../flags.ts';
import { adminFlags } from './connection-flags.ts';

const ACTION_GROUP = 'One of:';
const GROUPS_GROUP = 'Groups and topics:';
const DESCRIBE_GROUP = 'With --describe and --list:';
const RESET_GROUP = 'With --reset-offsets, one of:';
const EXECUTE_GROUP = 'With --reset-offsets:';

const reset = (metavar: string, description: string) =>
  ({ kind: 'value', group: RESET_GROUP, metavar, description }) as const;

/** Flags of `groups`: those of Kafka 4's kafka-consumer-groups.sh. */
export const groupFlags: FlagTable = {
  list: { kind: 'switch', group: ACTION_GROUP, description: 'Print the ids of consumer groups' },
  describe: {
    kind: 'switch',
    group: ACTION_GROUP,
    description: 'Print offsets and lag, members, or the state of groups',
  },
  'reset-offsets': { kind: 'switch', group: ACTION_GROUP, description: 'Move the offsets of a group without members' },
  delete: { kind: 'switch', group: ACTION_GROUP, description: 'Forget groups without members, with their offsets' },
  'delete-offsets': {
    kind: 'switch',
    group: ACTION_GROUP,
    description: 'Forget offsets of topics that a group does not read',
  },
  group: { kind: 'list', group: GROUPS_GROUP, metavar: 'ID', description: 'Group to act on; may be repeated' },
  'all-groups': { kind: 'switch', group: GROUPS_GROUP, description: 'Act on every group' },
  topic: {
    kind: 'list',
    group: GROUPS_GROUP,
    metavar: 'NAME[:0,1,...]',
    description: 'Topic, or some of its partitions; with --reset-offsets and --delete-offsets; may be repeated',
  },
  'all-topics': {
    kind: 'switch',
    group: GROUPS_GROUP,
    description: 'All topics the group has offsets of; with --reset-offsets',
  },
  offsets: { kind: 'switch', group: DESCRIBE_GROUP, description: 'Offsets and lag of each partition (the default)' },
  members: { kind: 'switch', group: DESCRIBE_GROUP, description: 'Members and how many partitions they read' },
  state: {
    kind: 'optional',
    group: DESCRIBE_GROUP,
    metavar: '[STATE,...]',
    description: 'State of each group; with --list, only groups in these states',
  },
  type: {
    kind: 'optional',
    group: DESCRIBE_GROUP,
    metavar: '[TYPE,...]',
    description: 'Type of each group (classic, consumer); only with --list, and only groups of these types',
  },
  verbose: { kind: 'switch', group: DESCRIBE_GROUP, description: 'More columns' },
  timeout: {
    kind: 'value',
    group: DESCRIBE_GROUP,
    metavar: 'MS',
    description: 'Longest wait for a cluster that is not ready',
    shownDefault: '30000',
  },
  'to-earliest': { kind: 'switch', group: RESET_GROUP, description: 'To the first record that is kept' },
  'to-latest': { kind: 'switch', group: RESET_GROUP, description: 'Behind the last record' },
  'to-current': { kind: 'switch', group: RESET_GROUP, description: 'Where it stands: what is committed, else the end' },
  'to-offset': reset('N', 'To this offset'),
  'shift-by': reset('N', 'So many records on, or back when negative'),
  'to-datetime': reset(
    'YYYY-MM-DDThh:mm:ss.sss',
    'To the first record at or after this time, UTC unless it ends in a zone',
  ),
  'by-duration': reset('PnDTnHnMnS', 'To the first record that is at most so old'),
  'from-file': reset('FILE', 'To what a CSV file says, as --export prints it'),
  execute: { kind: 'switch', group: EXECUTE_GROUP, description: 'Do it' },
  'dry-run': { kind: 'switch', group: EXECUTE_GROUP, description: 'Only show what would be done (the default)' },
  export: { kind: 'switch', group: EXECUTE_GROUP, description: 'Print the new offsets as CSV, for --from-file' },
  'validate-regex': { kind: 'refused', description: 'is not supported: its syntax is that of the broker (RE2)' },
  ...adminFlags,
};

/** Help around the flags. */
export const groupHelp: HelpText = {
  usage:
    "spillway groups --bootstrap-server HOST:PORT ACTION [flags]\n\nLooks after consumer groups, with the flags and columns of Kafka's kafka-consumer-groups.sh.",
  examples: [
    ['spillway groups --bootstrap-server 127.0.0.1:9092 --describe --group g', 'How far the group g is behind'],
    [
      'spillway groups --bootstrap-server 127.0.0.1:9092 --reset-offsets --group g --topic t --to-earliest --execute',
      'Let the group g read t from the beginning again',
    ],
  ],
  epilogue: 'Exit status: 0 done; 1 the cluster refused, or there is no such group; 2 wrong usage.',
};

/** Which actions a flag belongs to. */
export const groupFlagActions: Readonly<Record<string, readonly string[]>> = {
  group: ['describe', 'reset-offsets', 'delete', 'delete-offsets'],
  'all-groups': ['describe', 'reset-offsets', 'delete'],
  topic: ['reset-offsets', 'delete-offsets'],
  'all-topics': ['reset-offsets'],
  offsets: ['describe'],
  members: ['describe'],
  state: ['describe', 'list'],
  type: ['list'],
  verbose: ['describe'],
  'to-earliest': ['reset-offsets'],
  'to-latest': ['reset-offsets'],
  'to-current': ['reset-offsets'],
  'to-offset': ['reset-offsets'],
  'shift-by': ['reset-offsets'],
  'to-datetime': ['reset-offsets'],
  'by-duration': ['reset-offsets'],
  'from-file': ['reset-offsets'],
  execute: ['reset-offsets'],
  'dry-run': ['reset-offsets'],
  export: ['reset-offsets'],
};
