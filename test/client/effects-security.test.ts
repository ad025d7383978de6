/** What the properties of TLS and SASL do, as the other end sees it; those of trust and identity are in security/secured-connection.test.ts. */
import { createPrivateKey } from 'node:crypto';
import dns from 'node:dns';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import tls from 'node:tls';
import { afterAll, beforeAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { Cluster } from '../../src/client/cluster.ts';
import { Connection } from '../../src/client/connection.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { fetchToken } from '../../src/client/security/oauth-token.ts';
import { type Certificates, makeCertificates } from '../broker/security/certificates.ts';
import { securedBroker } from '../broker/security/support.ts';

const folder = mkdtempSync(join(tmpdir(), 'spillway-security-effects-'));
let files: Certificates;
beforeAll(() => {
  files = makeCertificates(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const ask = async (port: number, properties: Readonly<Record<string, string>>): Promise<number> => {
  const config = parseConsumerProperties({
    'bootstrap.servers': `127.0.0.1:${port}`,
    'security.protocol': 'SSL',
    'ssl.truststore.location': files.authority,
    ...properties,
  });
  const cluster = new Cluster({ ...config, readBlockBytes: 65_536 });
  onTestFinished(() => cluster.close());
  return (await cluster.describeTopics(null, { allowAutoCreation: false })).topics.length;
};

describe('a handshake', () => {
  it.each([
    [{ 'ssl.enabled.protocols': 'TLSv1.2' }, /^TLSv1\.2 /],
    [{ 'ssl.enabled.protocols': 'TLSv1.2,TLSv1.3', 'ssl.protocol': 'TLSv1.2' }, /^TLSv1\.2 /],
    [{ 'ssl.enabled.protocols': 'TLSv1.2,TLSv1.3' }, /^TLSv1\.3 /],
    [{ 'ssl.cipher.suites': 'TLS_CHACHA20_POLY1305_SHA256' }, /^TLSv1\.3 TLS_CHACHA20_POLY1305_SHA256$/],
    [
      { 'ssl.cipher.suites': 'ECDHE-ECDSA-AES256-GCM-SHA384', 'ssl.protocol': 'TLSv1.2' },
      /^TLSv1\.2 ECDHE-ECDSA-AES256-GCM-SHA384$/,
    ],
  ])('is made as %j says', async (properties, expected) => {
    const text = readFileSync(files.broker);
    let made = '';
    const server = tls.createServer({ key: text, cert: text }, (socket) => {
      made = `${socket.getProtocol()} ${socket.getCipher().name}`;
      socket.destroy();
    });
    server.on('tlsClientError', () => undefined);
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const { security } = parseConsumerProperties({
      'security.protocol': 'SSL',
      'ssl.truststore.location': files.authority,
      ...properties,
    });
    const opening = Connection.open({
      host: '127.0.0.1',
      port: typeof address === 'object' ? (address?.port ?? 0) : 0,
      clientId: 'c',
      requestTimeoutMs: 5000,
      connectTimeoutMs: 5000,
      readBlockBytes: 65_536,
      maxIdleMs: -1,
      security,
    });
    await expect(opening).rejects.toThrow();
    expect(made).toMatch(expected);
  });

  it('shows a certificate whose key ssl.key.password opens, and trusts stores of ssl.truststore.type', async () => {
    const { broker } = await securedBroker({
      listeners: 'SSL://127.0.0.1:0',
      'ssl.keystore.location': files.broker,
      'ssl.truststore.location': files.authority,
      'ssl.client.auth': 'required',
    });
    const identity = readFileSync(files.client, 'utf8');
    const key = createPrivateKey(identity).export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'opened-by-this',
    });
    const path = join(folder, 'locked.pem');
    writeFileSync(path, `${key}${identity.slice(identity.indexOf('-----BEGIN CERTIFICATE'))}`);
    const locked = { 'ssl.keystore.location': path, 'ssl.truststore.type': 'PEM' };
    expect(await ask(broker.port, { ...locked, 'ssl.key.password': 'opened-by-this' })).toBe(0);
    await expect(ask(broker.port, { ...locked, 'ssl.key.password': 'not-by-this' })).rejects.toThrow(
      expect.objectContaining({ message: expect.not.stringContaining('not-by-this') }),
    );
    await expect(ask(broker.port, { 'ssl.truststore.type': 'PKCS12' })).rejects.toThrow('ssl.truststore');
  });
});

describe('a token', () => {
  /** An endpoint that answers with these status codes in turn, the last one again and again, or never; and what it was asked. */
  const endpoint = async (statuses: readonly number[] | null) => {
    const asked: { readonly atMs: number; readonly credentials: string; readonly body: string }[] = [];
    const bodyOf = async (request: IncomingMessage): Promise<string> => {
      let text = '';
      for await (const chunk of request) text += String(chunk);
      return text;
    };
    const server = createServer((request, response) => {
      void bodyOf(request).then((body) => {
        const [, credentials = ''] = (request.headers.authorization ?? '').split(' ');
        asked.push({ atMs: performance.now(), credentials: Buffer.from(credentials, 'base64').toString(), body });
        if (statuses === null) return;
        response.writeHead(statuses[Math.min(asked.length, statuses.length) - 1] ?? 200);
        response.end(JSON.stringify({ access_token: 'a.b.c', expires_in: 3600 }));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.closeAllConnections();
      server.close();
    });
    const address = server.address();
    return { port: typeof address === 'object' ? (address?.port ?? 0) : 0, asked };
  };
  const tokenWith = async (url: string, properties: Readonly<Record<string, string>>): Promise<string> => {
    const { sasl } = parseConsumerProperties({
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'OAUTHBEARER',
      'sasl.oauthbearer.token.endpoint.url': url,
      'sasl.oauthbearer.client.credentials.client.id': 'me & you',
      'sasl.oauthbearer.client.credentials.client.secret': 'very secret',
      'sasl.login.retry.backoff.ms': '1',
      ...properties,
    }).security;
    if (sasl?.mechanism !== 'OAUTHBEARER') throw new Error('no source of tokens');
    return await fetchToken(sasl.source);
  };

  it('is asked for at sasl.oauthbearer.token.endpoint.url with the id, the secret and the scope', async () => {
    const { port, asked } = await endpoint([200]);
    const url = `http://127.0.0.1:${port}/token`;
    expect(await tokenWith(url, { 'sasl.oauthbearer.scope': 'kafka' })).toBe('a.b.c');
    await tokenWith(url, { 'sasl.oauthbearer.header.urlencode': 'true' });
    expect(asked).toMatchObject([
      { credentials: 'me & you:very secret', body: 'grant_type=client_credentials&scope=kafka' },
      { credentials: 'me%20%26%20you:very%20secret', body: 'grant_type=client_credentials' },
    ]);
  });

  it('is asked for again after sasl.login.retry.backoff.ms, at most sasl.login.retry.backoff.max.ms', async () => {
    const waits = async (properties: Readonly<Record<string, string>>): Promise<readonly number[]> => {
      const { port, asked } = await endpoint([503, 503, 200]);
      await tokenWith(`http://127.0.0.1:${port}/token`, properties);
      return asked.slice(1).map(({ atMs }, index) => atMs - (asked[index]?.atMs ?? 0));
    };
    const [first = 0, second = 0] = await waits({ 'sasl.login.retry.backoff.ms': '60' });
    expect(first).toBeGreaterThan(55);
    expect(second).toBeGreaterThan(115);
    const bounded = await waits({ 'sasl.login.retry.backoff.ms': '60000', 'sasl.login.retry.backoff.max.ms': '5' });
    expect(bounded).toHaveLength(2);
  });

  it('is waited for as long as sasl.login.read.timeout.ms, a connection as long as sasl.login.connect.timeout.ms', async () => {
    const { port } = await endpoint(null);
    const short = { 'sasl.login.read.timeout.ms': '30', 'sasl.login.connect.timeout.ms': '30' };
    await expect(tokenWith(`http://127.0.0.1:${port}/token`, short)).rejects.toThrow(/sasl\.login\.read\.timeout\.ms/);
    const lookup = vi.spyOn(dns, 'lookup').mockImplementation((() => undefined) as never);
    onTestFinished(() => lookup.mockRestore());
    await expect(tokenWith('http://tokens.test/', short)).rejects.toThrow(
      'no connection within 30 ms (sasl.login.connect.timeout.ms)',
    );
  });
});
