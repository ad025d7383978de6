import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto';
import {
  scramDigest as digest,
  exclusiveOr,
  scramHmac as hmac,
  MIN_ITERATIONS,
  type ScramMechanism,
  saltPassword,
} from '../../protocol/security/scram-math.ts';

/** Both, in Kafka's order. */
export const SCRAM_MECHANISMS: readonly ScramMechanism[] = ['SCRAM-SHA-256', 'SCRAM-SHA-512'];

/** What a broker keeps of a password: enough to check a proof, not enough to make one (RFC 5802, section 3). */
export type ScramCredential = {
  readonly iterations: number;
  readonly salt: Buffer;
  readonly storedKey: Buffer;
  readonly serverKey: Buffer;
};

/** Derives a credential from what an admin client sends: PBKDF2 of the password is done already. */
export const credentialFromSalted = (
  mechanism: ScramMechanism,
  saltedPassword: Uint8Array,
  salt: Uint8Array,
  iterations: number,
): ScramCredential => ({
  iterations,
  salt: Buffer.from(salt),
  storedKey: digest(mechanism, hmac(mechanism, saltedPassword, 'Client Key')),
  serverKey: hmac(mechanism, saltedPassword, 'Server Key'),
});

/** Derives a credential from a password, with a salt of its own. Takes some milliseconds of CPU. */
export const credentialFromPassword = (
  mechanism: ScramMechanism,
  password: string,
  iterations: number = MIN_ITERATIONS,
): ScramCredential => {
  const salt = randomBytes(24);
  return credentialFromSalted(mechanism, saltPassword(mechanism, password, salt, iterations), salt, iterations);
};

/** One message of the broker in a SASL exchange, or its end. */
export type SaslStep =
  | { readonly kind: 'continue'; readonly answer: Buffer }
  | { readonly kind: 'done'; readonly answer: Buffer; readonly user: string }
  /** `reason` is for the broker's log; clients get one generic sentence. It holds no secret. */
  | { readonly kind: 'failed'; readonly reason: string };

/** One attempt to authenticate; `step` is given each message of the client. */
export type SaslExchange = { step(message: Buffer): SaslStep };

const NO_EXTENSIONS = '(?:,.*)?';
const CLIENT_FIRST = new RegExp(
  `^([ny],(?:a=([^,]*))?,)(n=([^,]+),r=([\\x21-\\x2b\\x2d-\\x7e]+)${NO_EXTENSIONS})$`,
  's',
);
const CLIENT_FINAL = /^(c=([A-Za-z0-9+/=]+),r=([\x21-\x2b\x2d-\x7e]+)(?:,.*)?),p=([A-Za-z0-9+/=]+)$/s;

/** Salts of users that do not exist are made with it, so that an attempt does not tell which users do. */
const decoyKey = randomBytes(32);

/**
 * The broker's side of SCRAM without channel binding (RFC 5802, RFC 7677).
 * @param find gives a user's credential
 */
export const scramExchange = (
  mechanism: ScramMechanism,
  find: (user: string) => ScramCredential | undefined,
): SaslExchange => {
  let first: FirstRound | null = null;
  return {
    step: (message) => {
      const text = message.toString('utf8');
      if (first !== null) return finish(mechanism, first, text);
      const match = CLIENT_FIRST.exec(text);
      if (match === null) return failed('the first SCRAM message is malformed');
      const [, header = '', asUser = '', bare = '', name = '', clientNonce = ''] = match;
      const user = unescapeName(name);
      if (user === null) return failed('the user name is not escaped as RFC 5802 says');
      if (asUser !== '' && unescapeName(asUser) !== user) return failed('acting for another user is not supported');
      const known = find(user);
      const credential = known ?? decoyOf(mechanism, user);
      const nonce = randomBytes(18).toString('base64url');
      const serverFirst = `r=${clientNonce}${nonce},s=${credential.salt.toString('base64')},i=${credential.iterations}`;
      first = { user, isKnown: known !== undefined, credential, header, nonce, transcript: `${bare},${serverFirst}` };
      return { kind: 'continue', answer: Buffer.from(serverFirst) };
    },
  };
};

/** What the first round settled. */
type FirstRound = {
  readonly user: string;
  readonly isKnown: boolean;
  readonly credential: ScramCredential;
  /** The GS2 header, which the last message repeats. */
  readonly header: string;
  /** The broker's own. */
  readonly nonce: string;
  /** Both messages so far, as the proof covers them. */
  readonly transcript: string;
};

const finish = (mechanism: ScramMechanism, first: FirstRound, text: string): SaslStep => {
  const match = CLIENT_FINAL.exec(text);
  if (match === null) return failed('the last SCRAM message is malformed');
  const [, withoutProof = '', binding = '', nonce = '', proofText = ''] = match;
  const { storedKey, serverKey } = first.credential;
  if (Buffer.from(binding, 'base64').toString('utf8') !== first.header) return failed('the channel binding changed');
  // Kafka looks at the end alone, and librdkafka 2.0 sends its own nonce twice before it; the proof covers what was sent.
  if (!nonce.endsWith(first.nonce)) return failed('the nonce is another one');
  const covered = `${first.transcript},${withoutProof}`;
  const proof = Buffer.from(proofText, 'base64');
  const signature = hmac(mechanism, storedKey, covered);
  if (proof.length !== signature.length) return failed('the proof has a wrong size');
  const clientKey = exclusiveOr(signature, proof);
  const isRight = timingSafeEqual(digest(mechanism, clientKey), storedKey);
  if (!isRight || !first.isKnown) return failed('wrong user name or password');
  const answer = `v=${hmac(mechanism, serverKey, covered).toString('base64')}`;
  return { kind: 'done', answer: Buffer.from(answer), user: first.user };
};

const failed = (reason: string): SaslStep => ({ kind: 'failed', reason });

/** A credential that no proof matches, the same each time a user is tried. */
const decoyOf = (mechanism: ScramMechanism, user: string): ScramCredential => {
  const seed = createHmac('sha512', decoyKey).update(`${mechanism} ${user}`).digest();
  return {
    iterations: MIN_ITERATIONS,
    salt: seed.subarray(0, 24),
    storedKey: digest(mechanism, seed),
    serverKey: digest(mechanism, seed),
  };
};

/** `=2C` stands for a comma, `=3D` for an equals sign; null when another `=` is in it. */
const unescapeName = (name: string): string | null =>
  /^(?:[^=]|=2C|=3D)*$/s.test(name) ? name.replaceAll('=2C', ',').replaceAll('=3D', '=') : null;
