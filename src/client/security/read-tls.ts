import { readFileSync } from 'node:fs';
import {
  createSecureContext,
  DEFAULT_CIPHERS,
  type SecureVersion,
  type ConnectionOptions as TlsOptions,
} from 'node:tls';
import { keystoreKind, pemCertificates, pemPrivateKey } from '../../protocol/security/pem.ts';
import { PropertyError } from '../properties/property.ts';
import { pkcs12Certificates } from './pkcs12.ts';

/** A property's value as text; null when it is not set. */
export type LookUp = (name: string) => string | null;

const VERSIONS: readonly SecureVersion[] = ['TLSv1.2', 'TLSv1.3'];
const TYPES = ['PEM', 'PKCS12', 'JKS'] as const;
type StoreType = (typeof TYPES)[number];

/**
 * Reads the TLS properties of a client (`ssl.*`), its files too, and tries them.
 * @throws PropertyError (without secrets) for what is missing, malformed or does not fit together.
 */
export const readTls = (lookUp: LookUp): TlsOptions => {
  const options: TlsOptions = {
    ...versionsOf(lookUp),
    ...ciphersOf(lookUp('ssl.cipher.suites')),
    ...authoritiesOf(lookUp),
    ...identityOf(lookUp),
    ...hostNameCheck(lookUp('ssl.endpoint.identification.algorithm')),
  };
  try {
    createSecureContext(options);
  } catch (error) {
    throw unusable(
      error,
      options,
      lookUp('ssl.keystore.location') === null ? 'ssl.keystore.key' : 'ssl.keystore.location',
    );
  }
  return options;
};

/** What OpenSSL refused of options that look right each by itself. */
const unusable = (error: unknown, { key, pfx }: TlsOptions, keystore: string): PropertyError => {
  if (error instanceof Error && 'code' in error && error.code === 'ERR_SSL_NO_CIPHER_MATCH')
    return new PropertyError('ssl.cipher.suites', 'ssl.cipher.suites names no suite that OpenSSL knows');
  const isEncrypted = pfx !== undefined || String(key).includes('ENCRYPTED');
  return new PropertyError(
    keystore,
    `${keystore} cannot be used: ${isEncrypted ? explainEncrypted(error) : explain(error)}`,
  );
};

/** The client's own certificate and key; nothing when none is given. */
const identityOf = (lookUp: LookUp): TlsOptions => {
  const chain = lookUp('ssl.keystore.certificate.chain');
  const key = lookUp('ssl.keystore.key');
  const location = lookUp('ssl.keystore.location');
  const type = typeOf('ssl.keystore.type', lookUp);
  if (chain !== null || key !== null) {
    if (chain === null || key === null || location !== null)
      throw new PropertyError(
        'ssl.keystore.key',
        'ssl.keystore.certificate.chain and ssl.keystore.key go together, without ssl.keystore.location',
      );
    return pemIdentity('ssl.keystore.certificate.chain', chain, 'ssl.keystore.key', key, lookUp('ssl.key.password'));
  }
  if (location === null) return {};
  const bytes = readStore('ssl.keystore.location', location, type);
  if (kindOf(bytes, type) === 'PEM') {
    const text = bytes.toString('utf8');
    return pemIdentity('ssl.keystore.location', text, 'ssl.keystore.location', text, lookUp('ssl.key.password'));
  }
  const passphrase = lookUp('ssl.keystore.password') ?? lookUp('ssl.key.password');
  return { pfx: bytes, ...(passphrase === null ? {} : { passphrase }) };
};

const pemIdentity = (
  chainName: string,
  chain: string,
  name: string,
  key: string,
  passphrase: string | null,
): TlsOptions => {
  const block = pemPrivateKey(key);
  if (block === null)
    throw new PropertyError(name, `${name} must hold a PEM block that begins with -----BEGIN PRIVATE KEY-----`);
  if (block.includes('ENCRYPTED') && passphrase === null)
    throw new PropertyError('ssl.key.password', `${name} holds an encrypted key: give ssl.key.password`);
  // As one text: of a list Node takes each certificate for another identity, and the key fits only one.
  return {
    cert: certificatesOf(chainName, chain).join(''),
    key: block,
    ...(passphrase === null ? {} : { passphrase }),
  };
};

/** Who vouches for brokers; Node's own list when none is given. */
const authoritiesOf = (lookUp: LookUp): TlsOptions => {
  const inline = lookUp('ssl.truststore.certificates');
  const location = lookUp('ssl.truststore.location');
  const type = typeOf('ssl.truststore.type', lookUp);
  if (inline !== null && location !== null)
    throw new PropertyError(
      'ssl.truststore.certificates',
      'give ssl.truststore.certificates or ssl.truststore.location, not both',
    );
  if (inline !== null) return { ca: certificatesOf('ssl.truststore.certificates', inline) };
  if (location === null) return {};
  const bytes = readStore('ssl.truststore.location', location, type);
  if (kindOf(bytes, type) === 'PEM') return { ca: certificatesOf('ssl.truststore.location', bytes.toString('utf8')) };
  return { ca: [...pkcs12Certificates('ssl.truststore.location', bytes, lookUp('ssl.truststore.password'))] };
};

