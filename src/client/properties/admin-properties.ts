import { securityProperties } from './security-properties.ts';

/** Properties that an admin client has an effect of, by Kafka's names: those of its connections and their security. */
export const adminProperties: ReadonlySet<string> = new Set([
  'bootstrap.servers',
  'client.id',
  'request.timeout.ms',
  'retry.backoff.ms',
  'retry.backoff.max.ms',
  'socket.connection.setup.timeout.ms',
  ...securityProperties.filter(({ status }) => status === 'supported').map(({ name }) => name),
]);
