import { readFileSync } from 'node:fs';
import { createSecureContext, type SecureContextOptions, type SecureVersion } from 'node:tls';
import { keystoreKind, pemCertificates, pemPrivateKey } from '../../protocol/security/pem.ts';
import { ConfigError } from '../config/setting.ts';
import { errorCode } from '../log/errors.ts';

/** Whether clients show a certificate: `ssl.client.auth`. */
export type ClientAuth = 'none' | 'requested' | 'required';

/** What a TLS listener is made of. */
export type TlsMaterial = {
  readonly options: SecureContextOptions;
  readonly clientAuth: ClientAuth;
};

/** Settings of a TLS listener that are read. */
export const tlsSettingNames: readonly string[] = [
  'ssl.client.auth',
  'ssl.enabled.protocols',
  'ssl.key.password',
  'ssl.keystore.certificate.chain',
  'ssl.keystore.key',
  'ssl.keystore.location',
  'ssl.keystore.password',
  'ssl.keystore.type',
  'ssl.truststore.certificates',
  'ssl.truststore.location',
  'ssl.truststore.type',
];

type LookUp = (name: string) => string | undefined;

const CLIENT_AUTH: readonly ClientAuth[] = ['none', 'requested', 'required'];
const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];
/**
 * Reads the TLS settings of a listener and tries them.
 * @throws ConfigError (without secrets) for what is missing, malformed or does not fit together.
 */
export const readTls = (listener: string, lookUp: LookUp): TlsMaterial => {
  const passphrase = lookUp('ssl.key.password') ?? lookUp('ssl.keystore.password');
  const authorities = readAuthorities(lookUp);
  const options: SecureContextOptions = {
    ...readKeystore(listener, lookUp),
    ...readVersions(lookUp('ssl.enabled.protocols')),
    ...(passphrase === undefined ? {} : { passphrase }),
    ...(authorities === null ? {} : { ca: authorities }),
  };
  const clientAuth = CLIENT_AUTH.find((each) => each === (lookUp('ssl.client.auth') ?? 'none'));
  if (clientAuth === undefined)
    throw new ConfigError(
      `ssl.client.auth must be ${CLIENT_AUTH.join(' or ')}; got ${JSON.stringify(lookUp('ssl.client.auth'))}`,
    );
  if (clientAuth !== 'none' && authorities === null)
    throw new ConfigError(
      `ssl.client.auth=${clientAuth} needs ssl.truststore.location: the PEM file of who signs the clients' certificates`,
    );
  try {
    createSecureContext(options);
  } catch (error) {
    throw new ConfigError(`the keystore of the listener ${listener} cannot be used: ${reasonOf(error)}`);
  }
  return { options, clientAuth };
};

const readKeystore = (listener: string, lookUp: LookUp): SecureContextOptions => {
  const chain = lookUp('ssl.keystore.certificate.chain');
  const key = lookUp('ssl.keystore.key');
  const location = lookUp('ssl.keystore.location');
  const type = readType('ssl.keystore.type', lookUp, ['PEM', 'PKCS12']);
  if (chain !== undefined || key !== undefined) {
    if (chain === undefined || key === undefined || location !== undefined)
      throw new ConfigError(
        'ssl.keystore.certificate.chain and ssl.keystore.key go together, without ssl.keystore.location',
      );
    return { cert: certificatesOf('ssl.keystore.certificate.chain', chain), key: keyOf('ssl.keystore.key', key) };
  }
  if (location === undefined)
    throw new ConfigError(
      `the listener ${listener} needs a certificate: give ssl.keystore.location=FILE, a PEM file with the private key and the certificate`,
    );
  const bytes = readFile('ssl.keystore.location', location);
  if (type === 'PKCS12' || (type === null && keystoreKind(bytes) !== 'PEM')) return { pfx: bytes };
  const text = bytes.toString('utf8');
  return { cert: certificatesOf('ssl.keystore.location', text), key: keyOf('ssl.keystore.location', text) };
};

const readAuthorities = (lookUp: LookUp): string | null => {
  readType('ssl.truststore.type', lookUp, ['PEM']);
  const inline = lookUp('ssl.truststore.certificates');
  const location = lookUp('ssl.truststore.location');
  if (inline !== undefined && location !== undefined)
    throw new ConfigError('give ssl.truststore.certificates or ssl.truststore.location, not both');
  if (inline !== undefined) return certificatesOf('ssl.truststore.certificates', inline);
  if (location === undefined) return null;
  return certificatesOf('ssl.truststore.location', readFile('ssl.truststore.location', location).toString('utf8'));
};

const readType = (name: string, lookUp: LookUp, types: readonly string[]): string | null => {
  const text = lookUp(name);
  if (text === undefined) return null;
  const type = types.find((each) => each === text.trim().toUpperCase());
  if (type === undefined)
    throw new ConfigError(`${name} must be ${types.join(' or ')}; got ${JSON.stringify(text)}${hintFor(text)}`);
  return type;
};

const hintFor = (type: string): string =>
  type.trim().toUpperCase() === 'JKS' ? ' (keytool -importkeystore -deststoretype PKCS12 converts it)' : '';

const readVersions = (text: string | undefined): { minVersion: SecureVersion; maxVersion: SecureVersion } => {
  const names = (text ?? VERSIONS.join(',')).split(',').map((name) => name.trim());
  const versions = VERSIONS.filter((version) => names.includes(version));
  const [minVersion] = versions;
  const maxVersion = versions.at(-1);
  if (minVersion === undefined || maxVersion === undefined || versions.length !== names.length)
    throw new ConfigError(
      `ssl.enabled.protocols must be ${VERSIONS.join(' or ')} or both with a comma; got ${JSON.stringify(text)}`,
    );
  return { minVersion, maxVersion };
};

const readFile = (name: string, path: string): Buffer => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    throw new ConfigError(`${name} cannot be read (${errorCode(error)}): ${path}`);
  }
  if (keystoreKind(bytes) === 'JKS')
    throw new ConfigError(`${name} is a Java keystore: keytool -importkeystore -deststoretype PKCS12 converts ${path}`);
  return bytes;
};

const certificatesOf = (name: string, text: string): string => {
  try {
    const blocks = pemCertificates(text);
    if (blocks.length > 0) return blocks.join('');
  } catch (error) {
    throw new ConfigError(`${name} holds a certificate that cannot be read: ${reasonOf(error)}`);
  }
  throw new ConfigError(`${name} must hold a PEM block that begins with -----BEGIN CERTIFICATE-----`);
};

const keyOf = (name: string, text: string): string => {
  const block = pemPrivateKey(text);
  if (block === null)
    throw new ConfigError(`${name} must hold a PEM block that begins with -----BEGIN PRIVATE KEY-----`);
  return block;
};

/** OpenSSL's words for it; they never hold key material. */
const reasonOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));
