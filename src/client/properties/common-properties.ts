import { readSecurity } from '../security/read-security.ts';
import type { SecurityConfig } from '../security/security-config.ts';
import {
  INT_MAX,
  numberValue,
  type Property,
  PropertyError,
  type PropertyTable,
  type PropertyValue,
  stringValue,
} from './property.ts';

/** Where a broker listens. */
export type BrokerAddress = { readonly host: string; readonly port: number };

/** What producer and consumer share. Times in milliseconds, sizes in bytes. */
export type CommonConfig = {
  /** Empty when bootstrap.servers is unset. */
  readonly bootstrapServers: readonly BrokerAddress[];
  readonly clientId: string;
  readonly requestTimeoutMs: number;
  /** At most retryBackoffMaxMs. */
  readonly retryBackoffMs: number;
  readonly retryBackoffMaxMs: number;
  readonly metadataMaxAgeMs: number;
  /** Least size of the blocks that connections read into; -1 asks for none. */
  readonly receiveBufferBytes: number;
  /** At most reconnectBackoffMaxMs. */
  readonly reconnectBackoffMs: number;
  readonly reconnectBackoffMaxMs: number;
  readonly socketConnectionSetupTimeoutMs: number;
  readonly socketConnectionSetupTimeoutMaxMs: number;
  /** Connections unused for this long are closed; below 0 never. */
  readonly connectionsMaxIdleMs: number;
  /** Whether bootstrapServers are asked again when no broker that metadata named answers. */
  readonly isRebootstrapping: boolean;
  readonly security: SecurityConfig;
};

const NOT_YET = { status: 'not-yet' } as const;
const JVM_ONLY = { status: 'jvm-only' } as const;
const SUPPORTED = { status: 'supported' } as const;
const METRICS_ARE_OURS = "it is about the metrics that Java's client keeps; results have ours";

/** Connection, metadata and metrics properties that both clients have; defaults of Kafka 4 where both agree. */
export const connectionProperties: readonly Property[] = [
  {
    name: 'bootstrap.servers',
    type: 'list',
    default: null,
    ...SUPPORTED,
    description: 'Brokers to ask first for the rest of the cluster, as host:port separated by commas.',
  },
  {
    name: 'client.dns.lookup',
    type: 'string',
    default: 'use_all_dns_ips',
    values: ['use_all_dns_ips', 'resolve_canonical_bootstrap_servers_only'],
    supportedValues: ['use_all_dns_ips'],
    ...SUPPORTED,
    description: 'How host names become addresses: all addresses of a name are tried in turn.',
    reason: 'canonical names of brokers serve Kerberos, which is not built',
  },
  {
    name: 'client.id',
    type: 'string',
    default: '',
    ...SUPPORTED,
    description: 'Name that brokers show for this client in logs, metrics and quotas.',
  },
  {
    name: 'send.buffer.bytes',
    type: 'int',
    default: 131_072,
    min: -1,
    ...JVM_ONLY,
    description: 'Size of the send buffer of a connection. Node has no call for it: it is what the system makes it.',
    reason: 'Node has no call for the size of the send buffer, which is what the system makes it',
  },
  {
    name: 'request.timeout.ms',
    type: 'int',
    default: 30_000,
    min: 0,
    ...SUPPORTED,
    description: 'Longest wait for the answer to one request.',
  },
  {
    name: 'retry.backoff.ms',
    type: 'long',
    default: 100,
    min: 0,
    ...SUPPORTED,
    description: 'Wait before the first retry of a failed request; it doubles with each further one.',
  },
  {
    name: 'retry.backoff.max.ms',
    type: 'long',
    default: 1000,
    min: 0,
    ...SUPPORTED,
    description: 'Longest wait before a retry.',
  },
  {
    name: 'reconnect.backoff.ms',
    type: 'long',
    default: 50,
    min: 0,
    ...SUPPORTED,
    description: 'Wait before the first attempt to connect to a broker again.',
  },
  {
    name: 'reconnect.backoff.max.ms',
    type: 'long',
    default: 1000,
    min: 0,
    ...SUPPORTED,
    description: 'Longest wait between attempts to connect to a broker again.',
  },
  {
    name: 'metadata.max.age.ms',
    type: 'long',
    default: 300_000,
    min: 0,
    ...SUPPORTED,
    description: 'Metadata older than this is fetched again although nothing went wrong.',
  },
  {
    name: 'metadata.recovery.strategy',
    type: 'string',
    default: 'rebootstrap',
    values: ['none', 'rebootstrap'],
    ...SUPPORTED,
    description: 'Whether bootstrap.servers are asked again when no broker that metadata named answers.',
  },
  {
    name: 'metadata.recovery.rebootstrap.trigger.ms',
    type: 'long',
    default: 300_000,
    min: 0,
    ...NOT_YET,
    description: 'Time without metadata after which the client starts again from bootstrap.servers.',
    reason: 'bootstrap.servers are asked again as soon as no known broker answers',
  },
  {
    name: 'connections.max.idle.ms',
    type: 'long',
    default: 540_000,
    ...SUPPORTED,
    description: 'Connections unused for this long, or up to a quarter longer, are closed; below 0 never.',
  },
  {
    name: 'socket.connection.setup.timeout.ms',
    type: 'long',
    default: 10_000,
    min: 0,
    ...SUPPORTED,
    description: 'Longest wait for a connection to be made.',
  },
  {
    name: 'socket.connection.setup.timeout.max.ms',
    type: 'long',
    default: 30_000,
    min: 0,
    ...SUPPORTED,
    description: 'Bound of the connection time-out, which grows with each failed attempt.',
  },
  {
    name: 'metrics.sample.window.ms',
    type: 'long',
    default: 30_000,
    min: 0,
    ...JVM_ONLY,
    description: 'Length of one sample of the client metrics.',
    reason: METRICS_ARE_OURS,
  },
  {
    name: 'metrics.num.samples',
    type: 'int',
    default: 2,
    min: 1,
    ...JVM_ONLY,
    description: 'Samples kept for each client metric.',
    reason: METRICS_ARE_OURS,
  },
  {
    name: 'metrics.recording.level',
    type: 'string',
    default: 'INFO',
    values: ['INFO', 'DEBUG', 'TRACE'],
    ...JVM_ONLY,
    description: 'How detailed the client metrics are.',
    reason: METRICS_ARE_OURS,
  },
  {
    name: 'enable.metrics.push',
    type: 'boolean',
    default: true,
    supportedValues: ['false'],
    ...NOT_YET,
    description: 'Whether the client sends its metrics to the cluster (KIP-714); here it never does.',
    reason: 'metrics are never sent to the cluster here',
  },
  {
    name: 'metric.reporters',
    type: 'list',
    default: '',
    ...JVM_ONLY,
    description: 'Java classes that receive client metrics.',
  },
  {
    name: 'interceptor.classes',
    type: 'list',
    default: '',
    ...JVM_ONLY,
    description: 'Java classes that see each record on its way.',
  },
  {
    name: 'config.providers',
    type: 'list',
    default: '',
    ...JVM_ONLY,
    description: 'Java classes that replace variables in configuration values.',
  },
];

