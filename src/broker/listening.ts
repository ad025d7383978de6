import type { BrokerOptions } from './broker.ts';
import type { Journal } from './journal.ts';
import { errorCode } from './log/errors.ts';
import type { Listener } from './security/client-session.ts';
import type { Address, SecurityProtocol } from './security/listeners.ts';
import { PlainUsers } from './security/plain.ts';
import type { Security } from './security/security.ts';
import type { ListenerSettings, SecuritySettings } from './security/security-settings.ts';
import { type BrokerServer, ListenError, listen } from './server.ts';
import type { BrokerState } from './state.ts';

/** Where a broker listens, and what clients of each listener are told to connect to; the first is the one that its caller asked for. */
export type Listening = {
  readonly server: BrokerServer;
  readonly listeners: readonly Listener[];
  readonly first: Listener;
};

/**
 * Begins to listen on all listeners.
 * @throws the line that says why not (rejects): an address in use, not allowed or not of this machine
 */
export const openListeners = async (
  options: Pick<BrokerOptions, 'host' | 'port' | 'advertised'>,
  settings: SecuritySettings,
  base: BrokerState,
): Promise<Listening> => {
  const plans = settings.listeners ?? [plainListener(options)];
  let listeners: readonly Listener[] = [];
  let server: BrokerServer;
  try {
    server = await listen(plans, base, (ports) => {
      listeners = plans.map((plan, index) => listenerOf(plan, ports[index] ?? plan.port, base.security));
      return listeners;
    });
  } catch (error) {
    throw error instanceof ListenError ? new Error(listenLine(error), { cause: error }) : error;
  }
  const [first] = listeners;
  if (first === undefined) throw new Error('a broker needs a listener');
  plans.forEach((plan, index) => {
    const listener = listeners[index];
    if (listener !== undefined) warn(plan, listener, base.journal);
  });
  return { server, listeners, first };
};

const plainListener = ({ host, port, advertised }: Pick<BrokerOptions, 'host' | 'port' | 'advertised'>) => ({
  name: 'PLAINTEXT',
  protocol: 'PLAINTEXT' as const,
  host,
  port,
  advertised: advertised ?? null,
  tls: null,
  sasl: null,
});

const listenerOf = (plan: ListenerSettings, port: number, { scram }: Security): Listener => ({
  name: plan.name,
  protocol: plan.protocol,
  host: plan.host,
  port,
  advertised: plan.advertised ?? { host: isAnyAddress(plan.host) ? 'localhost' : plan.host, port },
  sasl:
    plan.sasl === null
      ? null
      : {
          mechanisms: plan.sasl.mechanisms,
          plain: new PlainUsers(plan.sasl.plainUsers),
          scram,
          maxReauthMs: plan.sasl.maxReauthMs,
        },
});

const warn = (plan: ListenerSettings, { advertised, port }: Listener, journal: Journal): void => {
  const { host, protocol } = plan;
  const isOpen = OPEN.includes(protocol) && (plan.tls === null || plan.tls.clientAuth !== 'required');
  if (!isLoopback(host) && isOpen)
    journal.say(
      'address',
      `listening on ${host}, which is not loopback: without authentication anybody who reaches port ${port} can read and write`,
    );
  if (isAnyAddress(host) && plan.advertised === null)
    journal.say(
      'advertised address',
      `clients are told to connect to ${advertised.host}:${advertised.port}: for those on other machines give --advertise HOST:PORT`,
    );
};

/** Protocols that let anybody in. */
const OPEN: readonly SecurityProtocol[] = ['PLAINTEXT', 'SSL'];

const listenLine = ({ address, cause }: ListenError): string => {
  const { host } = address;
  const place = placeOf(address);
  const lines: Readonly<Record<string, string>> = {
    EADDRINUSE: `${place} is in use: stop what listens there, or give another port (0 takes a free one)`,
    EACCES: `listening on ${place} is not allowed: give a port from 1024 on`,
    EADDRNOTAVAIL: `${host} is not an address of this machine: give 127.0.0.1 or one that is`,
    ENOTFOUND: `${host} cannot be resolved: give an address of this machine`,
    EAI_AGAIN: `${host} cannot be resolved: give an address of this machine`,
  };
  const why = cause instanceof Error ? cause.message : String(cause);
  return lines[errorCode(cause)] ?? `cannot listen on ${place}: ${why}`;
};

const placeOf = ({ host, port }: Address): string => `${host}:${port}`;

const isAnyAddress = (host: string): boolean => host === '0.0.0.0' || host === '::';

const isLoopback = (host: string): boolean =>
  host === 'localhost' || host === '::1' || /^127(?:\.\d{1,3}){3}$/.test(host);
