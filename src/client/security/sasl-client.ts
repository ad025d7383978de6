import { randomBytes, timingSafeEqual } from 'node:crypto';
import {
  exclusiveOr,
  type ScramMechanism,
  saltPassword,
  scramDigest,
  scramHmac,
} from '../../protocol/security/scram-math.ts';
import { ClientError } from '../client-error.ts';
import { fetchToken } from './oauth-token.ts';
import type { SaslConfig } from './security-config.ts';

/** The client's side of one SASL exchange. Both may throw a ClientError. */
export type SaslClient = {
  /** The first message. */
  begin(): Promise<Buffer>;
  /** What follows an answer of the broker; null when the exchange is over. */
  next(answer: Buffer): Buffer | null;
};

/** A new exchange for these credentials. */
export const saslClient = (config: SaslConfig): SaslClient => {
  switch (config.mechanism) {
    case 'PLAIN':
      return plainClient(config.username, config.password);
    case 'OAUTHBEARER':
      return oauthClient(config);
    default:
      return scramClient(config.mechanism, config);
  }
};

/** RFC 4616. */
const plainClient = (username: string, password: string): SaslClient => ({
  begin: async () => Buffer.from(`\0${username}\0${password}`),
  next: () => null,
});

/** Most rounds of PBKDF2 that a broker may ask for: one that asks for more would hold this process up for seconds. */
const MAX_ROUNDS = 1_000_000;
/** RFC 5802 leaves no room for fewer (RFC 7677, section 4). */
const MIN_ROUNDS = 4096;

/** RFC 5802 and RFC 7677, without channel binding; KIP-48 for delegation tokens. */
const scramClient = (
  mechanism: ScramMechanism,
  { username, password, isDelegationToken }: { username: string; password: string; isDelegationToken: boolean },
): SaslClient => {
  const nonce = randomBytes(24).toString('base64url');
  const name = username.replaceAll('=', '=3D').replaceAll(',', '=2C');
  const first = `n=${name},r=${nonce}${isDelegationToken ? ',tokenauth=true' : ''}`;
  let expected: Buffer | null = null;
  const prove = (answer: string): Buffer => {
    const match = /^r=([^,]+),s=([A-Za-z0-9+/=]+),i=(\d+)(?:,.*)?$/s.exec(answer);
    const [, serverNonce = '', salt = '', rounds = ''] = match ?? [];
    const iterations = Number(rounds);
    if (match === null || !serverNonce.startsWith(nonce) || serverNonce.length === nonce.length)
      throw refused(`its answer to the first ${mechanism} message is malformed`);
    if (iterations < MIN_ROUNDS || iterations > MAX_ROUNDS)
      throw refused(`it asks for ${iterations} rounds of ${mechanism}; ${MIN_ROUNDS} to ${MAX_ROUNDS} are sensible`);
    const salted = saltPassword(mechanism, password, Buffer.from(salt, 'base64'), iterations);
    const withoutProof = `c=biws,r=${serverNonce}`;
    const covered = `${first},${answer},${withoutProof}`;
    const clientKey = scramHmac(mechanism, salted, 'Client Key');
    const signature = scramHmac(mechanism, scramDigest(mechanism, clientKey), covered);
    expected = scramHmac(mechanism, scramHmac(mechanism, salted, 'Server Key'), covered);
    return Buffer.from(`${withoutProof},p=${exclusiveOr(clientKey, signature).toString('base64')}`);
  };
  return {
    begin: async () => Buffer.from(`n,,${first}`),
    next: (answer) => {
      const text = answer.toString('utf8');
      if (expected === null) return prove(text);
      const given = Buffer.from(/^v=([A-Za-z0-9+/=]+)/.exec(text)?.[1] ?? '', 'base64');
      if (given.length !== expected.length || !timingSafeEqual(given, expected))
        throw refused('it does not know the password itself: it may be somebody else');
      return null;
    },
  };
};

/** RFC 7628, with Kafka's SASL extensions (KIP-342). */
const oauthClient = (config: Extract<SaslConfig, { mechanism: 'OAUTHBEARER' }>): SaslClient => ({
  begin: async () => {
    const token = await fetchToken(config.source);
    const extensions = Object.entries(config.extensions).map(([key, value]) => `\x01${key}=${value}`);
    return Buffer.from(`n,,\x01auth=Bearer ${token}${extensions.join('')}\x01\x01`);
  },
  // A broker that refuses a token answers with the reason as JSON and waits for one more byte.
  next: (answer) => (answer.length === 0 ? null : Buffer.from([1])),
});

const refused = (why: string): ClientError =>
  new ClientError('SASL_AUTHENTICATION_FAILED', `the broker's part of the authentication is wrong: ${why}`, {
    code: 58,
  });
