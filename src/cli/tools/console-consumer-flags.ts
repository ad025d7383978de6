import type { FlagTable, HelpText } from '../flags.ts';
import { bootstrapFlag, CONNECTION_GROUP } from './connection-flags.ts';

const READ_GROUP = 'What is read:';
const PRINT_GROUP = 'How it is printed:';

const refused = (description: string) => ({ kind: 'refused', description }) as const;

/** Flags of `console-consumer`: those of Kafka 4.2's kafka-console-consumer.sh and its older names. */
export const consoleConsumerFlags: FlagTable = {
  topic: {
    kind: 'value',
    group: READ_GROUP,
    metavar: 'NAME',
    description: 'Topic to read (this or --include is required)',
  },
  include: {
    kind: 'value',
    group: READ_GROUP,
    metavar: 'REGEX',
    description: 'Read every topic whose whole name matches this regular expression',
  },
  'from-beginning': {
    kind: 'switch',
    group: READ_GROUP,
    description: 'Begin with the first record that is kept; a group only where it has no offset',
  },
  partition: { kind: 'value', group: READ_GROUP, metavar: 'N', description: 'Read this partition alone' },
  offset: {
    kind: 'value',
    group: READ_GROUP,
    metavar: 'N|earliest|latest',
    description: 'Where to begin; needs --partition',
    shownDefault: 'latest',
  },
  group: {
    kind: 'value',
    group: READ_GROUP,
    metavar: 'ID',
    description: 'Read as a member of this group, and commit how far',
    shownDefault: 'none: all partitions, nothing committed',
  },
  'max-messages': {
    kind: 'value',
    group: READ_GROUP,
    metavar: 'N',
    description: 'Stop after so many records',
    shownDefault: 'never',
  },
  'timeout-ms': {
    kind: 'value',
    group: READ_GROUP,
    metavar: 'MS',
    description: 'Stop when no record came for so long',
    shownDefault: 'never',
  },
  'isolation-level': {
    kind: 'value',
    group: READ_GROUP,
    metavar: 'LEVEL',
    description: 'read_committed leaves out records of open and aborted transactions',
    shownDefault: 'read_uncommitted',
  },
  'skip-message-on-error': {
    kind: 'switch',
    group: READ_GROUP,
    description: 'Say on stderr what cannot be read, and go on',
  },
  'formatter-property': {
    kind: 'list',
    group: PRINT_GROUP,
    metavar: 'k=v ...',
    description:
      'print.timestamp, print.key, print.offset, print.epoch, print.partition, print.headers, print.value (true or false); key.separator, line.separator, headers.separator, null.literal; may be repeated',
  },
  property: { kind: 'list', group: PRINT_GROUP, metavar: 'k=v ...', description: 'Older name of --formatter-property' },
  'formatter-config': {
    kind: 'value',
    group: PRINT_GROUP,
    metavar: 'FILE',
    description: 'Properties file with the same properties',
  },
  ...bootstrapFlag,
  'command-property': {
    kind: 'list',
    group: CONNECTION_GROUP,
    metavar: 'k=v ...',
    description: 'Consumer properties by their Kafka names; may be repeated',
  },
  'command-config': {
    kind: 'value',
    group: CONNECTION_GROUP,
    metavar: 'FILE',
    description: 'Properties file with consumer properties',
  },
  'consumer-property': {
    kind: 'list',
    group: CONNECTION_GROUP,
    metavar: 'k=v ...',
    description: 'Older name of --command-property',
  },
  'consumer.config': {
    kind: 'value',
    group: CONNECTION_GROUP,
    metavar: 'FILE',
    description: 'Older name of --command-config',
  },
  formatter: refused('names a Java class; see --formatter-property for what is printed'),
  'key-deserializer': refused('names a Java class; keys are printed as the bytes they are'),
  'value-deserializer': refused('names a Java class; values are printed as the bytes they are'),
  'enable-systest-events': refused("is for Kafka's own system tests"),
  whitelist: refused('was removed from Kafka; use --include'),
  zookeeper: refused('was removed from Kafka; use --bootstrap-server'),
};

/** Help around the flags. */
export const consoleConsumerHelp: HelpText = {
  usage:
    "spillway console-consumer --bootstrap-server HOST:PORT --topic NAME [flags]\n\nPrints records as they come, with the flags and lines of Kafka's kafka-console-consumer.sh, byte for byte.",
  examples: [
    [
      'spillway console-consumer --bootstrap-server 127.0.0.1:9092 --topic t --from-beginning',
      'All values, then those that come',
    ],
    [
      'spillway console-consumer --bootstrap-server 127.0.0.1:9092 --topic t --partition 0 --offset 42 --max-messages 1 --property print.key=true print.headers=true',
      'One record with all it has',
    ],
  ],
  epilogue:
    'How many records were printed is said on stderr at the end.\nExit status: 0 done; 1 failed, or fewer than --max-messages; 2 wrong usage; 129, 130 or 143 interrupted.',
};
