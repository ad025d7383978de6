/** Keys, users and client settings of a secured cluster of the real Kafka; secrets here are for tests and known to everybody. */
import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { jdkProgram } from './java.mjs';

const STORE_PASSWORD = 'store-secret';
/** Users, for every mechanism. */
export const USERS = { admin: 'admin-secret', alice: 'alice-secret' };
const SCRAM_MECHANISMS = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];
/** Listeners of a secured node beside PLAINTEXT, each by its protocol. */
export const SECURED_LISTENERS = /** @type {const} */ (['SSL', 'SASL_PLAINTEXT', 'SASL_SSL']);

/**
 * Makes the brokers' key and certificate (for localhost and 127.0.0.1), a truststore, and the same certificate as PEM, once.
 *
 * @param {string} directory of the cluster
 * @returns {{ keystore: string, truststore: string, authority: string }} files
 */
export function makeKeys(directory) {
  const folder = path.join(directory, 'keys');
  const files = {
    keystore: path.join(folder, 'broker.p12'),
    truststore: path.join(folder, 'trust.p12'),
    authority: path.join(folder, 'authority.pem'),
  };
  if (existsSync(files.truststore)) return files;
  mkdirSync(folder, { recursive: true });
  const store = (/** @type {string} */ file) => [
    '-keystore',
    file,
    '-storetype',
    'PKCS12',
    '-storepass',
    STORE_PASSWORD,
  ];
  keytool([
    ...['-genkeypair', '-alias', 'broker', '-keyalg', 'EC', '-groupname', 'secp256r1', '-validity', '3650'],
    ...['-dname', 'CN=localhost', '-ext', 'san=dns:localhost,ip:127.0.0.1', ...store(files.keystore)],
  ]);
  keytool(['-exportcert', '-alias', 'broker', '-rfc', '-file', files.authority, ...store(files.keystore)]);
  keytool(['-importcert', '-noprompt', '-alias', 'broker', '-file', files.authority, ...store(files.truststore)]);
  return files;
}

/** @param {readonly string[]} args */
function keytool(args) {
  const result = spawnSync(jdkProgram('keytool'), args, { encoding: 'utf8' });
  if (result.status === 0) return;
  throw new Error(`keytool failed: ${result.error?.message ?? `${result.stdout}${result.stderr}`.trim()}`);
}

/**
 * A broker's settings for its secured listeners.
 *
 * @param {{ keystore: string, truststore: string }} keys
 */
export function brokerSecurity({ keystore, truststore }) {
  const plain = Object.entries(USERS).map(([name, password]) => `user_${name}="${password}"`);
  const plainLogin = `org.apache.kafka.common.security.plain.PlainLoginModule required ${plain.join(' ')};`;
  const scramLogin = 'org.apache.kafka.common.security.scram.ScramLoginModule required;';
  return [
    `ssl.keystore.location=${keystore}`,
    'ssl.keystore.type=PKCS12',
    `ssl.keystore.password=${STORE_PASSWORD}`,
    `ssl.truststore.location=${truststore}`,
    'ssl.truststore.type=PKCS12',
    `ssl.truststore.password=${STORE_PASSWORD}`,
    `sasl.enabled.mechanisms=PLAIN,${SCRAM_MECHANISMS.join(',')}`,
    ...['sasl_plaintext', 'sasl_ssl'].flatMap((listener) => [
      `listener.name.${listener}.plain.sasl.jaas.config=${plainLogin}`,
      ...SCRAM_MECHANISMS.map(
        (mechanism) => `listener.name.${listener}.${mechanism.toLowerCase()}.sasl.jaas.config=${scramLogin}`,
      ),
    ]),
  ];
}

/** Arguments of StorageTool that give every user its SCRAM credentials. */
export const scramArguments = () =>
  SCRAM_MECHANISMS.flatMap((mechanism) =>
    Object.entries(USERS).flatMap(([name, password]) => [
      '--add-scram',
      `${mechanism}=[name=${name},password=${password}]`,
    ]),
  );

/**
 * Writes the settings of a client for each secured listener, as Java's clients read them: `client-sasl_ssl.properties` and so on.
 *
 * @param {string} directory
 * @param {{ truststore: string }} keys
 * @returns {Record<string, string>} file by protocol
 */
export function writeClientSettings(directory, { truststore }) {
  const trust = [
    `ssl.truststore.location=${truststore}`,
    'ssl.truststore.type=PKCS12',
    `ssl.truststore.password=${STORE_PASSWORD}`,
  ];
  const login = [
    'sasl.mechanism=SCRAM-SHA-512',
    'sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required \\',
    `  username="alice" password="${USERS.alice}";`,
  ];
  return Object.fromEntries(
    SECURED_LISTENERS.map((protocol) => {
      const file = path.join(directory, `client-${protocol.toLowerCase()}.properties`);
      const lines = [
        `security.protocol=${protocol}`,
        ...(protocol.startsWith('SASL') ? login : []),
        ...(protocol.endsWith('SSL') ? trust : []),
      ];
      const text = `${lines.join('\n')}\n`;
      if (!existsSync(file) || readFileSync(file, 'utf8') !== text) writeFileSync(file, text, { mode: 0o600 });
      return [protocol, file];
    }),
  );
}
