/** Properties files that were made for Java's tools, and what is wrong with files. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConsumerCommand } from '../../src/cli/consumer-plan.ts';
import { parseE2eCommand } from '../../src/cli/e2e-plan.ts';
import { readFlags } from '../../src/cli/flags.ts';
import { parseProducerCommand } from '../../src/cli/producer-plan.ts';
import { adminFlags, readAdminTarget } from '../../src/cli/tools/connection-flags.ts';
import { readConsoleConsumerPlan } from '../../src/cli/tools/console-consumer-plan.ts';
import { readConsoleProducerPlan } from '../../src/cli/tools/console-producer-flags.ts';

const folder = mkdtempSync(join(tmpdir(), 'spillway-command-config-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const path = join(folder, 'client.properties');

const topic = ['--topic', 't', '--num-records', '1'];
const produce = [...topic, '--record-size', '1', '--throughput', '-1'];
const e2e = [...topic, '--record-size', '1', '--producer-acks', 'all'];
const server = ['--bootstrap-server', 'h:1'];

/** Each command that takes a file, and the lines that it warns with. */
const commands: readonly (readonly [name: string, read: (argv: readonly string[]) => readonly string[]])[] = [
  ['producer-perf-test', (argv) => parseProducerCommand([...produce, ...argv]).warnings],
  [
    'producer-perf-test with transactions',
    (argv) => parseProducerCommand([...produce, '--transaction-duration-ms', '100', ...argv]).warnings,
  ],
  ['consumer-perf-test', (argv) => parseConsumerCommand([...topic, ...argv]).warnings],
  ['e2e-latency', (argv) => parseE2eCommand([...e2e, ...argv]).warnings],
  [
    'console-producer',
    (argv) => warningsOf((warn) => readConsoleProducerPlan([...server, '--topic', 't', ...argv], warn)),
  ],
  [
    'console-consumer',
    (argv) => warningsOf((warn) => readConsoleConsumerPlan([...server, '--topic', 't', ...argv], warn)),
  ],
  [
    'topics',
    (argv) => warningsOf((warn) => readAdminTarget(readFlags('topics', adminFlags, [...server, ...argv]), warn)),
  ],
];

const warningsOf = (read: (warn: (line: string) => void) => unknown): readonly string[] => {
  const lines: string[] = [];
  read((line) => lines.push(line));
  return lines;
};

const withFile = (text: string): readonly string[] => {
  writeFileSync(path, text);
  return ['--command-config', path];
};

describe('a properties file made for Java', () => {
  it.each(commands)('works with %s, and what is for Java alone is named in one line', (_, read) => {
    const text = [
      'request.timeout.ms=5000',
      'send.buffer.bytes=131072',
      'metric.reporters=com.example.Reporter',
      'config.providers=file',
      'sasl.login.class=com.example.Login',
      'metrics.recording.level=DEBUG',
    ].join('\n');
    expect(read(withFile(text))).toEqual([
      `warning: these settings of ${path} configure Java's client only and are left out: send.buffer.bytes, metric.reporters, config.providers, sasl.login.class, metrics.recording.level`,
    ]);
    expect(read(withFile('client.id=me'))).toEqual([]);
  });

  it('keeps serializers that are ours too, and loses others', () => {
    const serializer = 'org.apache.kafka.common.serialization';
    const text = `key.serializer=${serializer}.ByteArraySerializer\nvalue.serializer=${serializer}.StringSerializer`;
    const { plan, warnings } = parseProducerCommand([...produce, ...withFile(text)]);
    expect(plan.properties).toMatchObject({ 'key.serializer': `${serializer}.ByteArraySerializer` });
    expect(plan.properties).not.toHaveProperty('value.serializer');
    expect(warnings).toEqual([expect.stringContaining('left out: value.serializer')]);
  });

  it.each([
    ['send.buffer.bytes=1', 'send.buffer.bytes is not supported: Node has no call for the size of the send buffer'],
    ['metric.reporters=x', "metric.reporters is not supported: it configures Kafka's Java client only; leave it out"],
    ['metrics.num.samples=2', "it is about the metrics that Java's client keeps; results have ours"],
    ['value.serializer=x.Y', 'value.serializer=x.Y is not supported yet'],
  ])('is not a flag: --command-property %s is refused', (setting, message) => {
    expect(() => parseProducerCommand([...produce, '--command-property', setting])).toThrow(message);
  });
});

describe('a properties file', () => {
  it.each([
    ['a=1\nlinger.ms', /^expected key=value; got "linger\.ms" without a value \(.*client\.properties:2\)$/],
    ['acks=1\n\nbatch.size=1\\', /^the file ends within this entry: .* \(.*client\.properties:3\)$/],
    ['acks=\\u00', /^expected four hexadecimal digits after \\u \(.*:1\)$/],
    ['# x\nlinger.msec=5', /"linger\.msec" is not a property of Kafka's producer; did you mean linger\.ms\? \(.*:2\)$/],
    ['acks=1\nacks=all', /^acks is set twice, at .*:1 and .*:2; keep one$/],
    ['acks=2', /^acks must be one of all, -1, 0, 1; got "2" \(.*:1\)$/],
    ['enable.metrics.push=true', /^enable\.metrics\.push=true is not supported: metrics are never sent to the cluster/],
  ])('%j is refused in one line, with the place', (text, message) => {
    const read = () => parseProducerCommand([...produce, ...withFile(text)]);
    expect(read).toThrow(message);
    expect(read).not.toThrow('\n');
  });

  it.each([
    ['group.protocol=consumer', 'group.protocol=consumer is not supported: members here speak the classic protocol'],
    ['client.dns.lookup=resolve_canonical_bootstrap_servers_only', 'serve Kerberos, which is not built; use use_all'],
  ])('%s is refused with the reason', (text, message) => {
    expect(() => parseConsumerCommand([...topic, ...withFile(text)])).toThrow(message);
  });
});

describe('enable.auto.commit=true', () => {
  const asked = ['--command-property', 'enable.auto.commit=true'];

  it('needs a group, which consumer-perf-test has unless it reads by partitions', () => {
    expect(parseConsumerCommand([...topic, ...asked]).plan.groupId).not.toBeNull();
    expect(() => parseConsumerCommand([...topic, '--assign', ...asked])).toThrow('enable.auto.commit=true needs group');
    const console = [...server, '--topic', 't', ...asked];
    expect(() => readConsoleConsumerPlan(console, () => undefined)).toThrow('enable.auto.commit=true needs group.id');
    expect(readConsoleConsumerPlan([...console, '--group', 'g'], () => undefined).groupId).toBe('g');
  });
});
