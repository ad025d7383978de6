import { saslAuthenticate } from '../../protocol/messages/sasl-authenticate.ts';
import { saslHandshake } from '../../protocol/messages/sasl-handshake.ts';
import type { Api, RequestInput, ResponseOf } from '../../protocol/schema.ts';
import { ClientError } from '../client-error.ts';
import { saslClient } from './sasl-client.ts';
import type { SaslConfig } from './security-config.ts';

/** What an exchange needs of its connection. */
export type SaslChannel = {
  readonly address: string;
  versionOf(api: Api): number;
  request<A extends Api>(api: A, value: RequestInput<A>): Promise<ResponseOf<A>>;
};

const UNSUPPORTED_SASL_MECHANISM = 33;
const ILLEGAL_SASL_STATE = 34;
const SASL_AUTHENTICATION_FAILED = 58;
/** More messages than any mechanism has. */
const MAX_STEPS = 8;

/**
 * Authenticates a connection (KIP-43, KIP-152). Rejects with a ClientError that no repetition will mend, and that names the setting to
 * look at; it holds no password.
 * @returns how long the session lasts, milliseconds; 0 for as long as the connection (KIP-368)
 */
export const authenticate = async (channel: SaslChannel, config: SaslConfig): Promise<number> => {
  const { mechanism } = config;
  const { errorCode, mechanisms } = await channel.request(saslHandshake, { mechanism });
  if (errorCode === UNSUPPORTED_SASL_MECHANISM)
    throw new ClientError(
      'UNSUPPORTED_SASL_MECHANISM',
      `${channel.address} does not offer sasl.mechanism=${mechanism}; it offers ${mechanisms.join(', ') || 'none'}`,
      { code: errorCode },
    );
  if (errorCode !== 0)
    throw new ClientError(
      'ILLEGAL_SASL_STATE',
      `${channel.address} wants no authentication on this listener (error ${errorCode}); look at security.protocol and the port`,
      { code: ILLEGAL_SASL_STATE },
    );
  const client = saslClient(config);
  let message: Buffer | null = await client.begin();
  for (let step = 0; step < MAX_STEPS; step++) {
    const answer = await channel.request(saslAuthenticate, { authBytes: message });
    if (answer.errorCode !== 0) throw refusal(channel.address, config, answer.errorMessage);
    message = client.next(answer.authBytes);
    if (message === null) return Math.max(0, Number(answer.sessionLifetimeMs));
  }
  throw refusal(channel.address, config, `${mechanism} takes too many steps`);
};

const refusal = (address: string, config: SaslConfig, words: string | null): ClientError => {
  const look =
    config.mechanism === 'OAUTHBEARER'
      ? 'look at the token (sasl.oauthbearer.token.endpoint.url) and what the broker expects of it'
      : `look at username and password in sasl.jaas.config, and whether the user has ${config.mechanism} credentials`;
  const said = words === null || words === '' ? '' : `: ${words.trim().replace(/\.$/, '')}`;
  return new ClientError('SASL_AUTHENTICATION_FAILED', `${address} refused the authentication${said}; ${look}`, {
    code: SASL_AUTHENTICATION_FAILED,
  });
};
