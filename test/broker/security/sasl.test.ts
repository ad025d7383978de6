import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';
import { once } from 'node:events';
import { connect } from 'node:net';
import { describe, expect, it } from 'vitest';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { encodeRequestFrame } from '../../../src/protocol/headers.ts';
import { apiVersions } from '../../../src/protocol/messages/api-versions.ts';
import { metadata } from '../../../src/protocol/messages/metadata.ts';
import { saslAuthenticate } from '../../../src/protocol/messages/sasl-authenticate.ts';
import { saslHandshake } from '../../../src/protocol/messages/sasl-handshake.ts';
import { batchOf, brokerForTest, makeTopic, produceTo, Wire } from '../wire.ts';
import { authenticatePlain, securedBroker } from './support.ts';

const users = { alice: 'alice-secret', bob: 'bob:secret' };
const start = (config: Record<string, string> = {}) =>
  securedBroker({ listeners: 'SASL_PLAINTEXT://127.0.0.1:0', ...config }, { users });
const allTopics = { topics: null, allowAutoTopicCreation: false };

/** The client's side of SCRAM up to the last answer. */
const scram = async (wire: Wire, mechanism: 'SCRAM-SHA-256' | 'SCRAM-SHA-512', user: string, password: string) => {
  const [hash, sizeBytes] = mechanism === 'SCRAM-SHA-256' ? ['sha256', 32] : ['sha512', 64];
  const hmac = (key: Buffer, text: string) => createHmac(hash, key).update(text).digest();
  await wire.ask(saslHandshake, 1, { mechanism });
  const bare = `n=${user},r=clientnonce`;
  const first = await wire.ask(saslAuthenticate, 1, { authBytes: Buffer.from(`n,,${bare}`) });
  const serverFirst = Buffer.from(first.authBytes).toString();
  const [, nonce = '', salt = '', iterations = ''] = /^r=([^,]+),s=([^,]+),i=(\d+)$/.exec(serverFirst) ?? [];
  const salted = pbkdf2Sync(password, Buffer.from(salt, 'base64'), Number(iterations), sizeBytes, hash);
  const clientKey = hmac(salted, 'Client Key');
  const withoutProof = `c=biws,r=${nonce}`;
  const covered = `${bare},${serverFirst},${withoutProof}`;
  const signature = hmac(createHash(hash).update(clientKey).digest(), covered);
  const proof = Buffer.from(clientKey.map((byte, index) => byte ^ (signature[index] ?? 0))).toString('base64');
  const last = await wire.ask(saslAuthenticate, 1, { authBytes: Buffer.from(`${withoutProof},p=${proof}`) });
  const verifier = `v=${hmac(hmac(salted, 'Server Key'), covered).toString('base64')}`;
  return { ...last, isServerRight: Buffer.from(last.authBytes).toString() === verifier };
};

