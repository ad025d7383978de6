import type { Server } from 'node:net';
import { ConnectionTable } from './connection-table.ts';
import { ACCEPT_BACKLOG } from './limits.ts';
import type { Listener } from './security/client-session.ts';
import type { Address } from './security/listeners.ts';
import { type AcceptEvents, type Accepted, createListenerServer } from './security/tls-server.ts';
import type { TlsMaterial } from './security/tls-settings.ts';
import type { BrokerState } from './state.ts';

/** Listens, and holds the connections. */
export type BrokerServer = {
  /** Stops listening and closes every connection. */
  close(): Promise<void>;
};

/** Where to listen, with TLS or without. */
export type ListenPlan = Address & { readonly tls: TlsMaterial | null };

/** The system refused an address; `cause` is what it said (EADDRINUSE, EACCES, EADDRNOTAVAIL, ...). */
export class ListenError extends Error {
  override readonly name = 'ListenError';
  readonly address: Address;
  constructor(address: Address, cause: unknown) {
    super(`cannot listen on ${address.host}:${address.port}`, { cause });
    this.address = address;
  }
}

/**
 * Begins to listen everywhere; `makeListeners` is called with the ports, in order, before the first connection is served.
 * @throws ListenError (rejects); nothing is listened on then
 */
export const listen = async (
  plans: readonly ListenPlan[],
  broker: BrokerState,
  makeListeners: (ports: readonly number[]) => readonly Listener[],
): Promise<BrokerServer> => {
  const connections = new ConnectionTable(broker);
  const servers: Server[] = [];
  // Clients that come while other addresses are still being bound.
  const early: (() => void)[] = [];
  let listeners: readonly Listener[] | null = null;
  try {
    for (const [index, plan] of plans.entries()) {
      const serve = (accepted: Accepted): void => {
        const listener = listeners?.[index];
        if (listener === undefined) early.push(() => serve(accepted));
        else connections.serve(accepted, listener);
      };
      servers.push(await listenOn(plan, { ...connections.events, accepted: serve }));
    }
    listeners = makeListeners(servers.map(portOf));
  } catch (error) {
    for (const server of servers) server.close();
    connections.close();
    throw error;
  }
  for (const serveNow of early) serveNow();
  // A failed accept (no more descriptors) must not end the broker.
  for (const server of servers)
    server.on('error', (error) => broker.journal.say('accept', `cannot accept connections: ${error.message}`, 1));
  return {
    close: async () => {
      const closed = servers.map((server) => new Promise<void>((resolve) => server.close(() => resolve())));
      connections.close();
      await Promise.all(closed);
    },
  };
};

const listenOn = async (plan: ListenPlan, events: AcceptEvents): Promise<Server> => {
  const { host, port } = plan;
  const server = createListenerServer(plan.tls, events);
  await new Promise<void>((resolve, reject) => {
    const refuse = (error: Error): void => reject(new ListenError({ host, port }, error));
    server.once('error', refuse);
    server.listen({ host, port, backlog: ACCEPT_BACKLOG }, () => {
      server.off('error', refuse);
      resolve();
    });
  });
  return server;
};

const portOf = (server: Server): number => {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has no port');
  return address.port;
};
