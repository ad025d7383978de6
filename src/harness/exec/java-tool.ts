/** Kafka's own performance tools: its `bin/` scripts, or its jars with a Java on the path. Flags follow the tools' version. */
import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import {
  type ExternalTool,
  ExternalToolError,
  findProgram,
  type ToolConsumerLoad,
  type ToolEndToEndLoad,
  type ToolLoad,
  type ToolProducerLoad,
  type ToolRun,
  type ToolSurroundings,
} from './external-tool.ts';
import { readConsumerRow, readEndToEnd, readProducerLine, recordsOfWindow } from './figures.ts';
import { javaProperties } from './properties-text.ts';
import type { Program } from './run-process.ts';

/** Where the tools are, and which. */
type Installation = {
  readonly version: string;
  /** KIP-1147, Kafka 4.2: `--bootstrap-server`, `--command-config` and `--num-records` in all tools. */
  readonly hasUnifiedFlags: boolean;
  /** Folder of the scripts; null runs the classes. */
  readonly bin: string | null;
  readonly classPath: string;
};

/** A tool's script and class (Kafka 3.6 and later keep all three in one package). */
const tools = {
  producer: ['kafka-producer-perf-test.sh', 'org.apache.kafka.tools.ProducerPerformance'],
  consumer: ['kafka-consumer-perf-test.sh', 'org.apache.kafka.tools.ConsumerPerformance'],
  'end-to-end': ['kafka-e2e-latency.sh', 'org.apache.kafka.tools.EndToEndLatency'],
} as const;

/** What the scripts give to the Java machine (kafka-run-class.sh), with their heap for performance tools. */
const javaFlags = [
  '-Xmx512M',
  '-server',
  '-XX:+UseG1GC',
  '-XX:MaxGCPauseMillis=20',
  '-XX:InitiatingHeapOccupancyPercent=35',
  '-XX:+ExplicitGCInvokesConcurrent',
  '-Djava.awt.headless=true',
];

const firstUnified = [4, 2] as const;

/** Whether a version of Kafka, such as `4.2.0`, has the flags of KIP-1147. */
export const hasUnifiedFlags = (version: string): boolean => {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  return major > firstUnified[0] || (major === firstUnified[0] && minor >= firstUnified[1]);
};

const jarVersion = (folder: string): string | null => {
  const jars = existsSync(folder) ? readdirSync(folder) : [];
  return (
    jars.map((name) => /^kafka-clients-(\d.*)\.jar$/.exec(name)?.[1]).find((version) => version !== undefined) ?? null
  );
};

/** Looks at a Kafka installation, or at a folder of jars. Throws an ExternalToolError when it is neither. */
const findInstallation = (home: string | null): Installation => {
  if (home === null)
    throw new ExternalToolError(
      "exec:java needs Kafka's tools; say where they are with --kafka-home DIR or KAFKA_HOME: a Kafka installation, or a folder with its jars",
    );
  const libs = existsSync(join(home, 'libs')) ? join(home, 'libs') : home;
  const version = jarVersion(libs);
  if (version === null)
    throw new ExternalToolError(
      `no Kafka is in ${home}: a Kafka installation has libs/kafka-clients-VERSION.jar; check --kafka-home or KAFKA_HOME`,
    );
  const bin = join(home, 'bin');
  return {
    version,
    hasUnifiedFlags: hasUnifiedFlags(version),
    bin: existsSync(join(bin, tools.producer[0])) ? bin : null,
    classPath: join(libs, '*'),
  };
};

const javaProgram = (): string => {
  const home = process.env.JAVA_HOME;
  const found = findProgram(home ? join(home, 'bin', 'java') : 'java');
  if (found !== null) return found;
  throw new ExternalToolError(
    'exec:java needs a Java, and none is there: apt-get install default-jre-headless, or set JAVA_HOME',
  );
};

const programOf = ({ bin, classPath }: Installation, kind: ToolLoad['kind'], args: readonly string[]): Program => {
  const [script, className] = tools[kind];
  if (bin !== null) return { file: join(bin, script), args, environment: {} };
  return { file: javaProgram(), args: [...javaFlags, '-cp', classPath, className, ...args], environment: {} };
};

