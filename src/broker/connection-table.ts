import { type Server, Socket } from 'node:net';
import { SlabPool } from '../protocol/slab.ts';
import { Connection } from './connection.ts';
import { BUSY_READ_BYTES, FREE_READ_BYTES, IDLE_READ_BYTES } from './limits.ts';
import { ClientSession, type Listener } from './security/client-session.ts';
import { type AcceptEvents, type Accepted, peerOf } from './security/tls-server.ts';
import type { BrokerState } from './state.ts';

/** The connections of all listeners, from the moment they are made. */
export class ConnectionTable {
  readonly #broker: BrokerState;
  readonly #connections = new Set<Connection>();
  /** Sockets of TLS clients as they were accepted, beneath the encryption. */
  readonly #beneath = new Set<Socket>();
  readonly #pools = {
    idlePool: new SlabPool({ slabBytes: IDLE_READ_BYTES, maxFreeBytes: FREE_READ_BYTES }),
    busyPool: new SlabPool({ slabBytes: BUSY_READ_BYTES, maxFreeBytes: FREE_READ_BYTES }),
  };
  readonly #sweeper: NodeJS.Timeout | null;
  /** Connections of listeners without TLS. */
  #plainCount = 0;
  #isRelieving = false;

  constructor(broker: BrokerState) {
    this.#broker = broker;
    // A frozen connection stops reading when it is pumped, and goes on when it is pumped again.
    broker.faults.onFreezeChange = () => {
      for (const connection of this.#connections) connection.pump();
    };
    const { connectionsMaxIdleMs } = broker.settings;
    this.#sweeper =
      connectionsMaxIdleMs < 0
        ? null
        : setInterval(() => this.#sweep(connectionsMaxIdleMs), sweepEveryMs(connectionsMaxIdleMs)).unref();
  }

  /** What a listener's server tells. */
  readonly events: Omit<AcceptEvents, 'accepted'> = {
    admit: (socket, isEncrypted) => {
      const { maxConnections } = this.#broker.settings;
      if (this.#plainCount + this.#beneath.size >= maxConnections) {
        const why = `max.connections is ${maxConnections}`;
        this.#broker.journal.say('refused connections', `refused a connection from ${peerOf(socket)}: ${why}`);
        return false;
      }
      if (isEncrypted) {
        this.#beneath.add(socket);
        socket.once('close', () => this.#beneath.delete(socket));
      }
      return true;
    },
    refused: (peer, why) =>
      this.#broker.journal.say('refused connections', `refused a connection from ${peer}: TLS: ${why}`),
  };

  /** Serves a client. */
  serve({ socket: accepted, isEncrypted, principal }: Accepted, listener: Listener): void {
    const connection = new Connection({
      broker: this.#broker,
      session: new ClientSession(
        listener,
        this.#broker.security.authorizer,
        accepted.remoteAddress ?? 'unknown',
        principal,
      ),
      peer: peerOf(accepted),
      ...this.#pools,
      onRelief: this.#onRelief,
    });
    const socket = isEncrypted ? copyInto(accepted, connection) : readInto(accepted, connection);
    this.#connections.add(connection);
    if (!isEncrypted) this.#plainCount++;
    socket.on('close', () => {
      this.#connections.delete(connection);
      if (!isEncrypted) this.#plainCount--;
    });
    connection.attach(socket);
    socket.setNoDelay(true);
    socket.setKeepAlive(true);
    socket.resume();
    if (this.#broker.faults.isFrozen) connection.pump();
  }

  /** Closes every connection. */
  close(): void {
    if (this.#sweeper !== null) clearInterval(this.#sweeper);
    for (const connection of this.#connections) connection.destroy();
    for (const socket of this.#beneath) socket.destroy();
  }

  readonly #onRelief = (): void => {
    if (this.#isRelieving || this.#broker.settings.queuedMaxRequestBytes < 0) return;
    this.#isRelieving = true;
    setImmediate(() => {
      this.#isRelieving = false;
      for (const connection of this.#connections) connection.pump();
    });
  };

  #sweep(connectionsMaxIdleMs: number): void {
    const nowMs = performance.now();
    for (const connection of this.#connections) {
      if (connection.wasActive || !connection.isIdle) connection.activeAtMs = nowMs;
      else if (nowMs - connection.activeAtMs >= connectionsMaxIdleMs) connection.destroy();
      connection.wasActive = false;
    }
  }
}

const sweepEveryMs = (idleMs: number): number => Math.min(60_000, Math.max(50, idleMs / 4));

/** Decrypted bytes come in buffers of Node's and are copied to where the connection reads: TLS costs far more than that. */
const copyInto = (socket: Socket, connection: Connection): Socket =>
  socket.on('data', (chunk: Buffer) => {
    for (let from = 0; from < chunk.length; ) {
      const byteCount = chunk.copy(connection.target(), 0, from);
      from += byteCount;
      connection.received(byteCount);
    }
  });

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
