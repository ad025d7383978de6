import { ErrorCode, type ErrorName } from '../../protocol/errors.ts';
import { alterUserScramCredentials } from '../../protocol/messages/alter-user-scram-credentials.ts';
import type { RequestOf } from '../../protocol/schema.ts';
import {
  MAX_ITERATIONS,
  MIN_ITERATIONS,
  type ScramMechanism,
  scramMechanisms,
} from '../../protocol/security/scram-math.ts';
import { handler } from '../handler.ts';
import { errorCode as systemErrorCode } from '../log/errors.ts';
import { mayOnCluster } from '../security/access.ts';
import { MAX_NAME_LENGTH } from '../security/limits.ts';
import { credentialFromSalted, SCRAM_MECHANISMS } from '../security/scram.ts';
import type { ScramChange, ScramStore } from '../security/scram-store.ts';

type Request = RequestOf<typeof alterUserScramCredentials>;
type Fault = { readonly error: ErrorName; readonly message: string };

/** AlterUserScramCredentials: sets and removes credentials; of a user with a fault nothing is changed (KIP-554). */
export const handleAlterUserScramCredentials = handler(alterUserScramCredentials, ({ request, broker, access }) => {
  const { scram } = broker.security;
  const users = [...new Set([...request.upsertions, ...request.deletions].map(({ name }) => name))];
  const faults = new Map<string, Fault>();
  const changes: ScramChange[] = [];
  for (const user of users) {
    const found = mayOnCluster(access, 'ALTER') ? changesOf(user, request, scram) : FORBIDDEN;
    if ('error' in found) faults.set(user, found);
    else changes.push(...found);
  }
  let errorCode: number = ErrorCode.NONE;
  let errorMessage: string | null = null;
  try {
    if (!scram.hasRoomFor(changes.length)) {
      errorCode = ErrorCode.POLICY_VIOLATION;
      errorMessage = 'This broker keeps no more credentials.';
    } else if (changes.length > 0) scram.change(changes);
  } catch (error) {
    errorCode = ErrorCode.KAFKA_STORAGE_ERROR;
    errorMessage = `The disk refused it: ${systemErrorCode(error)}.`;
    broker.journal.say('credentials', `cannot write the SCRAM credentials (${systemErrorCode(error)})`);
  }
  return {
    results: users.map((user) => {
      const fault = faults.get(user);
      if (fault === undefined) return { user, errorCode, errorMessage };
      return { user, errorCode: ErrorCode[fault.error], errorMessage: fault.message };
    }),
  };
});

const FORBIDDEN: Fault = {
  error: 'CLUSTER_AUTHORIZATION_FAILED',
  message: 'Altering credentials needs ALTER on the cluster.',
};

const changesOf = (user: string, { upsertions, deletions }: Request, scram: ScramStore): ScramChange[] | Fault => {
  if (user === '' || user.length > MAX_NAME_LENGTH)
    return { error: 'UNACCEPTABLE_CREDENTIAL', message: `A user name has 1 to ${MAX_NAME_LENGTH} characters.` };
  const changes: ScramChange[] = [];
  const seen = new Set<number>();
  const removed = deletions.map((asked) => ({ ...asked, iterations: 0, salt: null, saltedPassword: null }));
  for (const asked of [...upsertions, ...removed]) {
    if (asked.name !== user) continue;
    const mechanism = mechanismOf(asked.mechanism);
    if (mechanism === null)
      return { error: 'UNSUPPORTED_SASL_MECHANISM', message: `SCRAM mechanism ${asked.mechanism} is not known.` };
    if (seen.has(asked.mechanism))
      return { error: 'DUPLICATE_RESOURCE', message: `The request changes ${mechanism} of ${user} twice.` };
    seen.add(asked.mechanism);
    const { iterations, salt, saltedPassword } = asked;
    if (salt === null) {
      if (!scram.isStored(user, mechanism))
        return { error: 'RESOURCE_NOT_FOUND', message: `The user ${user} has no credential for ${mechanism}.` };
      changes.push({ user, mechanism, credential: null });
      continue;
    }
    if (iterations < MIN_ITERATIONS) return { error: 'UNACCEPTABLE_CREDENTIAL', message: 'Too few iterations.' };
    if (iterations > MAX_ITERATIONS) return { error: 'UNACCEPTABLE_CREDENTIAL', message: 'Too many iterations.' };
    if (salt.length === 0 || saltedPassword.length !== scramMechanisms[mechanism].sizeBytes)
      return { error: 'UNACCEPTABLE_CREDENTIAL', message: 'The salt or the salted password has a wrong size.' };
    changes.push({ user, mechanism, credential: credentialFromSalted(mechanism, saltedPassword, salt, iterations) });
  }
  return changes;
};

const mechanismOf = (code: number): ScramMechanism | null =>
  SCRAM_MECHANISMS.find((each) => scramMechanisms[each].code === code) ?? null;
