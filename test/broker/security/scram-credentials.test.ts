import { pbkdf2Sync } from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ScramStore } from '../../../src/broker/security/scram-store.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';
import { alterUserScramCredentials } from '../../../src/protocol/messages/alter-user-scram-credentials.ts';
import { describeUserScramCredentials } from '../../../src/protocol/messages/describe-user-scram-credentials.ts';
import { brokerForTest, Wire } from '../wire.ts';

const salt = Buffer.from('some-salt');
const upsertion = (name: string, more: { mechanism?: number; iterations?: number } = {}) => {
  const { mechanism = 1, iterations = 4096 } = more;
  const [hash, sizeBytes] = mechanism === 2 ? ['sha512', 64] : ['sha256', 32];
  return { name, mechanism, iterations, salt, saltedPassword: pbkdf2Sync('pass-word', salt, 4096, sizeBytes, hash) };
};

const start = async () => {
  const { broker, dataDir } = await brokerForTest();
  return { wire: await Wire.open(broker), dataDir };
};

describe('SCRAM credentials', () => {
  it('are set, described and removed', async () => {
    const { wire } = await start();
    const upsertions = [upsertion('alice'), upsertion('alice', { mechanism: 2 }), upsertion('bob')];
    await wire.ask(alterUserScramCredentials, 0, { upsertions, deletions: [] });
    await wire.ask(alterUserScramCredentials, 0, { upsertions: [], deletions: [{ name: 'alice', mechanism: 1 }] });

    const { results } = await wire.ask(describeUserScramCredentials, 0, { users: null });

    expect(results).toEqual([
      { user: 'alice', errorCode: 0, errorMessage: null, credentialInfos: [{ mechanism: 2, iterations: 4096 }] },
      { user: 'bob', errorCode: 0, errorMessage: null, credentialInfos: [{ mechanism: 1, iterations: 4096 }] },
    ]);
  });

  it('are files that only their owner reads, and hold no password', async () => {
    const { wire, dataDir } = await start();
    const asked = upsertion('alice');
    await wire.ask(alterUserScramCredentials, 0, { upsertions: [asked], deletions: [] });
    const file = join(dataDir, 'scram-credentials.json');
    const text = readFileSync(file, 'utf8');

    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(text).not.toContain('pass-word');
    expect(text).not.toContain(asked.saltedPassword.toString('base64'));
    expect(new ScramStore(dataDir, new Map()).describe('alice')).toEqual([
      { mechanism: 'SCRAM-SHA-256', iterations: 4096 },
    ]);
  });

  it('that make no sense are refused for the whole user, and others are kept', async () => {
    const { wire } = await start();
    const { results } = await wire.ask(alterUserScramCredentials, 0, {
      upsertions: [
        upsertion('good'),
        upsertion('few', { iterations: 100 }),
        upsertion('many', { iterations: 1_000_000 }),
        upsertion('what', { mechanism: 9 }),
        upsertion('twice'),
        upsertion('twice'),
        upsertion(''),
      ],
      deletions: [{ name: 'nobody', mechanism: 1 }],
    });

    expect(Object.fromEntries(results.map(({ user, errorCode }) => [user, errorCode]))).toEqual({
      good: 0,
      few: ErrorCode.UNACCEPTABLE_CREDENTIAL,
      many: ErrorCode.UNACCEPTABLE_CREDENTIAL,
      what: ErrorCode.UNSUPPORTED_SASL_MECHANISM,
      twice: ErrorCode.DUPLICATE_RESOURCE,
      '': ErrorCode.UNACCEPTABLE_CREDENTIAL,
      nobody: ErrorCode.RESOURCE_NOT_FOUND,
    });
    const described = await wire.ask(describeUserScramCredentials, 0, { users: [{ name: 'few' }] });
    expect(described.results[0]?.errorCode).toBe(ErrorCode.RESOURCE_NOT_FOUND);
  });
});