describe('a SASL listener', () => {
  it('serves a client once it has authenticated with PLAIN', async () => {
    const { broker } = await start();
    const wire = await Wire.open(broker);
    await wire.ask(apiVersions, 3, { clientSoftwareName: 'test', clientSoftwareVersion: '1' });

    expect(await wire.ask(saslHandshake, 1, { mechanism: 'PLAIN' })).toEqual({
      errorCode: 0,
      mechanisms: ['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'],
    });
    const answer = await wire.ask(saslAuthenticate, 2, { authBytes: Buffer.from('\0bob\0bob:secret') });

    expect(answer).toMatchObject({ errorCode: 0, errorMessage: null, sessionLifetimeMs: 0 });
    expect((await wire.ask(metadata, 9, allTopics)).brokers).toHaveLength(1);
  });

  it.each([
    'SCRAM-SHA-256',
    'SCRAM-SHA-512',
  ] as const)('proves itself and lets a client in with %s', async (mechanism) => {
    const { broker } = await start();
    const wire = await Wire.open(broker);

    expect(await scram(wire, mechanism, 'alice', 'alice-secret')).toMatchObject({ errorCode: 0, isServerRight: true });
    expect((await wire.ask(metadata, 9, allTopics)).brokers).toHaveLength(1);
  });

  it('answers a wrong password and an unknown user with the same sentence, and closes', async () => {
    const { broker, lines } = await start();
    const sentences = [];
    for (const user of ['alice', 'nobody']) {
      const wire = await Wire.open(broker);
      const answer = await authenticatePlain(wire, user, 'wrong-password');
      expect(answer.errorCode).toBe(ErrorCode.SASL_AUTHENTICATION_FAILED);
      sentences.push(answer.errorMessage);
      expect(await wire.frame()).toBeNull();
    }

    expect(sentences[0]).toBe(sentences[1]);
    expect(lines.join('\n')).toContain('wrong user name or password');
    expect(lines.join('\n')).not.toMatch(/wrong-password|alice-secret/);
  });

  it.each(['alice', 'nobody'])('sends SCRAM clients with a wrong password away after the proof (%s)', async (user) => {
    const { broker } = await start();
    const wire = await Wire.open(broker);

    const answer = await scram(wire, 'SCRAM-SHA-256', user, 'wrong');

    expect(answer).toMatchObject({ errorCode: ErrorCode.SASL_AUTHENTICATION_FAILED, isServerRight: false });
    expect(await wire.frame()).toBeNull();
  });

  it('closes on a request before authentication', async () => {
    const { broker, lines } = await start();
    const wire = await Wire.open(broker);
    wire.send(metadata, 9, allTopics);

    expect(await wire.frame()).toBeNull();
    expect(lines.join('\n')).toContain('before authentication (ILLEGAL_SASL_STATE)');
  });

  it.each([
    'PLAIN',
    'SCRAM-SHA-256',
  ])('answers %s messages that are none with a failure, and stays up', async (mechanism) => {
    const { broker } = await start();
    const odd = [
      '',
      '\0',
      '\0\0\0\0',
      'n,,',
      'n,,n==,r=x',
      'n,,n=a,r=',
      'p=tls-unique,,n=a,r=x',
      'c=biws,r=x,p=',
      '\xff'.repeat(70_000),
    ];
    for (const message of odd) {
      const wire = await Wire.open(broker);
      await wire.ask(saslHandshake, 1, { mechanism });
      const { errorCode } = await wire.ask(saslAuthenticate, 2, { authBytes: Buffer.from(message, 'latin1') });
      expect(errorCode).toBe(ErrorCode.SASL_AUTHENTICATION_FAILED);
      expect(await wire.frame()).toBeNull();
    }
    expect((await authenticatePlain(await Wire.open(broker), 'alice', 'alice-secret')).errorCode).toBe(0);
  });

  it('takes no large frame before authentication, and does after it', async () => {
    const { broker } = await start();
    const early = await Wire.open(broker);
    early.socket.write(Buffer.from([0, 16, 0, 0]));
    expect(await early.frame()).toBeNull();

    const wire = await Wire.open(broker);
    await authenticatePlain(wire, 'alice', 'alice-secret');
    await makeTopic(wire, 'large', { config: { 'max.message.bytes': '2000000' } });
    expect((await produceTo(wire, 'large', batchOf('x'.repeat(1_500_000)))).errorCode).toBe(0);
  });

  it('closes on another request in the middle of authentication', async () => {
    const { broker } = await start();
    const wire = await Wire.open(broker);
    await wire.ask(saslHandshake, 1, { mechanism: 'SCRAM-SHA-256' });
    wire.send(metadata, 9, allTopics);

    expect(await wire.frame()).toBeNull();
  });

  it('names its mechanisms to one who asks for another, and closes', async () => {
    const { broker } = await start({ 'sasl.enabled.mechanisms': 'SCRAM-SHA-512' });
    const wire = await Wire.open(broker);

    expect(await wire.ask(saslHandshake, 1, { mechanism: 'PLAIN' })).toEqual({
      errorCode: ErrorCode.UNSUPPORTED_SASL_MECHANISM,
      mechanisms: ['SCRAM-SHA-512'],
    });
    expect(await wire.frame()).toBeNull();
  });

  it('takes bare messages after a handshake of version 0', async () => {
    const { broker } = await start();
    const wire = await Wire.open(broker);
    await wire.ask(saslHandshake, 0, { mechanism: 'PLAIN' });
    const message = Buffer.from('\0alice\0alice-secret');
    const size = Buffer.alloc(4);
    size.writeInt32BE(message.length);
    wire.socket.write(Buffer.concat([size, message]));

    expect(await wire.frame()).toEqual(Buffer.alloc(0));
    expect((await wire.ask(metadata, 9, allTopics)).brokers).toHaveLength(1);
  });

  it('serves requests that were sent behind the last message without waiting', async () => {
    const { broker } = await start();
    const socket = connect(broker.port, broker.host);
    await once(socket, 'connect');
    const wire = Wire.on(socket);
    socket.write(
      Buffer.concat([
        encodeRequestFrame(saslHandshake, 1, 1, 'test', { mechanism: 'PLAIN' }),
        encodeRequestFrame(saslAuthenticate, 2, 2, 'test', { authBytes: Buffer.from('\0alice\0alice-secret') }),
        encodeRequestFrame(metadata, 9, 3, 'test', allTopics),
      ]),
    );
    await wire.receive(saslHandshake, 1, 1);
    await wire.receive(saslAuthenticate, 2, 2);

    expect((await wire.receive(metadata, 9, 3)).brokers).toHaveLength(1);
    socket.destroy();
  });

  it('lets a session authenticate again as the same user, and ends it when another one does', async () => {
    const { broker } = await start({ 'connections.max.reauth.ms': '60000' });
    const wire = await Wire.open(broker);
    const first = await authenticatePlain(wire, 'alice', 'alice-secret');
    const again = await authenticatePlain(wire, 'alice', 'alice-secret');
    const other = await authenticatePlain(wire, 'bob', 'bob:secret');

    expect([first.sessionLifetimeMs, again.sessionLifetimeMs]).toEqual([60_000, 60_000]);
    expect(other.errorCode).toBe(ErrorCode.SASL_AUTHENTICATION_FAILED);
    expect(await wire.frame()).toBeNull();
  });

  it('closes a session that is over, and not before', async () => {
    const { broker } = await start({ 'connections.max.reauth.ms': '1' });
    const wire = await Wire.open(broker);
    await authenticatePlain(wire, 'alice', 'alice-secret');
    await new Promise((resolve) => setTimeout(resolve, 5));
    wire.send(metadata, 9, allTopics);

    expect(await wire.frame()).toBeNull();
  });
});

describe('a listener without SASL', () => {
  it('answers SaslHandshake and SaslAuthenticate with ILLEGAL_SASL_STATE', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);

    expect((await wire.ask(saslHandshake, 1, { mechanism: 'PLAIN' })).errorCode).toBe(ErrorCode.ILLEGAL_SASL_STATE);
    const answer = await wire.ask(saslAuthenticate, 2, { authBytes: Buffer.from('x') });
    expect(answer.errorCode).toBe(ErrorCode.ILLEGAL_SASL_STATE);
  });
});
