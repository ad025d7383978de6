import { createPrivateKey, generateKeyPairSync, type KeyObject, randomBytes, sign } from 'node:crypto';
import { writeFileSync } from 'node:fs';
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
  /** As the broker's, for elsewhere.example alone. */
  readonly elsewhere: string;
  /** As the broker's, of which the last day was yesterday. */
  readonly expired: string;
};

/** Distinguished names as (type, value) pairs, the most general first. */
type Name = readonly (readonly [type: 'O' | 'OU' | 'CN', value: string])[];

type Issuer = { readonly name: Name; readonly key: KeyObject };

/** Makes keys and certificates in a folder, with nothing but Node: an authority, what it vouches for, and a stranger. */
export const makeCertificates = (folder: string): Certificates => {
  const make = (
    file: string,
    name: Name,
    extensions: readonly Buffer[],
    issuer: Issuer | null,
    lastDay = 2,
  ): Issuer => {
    const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'prime256v1' });
    const certificate = certify({ name, publicKey, extensions, issuer: issuer ?? { name, key: privateKey }, lastDay });
    const key = privateKey.export({ type: 'pkcs8', format: 'pem' });
    writeFileSync(join(folder, `${file}.pem`), certificate);
    writeFileSync(join(folder, `${file}-both.pem`), `${key}${certificate}`, { mode: 0o600 });
    return { name, key: createPrivateKey(key) };
  };
  const authority = make('authority', [['CN', 'Test authority']], [basicConstraints(true)], null);
  make('stranger', [['CN', 'stranger']], [basicConstraints(false)], null);
  make('broker', [['CN', 'localhost']], [basicConstraints(false), localhost], authority);
  make('elsewhere', [['CN', 'broker']], [basicConstraints(false), elsewhere], authority);
  make('expired', [['CN', 'localhost']], [basicConstraints(false), localhost], authority, -1);
  make(
    'client',
    [
      ['O', 'Example'],
      ['OU', 'tests'],
      ['CN', 'client'],
    ],
    [basicConstraints(false)],
    authority,
  );
  return {
    authority: join(folder, 'authority.pem'),
    broker: join(folder, 'broker-both.pem'),
    client: join(folder, 'client-both.pem'),
    stranger: join(folder, 'stranger-both.pem'),
    elsewhere: join(folder, 'elsewhere-both.pem'),
    expired: join(folder, 'expired-both.pem'),
  };
};

/** A value in DER: its tag, its length, its content. */
const der = (tag: number, ...content: Uint8Array[]): Buffer => {
  const body = Buffer.concat(content);
  if (body.length < 0x80) return Buffer.concat([Buffer.from([tag, body.length]), body]);
  const length = body.length < 0x100 ? [0x81, body.length] : [0x82, body.length >> 8, body.length & 0xff];
  return Buffer.concat([Buffer.from([tag, ...length]), body]);
};
const sequence = (...content: Uint8Array[]): Buffer => der(0x30, ...content);
const oid = (...bytes: number[]): Buffer => der(0x06, Buffer.from(bytes));

const ECDSA_WITH_SHA256 = sequence(oid(0x2a, 0x86, 0x48, 0xce, 0x3d, 0x04, 0x03, 0x02));
const NAME_TYPES = { CN: 3, O: 10, OU: 11 } as const;
const TRUE = der(0x01, Buffer.from([0xff]));

const encodeName = (name: Name): Buffer =>
  sequence(
    ...name.map(([type, value]) =>
      der(0x31, sequence(oid(0x55, 0x04, NAME_TYPES[type]), der(0x0c, Buffer.from(value, 'utf8')))),
    ),
  );

/** An extension of family 2.5.29. */
const extension = (number: number, isCritical: boolean, value: Buffer): Buffer =>
  sequence(oid(0x55, 0x1d, number), ...(isCritical ? [TRUE] : []), der(0x04, value));

const basicConstraints = (isAuthority: boolean): Buffer =>
  extension(19, true, sequence(...(isAuthority ? [TRUE] : [])));

/** subjectAltName: DNS:localhost, IP:127.0.0.1 */
const localhost = extension(
  17,
  false,
  sequence(der(0x82, Buffer.from('localhost')), der(0x87, Buffer.from([127, 0, 0, 1]))),
);

/** subjectAltName: DNS:elsewhere.example */
const elsewhere = extension(17, false, sequence(der(0x82, Buffer.from('elsewhere.example'))));

const DAY_MS = 24 * 60 * 60 * 1000;

/** UTCTime: YYMMDDHHMMSSZ */
const time = (ms: number): Buffer => {
  const text = new Date(ms).toISOString().replace(/[-:T]|\.\d+/g, '');
  return der(0x17, Buffer.from(text.slice(2)));
};

/** An X.509 certificate of version 3 that is valid for some days up to one that counts from today, in PEM. */
const certify = (wanted: {
  readonly name: Name;
  readonly publicKey: KeyObject;
  readonly extensions: readonly Buffer[];
  readonly issuer: Issuer;
  readonly lastDay: number;
}): string => {
  const { name, publicKey, extensions, issuer, lastDay } = wanted;
  const serial = randomBytes(8);
  serial[0] = 0x01;
  const signed = sequence(
    der(0xa0, der(0x02, Buffer.from([2]))),
    der(0x02, serial),
    ECDSA_WITH_SHA256,
    encodeName(issuer.name),
    sequence(time(Date.now() - 3 * DAY_MS), time(Date.now() + lastDay * DAY_MS)),
    encodeName(name),
    publicKey.export({ type: 'spki', format: 'der' }),
    der(0xa3, sequence(...extensions)),
  );
  const signature = sign('sha256', signed, issuer.key);
  const whole = sequence(signed, ECDSA_WITH_SHA256, der(0x03, Buffer.from([0]), signature));
  const lines = whole.toString('base64').match(/.{1,64}/g) ?? [];
  return ['-----BEGIN CERTIFICATE-----', ...lines, '-----END CERTIFICATE-----', ''].join('\n');
};
