/** Our commands against secured clusters, with the properties files of Java's clients: a real Kafka's and our own broker's listeners. */
import { rm, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { startRealKafka, stopRealKafka } from '../../scripts/kafka-cluster/cluster.mjs';
import { makeCertificates } from '../broker/security/certificates.ts';
import {
  lines,
  needs,
  parseConsumerLine,
  parseProducerLine,
  startBroker,
  startSpillway,
  temporaryDirectory,
} from './support.ts';

const RECORDS = 20_000;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
});

afterAll(async () => {
  await directory.remove();
});

/** Writes a topic and reads it back, each with the same properties file. */
async function writeAndRead(address: string, settings: string, topic: string, driver = 'native'): Promise<void> {
  const client = ['--command-config', settings, '--driver', driver];
  const where = ['--bootstrap-server', address, ...client, '--topic', topic, '--no-record'];
  const count = ['--num-records', String(RECORDS)];
  const load = ['--record-size', '100', '--throughput', '-1'];
  const written = await startSpillway(['producer-perf-test', ...where, ...count, ...load]).finished;
  expect(written.status, written.stderr).toBe(0);
  expect(parseProducerLine(written.stdout).records).toBe(RECORDS);
  const read = await startSpillway(['consumer-perf-test', ...where, ...count]).finished;
  expect(read.status, read.stderr).toBe(0);
  expect(parseConsumerLine(read.stdout).get('data.consumed.in.nMsg')).toBe(String(RECORDS));
}

/** A command that a cluster turns away: one line, the right status, no password. */
async function expectRefusal(address: string, settings: string, words: RegExp): Promise<void> {
  const flags = ['--topic', 't', '--num-records', '10', '--record-size', '10', '--throughput', '-1', '--no-record'];
  const tried = startSpillway([
    'producer-perf-test',
    '--bootstrap-server',
    address,
    '--command-config',
    settings,
    ...flags,
  ]);
  const { status, stdout, stderr } = await tried.finished;
  expect(status).toBe(1);
  expect(stdout).toBe('');
  expect(lines(stderr)).toHaveLength(1);
  expect(stderr).toMatch(words);
  expect(stderr).not.toContain('not-the-password');
}

test('producer and consumer run against a real Kafka with TLS and SCRAM, and are told why they are turned away', async (context) => {
  needs(context, 'java', 'mvn');
  const home = path.join(directory.path, 'kafka');
  try {
    const cluster = await startRealKafka({
      directory: home,
      isSecured: true,
      config: ['offsets.topic.num.partitions=1'],
    });
    const { SASL_SSL: address = '', SSL: encrypted = '' } = cluster.secured;
    const settings = cluster.clientSettings.SASL_SSL ?? '';
    await writeAndRead(address, settings, 'scram');
    await writeAndRead(encrypted, cluster.clientSettings.SSL ?? '', 'encrypted');
    await writeAndRead(address, settings, 'scram-kafkajs', 'kafkajs');

    const file = path.join(directory.path, 'wrong.properties');
    const login = (password: string) =>
      `sasl.mechanism=SCRAM-SHA-512\nsasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required username="alice" password="${password}";\n`;
    const trust = `ssl.truststore.location=${cluster.authority}\n`;
    await writeFile(file, `security.protocol=SASL_SSL\n${trust}${login('not-the-password')}`);
    await expectRefusal(address, file, /refused the authentication.*sasl\.jaas\.config/);
    await writeFile(file, `security.protocol=SASL_SSL\n${login('alice-secret')}`);
    await expectRefusal(address, file, /not trusted.*ssl\.truststore\.location/);
    await writeFile(
      file,
      `security.protocol=SASL_SSL\n${trust}${login('alice-secret')}`
        .replace('SCRAM-SHA-512', 'OAUTHBEARER')
        .replace(/sasl\.jaas\.config=.*/, 'sasl.oauthbearer.token.endpoint.url=file:///dev/null'),
    );
    await expectRefusal(address, file, /does not offer sasl\.mechanism=OAUTHBEARER; it offers/);
    await writeFile(file, `security.protocol=SASL_PLAINTEXT\n${login('alice-secret')}`);
    await expectRefusal(address, file, /security\.protocol/);
    await writeFile(file, `security.protocol=SSL\n${trust}`);
    await expectRefusal(cluster.bootstrap, file, /security\.protocol/);
    await writeFile(file, '');
    await expectRefusal(address, file, /security\.protocol/);
    await expectRefusal(cluster.secured.SASL_PLAINTEXT ?? '', file, /security\.protocol/);
  } finally {
    await stopRealKafka(home);
    await rm(home, { recursive: true, force: true });
  }
});

test('the same properties work with the listeners of our own broker', async () => {
  const files = makeCertificates(directory.path);
  const broker = await startBroker(path.join(directory.path, 'data'), {
    listen: 'SASL_SSL://127.0.0.1:0',
    args: ['--user', 'alice:alice-secret', '--config', `ssl.keystore.location=${files.broker}`],
  });
  try {
    const settings = path.join(directory.path, 'ours.properties');
    const login =
      'org.apache.kafka.common.security.scram.ScramLoginModule required \\\n  username="alice" password="alice-secret";';
    await writeFile(
      settings,
      `security.protocol=SASL_SSL\nsasl.mechanism=SCRAM-SHA-256\nsasl.jaas.config=${login}\nssl.truststore.location=${files.authority}\n`,
    );
    await writeAndRead(broker.address, settings, 'ours');
    await writeAndRead(broker.address, settings, 'ours-kafkajs', 'kafkajs');
  } finally {
    await broker.end();
  }
});
