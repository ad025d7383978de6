import { chmodSync, mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { ToolLoad, ToolProducerLoad } from '../../../src/harness/exec/external-tool.ts';
import { hasUnifiedFlags } from '../../../src/harness/exec/java-tool.ts';
import { javaProperties } from '../../../src/harness/exec/properties-text.ts';
import { rdkafkaProperties } from '../../../src/harness/exec/rdkafka-tool.ts';
import { externalTool } from '../../../src/harness/exec/tools.ts';

let folder = '';
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-tools-'));
});
afterAll(() => {
  rmSync(folder, { recursive: true });
  vi.unstubAllEnvs();
});

const program = (path: string): void => {
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, '#!/bin/sh\n');
  chmodSync(path, 0o755);
};

/** A Kafka installation with nothing in its files. */
const kafka = (version: string): string => {
  const home = join(folder, `kafka-${version}`);
  for (const script of ['kafka-producer-perf-test.sh', 'kafka-consumer-perf-test.sh', 'kafka-e2e-latency.sh'])
    program(join(home, 'bin', script));
  mkdirSync(join(home, 'libs'));
  writeFileSync(join(home, 'libs', `kafka-clients-${version}.jar`), '');
  return home;
};

const target = { bootstrapServers: 'a:1,b:2', topic: 't', recordCount: 9, properties: { acks: '1' } };
const producer: ToolProducerLoad = {
  ...target,
  kind: 'producer',
  values: { kind: 'size', bytes: 100 },
  throughput: null,
};
const consumer: ToolLoad = {
  ...{ ...target, properties: { 'max.partition.fetch.bytes': '5' } },
  ...{ kind: 'consumer', groupId: 'g', partitionCount: 2, fromLatest: false, timeoutMs: 7 },
};

const argsOf = (name: string, load: ToolLoad, kafkaHome: string | null = null): string => {
  const written = new Map<string, string>();
  const { program: found } = externalTool(name).prepare(load, {
    kafkaHome,
    writeFile(file, text) {
      written.set(file, text);
      return file;
    },
  });
  return found.args.join(' ');
};

describe('exec:java', () => {
  test('has the flags of its version', () => {
    const [older, newer] = [kafka('4.1.0'), kafka('4.2.0')];
    const common = '--topic t --num-records 9 --throughput -1 --record-size 100';
    expect(argsOf('java', producer, older)).toBe(
      `${common} --producer.config client.properties --producer-props bootstrap.servers=a:1,b:2`,
    );
    expect(argsOf('java', producer, newer)).toBe(
      `${common} --bootstrap-server a:1,b:2 --command-config client.properties`,
    );
    const read = '--bootstrap-server a:1,b:2 --topic t --timeout 7';
    expect(argsOf('java', consumer, older)).toBe(
      `${read} --messages 9 --consumer.config client.properties --group g --fetch-size 5`,
    );
    expect(argsOf('java', consumer, newer)).toBe(
      `${read} --num-records 9 --command-config client.properties --group g --fetch-size 5`,
    );
    const endToEnd: ToolLoad = { ...target, kind: 'end-to-end', acks: 'all', valueBytes: 5 };
    expect(argsOf('java', endToEnd, older)).toBe('a:1,b:2 t 9 all 5 client.properties');
    expect(argsOf('java', endToEnd, newer)).toContain('--producer-acks all --record-size 5');
    expect(['3.9.1', '4.1.2', '4.2.0', '4.10.0', '5.0.0'].map(hasUnifiedFlags)).toEqual([
      ...[false, false, true, true, true],
    ]);
  });

  test('says where Kafka has to be', () => {
    expect(() => externalTool('java').check(null)).toThrow('--kafka-home DIR or KAFKA_HOME');
    expect(() => externalTool('java').check(folder)).toThrow(`no Kafka is in ${folder}`);
  });
});

describe('exec:rdkafka', () => {
  test("gets Kafka's defaults where the tool has others, and librdkafka's names", () => {
    expect(
      rdkafkaProperties('producer', { acks: '1', 'max.request.size': '2000000', 'buffer.memory': '1048576' }),
    ).toEqual({
      acks: '1',
      'linger.ms': '5',
      'batch.size': '16384',
      'enable.idempotence': 'false',
      'max.in.flight.requests.per.connection': '5',
      'message.max.bytes': '2000000',
      'queue.buffering.max.kbytes': '1024',
    });
    expect(rdkafkaProperties('consumer', { 'fetch.max.wait.ms': '9', 'group.id': 'g' })).toEqual({
      'fetch.wait.max.ms': '9',
    });
    expect(() => rdkafkaProperties('producer', { 'partitioner.ignore.keys': 'true' })).toThrow(
      'exec:rdkafka has no partitioner.ignore.keys',
    );
  });

  test('reads partitions without a group, and says what is missing', () => {
    const bin = join(folder, 'bin');
    program(join(bin, 'rdkafka_performance'));
    vi.stubEnv('PATH', bin);
    expect(argsOf('rdkafka', { ...consumer, groupId: null })).toBe(
      '-C -t t -b a:1,b:2 -c 9 -X file=rdkafka.properties -p 0 -p 1 -o beginning',
    );
    expect(argsOf('rdkafka', consumer)).toBe('-G g -t t -b a:1,b:2 -c 9 -X file=rdkafka.properties');
    vi.stubEnv('PATH', folder);
    expect(() => externalTool('rdkafka').check(null)).toThrow('needs rdkafka_performance on the PATH');
    expect(() => externalTool('franz-go').check(null)).toThrow('needs franz-go-bench or bench on the PATH');
    vi.unstubAllEnvs();
  });
});

