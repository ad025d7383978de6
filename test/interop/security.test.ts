/** Clients that authenticate and encrypt, against a broker that enforces ACLs. */

import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { type AddressInfo, createServer } from 'node:net';
import path from 'node:path';
import { Admin, Producer, stringSerializers } from '@platformatic/kafka';
import { Kafka, type KafkaConfig, logLevel } from 'kafkajs';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Certificates, makeCertificates } from '../broker/security/certificates.ts';
import { kafkaJava } from './kafka-java.ts';
import { runCoreTool } from './real-kafka.ts';
import {
  type BrokerProcess,
  lines,
  needs,
  parseProducerLine,
  run,
  runKafkaTool,
  start,
  startBroker,
  temporaryDirectory,
} from './support.ts';

const PASSWORDS = { admin: 'admin-secret', dora: 'dora-secret' } as const;
const ADMIN = { username: 'admin', password: PASSWORDS.admin };
const MECHANISMS = ['plain', 'scram-sha-256', 'scram-sha-512'] as const;

let directory: Awaited<ReturnType<typeof temporaryDirectory>>;
let broker: BrokerProcess;
let files: Certificates;
/** Addresses by listener. */
let at: Readonly<Record<'SASL_SSL' | 'SASL_PLAINTEXT' | 'SSL', string>>;

beforeAll(async () => {
  directory = await temporaryDirectory();
  files = makeCertificates(directory.path);
  const [one, two, three] = await freePorts(3);
  at = { SASL_SSL: `127.0.0.1:${one}`, SASL_PLAINTEXT: `127.0.0.1:${two}`, SSL: `127.0.0.1:${three}` };
  broker = await startBroker(path.join(directory.path, 'data'), {
    listen: `SASL_SSL://${at.SASL_SSL}`,
    args: [
      ...['--listen', `SASL_PLAINTEXT://${at.SASL_PLAINTEXT}`, `SSL://${at.SSL}`],
      ...Object.entries(PASSWORDS).flatMap(([name, password]) => ['--user', `${name}:${password}`]),
      ...['--acls', '--config', 'super.users=User:admin;User:CN=client,OU=tests,O=Example'],
      ...['--config', `ssl.keystore.location=${files.broker}`, `ssl.truststore.location=${files.authority}`],
      ...['--config', 'listener.name.ssl.ssl.client.auth=required', 'group.initial.rebalance.delay.ms=0'],
    ],
  });
});

afterAll(async () => {
  await broker?.end();
  await directory?.remove();
});

/** Ports that were free a moment ago: each listener has to be told to clients that know only its address. */
async function freePorts(count: number): Promise<number[]> {
  const servers = Array.from({ length: count }, () => createServer().listen(0, '127.0.0.1'));
  await Promise.all(servers.map((server) => once(server, 'listening')));
  const ports = servers.map((server) => (server.address() as AddressInfo).port);
  await Promise.all(servers.map((server) => once(server.close(), 'close')));
  return ports;
}

const ca = () => readFileSync(files.authority, 'utf8');
const kafkajs = (config: Omit<KafkaConfig, 'clientId' | 'logLevel'>): Kafka =>
  new Kafka({ clientId: 'interop', logLevel: logLevel.NOTHING, retry: { retries: 2 }, ...config });

/** Makes a topic, writes to it, and reads it back as a member of a group. */
async function roundTrip(kafka: Kafka, topic: string): Promise<string[]> {
  const admin = kafka.admin();
  const producer = kafka.producer();
  const consumer = kafka.consumer({ groupId: `${topic}-group`, maxWaitTimeInMs: 200 });
  const values = ['one', 'two', 'three'];
  const read: string[] = [];
  try {
    await admin.connect();
    await admin.createTopics({ topics: [{ topic, numPartitions: 1 }] });
    await producer.connect();
    await producer.send({ topic, messages: values.map((value) => ({ value })) });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      eachMessage: async ({ message }) => {
        read.push(String(message.value));
      },
    });
    await expect.poll(() => read.length, { timeout: 30_000 }).toBe(values.length);
  } finally {
    await Promise.all([admin.disconnect(), producer.disconnect(), consumer.disconnect()]);
  }
  return read;
}