const typeOf = (name: string, lookUp: LookUp): StoreType | null => {
  const text = lookUp(name);
  if (text === null) return null;
  const type = TYPES.find((each) => each === text.trim().toUpperCase());
  if (type !== undefined) return type;
  throw new PropertyError(name, `${name} must be PEM or PKCS12; got ${JSON.stringify(text)}`);
};

/** What the file holds counts; Java's default type JKS reads PKCS12 too. */
const kindOf = (bytes: Buffer, type: StoreType | null): 'PEM' | 'PKCS12' =>
  type !== 'PKCS12' && keystoreKind(bytes) === 'PEM' ? 'PEM' : 'PKCS12';

const readStore = (name: string, path: string, type: StoreType | null): Buffer => {
  let bytes: Buffer;
  try {
    bytes = readFileSync(path);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unreadable';
    throw new PropertyError(name, `${name} must be a readable file; ${path} is not (${code})`);
  }
  if (keystoreKind(bytes) === 'JKS')
    throw new PropertyError(
      name,
      `${name} is a Java keystore (JKS), which only Java reads; convert it with keytool -importkeystore -srckeystore ${path} -destkeystore ${path}.p12 -deststoretype PKCS12, and give the new file`,
    );
  if (type === 'PEM' && keystoreKind(bytes) !== 'PEM')
    throw new PropertyError(
      name,
      `${name} holds no PEM text; leave ${name.replace('location', 'type')} out, or give PKCS12`,
    );
  return bytes;
};

const certificatesOf = (name: string, text: string): string[] => {
  try {
    const blocks = pemCertificates(text);
    if (blocks.length > 0) return [...blocks];
  } catch (error) {
    throw new PropertyError(name, `${name} holds a certificate that cannot be read: ${explain(error)}`);
  }
  throw new PropertyError(name, `${name} must hold a PEM block that begins with -----BEGIN CERTIFICATE-----`);
};

const versionsOf = (lookUp: LookUp): TlsOptions => {
  const text = lookUp('ssl.enabled.protocols');
  const names = (text ?? VERSIONS.join(',')).split(',').map((name) => name.trim());
  const versions = VERSIONS.filter((version) => names.includes(version));
  const [minVersion] = versions;
  const maxVersion = versions.at(-1);
  if (minVersion === undefined || maxVersion === undefined || versions.length !== names.length)
    throw new PropertyError(
      'ssl.enabled.protocols',
      `ssl.enabled.protocols must be ${VERSIONS.join(' or ')} or both with a comma; got ${JSON.stringify(text)}`,
    );
  const preferred = lookUp('ssl.protocol')?.trim() ?? null;
  if (preferred === null || preferred === 'TLS') return { minVersion, maxVersion };
  const version = versions.find((each) => each === preferred);
  if (version === undefined)
    throw new PropertyError(
      'ssl.protocol',
      `ssl.protocol must be TLS or one of ssl.enabled.protocols (${names.join(', ')}); got ${JSON.stringify(preferred)}`,
    );
  return { minVersion, maxVersion: version };
};

/** Java's names of TLS 1.3 suites are OpenSSL's too; older ones differ, and both are taken. */
const ciphersOf = (text: string | null): TlsOptions => {
  if (text === null || text.trim() === '') return {};
  const names = text.split(',').map((name) => name.trim());
  const known = DEFAULT_CIPHERS.split(':');
  const unknown = names.find((name) => name.startsWith('TLS_') && !known.includes(name));
  if (unknown !== undefined)
    throw new PropertyError(
      'ssl.cipher.suites',
      `ssl.cipher.suites must have OpenSSL's names for suites before TLS 1.3, such as ECDHE-RSA-AES128-GCM-SHA256; got ${JSON.stringify(unknown)}`,
    );
  return { ciphers: names.join(':') };
};

/** An empty algorithm switches the check of the host name off, as in Java; the certificate itself is still checked. */
const hostNameCheck = (algorithm: string | null): TlsOptions => {
  if (algorithm === null || algorithm.trim().toLowerCase() === 'https') return {};
  if (algorithm.trim() === '') return { checkServerIdentity: () => undefined };
  throw new PropertyError(
    'ssl.endpoint.identification.algorithm',
    `ssl.endpoint.identification.algorithm must be https, or empty to leave host names unchecked; got ${JSON.stringify(algorithm)}`,
  );
};

/** OpenSSL's words, with what to look at where they are known; they never hold key material. */
const explain = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  // What its decoders do not know, whether it is a key of a kind of its own or no key at all.
  return /DECODER routines::unsupported/.test(text) ? `it holds no private key that can be read (${text})` : text;
};

/** The same about what is encrypted. */
const explainEncrypted = (error: unknown): string => {
  const text = error instanceof Error ? error.message : String(error);
  if (/mac verify failure|bad decrypt|invalid password/i.test(text))
    return 'the password does not fit; look at ssl.keystore.password and ssl.key.password';
  if (/unsupported/i.test(text))
    return `it is damaged, or encrypted in an old way that OpenSSL 3 refuses (${text}); make it again with a current keytool or openssl`;
  return text;
};
