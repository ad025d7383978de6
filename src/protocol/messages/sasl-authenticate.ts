import { api, bytes, ignorable, int16, int64, nullable, since, string } from '../schema.ts';

/**
 * SaslAuthenticate: one step of the SASL exchange (KIP-152). From version 1 the response tells after how many
 * milliseconds the client has to authenticate again (KIP-368).
 */
export const saslAuthenticate = api({
  key: 36,
  name: 'SaslAuthenticate',
  versions: [0, 2],
  flexibleFrom: 2,
  request: { authBytes: bytes },
  response: {
    errorCode: int16,
    errorMessage: nullable(string),
    authBytes: bytes,
    sessionLifetimeMs: ignorable(since(1, int64)),
  },
});
