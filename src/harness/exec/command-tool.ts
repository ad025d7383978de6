/** A command of the user's own: any program that prints Kafka's lines, or one small JSON document. */
import { consumerProperties } from '../../client/properties/consumer-properties.ts';
import { nearest } from '../../client/properties/nearest.ts';
import { producerProperties } from '../../client/properties/producer-properties.ts';
import { isSecretName, shownValue } from '../../client/properties/secrets.ts';
import { CommandLineError, fillPlaces, type Places, splitCommandLine } from './command-line.ts';
import { effectiveProperties } from './effective-properties.ts';
import {
  type ExternalTool,
  ExternalToolError,
  findProgram,
  type ToolLoad,
  type ToolRun,
  type ToolSurroundings,
  whyNoProgram,
} from './external-tool.ts';
import { readConsumerRow, readEndToEnd, readProducerLine, recordsOfWindow, type ToolFigures } from './figures.ts';
import { readJsonFigures } from './json-figures.ts';
import { javaProperties } from './properties-text.ts';

/** Reads whatever a command printed: JSON first, then the lines of Kafka's tool for this kind of load. */
export const readAny =
  (kind: ToolLoad['kind']) =>
  (stdout: string): ToolFigures | null => {
    const lines = { producer: readProducerLine, consumer: readConsumerRow, 'end-to-end': readEndToEnd }[kind];
    return readJsonFigures(stdout) ?? lines(stdout);
  };

const sizeOf = (load: ToolLoad): string => {
  if (load.kind === 'end-to-end') return String(load.valueBytes);
  return load.kind === 'producer' && load.values.kind === 'size' ? String(load.values.bytes) : '';
};

/** What can stand in a command, without the client properties, each of which can by its own name. */
export const placeNames = ['bootstrap', 'topic', 'records', 'size', 'throughput', 'group', 'config'] as const;

const knownPlaces = `known are ${placeNames.map((name) => `{${name}}`).join(', ')}, and client properties by their names, such as {batch.size}`;

const clientOf = (load: ToolLoad): 'producer' | 'consumer' => (load.kind === 'consumer' ? 'consumer' : 'producer');

/** What to write instead of a place that is not filled in. */
const insteadOf =
  (load: ToolLoad) =>
  (name: string): string => {
    const table = clientOf(load) === 'consumer' ? consumerProperties : producerProperties;
    if (isSecretName(name) || Object.hasOwn(load.properties, name))
      return 'everybody on the machine can read a command line, and it may hold a secret: use {config}, the path of a file with the client properties';
    if (table.has(name)) return `this property has no value here: give it with --command-property ${name}=VALUE`;
    const meant = nearest(name, [...placeNames, ...table.keys()]);
    return meant === null ? knownPlaces : `did you mean {${meant}}?`;
  };

/** Properties by name, without those of which something is a secret. */
const openProperties = (load: ToolLoad): Places =>
  Object.fromEntries(
    Object.entries(effectiveProperties(clientOf(load), load.properties)).filter(
      ([name, value]) => shownValue(name, value) === value,
    ),
  );

const placesOf = (load: ToolLoad, config: string): Places => ({
  ...openProperties(load),
  bootstrap: load.bootstrapServers,
  'bootstrap.servers': load.bootstrapServers,
  topic: load.topic,
  records: String(load.recordCount),
  size: sizeOf(load),
  throughput: load.kind === 'producer' ? String(load.throughput ?? -1) : '-1',
  group: load.kind === 'consumer' ? (load.groupId ?? '') : '',
  config,
});

/** Makes CommandLineErrors wrong usage of the driver. */
const understood = <Value>(text: string, read: () => Value): Value => {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof CommandLineError)) throw error;
    throw new ExternalToolError(`exec:${text} cannot be run: ${error.message}`, { cause: error });
  }
};

/**
 * `exec:COMMAND`: a command line with places such as `{topic}`.
 * @param suggestion what to say when no program of its name is on the PATH
 */
export const commandTool = (text: string, suggestion: string): ExternalTool => {
  const words = (): readonly string[] => understood(text, () => splitCommandLine(text));
  const find = (name: string): string => {
    const found = findProgram(name);
    if (found !== null) return found;
    throw new ExternalToolError(
      `exec:${text} cannot be run: ${whyNoProgram(name)}${name.includes('/') ? '' : suggestion}`,
    );
  };
  return {
    check() {
      find(words()[0] ?? '');
    },
    prepare(load: ToolLoad, { writeFile }: ToolSurroundings): ToolRun {
      const [name = '', ...args] = words();
      const config = writeFile('client.properties', javaProperties(load.properties));
      return {
        program: {
          file: find(name),
          args: understood(text, () => fillPlaces(args, placesOf(load, config), insteadOf(load))),
          environment: {},
        },
        version: null,
        notes: [],
        read: readAny(load.kind),
        recordsOf: recordsOfWindow,
        endsItself: true,
      };
    },
  };
};
