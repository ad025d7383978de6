import type { KafkaConfig } from 'kafkajs';
import { fetchToken } from '../../client/security/oauth-token.ts';
import { readSecurity } from '../../client/security/read-security.ts';
import type { SaslConfig } from '../../client/security/security-config.ts';

/** The part of kafkajs's configuration that says how connections are secured. */
export type KafkajsSecurity = Pick<KafkaConfig, 'ssl' | 'sasl'>;

/**
 * kafkajs's `ssl` and `sasl` for Kafka's client properties (`security.protocol`, `ssl.*`, `sasl.*`), which are validated already: files
 * are read again, in the thread that connects.
 */
export const kafkajsSecurity = (properties: Readonly<Record<string, string>>): KafkajsSecurity => {
  const { tls, sasl } = readSecurity((name) => properties[name] ?? null);
  return { ...(tls === null ? {} : { ssl: tls }), ...(sasl === null ? {} : { sasl: saslOf(sasl) }) };
};

const saslOf = (sasl: SaslConfig): NonNullable<KafkaConfig['sasl']> => {
  switch (sasl.mechanism) {
    case 'PLAIN':
      return { mechanism: 'plain', username: sasl.username, password: sasl.password };
    case 'SCRAM-SHA-256':
      return { mechanism: 'scram-sha-256', username: sasl.username, password: sasl.password };
    case 'SCRAM-SHA-512':
      return { mechanism: 'scram-sha-512', username: sasl.username, password: sasl.password };
    default:
      return {
        mechanism: 'oauthbearer',
        oauthBearerProvider: async () => ({
          value: await fetchToken(sasl.source),
          ...(Object.keys(sasl.extensions).length === 0 ? {} : { extensions: { ...sasl.extensions } }),
        }),
      };
  }
};
