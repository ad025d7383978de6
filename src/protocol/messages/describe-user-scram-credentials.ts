import { api, array, int8, int16, int32, nullable, string, withDefault } from '../schema.ts';

/**
 * DescribeUserScramCredentials: which SCRAM mechanisms users have credentials for, and with how many iterations
 * (KIP-554). `users` null means all.
 */
export const describeUserScramCredentials = api({
  key: 50,
  name: 'DescribeUserScramCredentials',
  versions: [0, 0],
  flexibleFrom: 0,
  request: { users: nullable(array({ name: string })) },
  response: {
    throttleTimeMs: withDefault(int32, 0),
    errorCode: int16,
    errorMessage: nullable(string),
    results: array({
      user: string,
      errorCode: int16,
      errorMessage: nullable(string),
      credentialInfos: array({ mechanism: int8, iterations: int32 }),
    }),
  },
});
