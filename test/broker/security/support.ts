import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { onTestFinished } from 'vitest';
import { type RunningBroker, startBroker } from '../../../src/broker/broker.ts';
import { saslAuthenticate } from '../../../src/protocol/messages/sasl-authenticate.ts';
import { saslHandshake } from '../../../src/protocol/messages/sasl-handshake.ts';
import { temporaryDirectory, Wire } from '../wire.ts';

/** Files of a certificate authority made for one test file, and of those it vouches for. */
export type Certificates = {
  /** The authority's certificate. */
  readonly authority: string;
  /** Private key and certificate of the broker, for localhost and 127.0.0.1. */
  readonly broker: string;
  /** Private key and certificate of a client, CN=client,OU=tests,O=Example. */
  readonly client: string;
  /** Key and certificate of somebody nobody vouches for. */
  readonly stranger: string;
};

/** Makes certificates with openssl in a folder. */
export const makeCertificates = (folder: string): Certificates => {
  const openssl = (...args: string[]) => execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' }).toString();
  const newKey = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  const keyOf = (name: string) => ['-keyout', `${name}.key`, '-out', `${name}.pem`];
  openssl('req', '-x509', ...newKey, ...keyOf('authority'), '-subj', '/CN=Test authority', '-days', '2');
  openssl('req', '-x509', ...newKey, ...keyOf('stranger'), '-subj', '/CN=stranger', '-days', '2');
  const sign = (name: string, subject: string, extension: string): void => {
    openssl('req', ...newKey, '-keyout', `${name}.key`, '-out', `${name}.csr`, '-subj', subject);
    writeFileSync(join(folder, `${name}.ext`), extension);
    const authority = ['-CA', 'authority.pem', '-CAkey', 'authority.key', '-CAcreateserial'];
    openssl(
      'x509',
      '-req',
      '-in',
      `${name}.csr`,
      ...authority,
      '-out',
      `${name}.pem`,
      '-days',
      '2',
      '-extfile',
      `${name}.ext`,
    );
  };
  sign('broker', '/CN=localhost', 'subjectAltName=DNS:localhost,IP:127.0.0.1');
  sign('client', '/O=Example/OU=tests/CN=client', 'basicConstraints=CA:FALSE');
  const joined = (name: string): string => {
    const path = join(folder, `${name}-both.pem`);
    const [key, certificate] = ['key', 'pem'].map((kind) => execFileSync('cat', [join(folder, `${name}.${kind}`)]));
    writeFileSync(path, `${key}${certificate}`);
    return path;
  };
  return {
    authority: join(folder, 'authority.pem'),
    broker: joined('broker'),
    client: joined('client'),
    stranger: joined('stranger'),
  };
};

/** A broker with these settings that ends with the test, and what it logged. */
export const securedBroker = async (
  config: Readonly<Record<string, string>>,
  options: { readonly users?: Readonly<Record<string, string>>; readonly dataDir?: string } = {},
): Promise<{ broker: RunningBroker; lines: string[]; dataDir: string }> => {
  const lines: string[] = [];
  const dataDir = options.dataDir ?? temporaryDirectory();
  const broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    config,
    users: options.users ?? {},
    log: (line) => lines.push(line),
  });
  onTestFinished(() => broker.close());
  return { broker, lines, dataDir };
};

/** The listener of that name. */
export const listenerOf = (broker: RunningBroker, name: string) => {
  const listener = broker.listeners.find((each) => each.name === name);
  if (listener === undefined) throw new Error(`the broker has no listener ${name}`);
  return listener;
};

/** A bare connection over TLS. Rejects when the handshake fails. */
export const openTls = async (port: number, options: ConnectionOptions): Promise<Wire> => {
  const socket = connectTls({ port, host: '127.0.0.1', ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  onTestFinished(() => {
    socket.destroy();
  });
  return Wire.on(socket);
};

/** Authenticates with PLAIN and gives the last answer. */
export const authenticatePlain = async (wire: Wire, user: string, password: string) => {
  await wire.ask(saslHandshake, 1, { mechanism: 'PLAIN' });
  return await wire.ask(saslAuthenticate, 2, { authBytes: Buffer.from(`\0${user}\0${password}`) });
};
