import { api, array, bytes, int8, int16, int32, nullable, string, withDefault } from '../schema.ts';

/**
 * AlterUserScramCredentials: sets and removes the SCRAM credentials of users (KIP-554). Only the salted password
 * travels.
 */
export const alterUserScramCredentials = api({
  key: 51,
  name: 'AlterUserScramCredentials',
  versions: [0, 0],
  flexibleFrom: 0,
  request: {
    deletions: array({ name: string, mechanism: int8 }),
    upsertions: array({ name: string, mechanism: int8, iterations: int32, salt: bytes, saltedPassword: bytes }),
  },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    results: array({ user: string, errorCode: int16, errorMessage: nullable(string) }),
  },
});
