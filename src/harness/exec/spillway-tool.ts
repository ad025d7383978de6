/** Our own command line as a program like any other: started anew for each trial, and accounted for by the same means. */
import { fileURLToPath } from 'node:url';
import { spillwayVersion } from '../../measure/environment.ts';
import {
  type ExternalTool,
  ExternalToolError,
  type ToolLoad,
  type ToolRun,
  type ToolSurroundings,
} from './external-tool.ts';
import { readJsonFigures } from './json-figures.ts';
import { javaProperties } from './properties-text.ts';

const mainFile = fileURLToPath(new URL('../../cli/main.js', import.meta.url));

const flagsOf = (load: ToolLoad): readonly string[] => {
  const common = ['--bootstrap-server', load.bootstrapServers, '--topic', load.topic];
  const records = ['--num-records', String(load.recordCount)];
  if (load.kind === 'producer' && load.values.kind === 'size')
    return [
      ...['producer-perf-test', ...common, ...records, '--record-size', String(load.values.bytes)],
      ...['--throughput', String(load.throughput ?? -1)],
    ];
  if (load.kind === 'consumer')
    return [
      ...['consumer-perf-test', ...common, ...records, '--timeout', String(load.timeoutMs)],
      ...(load.groupId === null ? ['--assign'] : ['--group', load.groupId]),
    ];
  throw new ExternalToolError('our own command line is not run as a program for this load');
};

/** `spillway` with one of its drivers. */
export const spillwayTool = (driver: 'native' | 'kafkajs'): ExternalTool => ({
  check() {
    // It is what runs.
  },
  prepare(load: ToolLoad, { writeFile }: ToolSurroundings): ToolRun {
    const file = writeFile('client.properties', javaProperties(load.properties));
    const args = [mainFile, ...flagsOf(load), '--command-config', file, '--driver', driver, '--json', '--no-record'];
    return {
      program: { file: process.execPath, args, environment: {} },
      version: `Spillway ${spillwayVersion()}, Node ${process.version}`,
      notes: [],
      read: readJsonFigures,
      recordsOf: () => null,
      endsItself: true,
    };
  },
});