test('kafkajs writes and reads over TLS, known by its certificate', async () => {
  const pem = readFileSync(files.client, 'utf8');
  const kafka = kafkajs({ brokers: [at.SSL], ssl: { ca: [ca()], key: pem, cert: pem } });

  expect(await roundTrip(kafka, 'tls')).toEqual(['one', 'two', 'three']);
});

for (const mechanism of MECHANISMS) {
  test(`kafkajs writes and reads with ${mechanism}`, async () => {
    const plain = kafkajs({ brokers: [at.SASL_PLAINTEXT], sasl: { mechanism: mechanism as 'plain', ...ADMIN } });
    const encrypted = kafkajs({
      brokers: [at.SASL_SSL],
      ssl: { ca: [ca()] },
      sasl: { mechanism: mechanism as 'plain', ...ADMIN },
    });

    expect(await roundTrip(plain, `sasl-${mechanism}`)).toHaveLength(3);
    expect(await roundTrip(encrypted, `sasl-ssl-${mechanism}`)).toHaveLength(3);
  });

  test(`kafkajs is told that its password for ${mechanism} is wrong`, async () => {
    const sasl = { mechanism: mechanism as 'plain', username: 'admin', password: 'wrong' };
    const admin = kafkajs({ brokers: [at.SASL_PLAINTEXT], sasl, retry: { retries: 0 } }).admin();

    await expect(admin.connect()).rejects.toThrow(/authentication failed/i);
    await admin.disconnect();
  });
}

for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const) {
  test(`@platformatic/kafka writes with ${mechanism} over TLS`, async () => {
    const base = {
      clientId: 'interop',
      bootstrapBrokers: [at.SASL_SSL],
      tls: { ca: ca() },
      sasl: { mechanism, ...ADMIN },
    };
    const topic = `platformatic-${mechanism}`;
    const admin = new Admin(base);
    await admin.createTopics({ topics: [topic], partitions: 1, replicas: 1 });
    await admin.close();
    const producer = new Producer({ ...base, serializers: stringSerializers });

    const { offsets } = await producer.send({ messages: [{ topic, value: 'one' }] });

    expect(offsets?.map(({ offset }) => offset)).toEqual([0n]);
    await producer.close();
  });
}

const kcatFlags = (mechanism: string, user: string, password: string): string[] =>
  Object.entries({
    'security.protocol': 'SASL_SSL',
    'ssl.ca.location': files.authority,
    'sasl.mechanism': mechanism,
    'sasl.username': user,
    'sasl.password': password,
  }).flatMap(([name, value]) => ['-X', `${name}=${value}`]);

for (const mechanism of ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512']) {
  test(`kcat writes and reads with ${mechanism} over TLS`, async (context) => {
    needs(context, 'kcat');
    const flags = ['-b', at.SASL_SSL, '-t', `kcat-${mechanism}`, ...kcatFlags(mechanism, 'admin', PASSWORDS.admin)];
    await run('kcat', ['-P', ...flags], 'one\ntwo');
    const { stdout } = await run('kcat', ['-C', ...flags, '-e', '-q']);

    expect(lines(stdout)).toEqual(['one', 'two']);
  });
}

test('kcat is refused what no ACL allows', async (context) => {
  needs(context, 'kcat');
  const flags = ['-b', at.SASL_SSL, ...kcatFlags('SCRAM-SHA-256', 'dora', PASSWORDS.dora)];
  const { status, stdout, stderr } = await start('kcat', ['-P', '-t', 'forbidden', ...flags], 'one').finished;

  expect(status).not.toBe(0);
  expect(`${stdout}${stderr}`).toMatch(/authorization/i);
});

