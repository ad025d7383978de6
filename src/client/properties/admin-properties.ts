/** Properties that an admin client has an effect of, by Kafka's names: those of its connections. */
export const adminProperties: ReadonlySet<string> = new Set([
  'bootstrap.servers',
  'client.id',
  'security.protocol',
  'request.timeout.ms',
  'retry.backoff.ms',
  'retry.backoff.max.ms',
  'socket.connection.setup.timeout.ms',
]);
