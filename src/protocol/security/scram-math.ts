import { createHash, createHmac, pbkdf2Sync } from 'node:crypto';

/** SCRAM mechanisms by name, with Kafka's numbers for them (KIP-554). */
export const scramMechanisms = {
  'SCRAM-SHA-256': { code: 1, hash: 'sha256', sizeBytes: 32 },
  'SCRAM-SHA-512': { code: 2, hash: 'sha512', sizeBytes: 64 },
} as const;

/** `SCRAM-SHA-256` or `SCRAM-SHA-512`. */
export type ScramMechanism = keyof typeof scramMechanisms;

/** Fewest and most rounds of PBKDF2 (Kafka's `ScramMechanism.minIterations`, `maxIterations`). */
export const MIN_ITERATIONS = 4096;
export const MAX_ITERATIONS = 16_384;

/** HMAC of a text (RFC 5802, section 2.2). */
export const scramHmac = (mechanism: ScramMechanism, key: Uint8Array, text: string): Buffer =>
  createHmac(scramMechanisms[mechanism].hash, key).update(text).digest();

/** H of RFC 5802. */
export const scramDigest = (mechanism: ScramMechanism, bytes: Uint8Array): Buffer =>
  createHash(scramMechanisms[mechanism].hash).update(bytes).digest();

/** SaltedPassword of RFC 5802. Takes some milliseconds of CPU. */
export const saltPassword = (
  mechanism: ScramMechanism,
  password: string,
  salt: Uint8Array,
  iterations: number,
): Buffer => {
  const { hash, sizeBytes } = scramMechanisms[mechanism];
  return pbkdf2Sync(password, salt, iterations, sizeBytes, hash);
};

/** Bitwise difference of two equally long byte strings. */
export const exclusiveOr = (one: Uint8Array, other: Uint8Array): Buffer =>
  Buffer.from(one.map((byte, index) => byte ^ (other[index] ?? 0)));
