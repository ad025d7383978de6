import { type ConnectionOptions, connect as connectTls } from 'node:tls';
import { onTestFinished } from 'vitest';
import { type RunningBroker, startBroker } from '../../../src/broker/broker.ts';
import { saslAuthenticate } from '../../../src/protocol/messages/sasl-authenticate.ts';
import { saslHandshake } from '../../../src/protocol/messages/sasl-handshake.ts';
import { temporaryDirectory, Wire } from '../wire.ts';

/** A broker with these settings that ends with the test, and what it logged. */
export const securedBroker = async (
  config: Readonly<Record<string, string>>,
  options: { readonly users?: Readonly<Record<string, string>>; readonly dataDir?: string } = {},
): Promise<{ broker: RunningBroker; lines: string[]; dataDir: string }> => {
  const lines: string[] = [];
  const dataDir = options.dataDir ?? temporaryDirectory();
  const broker = await startBroker({
    host: '127.0.0.1',
    port: 0,
    dataDir,
    config,
    users: options.users ?? {},
    log: (line) => lines.push(line),
  });
  onTestFinished(() => broker.close());
  return { broker, lines, dataDir };
};

/** The listener of that name. */
export const listenerOf = (broker: RunningBroker, name: string) => {
  const listener = broker.listeners.find((each) => each.name === name);
  if (listener === undefined) throw new Error(`the broker has no listener ${name}`);
  return listener;
};

/** A bare connection over TLS. Rejects when the handshake fails. */
export const openTls = async (port: number, options: ConnectionOptions): Promise<Wire> => {
  const socket = connectTls({ port, host: '127.0.0.1', ...options });
  await new Promise<void>((resolve, reject) => {
    socket.once('secureConnect', resolve);
    socket.once('error', reject);
  });
  onTestFinished(() => {
    socket.destroy();
  });
  return Wire.on(socket);
};

/** Authenticates with PLAIN and gives the last answer. */
export const authenticatePlain = async (wire: Wire, user: string, password: string) => {
  await wire.ask(saslHandshake, 1, { mechanism: 'PLAIN' });
  return await wire.ask(saslAuthenticate, 2, { authBytes: Buffer.from(`\0${user}\0${password}`) });
};
