/** No secret of a client reaches output, errors or run records. */
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { parseConsumerCommand } from '../../src/cli/consumer-plan.ts';
import { parseE2eCommand } from '../../src/cli/e2e-plan.ts';
import { readFlags } from '../../src/cli/flags.ts';
import { redactArgv } from '../../src/cli/plan-flags.ts';
import { parseProducerCommand } from '../../src/cli/producer-plan.ts';
import { runFlags } from '../../src/cli/run-flags.ts';
import { planRun } from '../../src/cli/run-plan.ts';
import { consumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { describeConfiguration, describeE2eConfiguration } from '../../src/harness/configuration.ts';
import { withoutSecrets } from '../../src/harness/run-workload/run-workload.ts';
import { listenerOf, securedBroker } from '../broker/security/support.ts';
import { type Ended, Place } from './spillway.ts';

const SECRET = 'MARKER-7f3a';
const place = new Place();
afterAll(() => place.remove());

const login = (password: string, module = 'plain.PlainLoginModule'): string =>
  `org.apache.kafka.common.security.${module} required username="alice" password="${password}";`;
const file = (name: string, text: string): string => {
  writeFileSync(place.path(name), text);
  return place.path(name);
};

/** All that a run has written: both streams, and every file of its results. */
const writtenBy = (ended: readonly Ended[], results: string): string => {
  let text = ended.map(({ stdout, stderr }) => stdout + stderr).join('');
  const folder = place.path(results);
  for (const entry of readdirSync(folder, { recursive: true, withFileTypes: true }))
    if (entry.isFile()) text += readFileSync(join(entry.parentPath, entry.name), 'latin1');
  return text;
};

const topic = ['--topic', 't', '--num-records', '10'];
const produce = ['producer-perf-test', ...topic, '--record-size', '10', '--throughput', '-1'];
const consume = ['consumer-perf-test', ...topic];
const e2e = ['e2e-latency', ...topic, '--producer-acks', 'all', '--record-size', '10'];

describe('a secret', () => {
  it('is in nothing that a run writes, whether the broker lets it in or not', { timeout: 60_000 }, async () => {
    const { broker } = await securedBroker(
      { listeners: 'SASL_PLAINTEXT://127.0.0.1:0' },
      { users: { alice: `${SECRET}-right` } },
    );
    const server = ['--bootstrap-server', `127.0.0.1:${listenerOf(broker, 'SASL_PLAINTEXT').port}`, '--json'];
    const results = ['--results-dir', place.path('results')];
    const security = 'security.protocol=SASL_PLAINTEXT\nsasl.mechanism=PLAIN\n';
    const right = file('right.properties', `${security}sasl.jaas.config=${login(`${SECRET}-right`)}\n`);
    const wrong = file('wrong.properties', `${security}sasl.jaas.config=${login(`${SECRET}-wrong`)}\n`);
    const asFlags = (password: string) => [
      '--command-property',
      'security.protocol=SASL_PLAINTEXT',
      'sasl.mechanism=PLAIN',
      `sasl.jaas.config=${login(password)}`,
    ];
    const first = await place.run(...produce, ...server, ...results, ...asFlags(`${SECRET}-right`));
    const others = await Promise.all([
      place.run(...consume, ...server, ...results, '--command-config', right),
      place.run(...produce, ...server, ...results, '--command-config', wrong),
      place.run(...e2e, ...server, ...results, ...asFlags(`${SECRET}-wrong`)),
      place.run('topics', '--list', ...server.slice(0, 2), '--command-config', wrong),
    ]);
    expect([first, ...others].map(({ status }) => status)).toEqual([0, 0, 1, 1, 1]);
    const written = writtenBy([first, ...others], 'results');
    expect(written).toContain('sasl.jaas.config=[hidden]');
    expect(written).toMatch(/refused the authentication/);
    expect(written).not.toContain(SECRET);
  });

  it.each([
    ['in a line without a key', `="${SECRET}"`],
    ['in a line of its own', `  "${SECRET}";`],
    ['in a word alone', SECRET],
    ['behind a bad escape', `ssl.key.password=${SECRET}\\u1`],
    ['in an entry that is cut off', `ssl.key.password=${SECRET}\\`],
    ['of a property that is not known', `ssl.key.pasword=${SECRET}`],
    [
      'without its semicolon',
      `security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=x.PlainLoginModule required password="${SECRET}"`,
    ],
    ['without a login module', `security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=${SECRET}`],
    [
      'with an option that is not known',
      `security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=x.PlainLoginModule required usr="${SECRET}" password="${SECRET}";`,
    ],
    [
      'with quotes that do not end',
      `security.protocol=SASL_SSL\nsasl.mechanism=PLAIN\nsasl.jaas.config=x.PlainLoginModule required username="a" password="${SECRET};`,
    ],
    [
      'for another mechanism',
      `security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=${login(SECRET)}`,
    ],
    [
      'in a key that is none',
      `security.protocol=SSL\nssl.keystore.certificate.chain=${SECRET}\nssl.keystore.key=${SECRET}`,
    ],
    ['in certificates that are none', `security.protocol=SSL\nssl.truststore.certificates=${SECRET}`],
    ['that is set twice', `ssl.key.password=${SECRET}\nssl.key.password=${SECRET}2`],
  ])('is not in the error about a file with one %s', (_, text) => {
    const path = file('bad.properties', text);
    for (const read of [
      () => parseProducerCommand([...produce.slice(1), '--command-config', path]),
      () => parseConsumerCommand([...consume.slice(1), '--command-config', path]),
      () => parseE2eCommand([...e2e.slice(1), '--command-config', path]),
    ]) {
      expect(read).toThrow(/bad\.properties/);
      expect(read).not.toThrow(SECRET);
    }
  });

  it.each([
    [[`sasl.jaas.config=x required a="1;b.c=${SECRET}"`]],
    [[`sasl.jaas.config=${login(`x,y.${SECRET}=z`)}`, 'security.protocol=SASL_SSL', 'sasl.mechanism=SCRAM-SHA-512']],
    [[`ssl.key.password=${SECRET}`, `ssl.key.password=${SECRET}`]],
    [[`ssl.key.pasword=${SECRET}`]],
  ])('is not in the error about the flags %j', (properties) => {
    const failures = [() => parseProducerCommand([...produce.slice(1), '--command-property', ...properties])].map(
      (read) => {
        try {
          return JSON.stringify(read().plan.argv);
        } catch (error) {
          return String(error);
        }
      },
    );
    expect(failures.join()).not.toContain(SECRET);
  });

  it.each([
    [[`ssl.key.password=${SECRET}`], /got (1 words: )?"ssl\.key\.password=\[hidden\]"/],
    [
      ['x', ...`sasl.jaas.config=${login(SECRET)}`.split(' '), SECRET, 'y'],
      /got (7 words: )?"x sasl\.jaas\.config=\[hidden\] \.\.\."/,
    ],
    [['--record-size=10', `ssl.key.password=${SECRET}`], /takes one value|expected/],
    [['--command-property', `ssl.key.password ${SECRET}`], /takes key=value; got "ssl\.key\.password\.\.\."/],
    [['--command-property', `ssl.key.password:${SECRET}`], /takes key=value; got "ssl\.key\.password\.\.\."/],
  ])('is not in the error about the words %j', (words, message) => {
    for (const read of [
      () => parseProducerCommand([...produce.slice(1), ...words]),
      () => parseE2eCommand([...e2e.slice(1), ...words]),
    ]) {
      expect(read).toThrow(message);
      expect(read).not.toThrow(SECRET);
    }
  });

  it('is left out of the command line that a record keeps, for every property that is a password', () => {
    const names = [...consumerProperties.values()].filter(({ type }) => type === 'password').map(({ name }) => name);
    expect(names).toContain('sasl.jaas.config');
    for (const name of names) {
      const setting = `${name}=${SECRET}`;
      for (const argv of [['--command-property', setting], [`--command-property=${setting}`]])
        expect(redactArgv(argv).join(' '), name).toMatch(/=\[hidden\]$/);
    }
  });

  it('is not to be an axis of a sweep, the values of which are shown', async () => {
    const axes = [
      `cross: { client.ssl.key.password: [${SECRET}, other] }`,
      `points: [{ client.sasl.oauthbearer.token.endpoint.url: 'http://h/?${SECRET}' }]`,
    ];
    for (const axis of axes) {
      const path = file('swept.yaml', `records: 1\nsweep:\n  ${axis}\n`);
      const failure = await planRun(readFlags('run', runFlags, [path], true)).catch((error: unknown) => String(error));
      expect(failure).toMatch(/client\S* cannot be an axis, as its value may hold a secret.*swept\.yaml/);
      expect(failure).not.toContain(SECRET);
    }
  });

  it('is left out of a URL in all that a record keeps of flags and of workloads', () => {
    const name = 'sasl.oauthbearer.token.endpoint.url';
    const url = `http://u:${SECRET}@127.0.0.1:1/t?token=${SECRET}2`;
    const given = ['--command-property', `${name}=${url}`];
    const plans = [
      parseProducerCommand([...produce.slice(1), ...given]).plan,
      parseConsumerCommand([...consume.slice(1), ...given]).plan,
    ];
    const { plan } = parseE2eCommand([...e2e.slice(1), ...given]);
    const kept = [
      ...plans.flatMap((each) => [each.argv, describeConfiguration(each, each.properties, null, null)]),
      ...[plan.argv, describeE2eConfiguration(plan, null, null, null)],
      ...[{ client: { [name]: url } }, { [`producer.${name}`]: [url] }].map((each) => withoutSecrets(each)),
    ].map((each) => JSON.stringify(each));
    for (const text of kept) {
      expect(text).toContain('http://[hidden]@127.0.0.1:1/t?[hidden]');
      expect(text).not.toContain(SECRET);
    }
  });
});
