import { PropertyError } from './property.ts';

/** Ways to share partitions out, as members name them to each other. */
export type AssignorName = 'range' | 'roundrobin' | 'sticky' | 'cooperative-sticky';

const PACKAGE = 'org.apache.kafka.clients.consumer.';

/** The Java class of each assignor, in Kafka's package. */
const CLASSES: ReadonlyMap<string, AssignorName> = new Map([
  ['RangeAssignor', 'range'],
  ['RoundRobinAssignor', 'roundrobin'],
  ['StickyAssignor', 'sticky'],
  ['CooperativeStickyAssignor', 'cooperative-sticky'],
]);

/** Kafka's default of `partition.assignment.strategy`. */
export const DEFAULT_STRATEGY = `${PACKAGE}RangeAssignor,${PACKAGE}CooperativeStickyAssignor`;

const assignorOf = (word: string): AssignorName => {
  const byClass = word.startsWith(PACKAGE) ? CLASSES.get(word.slice(PACKAGE.length)) : undefined;
  const found = byClass ?? [...CLASSES.values()].find((name) => name === word);
  if (found !== undefined) return found;
  throw new PropertyError(
    'partition.assignment.strategy',
    `partition.assignment.strategy must be a list of ${[...CLASSES.values()].join(', ')}, or of Kafka's classes such as ${PACKAGE}RangeAssignor; got ${JSON.stringify(word)}`,
  );
};

/**
 * Reads `partition.assignment.strategy`: Kafka's classes or the assignors' own names, separated by commas.
 * @throws PropertyError for an unknown or repeated one, and for none
 */
export const parseStrategy = (text: string): readonly AssignorName[] => {
  const names = text.split(',').map((word) => assignorOf(word.trim()));
  if (new Set(names).size === names.length) return names;
  throw new PropertyError(
    'partition.assignment.strategy',
    `partition.assignment.strategy must name each assignor once; got ${JSON.stringify(text)}`,
  );
};
