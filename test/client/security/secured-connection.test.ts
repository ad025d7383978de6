import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest';
import { Cluster } from '../../../src/client/cluster.ts';
import { parseConsumerProperties } from '../../../src/client/properties/consumer-properties.ts';
import { PropertyError } from '../../../src/client/properties/property.ts';
import { fetchToken } from '../../../src/client/security/oauth-token.ts';
import { type Certificates, makeCertificates } from '../../broker/security/certificates.ts';
import { listenerOf, securedBroker } from '../../broker/security/support.ts';

const folder = mkdtempSync(join(tmpdir(), 'spillway-secured-client-'));
let files: Certificates;
const users = { alice: 'alice-secret' };

beforeAll(() => {
  files = makeCertificates(folder);
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

const jaas = (password: string, module = 'plain.PlainLoginModule') =>
  `org.apache.kafka.common.security.${module} required username="alice" password="${password}";`;

/** Asks a broker for its topics with these properties. */
const askAt = async (port: number, properties: Readonly<Record<string, string>>, host = '127.0.0.1') => {
  const config = parseConsumerProperties({
    'bootstrap.servers': `${host}:${port}`,
    'group.id': 'none',
    'request.timeout.ms': '2000',
    'fetch.max.wait.ms': '100',
    ...properties,
  });
  const cluster = new Cluster({ ...config, readBlockBytes: 65_536 });
  onTestFinished(() => cluster.close());
  return await cluster.describeTopics(null, { allowAutoCreation: false });
};

const tlsBroker = (config: Readonly<Record<string, string>> = {}) =>
  securedBroker({ listeners: 'SSL://127.0.0.1:0', 'ssl.keystore.location': files.broker, ...config });

const saslBroker = (config: Readonly<Record<string, string>> = {}) =>
  securedBroker({ listeners: 'SASL_PLAINTEXT://127.0.0.1:0', ...config }, { users });

describe('a client with TLS', () => {
  it('trusts who the truststore names, as file and as text', async () => {
    const { broker } = await tlsBroker();
    const text = readFileSync(files.authority, 'utf8').trim().replaceAll('\n', ' ');

    for (const trust of [{ 'ssl.truststore.location': files.authority }, { 'ssl.truststore.certificates': text }])
      expect((await askAt(broker.port, { 'security.protocol': 'SSL', ...trust })).topics).toEqual([]);
  });

  it('says what to look at when it does not trust the broker', async () => {
    const { broker } = await tlsBroker();

    await expect(askAt(broker.port, { 'security.protocol': 'SSL' })).rejects.toThrow(
      /certificate is not trusted .*ssl\.truststore\.location/,
    );
  });

  it('says that a certificate has expired', async () => {
    const { broker } = await tlsBroker({ 'ssl.keystore.location': files.expired });
    const trust = { 'security.protocol': 'SSL', 'ssl.truststore.location': files.authority };

    await expect(askAt(broker.port, trust)).rejects.toThrow(
      /^[^\n]*certificate has expired; the broker needs a new one[^\n]*$/,
    );
  });

  it('compares the host name, unless it is told not to', async () => {
    const { broker } = await tlsBroker({ 'ssl.keystore.location': files.client });
    const trusting = { 'security.protocol': 'SSL', 'ssl.truststore.location': files.authority };

    await expect(askAt(broker.port, trusting)).rejects.toThrow('is for another host');
    const unchecked = { ...trusting, 'ssl.endpoint.identification.algorithm': '' };
    expect((await askAt(broker.port, unchecked)).topics).toEqual([]);
  });

  it.each([
    ['elsewhere', 'it names elsewhere.example)'],
    ['client', 'it names client)'],
  ] as const)('says what the certificate of another host names, whatever it is reached by: %s', async (file, names) => {
    const { broker } = await tlsBroker({ 'ssl.keystore.location': files[file] });
    const trusting = { 'security.protocol': 'SSL', 'ssl.truststore.location': files.authority };

    for (const host of ['127.0.0.1', 'localhost'])
      await expect(askAt(broker.port, trusting, host)).rejects.toThrow(names);
  });

  it('shows its certificate, and says so when one is missing or not accepted', async () => {
    const { broker } = await tlsBroker({
      'ssl.truststore.location': files.authority,
      'ssl.client.auth': 'required',
    });
    const trusting = { 'security.protocol': 'SSL', 'ssl.truststore.location': files.authority };

    const known = { ...trusting, 'ssl.keystore.location': files.client, 'ssl.keystore.type': 'PEM' };
    expect((await askAt(broker.port, known)).topics).toEqual([]);
    await expect(askAt(broker.port, trusting)).rejects.toThrow('ssl.keystore.location');
    const stranger = { ...trusting, 'ssl.keystore.location': files.stranger };
    await expect(askAt(broker.port, stranger)).rejects.toThrow('ssl.keystore.location');
  });

  it('shows the whole chain of its certificate, from a file and as text', async () => {
    const { broker } = await tlsBroker({ 'ssl.truststore.location': files.authority, 'ssl.client.auth': 'required' });
    const identity = readFileSync(files.client, 'utf8');
    const chain = identity + readFileSync(files.authority, 'utf8');
    const chained = join(folder, 'client-chain.pem');
    writeFileSync(chained, chain);
    const trusting = { 'security.protocol': 'SSL', 'ssl.truststore.location': files.authority };

    const asText = { 'ssl.keystore.certificate.chain': chain, 'ssl.keystore.key': identity };
    for (const own of [{ 'ssl.keystore.location': chained }, asText])
      expect((await askAt(broker.port, { ...trusting, ...own })).topics).toEqual([]);
  });

  it('reads PKCS12 files as openssl makes them', async () => {
    const identity = join(folder, 'client.p12');
    const trust = join(folder, 'trust.p12');
    const openssl = (...args: string[]) =>
      execFileSync('openssl', ['pkcs12', '-export', ...args, '-passout', 'pass:pw']);
    openssl('-in', files.client, '-out', identity);
    openssl('-nokeys', '-in', files.authority, '-out', trust);
    const { broker } = await tlsBroker({ 'ssl.truststore.location': files.authority, 'ssl.client.auth': 'required' });

    const answer = await askAt(broker.port, {
      'security.protocol': 'SSL',
      'ssl.truststore.location': trust,
      'ssl.truststore.password': 'pw',
      'ssl.keystore.location': identity,
      'ssl.keystore.password': 'pw',
    });

    expect(answer.topics).toEqual([]);
  });

  it('names the property of a wrong password, and of a Java keystore says how to convert it', () => {
    const trust = join(folder, 'other.p12');
    execFileSync('openssl', [
      'pkcs12',
      '-export',
      '-nokeys',
      '-in',
      files.authority,
      '-out',
      trust,
      '-passout',
      'pass:pw',
    ]);
    const jks = join(folder, 'trust.jks');
    writeFileSync(jks, Buffer.from('feedfeed00000002', 'hex'));
    const parse = (properties: Readonly<Record<string, string>>) => () =>
      parseConsumerProperties({ 'security.protocol': 'SSL', 'group.id': 'none', ...properties });

    expect(parse({ 'ssl.truststore.location': trust, 'ssl.truststore.password': 'no' })).toThrow(
      'look at ssl.truststore.password',
    );
    expect(parse({ 'ssl.truststore.location': jks })).toThrow('keytool -importkeystore');
    expect(parse({ 'ssl.truststore.location': join(folder, 'missing.pem') })).toThrow(PropertyError);
  });

  it('names the setting of a certificate or key that cannot be read, and does not call encrypted what is not', () => {
    const pem = (kind: string, body = 'AAAA') => `-----BEGIN ${kind}-----\n${body}\n-----END ${kind}-----\n`;
    const identity = readFileSync(files.client, 'utf8');
    const parse = (chain: string, key: string) => () =>
      parseConsumerProperties({
        'security.protocol': 'SSL',
        'group.id': 'none',
        'ssl.keystore.certificate.chain': chain,
        'ssl.keystore.key': key,
        'ssl.key.password': 'pw',
      });

    expect(parse(pem('CERTIFICATE'), identity)).toThrow(/^ssl\.keystore\.certificate\.chain holds a certificate that/);
    expect(parse('none', identity)).toThrow(/^ssl\.keystore\.certificate\.chain must hold a PEM block/);
    expect(parse(identity, pem('PRIVATE KEY'))).toThrow(
      /^ssl\.keystore\.key cannot be used: it holds no private key that can be read/,
    );
    const encrypted = [
      pem('ENCRYPTED PRIVATE KEY'),
      pem('RSA PRIVATE KEY', 'Proc-Type: 4,ENCRYPTED\nDEK-Info: OLD-CBC,00\n\nAAAA'),
    ];
    for (const key of encrypted)
      expect(parse(identity, key)).toThrow(
        /^ssl\.keystore\.key cannot be used: it is damaged, or encrypted in an old way/,
      );
    expect(() =>
      parseConsumerProperties({ 'security.protocol': 'SSL', 'group.id': 'none', 'ssl.cipher.suites': 'NONE' }),
    ).toThrow('ssl.cipher.suites names no suite that OpenSSL knows');
  });

  it('says so when the port speaks no TLS, and the other way round', async () => {
    const { broker: plain } = await securedBroker({});
    const { broker: encrypted } = await tlsBroker();

    await Promise.all([
      expect(askAt(plain.port, { 'security.protocol': 'SSL' })).rejects.toThrow('security.protocol'),
      expect(askAt(encrypted.port, {})).rejects.toThrow('security.protocol'),
    ]);
  });
});

describe('a client with SASL', () => {
  it.each([
    ['PLAIN', 'plain.PlainLoginModule'],
    ['SCRAM-SHA-256', 'scram.ScramLoginModule'],
    ['SCRAM-SHA-512', 'scram.ScramLoginModule'],
  ])('is let in with %s, and a wrong password names what to look at', async (mechanism, module) => {
    const { broker } = await saslBroker();
    const asked = (password: string) =>
      askAt(listenerOf(broker, 'SASL_PLAINTEXT').port, {
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': mechanism,
        'sasl.jaas.config': jaas(password, module),
      });

    expect((await asked('alice-secret')).topics).toEqual([]);
    const failure = await asked('not-this').catch((error: unknown) => String(error));
    expect(failure).toMatch(/refused the authentication.*sasl\.jaas\.config/);
    expect(failure).not.toContain('not-this');
  });

  it('says which mechanisms the broker offers', async () => {
    const { broker } = await saslBroker({ 'sasl.enabled.mechanisms': 'SCRAM-SHA-512' });

    await expect(
      askAt(listenerOf(broker, 'SASL_PLAINTEXT').port, {
        'security.protocol': 'SASL_PLAINTEXT',
        'sasl.mechanism': 'PLAIN',
        'sasl.jaas.config': jaas('alice-secret'),
      }),
    ).rejects.toThrow('does not offer sasl.mechanism=PLAIN; it offers SCRAM-SHA-512');
  });

  it('says so when a listener wants authentication and it has none', async () => {
    const { broker } = await saslBroker();

    await expect(askAt(listenerOf(broker, 'SASL_PLAINTEXT').port, {})).rejects.toThrow('look at security.protocol');
  });

  it('renews its session before it ends, with requests in between', async () => {
    const { broker } = await saslBroker({ 'connections.max.reauth.ms': '2000' });
    const config = parseConsumerProperties({
      'bootstrap.servers': `127.0.0.1:${listenerOf(broker, 'SASL_PLAINTEXT').port}`,
      'group.id': 'none',
      'security.protocol': 'SASL_PLAINTEXT',
      'sasl.mechanism': 'SCRAM-SHA-256',
      'sasl.jaas.config': jaas('alice-secret', 'scram.ScramLoginModule'),
    });
    const cluster = new Cluster({ ...config, readBlockBytes: 65_536 });
    onTestFinished(() => cluster.close());
    const endMs = performance.now() + 3000;

    let asked = 0;
    while (performance.now() < endMs) {
      await Promise.all([1, 2, 3].map(() => cluster.describeTopics(null, { allowAutoCreation: false })));
      asked++;
      await new Promise((resolve) => setTimeout(resolve, 20));
    }

    expect(asked).toBeGreaterThan(3);
    expect(cluster.reconnects).toBe(0);
  });
});

describe('an OAUTHBEARER token', () => {
  const endpoint = async (status: number, body: unknown): Promise<{ url: string; asked: string[] }> => {
    const asked: string[] = [];
    const server = createServer((request, response) => {
      let text = '';
      request.on('data', (chunk) => {
        text += chunk;
      });
      request.on('end', () => {
        asked.push(`${request.headers.authorization} ${text}`);
        response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
      });
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    return { url: `http://127.0.0.1:${typeof address === 'object' ? address?.port : 0}/token`, asked };
  };
  const source = (url: string) =>
    ({
      kind: 'endpoint',
      url,
      clientId: 'me',
      clientSecret: 'very-secret',
      scope: 'kafka',
      isUrlEncoded: false,
      times: { connectTimeoutMs: 1000, readTimeoutMs: 1000, retryBackoffMs: 1, retryBackoffMaxMs: 2 },
    }) as const;

  it('is asked for with id, secret and scope', async () => {
    const { url, asked } = await endpoint(200, { access_token: 'abc.def.ghi', expires_in: 3600 });

    expect(await fetchToken(source(url))).toBe('abc.def.ghi');
    const credentials = Buffer.from('me:very-secret').toString('base64');
    expect(asked).toEqual([`Basic ${credentials} grant_type=client_credentials&scope=kafka`]);
  });

  it('that is refused is told in the words of the endpoint, without the secret', async () => {
    const { url } = await endpoint(401, { error: 'invalid_client', error_description: 'unknown client' });

    const failure = await fetchToken(source(url)).catch((error: unknown) => String(error));

    expect(failure).toContain('answered 401 (invalid_client: unknown client)');
    expect(failure).not.toContain('very-secret');
  });

  it('is asked for again when the endpoint is busy', async () => {
    const { url, asked } = await endpoint(503, {});

    await expect(fetchToken(source(url))).rejects.toThrow('answered 503');
    expect(asked).toHaveLength(3);
  });
});

describe('security properties', () => {
  const parse = (properties: Readonly<Record<string, string>>) => () =>
    parseConsumerProperties({ 'security.protocol': 'SASL_SSL', 'group.id': 'none', ...properties });

  it.each([
    [{}, /sasl\.mechanism.*GSSAPI/],
    [{ 'sasl.mechanism': 'PLAN' }, /did you mean PLAIN/],
    [{ 'sasl.mechanism': 'PLAIN' }, /needs sasl\.jaas\.config/],
    [
      { 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': 'x.PlainLoginModule required username="a" password="b"' },
      /semicolon/,
    ],
    [{ 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': 'x.PlainLoginModule required username="a";' }, /password/],
    [
      {
        'sasl.mechanism': 'SCRAM-SHA-256',
        'sasl.jaas.config': 'x.PlainLoginModule required username="a" password="b";',
      },
      /ScramLoginModule/,
    ],
    [
      { 'sasl.mechanism': 'PLAIN', 'sasl.jaas.config': 'x.PlainLoginModule required usrname="a" password="b";' },
      /did you mean username/,
    ],
    [{ 'sasl.mechanism': 'OAUTHBEARER' }, /sasl\.oauthbearer\.token\.endpoint\.url/],
  ])('%o are refused', (properties, message) => {
    expect(parse(properties)).toThrow(message);
  });
});
