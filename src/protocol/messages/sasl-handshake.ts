import { api, array, int16, string } from '../schema.ts';

/**
 * SaslHandshake: chooses a SASL mechanism; the response names those the broker offers. After version 0 the tokens
 * travel bare, after version 1 in SaslAuthenticate (KIP-152).
 */
export const saslHandshake = api({
  key: 17,
  name: 'SaslHandshake',
  versions: [0, 1],
  flexibleFrom: null,
  request: { mechanism: string },
  response: { errorCode: int16, mechanisms: array(string) },
});
