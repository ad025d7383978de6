/**
 * A load generator on franz-go: `franz-go-bench`, which `scripts/franz-go-bench` builds, or the `bench` of franz-go's `examples/` folder,
 * whose flags the former shares, but which neither ends by itself nor knows `acks`.
 */
import { spawnSync } from 'node:child_process';
import { basename } from 'node:path';
import { effectiveProperties } from './effective-properties.ts';
import {
  type ExternalTool,
  ExternalToolError,
  findProgram,
  type ToolLoad,
  type ToolProducerLoad,
  type ToolRun,
} from './external-tool.ts';
import { readFranz, recordsOfFranzLine } from './figures.ts';
import { readJsonFigures } from './json-figures.ts';

const ours = 'franz-go-bench';
/** `bench` is a name that many programs have. */
const programNames = [ours, 'bench'];

/** What it can be told of a producer's properties; all of Kafka's others are refused. */
const understood = new Set([
  ...['acks', 'linger.ms', 'batch.size', 'compression.type', 'enable.idempotence', 'client.id'],
  ...['max.in.flight.requests.per.connection', 'auto.offset.reset', 'group.id'],
  // Its own fetches are up to 5 MiB, and its sockets have the system's buffers.
  ...['max.partition.fetch.bytes', 'receive.buffer.bytes'],
]);

const find = (): string => {
  const found = programNames.map(findProgram).find((file) => file !== null);
  if (found !== undefined && found !== null) return found;
  throw new ExternalToolError(
    `exec:franz-go needs ${programNames.join(' or ')} on the PATH, and neither is there: in a checkout, scripts/franz-go-bench builds one; or build franz-go's examples/bench`,
  );
};

/** What our own program says; the one of the examples says nothing of its version. */
const versionOf = (file: string): string | null =>
  /^franz-go v\S+/.exec(spawnSync(file, ['-version'], { encoding: 'utf8', timeout: 5000 }).stdout)?.[0] ?? null;

const producerFlags = (load: ToolProducerLoad, isOurs: boolean): readonly string[] => {
  const effective = effectiveProperties('producer', load.properties);
  const isIdempotent = effective['enable.idempotence'] === 'true';
  if (load.values.kind !== 'size')
    throw new ExternalToolError('exec:franz-go sends values of one size: give --record-size');
  if (load.throughput !== null) throw new ExternalToolError('exec:franz-go has no rate: give --throughput -1');
  return [
    ...['-record-bytes', String(load.values.bytes), '-pool', '-compression', effective['compression.type'] ?? 'none'],
    ...['-linger', `${effective['linger.ms'] ?? 0}ms`, '-batch-max-bytes', effective['batch.size'] ?? '16384'],
    ...(isIdempotent
      ? []
      : ['-disable-idempotency', '-max-inflight', effective['max.in.flight.requests.per.connection'] ?? '5']),
    ...(isOurs && effective.acks === '1' ? ['-leader-ack'] : []),
  ];
};

/** `exec:franz-go`: a producer or a consumer that runs until there are enough records. */
export const franzTool: ExternalTool = {
  check() {
    find();
  },
  prepare(load: ToolLoad): ToolRun {
    if (load.kind === 'end-to-end') throw new ExternalToolError('exec:franz-go has no end-to-end test');
    const foreign = Object.keys(load.properties).find((name) => !understood.has(name));
    if (foreign !== undefined) throw new ExternalToolError(`exec:franz-go has no ${foreign}; leave it out`);
    const file = find();
    const isOurs = basename(file) === ours;
    const common = ['-brokers', load.bootstrapServers, '-topic', load.topic, '-pprof', ''];
    const own =
      load.kind === 'producer'
        ? producerFlags(load, isOurs)
        : ['-consume', ...(load.groupId === null ? [] : ['-group', load.groupId])];
    if (isOurs)
      return {
        program: { file, args: [...common, ...own, '-records', String(load.recordCount)], environment: {} },
        version: versionOf(file),
        notes: [
          load.kind === 'producer'
            ? 'exec:franz-go gives no latencies'
            : 'exec:franz-go begins its clock at the first records',
        ],
        read: readJsonFigures,
        recordsOf: recordsOfFranzLine,
        endsItself: true,
      };
    return {
      program: { file, args: [...common, ...own], environment: {} },
      version: null,
      notes: [
        'exec:franz-go never ends by itself: it was stopped when there were enough records, and may have done more',
        ...(load.kind === 'producer'
          ? ['exec:franz-go always sends with acks=all', 'exec:franz-go gives no latencies']
          : []),
      ],
      read: readFranz,
      recordsOf: recordsOfFranzLine,
      endsItself: false,
    };
  },
};
