/** librdkafka's `rdkafka_performance`, from its `examples/` folder. */
import { spawnSync } from 'node:child_process';
import { effectiveProperties } from './effective-properties.ts';
import {
  type ExternalTool,
  ExternalToolError,
  findProgram,
  type ToolLoad,
  type ToolRun,
  type ToolSurroundings,
} from './external-tool.ts';
import { readRdkafkaConsumer, readRdkafkaProducer } from './figures.ts';
import { plainProperties } from './properties-text.ts';

const programName = 'rdkafka_performance';

/** librdkafka's names where they are not Kafka's; null for what it has not, and does without harm. */
const renamed: Readonly<Record<string, string | null>> = {
  'max.request.size': 'message.max.bytes',
  'fetch.max.wait.ms': 'fetch.wait.max.ms',
  'buffer.memory': 'queue.buffering.max.kbytes',
  'receive.buffer.bytes': 'socket.receive.buffer.bytes',
  'send.buffer.bytes': 'socket.send.buffer.bytes',
  'max.block.ms': null,
  'group.id': null,
  'key.serializer': null,
  'value.serializer': null,
  'key.deserializer': null,
  'value.deserializer': null,
};

/** Properties that both have under one name, with the same meaning. */
const same = new Set([
  ...['acks', 'linger.ms', 'batch.size', 'enable.idempotence', 'max.in.flight.requests.per.connection', 'retries'],
  ...['compression.type', 'delivery.timeout.ms', 'request.timeout.ms', 'client.id', 'retry.backoff.ms'],
  ...['max.partition.fetch.bytes', 'fetch.min.bytes', 'fetch.max.bytes', 'auto.offset.reset', 'isolation.level'],
  ...['session.timeout.ms', 'heartbeat.interval.ms', 'max.poll.interval.ms', 'enable.auto.commit'],
  ...[
    'auto.commit.interval.ms',
    'socket.connection.setup.timeout.ms',
    'metadata.max.age.ms',
    'client.rack',
    'check.crcs',
  ],
]);

/** What is set as Kafka's clients have it by default: the tool has other defaults, such as a linger.ms of 1000. */
const kafkaDefaults = [
  'acks',
  'linger.ms',
  'batch.size',
  'enable.idempotence',
  'max.in.flight.requests.per.connection',
  'max.request.size',
];

/** Kafka's properties in librdkafka's words. Throws an ExternalToolError for one that has no counterpart. */
export const rdkafkaProperties = (
  kind: 'producer' | 'consumer',
  given: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> => {
  const effective = effectiveProperties(kind, given);
  const defaults = kind === 'producer' ? kafkaDefaults.map((name) => [name, effective[name] ?? '']) : [];
  const translated: Record<string, string> = {};
  for (const [name = '', value = ''] of [...defaults, ...Object.entries(given)]) {
    if (name === 'security.protocol' && value === 'PLAINTEXT') continue;
    const theirs = same.has(name) ? name : renamed[name];
    if (theirs === null) continue;
    if (theirs === undefined)
      throw new ExternalToolError(
        `exec:rdkafka has no ${name}; leave it out, or run rdkafka_performance by a command of your own: --driver 'exec:rdkafka_performance ...'`,
      );
    translated[theirs] = name === 'buffer.memory' ? String(Math.max(1, Math.round(Number(value) / 1024))) : value;
  }
  return translated;
};

const find = (): string => {
  const found = findProgram(programName);
  if (found !== null) return found;
  throw new ExternalToolError(
    `exec:rdkafka needs ${programName} on the PATH, and it is not there: distributions do not package it, and kcat is no substitute; build it from librdkafka's examples`,
  );
};

/** The usage text names the version. */
const versionOf = (file: string): string | null => {
  const { stdout, stderr } = spawnSync(file, [], { encoding: 'utf8', timeout: 5000 });
  return /librdkafka version (\S+)/.exec(`${stdout}${stderr}`)?.[1] ?? null;
};

const argumentsOf = (load: ToolLoad, file: string): readonly string[] => {
  const common = ['-t', load.topic, '-b', load.bootstrapServers, '-c', String(load.recordCount), '-X', `file=${file}`];
  if (load.kind === 'producer') {
    if (load.values.kind !== 'size')
      throw new ExternalToolError('exec:rdkafka sends values of one size: give --record-size');
    const rate = load.throughput === null ? [] : ['-r', String(Math.round(load.throughput))];
    return ['-P', ...common, '-s', String(load.values.bytes), ...rate];
  }
  if (load.kind === 'end-to-end') throw new ExternalToolError('exec:rdkafka has no end-to-end test in one process');
  if (load.groupId !== null) return ['-G', load.groupId, ...common];
  const partitions = Array.from({ length: load.partitionCount }, (_, index) => ['-p', String(index)]).flat();
  return ['-C', ...common, ...partitions, '-o', load.fromLatest ? 'end' : 'beginning'];
};

const notesOf = (load: ToolLoad): readonly string[] =>
  load.kind === 'producer'
    ? [
        'exec:rdkafka sends one value again and again, without copying it',
        'exec:rdkafka gives no latencies: its -l measures with a second process',
        ...(load.throughput === null ? [] : ['exec:rdkafka sleeps after each send, and so stays below the rate']),
      ]
    : [
        'exec:rdkafka begins its clock at the first record',
        ...(load.properties['check.crcs'] === undefined ? ['exec:rdkafka does not check CRCs by default'] : []),
      ];

/** `exec:rdkafka`: a producer, or a consumer with or without a group. */
export const rdkafkaTool: ExternalTool = {
  check() {
    find();
  },
  prepare(load: ToolLoad, { writeFile }: ToolSurroundings): ToolRun {
    const program = find();
    const kind = load.kind === 'consumer' ? 'consumer' : 'producer';
    const file = writeFile('rdkafka.properties', plainProperties(rdkafkaProperties(kind, load.properties)));
    const version = versionOf(program);
    return {
      program: { file: program, args: argumentsOf(load, file), environment: {} },
      version: version === null ? null : `librdkafka ${version}`,
      notes: notesOf(load),
      read: load.kind === 'producer' ? readRdkafkaProducer : readRdkafkaConsumer,
      recordsOf: () => null,
      endsItself: true,
    };
  },
};
