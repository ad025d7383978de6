import { execFileSync } from 'node:child_process';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

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
    const [key, certificate] = ['key', 'pem'].map((kind) => readFileSync(join(folder, `${name}.${kind}`), 'utf8'));
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