/** Builds a table; a name given twice is a mistake in the table and throws. */
export function propertyTable(...groups: readonly (readonly Property[])[]): PropertyTable {
  const table = new Map<string, Property>();
  for (const property of groups.flat()) {
    if (table.has(property.name)) throw new Error(`property ${property.name} stands twice in the table`);
    table.set(property.name, property);
  }
  return table;
}

/**
 * The typed values that producer and consumer share. Reads the files of keys and certificates. Throws PropertyError for a malformed
 * bootstrap.servers and for security that cannot be used.
 */
export function commonConfig(table: PropertyTable, checked: ReadonlyMap<string, PropertyValue>): CommonConfig {
  const number = (name: string) => numberValue(table, checked, name);
  const retryBackoffMaxMs = number('retry.backoff.max.ms');
  const reconnectBackoffMaxMs = number('reconnect.backoff.max.ms');
  const servers = stringValue(table, checked, 'bootstrap.servers');
  return {
    bootstrapServers: servers === null ? [] : parseBootstrapServers(servers),
    clientId: stringValue(table, checked, 'client.id') ?? '',
    requestTimeoutMs: number('request.timeout.ms'),
    retryBackoffMs: Math.min(number('retry.backoff.ms'), retryBackoffMaxMs),
    retryBackoffMaxMs,
    metadataMaxAgeMs: number('metadata.max.age.ms'),
    receiveBufferBytes: number('receive.buffer.bytes'),
    reconnectBackoffMs: Math.min(number('reconnect.backoff.ms'), reconnectBackoffMaxMs),
    reconnectBackoffMaxMs,
    socketConnectionSetupTimeoutMs: number('socket.connection.setup.timeout.ms'),
    socketConnectionSetupTimeoutMaxMs: number('socket.connection.setup.timeout.max.ms'),
    connectionsMaxIdleMs: number('connections.max.idle.ms'),
    isRebootstrapping: stringValue(table, checked, 'metadata.recovery.strategy') === 'rebootstrap',
    security: readSecurity((name) => stringValue(table, checked, name)),
  };
}

/**
 * Reads `host:port,host:port`; IPv6 hosts in brackets, a protocol such as `PLAINTEXT://` in front is allowed, as Kafka does.
 * @throws PropertyError when an entry is not host:port or the list is empty.
 */
export function parseBootstrapServers(text: string): readonly BrokerAddress[] {
  const entries = text
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
  if (entries.length === 0) {
    throw new PropertyError('bootstrap.servers', 'bootstrap.servers must name at least one host:port; got nothing');
  }
  return entries.map(parseBrokerAddress);
}

function parseBrokerAddress(entry: string): BrokerAddress {
  const match = /^(?:[A-Za-z0-9_]+:\/\/)?(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:/[\]]+)):(\d{1,5})$/.exec(entry);
  const host = match?.[1] ?? match?.[2];
  const port = Number(match?.[3]);
  if (host !== undefined && port >= 1 && port <= 65_535) return { host, port };
  throw new PropertyError(
    'bootstrap.servers',
    `bootstrap.servers must be host:port, with a port from 1 to 65535, separated by commas; got ${JSON.stringify(entry)}`,
  );
}

/** Sum of two times in milliseconds, held at the largest int as Kafka does. */
export const cappedSum = (a: number, b: number): number => Math.min(a + b, INT_MAX);
