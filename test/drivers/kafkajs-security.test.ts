import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { type Certificates, makeCertificates } from '../broker/security/certificates.ts';
import { listenerOf, securedBroker } from '../broker/security/support.ts';
import { openForTest, readAll, sendNumbered } from './kafkajs-support.ts';

const folder = mkdtempSync(join(tmpdir(), 'spillway-kafkajs-security-'));
let files: Certificates;
beforeAll(() => {
  files = makeCertificates(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const brokerWith = async () => {
  const { broker } = await securedBroker(
    { listeners: 'SASL_SSL://127.0.0.1:0', 'ssl.keystore.location': files.broker },
    { users: { alice: 'alice-secret' } },
  );
  return `127.0.0.1:${listenerOf(broker, 'SASL_SSL').port}`;
};
const security = (mechanism: string, module: string, password = 'alice-secret') => ({
  'security.protocol': 'SASL_SSL',
  'ssl.truststore.location': files.authority,
  'sasl.mechanism': mechanism,
  'sasl.jaas.config': `org.apache.kafka.common.security.${module} required username="alice" password="${password}";`,
});

test.each([
  ['PLAIN', 'plain.PlainLoginModule'],
  ['SCRAM-SHA-256', 'scram.ScramLoginModule'],
  ['SCRAM-SHA-512', 'scram.ScramLoginModule'],
])('kafkajs writes and reads over TLS with %s, by the properties of Kafka', async (mechanism, module) => {
  const address = await brokerWith();
  const properties = security(mechanism, module);
  const { driver, settled } = await openForTest(address, properties);
  sendNumbered(driver, 0, 50);
  await driver.flush();
  expect(settled.map(({ error }) => error)).toEqual(settled.map(() => null));
  expect((await readAll('kafkajs', address, 50, properties)).flat()).toHaveLength(50);
});

test('kafkajs is turned away with the reason, and without the password', async () => {
  const address = await brokerWith();
  const wrong = await openForTest(address, security('PLAIN', 'plain.PlainLoginModule', 'not-this')).catch(String);
  expect(wrong).toMatch(/authentication/i);
  expect(wrong).not.toContain('not-this');
  const { 'ssl.truststore.location': _, ...trustless } = security('PLAIN', 'plain.PlainLoginModule');
  expect(await openForTest(address, trustless).catch(String)).toMatch(/ssl\.truststore\.location/);
});
