import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { findCoordinator } from '../../../src/protocol/messages/find-coordinator.ts';
import { metadata } from '../../../src/protocol/messages/metadata.ts';
import { batchOf, makeTopic, produceTo, temporaryDirectory, Wire } from '../wire.ts';
import { type Certificates, makeCertificates } from './certificates.ts';
import { authenticatePlain, listenerOf, openTls, securedBroker } from './support.ts';

const folder = mkdtempSync(join(tmpdir(), 'spillway-tls-test-'));
let files: Certificates;

beforeAll(() => {
  files = makeCertificates(folder);
});

afterAll(() => rmSync(folder, { recursive: true, force: true }));

const allTopics = { topics: null, allowAutoTopicCreation: false };
const trusting = () => ({ ca: readFileSync(files.authority) });
const pair = (path: string) => ({ key: readFileSync(path), cert: readFileSync(path) });

describe('a TLS listener', () => {
  it('serves what a plain one does, large answers and requests included', async () => {
    const { broker } = await securedBroker({ listeners: 'SSL://127.0.0.1:0', 'ssl.keystore.location': files.broker });
    const wire = await openTls(broker.port, trusting());
    await makeTopic(wire, 'encrypted', { config: { 'max.message.bytes': '4000000' } });

    const answer = await produceTo(wire, 'encrypted', batchOf('x'.repeat(3_000_000)));

    expect(answer).toMatchObject({ errorCode: 0, baseOffset: 0 });
  });

  it('takes key and certificate as text on one line', async () => {
    const text = readFileSync(files.broker, 'utf8').trim().replaceAll('\n', ' ');
    const { broker } = await securedBroker({
      listeners: 'SSL://127.0.0.1:0',
      'ssl.keystore.type': 'PEM',
      'ssl.keystore.certificate.chain': text.slice(text.indexOf('-----BEGIN CERT')),
      'ssl.keystore.key': text.slice(0, text.indexOf('-----BEGIN CERT')),
    });
    const wire = await openTls(broker.port, trusting());

    expect((await wire.ask(metadata, 9, allTopics)).brokers).toHaveLength(1);
  });

  it('asks for certificates where it must, and sends those away that nobody vouches for', async () => {
    const { broker, lines } = await securedBroker({
      listeners: 'SSL://127.0.0.1:0',
      'ssl.keystore.location': files.broker,
      'ssl.truststore.location': files.authority,
      'ssl.client.auth': 'required',
    });
    const known = await openTls(broker.port, { ...trusting(), ...pair(files.client) });
    expect((await known.ask(metadata, 9, allTopics)).brokers).toHaveLength(1);

    // With TLS 1.3 a client learns only from the closed connection that its certificate was refused.
    for (const shown of [{}, pair(files.stranger)]) {
      const wire = await openTls(broker.port, { ...trusting(), ...shown });
      expect(await wire.frame()).toBeNull();
    }
    await expect.poll(() => lines.filter((line) => line.includes('TLS')).length).toBe(2);
  });

  it('lets clients leave their certificate out where it is only requested, but not show a wrong one', async () => {
    const { broker } = await securedBroker({
      listeners: 'SSL://127.0.0.1:0',
      'ssl.keystore.location': files.broker,
      'ssl.truststore.location': files.authority,
      'ssl.client.auth': 'requested',
    });
    const without = await openTls(broker.port, trusting());
    const wrong = await openTls(broker.port, { ...trusting(), ...pair(files.stranger) });

    expect((await without.ask(metadata, 9, allTopics)).brokers).toHaveLength(1);
    expect(await wrong.frame()).toBeNull();
  });

  it('survives clients that do not speak TLS', async () => {
    const { broker, lines } = await securedBroker({
      listeners: 'SSL://127.0.0.1:0',
      'ssl.keystore.location': files.broker,
    });
    const plain = await Wire.open(broker);
    plain.send(metadata, 9, allTopics);
    await plain.frame();
    const wire = await openTls(broker.port, trusting());

    expect((await wire.ask(metadata, 9, allTopics)).brokers).toHaveLength(1);
    expect(lines.find((line) => line.includes('TLS:'))).toMatch(/: TLS: what it sent is not TLS \([a-z ]+\)$/);
  });

  it('says why a handshake failed in one line, without where that was in OpenSSL', async () => {
    const { broker, lines } = await securedBroker({
      listeners: 'SSL://127.0.0.1:0',
      'ssl.keystore.location': files.broker,
      'ssl.truststore.location': files.authority,
      'ssl.client.auth': 'required',
    });
    const wire = await openTls(broker.port, trusting());
    await wire.frame();
    const refusals = lines.filter((line) => line.includes('TLS:'));
    expect(refusals).toHaveLength(1);
    expect(refusals[0]).toMatch(/: TLS: peer did not return a certificate$/);
  });
});

describe('a broker with several listeners', () => {
  it('tells each client the address of the listener it came by', async () => {
    const { broker } = await securedBroker(
      {
        listeners: 'PLAINTEXT://127.0.0.1:0,SASL_SSL://localhost:0,OUTSIDE://127.0.0.1:0',
        'advertised.listeners': 'OUTSIDE://broker.example:19092',
        'listener.security.protocol.map': 'OUTSIDE:PLAINTEXT',
        'listener.name.sasl_ssl.ssl.keystore.location': files.broker,
        'listener.name.sasl_ssl.plain.sasl.jaas.config':
          'org.apache.kafka.common.security.plain.PlainLoginModule required user_carol="carol secret";',
      },
      {},
    );
    const plain = await Wire.open(listenerOf(broker, 'PLAINTEXT'));
    const outside = await Wire.open(listenerOf(broker, 'OUTSIDE'));
    const { port } = listenerOf(broker, 'SASL_SSL');
    const secured = await openTls(port, { ...trusting(), host: 'localhost' });
    expect((await authenticatePlain(secured, 'carol', 'carol secret')).errorCode).toBe(0);
    const addressOf = async (wire: Wire) => (await wire.ask(metadata, 9, allTopics)).brokers[0];

    expect(await addressOf(plain)).toMatchObject({ host: '127.0.0.1', port: listenerOf(broker, 'PLAINTEXT').port });
    expect(await addressOf(outside)).toMatchObject({ host: 'broker.example', port: 19_092 });
    expect(await addressOf(secured)).toMatchObject({ host: 'localhost', port });
    const found = await secured.ask(findCoordinator, 4, { keyType: 1, coordinatorKeys: ['some-id'] });
    expect(found.coordinators[0]).toMatchObject({ host: 'localhost', port });
  });

  it('listens nowhere when one of the addresses is taken', async () => {
    const { broker } = await securedBroker({ listeners: 'PLAINTEXT://127.0.0.1:0' });
    const listeners = `SSL://127.0.0.1:0,PLAINTEXT://127.0.0.1:${broker.port}`;
    const dataDir = temporaryDirectory();

    await expect(securedBroker({ listeners, 'ssl.keystore.location': files.broker }, { dataDir })).rejects.toThrow(
      `127.0.0.1:${broker.port} is in use`,
    );
    // Nothing is held any more: the same directory can be used at once.
    await securedBroker({ listeners: 'PLAINTEXT://127.0.0.1:0' }, { dataDir });
  });
});