const valueFlags = ({ values }: ToolProducerLoad): readonly string[] => {
  if (values.kind === 'size') return ['--record-size', String(values.bytes)];
  if (values.kind === 'monotonic') return ['--payload-monotonic'];
  return ['--payload-file', values.path, '--payload-delimiter', values.delimiter];
};

const producerFlags = (load: ToolProducerLoad, found: Installation, file: string): readonly string[] => [
  ...['--topic', load.topic, '--num-records', String(load.recordCount), '--throughput', String(load.throughput ?? -1)],
  ...valueFlags(load),
  ...(found.hasUnifiedFlags
    ? ['--bootstrap-server', load.bootstrapServers, '--command-config', file]
    : ['--producer.config', file, '--producer-props', `bootstrap.servers=${load.bootstrapServers}`]),
];

const consumerFlags = (load: ToolConsumerLoad, found: Installation, file: string): readonly string[] => {
  const fetchSize = load.properties['max.partition.fetch.bytes'];
  const socketBuffer = load.properties['receive.buffer.bytes'];
  return [
    ...['--bootstrap-server', load.bootstrapServers, '--topic', load.topic, '--timeout', String(load.timeoutMs)],
    ...[found.hasUnifiedFlags ? '--num-records' : '--messages', String(load.recordCount)],
    ...[found.hasUnifiedFlags ? '--command-config' : '--consumer.config', file],
    ...(load.groupId === null ? [] : ['--group', load.groupId]),
    ...(load.fromLatest ? ['--from-latest'] : []),
    ...(fetchSize === undefined ? [] : ['--fetch-size', fetchSize]),
    ...(socketBuffer === undefined ? [] : ['--socket-buffer-size', socketBuffer]),
  ];
};

const endToEndFlags = (load: ToolEndToEndLoad, found: Installation, file: string): readonly string[] => {
  const { bootstrapServers, topic, recordCount, acks, valueBytes } = load;
  if (!found.hasUnifiedFlags) return [bootstrapServers, topic, String(recordCount), acks, String(valueBytes), file];
  return [
    ...['--bootstrap-server', bootstrapServers, '--topic', topic, '--num-records', String(recordCount)],
    ...['--producer-acks', acks, '--record-size', String(valueBytes), '--command-config', file],
  ];
};

const notesOf = (load: ToolLoad): readonly string[] => {
  const wholeMs = 'exec:java takes latencies from System.currentTimeMillis(): they are whole milliseconds';
  if (load.kind === 'producer')
    return [wholeMs, 'exec:java keeps a sample of the latencies in long runs, in which only mean and max are exact'];
  if (load.kind === 'consumer')
    return [
      'exec:java sets check.crcs=false and counts whole polls: it reads a few records more than were asked for',
      ...(load.groupId === null ? ['exec:java always reads with a group; it made one up'] : []),
    ];
  return ['exec:java cuts latencies to whole milliseconds before it makes percentiles of them'];
};

/** `exec:java`: ProducerPerformance, ConsumerPerformance and EndToEndLatency. */
export const javaTool: ExternalTool = {
  check(kafkaHome) {
    if (findInstallation(kafkaHome).bin === null) javaProgram();
  },
  prepare(load: ToolLoad, { kafkaHome, writeFile }: ToolSurroundings): ToolRun {
    const found = findInstallation(kafkaHome);
    const file = writeFile('client.properties', javaProperties(load.properties));
    const common = { version: `Kafka ${found.version}`, notes: notesOf(load), endsItself: true } as const;
    if (load.kind === 'producer')
      return {
        ...common,
        program: programOf(found, load.kind, producerFlags(load, found, file)),
        read: readProducerLine,
        recordsOf: recordsOfWindow,
      };
    const args = load.kind === 'consumer' ? consumerFlags(load, found, file) : endToEndFlags(load, found, file);
    return {
      ...common,
      program: programOf(found, load.kind, args),
      read: load.kind === 'consumer' ? readConsumerRow : readEndToEnd,
      recordsOf: () => null,
    };
  },
};
