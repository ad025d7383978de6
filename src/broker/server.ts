import { createServer, type Server, Socket } from 'node:net';
import { SlabPool } from '../protocol/slab.ts';
import { Connection } from './connection.ts';
import { ACCEPT_BACKLOG, BUSY_READ_BYTES, FREE_READ_BYTES, IDLE_READ_BYTES } from './limits.ts';
import type { BrokerState } from './state.ts';

/** Listens, and holds the connections. */
export type BrokerServer = {
  /** The port that is listened on. */
  readonly port: number;
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
};

/**
 * Begins to listen; `makeState` is called with the port before the first connection is accepted.
 * Rejects with what the system says (EADDRINUSE, EACCES, EADDRNOTAVAIL, ...).
 */
export const listen = async (
  host: string,
  port: number,
  makeState: (port: number) => BrokerState,
): Promise<BrokerServer> => {
  const server = createServer({ pauseOnConnect: true });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port, backlog: ACCEPT_BACKLOG }, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return serve(server, address.port, makeState(address.port));
};

const serve = (server: Server, port: number, broker: BrokerState): BrokerServer => {
  const connections = new Set<Connection>();
  const idlePool = new SlabPool({ slabBytes: IDLE_READ_BYTES, maxFreeBytes: FREE_READ_BYTES });
  const busyPool = new SlabPool({ slabBytes: BUSY_READ_BYTES, maxFreeBytes: FREE_READ_BYTES });
  const { maxConnections, connectionsMaxIdleMs, queuedMaxRequestBytes } = broker.settings;

  let isRelieving = false;
  const onRelief = (): void => {
    if (isRelieving || queuedMaxRequestBytes < 0) return;
    isRelieving = true;
    setImmediate(() => {
      isRelieving = false;
      for (const connection of connections) connection.pump();
    });
  };

  server.on('connection', (accepted) => {
    const { remoteAddress = 'unknown' } = accepted;
    const peer = `${remoteAddress}:${accepted.remotePort ?? 0}`;
    if (connections.size >= maxConnections) {
      broker.journal.say(
        'refused connections',
        `refused a connection from ${peer}: max.connections is ${maxConnections}`,
      );
      accepted.destroy();
      return;
    }
    const connection = new Connection({ broker, host: remoteAddress, peer, idlePool, busyPool, onRelief });
    const socket = readInto(accepted, connection);
    connections.add(connection);
    socket.on('close', () => connections.delete(connection));
    connection.attach(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    socket.resume();
    if (broker.faults.isFrozen) connection.pump();
  });
  // A failed accept (no more descriptors) must not end the broker.
  server.on('error', (error) => broker.journal.say('accept', `cannot accept connections: ${error.message}`, 1));

  // A frozen connection stops reading when it is pumped, and goes on when it is pumped again.
  broker.faults.onFreezeChange = () => {
    for (const connection of connections) connection.pump();
  };

  const sweeper = connectionsMaxIdleMs < 0 ? null : setInterval(sweep, sweepEveryMs(connectionsMaxIdleMs));
  sweeper?.unref();
  function sweep(): void {
    const nowMs = performance.now();
    for (const connection of connections) {
      if (connection.wasActive || !connection.isIdle) connection.activeAtMs = nowMs;
      else if (nowMs - connection.activeAtMs >= connectionsMaxIdleMs) connection.destroy();
      connection.wasActive = false;
    }
  }

  return {
    port,
    close: async () => {
      if (sweeper !== null) clearInterval(sweeper);
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      for (const connection of connections) connection.destroy();
      await closed;
    },
  };
};

const sweepEveryMs = (idleMs: number): number => Math.min(60_000, Math.max(50, idleMs / 4));

/** What Node keeps in a socket and does not show in its types. */
type SocketParts = { _handle: unknown; _server: Server | null };

/**
 * A socket that reads into the connection's own slabs. Node offers that (`onread`) only for sockets one makes oneself, so the
 * accepted one gives its handle away, and its place among the server's connections, which close() waits for.
 */
const readInto = (accepted: Socket, connection: Connection): Socket => {
  const giver = accepted as unknown as SocketParts;
  const options = {
    handle: giver._handle,
    onread: {
      buffer: () => connection.target(),
      callback: (byteCount: number) => {
        connection.received(byteCount);
        return true;
      },
    },
  };
  const socket = new Socket(options as ConstructorParameters<typeof Socket>[0]);
  (socket as unknown as SocketParts)._server = giver._server;
  giver._handle = null;
  giver._server = null;
  return socket;
};
