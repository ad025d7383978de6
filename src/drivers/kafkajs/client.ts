/** Loads kafkajs and makes its client: nothing of it is loaded before that, so that runs of other clients do not pay for it. */
import { connect, isIP } from 'node:net';
import { connect as connectTls } from 'node:tls';
import type { ISocketFactory, Kafka, LogEntry, RetryOptions } from 'kafkajs';
import type { CommonConfig } from '../../client/properties/common-properties.ts';
import type { DriverOptions } from '../driver.ts';
import { kafkajsSecurity } from './security.ts';

/** What kafkajs exports. */
export type KafkajsModule = typeof import('kafkajs');

/** What became of a client's sockets. */
export type KafkajsConnections = {
  /** Sockets that were opened to where one had been lost. */
  readonly reconnects: number;
};

/** kafkajs, a client of it, and the account of its sockets. */
export type KafkajsClient = {
  readonly kafkajs: KafkajsModule;
  readonly kafka: Kafka;
  readonly connections: KafkajsConnections;
};

const keepAliveMs = 60_000;

/** Opens sockets as kafkajs does by itself, and counts those that take the place of a lost one. */
const countingSockets = (): { readonly open: ISocketFactory; readonly connections: KafkajsConnections } => {
  const connections = { reconnects: 0 };
  const lost = new Map<string, number>();
  const open: ISocketFactory = ({ host, port, ssl, onConnect }) => {
    const address = `${host}:${port}`;
    let isOpen = false;
    const connected = (): void => {
      isOpen = true;
      const waiting = lost.get(address) ?? 0;
      if (waiting > 0) {
        lost.set(address, waiting - 1);
        connections.reconnects++;
      }
      onConnect();
    };
    const name = isIP(host) === 0 ? { servername: host } : {};
    // It is null for plain connections, whatever its type says.
    const socket = ssl ? connectTls({ host, port, ...name, ...ssl }, connected) : connect({ host, port }, connected);
    socket.setKeepAlive(true, keepAliveMs);
    socket.once('close', () => {
      if (isOpen) lost.set(address, (lost.get(address) ?? 0) + 1);
    });
    return socket;
  };
  return { open, connections };
};

/** Connections and metadata are tried so often before kafkajs gives up a call; Kafka's clients try until a time is over. */
const connectRetries = 5;

/** `retry.backoff.ms` and `retry.backoff.max.ms` in kafkajs's words: both double, with a fifth of chance. */
export const kafkajsRetry = (config: CommonConfig, retries: number): RetryOptions => ({
  retries,
  initialRetryTime: Math.max(1, config.retryBackoffMs),
  maxRetryTime: Math.max(1, config.retryBackoffMaxMs),
  multiplier: 2,
  factor: 0.2,
});

/** Told each line that kafkajs would have logged, at the level of warnings or above. */
export type LogListener = (entry: LogEntry) => void;

/** kafkajs, loaded; its warning about partitioners, which are ours, is off. */
export const loadKafkajs = async (): Promise<KafkajsModule> => {
  process.env.KAFKAJS_NO_PARTITIONER_WARNING = '1';
  // Node finds only some of the names that a CommonJS module exports; all are in its default.
  return (await import('kafkajs')).default;
};

/** Makes a client; nothing is connected yet. */
export const makeKafkajsClient = async (
  config: CommonConfig,
  properties: DriverOptions['properties'],
  onLog: LogListener = () => {},
): Promise<KafkajsClient> => {
  const kafkajs = await loadKafkajs();
  const { open, connections } = countingSockets();
  const kafka = new kafkajs.Kafka({
    clientId: config.clientId,
    brokers: config.bootstrapServers.map(({ host, port }) => `${host.includes(':') ? `[${host}]` : host}:${port}`),
    connectionTimeout: config.socketConnectionSetupTimeoutMs,
    requestTimeout: config.requestTimeoutMs,
    retry: kafkajsRetry(config, connectRetries),
    socketFactory: open,
    logLevel: kafkajs.logLevel.WARN,
    logCreator: () => onLog,
    ...kafkajsSecurity(properties),
  });
  return { kafkajs, kafka, connections };
};
