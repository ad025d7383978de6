/** A command of the user's own: any program that prints Kafka's lines, or one small JSON document. */
import { CommandLineError, fillPlaces, type Places, splitCommandLine } from './command-line.ts';
import { effectiveProperties } from './effective-properties.ts';
import {
  type ExternalTool,
  ExternalToolError,
  findProgram,
  type ToolLoad,
  type ToolRun,
  type ToolSurroundings,
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

const placesOf = (load: ToolLoad, config: string): Places => ({
  ...effectiveProperties(load.kind === 'consumer' ? 'consumer' : 'producer', load.properties),
  bootstrap: load.bootstrapServers,
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
 * @param suggestion what to say when its program is not there
 */
export const commandTool = (text: string, suggestion: string): ExternalTool => {
  const words = (): readonly string[] => understood(text, () => splitCommandLine(text));
  const find = (name: string): string => {
    const found = findProgram(name);
    if (found !== null) return found;
    throw new ExternalToolError(`exec:${text} cannot be run: there is no program ${name}${suggestion}`);
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
          args: understood(text, () => fillPlaces(args, placesOf(load, config), knownPlaces)),
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