/** Writes a properties file for Kafka's tools. */
async function javaProperties(user: string, password: string, mechanism: string): Promise<string> {
  const module =
    mechanism === 'PLAIN'
      ? 'org.apache.kafka.common.security.plain.PlainLoginModule'
      : 'org.apache.kafka.common.security.scram.ScramLoginModule';
  const file = path.join(directory.path, `${user}-${mechanism}.properties`);
  await writeFile(
    file,
    `${[
      'security.protocol=SASL_SSL',
      `sasl.mechanism=${mechanism}`,
      `sasl.jaas.config=${module} required username="${user}" password="${password}";`,
      'ssl.truststore.type=PEM',
      `ssl.truststore.location=${files.authority}`,
    ].join('\n')}\n`,
  );
  return file;
}

test("Kafka's own tools make a user, give it rights, and take them away", async (context) => {
  needs(context, 'java', 'mvn');
  const admin = await javaProperties('admin', PASSWORDS.admin, 'PLAIN');
  const carol = await javaProperties('carol', 'carol-secret', 'SCRAM-SHA-256');
  const where = ['--bootstrap-server', at.SASL_SSL, '--command-config', admin];
  const configs = async (...args: string[]) =>
    (await runCoreTool('kafka.admin.ConfigCommand', [...where, ...args])).stdout;
  const acls = async (...args: string[]) =>
    (await runKafkaTool('org.apache.kafka.tools.AclCommand', [...where, ...args])).stdout;
  const ofCarol = ['--entity-type', 'users', '--entity-name', 'carol'];
  const produce = (recordCount: number) =>
    start('java', [
      ...kafkaJava(),
      'org.apache.kafka.tools.ProducerPerformance',
      ...['--topic', 'carols', '--num-records', String(recordCount), '--record-size', '100', '--throughput', '-1'],
      ...['--producer.config', carol, '--producer-props', `bootstrap.servers=${at.SASL_SSL}`],
    ]).finished;
  const rights = ['--allow-principal', 'User:carol', '--producer', '--topic', 'carols'];

  await configs('--alter', ...ofCarol, '--add-config', 'SCRAM-SHA-256=[iterations=8192,password=carol-secret]');
  expect(await configs('--describe', ...ofCarol)).toContain('SCRAM-SHA-256=iterations=8192');
  await acls('--add', ...rights);
  const listed = await acls('--list', '--topic', 'carols');
  expect(listed).toContain('principal=User:carol, host=*, operation=WRITE, permissionType=ALLOW');
  expect(parseProducerLine((await produce(1000)).stdout).records).toBe(1000);
  await acls('--remove', '--force', ...rights);
  expect(await acls('--list', '--topic', 'carols')).not.toContain('User:carol');
  const refused = await produce(1);
  expect(`${refused.stdout}${refused.stderr}`).toContain('AuthorizationException');
  await configs('--alter', ...ofCarol, '--delete-config', 'SCRAM-SHA-256');
  const unknown = await produce(1);
  expect(`${unknown.stdout}${unknown.stderr}`).toContain('SaslAuthenticationException');
});

test("Kafka's ConfigCommand sets quotas that hold producers back", async (context) => {
  needs(context, 'java', 'mvn');
  const admin = await javaProperties('admin', PASSWORDS.admin, 'SCRAM-SHA-512');
  const where = ['--bootstrap-server', at.SASL_SSL, '--command-config', admin];
  const ofClient = ['--entity-type', 'clients', '--entity-name', 'limited'];
  const configs = async (...args: string[]) =>
    (await runCoreTool('kafka.admin.ConfigCommand', [...where, ...args])).stdout;

  await configs('--alter', ...ofClient, '--add-config', 'producer_byte_rate=20000');
  expect(await configs('--describe', ...ofClient)).toContain('producer_byte_rate=20000.0');
  const { stdout } = await runKafkaTool('org.apache.kafka.tools.ProducerPerformance', [
    ...['--topic', 'limited', '--num-records', '2500', '--record-size', '100', '--throughput', '-1', '--print-metrics'],
    ...['--producer.config', admin],
    ...['--producer-props', `bootstrap.servers=${at.SASL_SSL}`, 'client.id=limited'],
  ]);
  const throttled = /produce-throttle-time-max\b[^\n]*: ([\d.]+)/.exec(stdout);

  expect(Number(throttled?.[1])).toBeGreaterThan(0);
  await configs('--alter', ...ofClient, '--delete-config', 'producer_byte_rate');
});