describe('exec:franz-go', () => {
  test('is told what it can be told', () => {
    program(join(folder, 'bin', 'franz-go-bench'));
    vi.stubEnv('PATH', join(folder, 'bin'));
    const flags =
      '-brokers a:1,b:2 -topic t -pprof  -record-bytes 100 -pool -compression none -linger 5ms -batch-max-bytes 16384 -disable-idempotency -max-inflight 5';
    expect(argsOf('franz-go', producer)).toBe(`${flags} -leader-ack -records 9`);
    expect(argsOf('franz-go', consumer)).toBe('-brokers a:1,b:2 -topic t -pprof  -consume -group g -records 9');
    renameSync(join(folder, 'bin', 'franz-go-bench'), join(folder, 'bin', 'bench'));
    expect(argsOf('franz-go', producer)).toBe(flags);
    expect(() => argsOf('franz-go', { ...producer, properties: { retries: '1' } })).toThrow('has no retries');
    expect(() => argsOf('franz-go', { ...producer, throughput: 5 })).toThrow('has no rate');
    vi.unstubAllEnvs();
  });
});

describe('exec:COMMAND', () => {
  test('is filled in with what the test is, and with client properties', () => {
    expect(
      argsOf('sh -c {bootstrap} {topic} {records} {size} {throughput} {acks} {linger.ms} {config}', producer),
    ).toBe('-c a:1,b:2 t 9 100 -1 1 5 client.properties');
    expect(argsOf('sh {group}', consumer)).toBe('g');
  });

  test('is refused for a program that is not there, and for a place that is not known', () => {
    expect(() => externalTool('jvaa').check(null)).toThrow('there is no program jvaa; did you mean exec:java?');
    expect(() => externalTool('no-such-program -x').check(null)).toThrow('tools by name are java, rdkafka, franz-go');
    expect(() => argsOf('sh {nothing}', producer)).toThrow(
      'exec:sh {nothing} cannot be run: {nothing} is not filled in; known are {bootstrap}, {topic}',
    );
    expect(() => argsOf('sh {batch.sise}', producer)).toThrow('is not filled in; did you mean {batch.size}?');
    expect(() => argsOf('sh {record}', producer)).toThrow('did you mean {records}?');
    expect(() => argsOf('sh {client.rack}', consumer)).not.toThrow();
    expect(() => argsOf('sh {transactional.id}', producer)).toThrow('--command-property transactional.id=VALUE');
    expect(argsOf('sh {bootstrap.servers}', producer)).toBe('a:1,b:2');
  });

  test('gets no secret on its command line, but the file that has it', () => {
    const url = 'sasl.oauthbearer.token.endpoint.url';
    const given = (value: string) => ({
      ...producer,
      properties: { 'sasl.jaas.config': 'MARKER', [url]: value },
    });
    for (const name of ['sasl.jaas.config', 'ssl.key.password', url]) {
      const ask = () => argsOf(`sh {${name}}`, given('http://u:MARKER@h/t'));
      expect(ask).toThrow(`{${name}} is not filled in; everybody on the machine can read a command line`);
      expect(ask).toThrow('use {config}');
      expect(ask).not.toThrow('MARKER');
    }
    expect(argsOf(`sh {${url}} {config}`, given('http://h/t'))).toBe('http://h/t client.properties');
  });

  test('is told from a directory and from a file that is no program', () => {
    const file = join(folder, 'text');
    writeFileSync(file, '');
    expect(() => externalTool(file).check(null)).toThrow(`${file} is not executable for you; chmod +x makes it so`);
    expect(() => externalTool(`${folder}/ -x`).check(null)).toThrow(`${folder}/ is a directory; give a program in it`);
    expect(() => externalTool(`${file}-not`).check(null)).toThrow(`there is no program ${file}-not`);
  });
});

test('properties are escaped as java.util.Properties reads them', () => {
  expect(javaProperties({ 'a b': ' x\\y', c: 'ü=1\n#' })).toBe('a\\ b=\\ x\\\\y\nc=\\u00fc=1\\n#\n');
});
