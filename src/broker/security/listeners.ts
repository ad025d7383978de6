import { ConfigError } from '../config/setting.ts';

/** What is spoken on a listener. */
export type SecurityProtocol = 'PLAINTEXT' | 'SSL' | 'SASL_PLAINTEXT' | 'SASL_SSL';

/** All, by name. */
const PROTOCOLS: readonly SecurityProtocol[] = ['PLAINTEXT', 'SSL', 'SASL_PLAINTEXT', 'SASL_SSL'];

/** Where something listens. */
export type Address = { readonly host: string; readonly port: number };

/** A listener as it was asked for. */
export type ListenerPlan = Address & {
  /** Upper case, such as `SASL_SSL`; the name of its protocol unless `listener.security.protocol.map` says otherwise. */
  readonly name: string;
  readonly protocol: SecurityProtocol;
  /** What its clients are told to connect to; null for the address it listens on. */
  readonly advertised: Address | null;
};

/** True when its clients speak TLS. */
export const isEncrypted = (protocol: SecurityProtocol): boolean => protocol === 'SSL' || protocol === 'SASL_SSL';

/** True when its clients authenticate with SASL. */
export const isSasl = (protocol: SecurityProtocol): boolean => protocol === 'SASL_PLAINTEXT' || protocol === 'SASL_SSL';

/**
 * Reads `listeners`, `advertised.listeners` and `listener.security.protocol.map`.
 * @throws ConfigError for what is malformed, a name or port that comes twice, and a name without a protocol.
 */
export const parseListeners = (texts: {
  readonly listeners: string;
  readonly advertised?: string | undefined;
  readonly protocolMap?: string | undefined;
}): readonly ListenerPlan[] => {
  const protocols = readProtocolMap(texts.protocolMap ?? '');
  const advertised = readAddresses('advertised.listeners', texts.advertised ?? '', 1);
  const listeners = readAddresses('listeners', texts.listeners, 0);
  if (listeners.size === 0) throw new ConfigError(`listeners must be ${SHAPE}; got ${JSON.stringify(texts.listeners)}`);
  for (const name of advertised.keys())
    if (!listeners.has(name)) throw new ConfigError(`advertised.listeners names ${name}, which listeners does not`);
  const used = new Map<string, string>();
  return Array.from(listeners, ([name, { host, port }]) => {
    const place = `${host}:${port}`;
    const other = used.get(place);
    if (port !== 0 && other !== undefined)
      throw new ConfigError(`the listeners ${other} and ${name} are both ${place}`);
    used.set(place, name);
    const protocol = protocols.get(name) ?? PROTOCOLS.find((each) => each === name);
    if (protocol === undefined)
      throw new ConfigError(
        `the listener ${name} has no protocol: name it ${PROTOCOLS.join(', ')}, or give listener.security.protocol.map=${name}:PLAINTEXT`,
      );
    // Kafka's way to say "all addresses" is to say none.
    return { name, protocol, host: host === '' ? '0.0.0.0' : host, port, advertised: advertised.get(name) ?? null };
  });
};

const SHAPE =
  'NAME://HOST:PORT, several with commas between them, such as PLAINTEXT://127.0.0.1:9092,SSL://127.0.0.1:9093';

const readAddresses = (setting: string, text: string, minPort: number): Map<string, Address> => {
  const addresses = new Map<string, Address>();
  for (const part of partsOf(text)) {
    const match = /^([A-Za-z0-9_.-]+):\/\/(?:\[([0-9A-Fa-f:.%]+)\]|([^\s:/[\]]*)):(\d{1,5})$/.exec(part);
    const [, given = '', bracketed, plain, digits = ''] = match ?? [];
    const port = Number(digits);
    if (match === null || port < minPort || port > 65_535)
      throw new ConfigError(`${setting} must be ${SHAPE}; got ${JSON.stringify(part)}`);
    const name = given.toUpperCase();
    if (addresses.has(name)) throw new ConfigError(`${setting} names ${name} twice`);
    addresses.set(name, { host: bracketed ?? plain ?? '', port });
  }
  return addresses;
};

const readProtocolMap = (text: string): Map<string, SecurityProtocol> => {
  const protocols = new Map<string, SecurityProtocol>();
  for (const part of partsOf(text)) {
    const [name = '', protocolName = ''] = part.split(':');
    const protocol = PROTOCOLS.find((each) => each === protocolName.trim().toUpperCase());
    if (name === '' || protocol === undefined)
      throw new ConfigError(
        `listener.security.protocol.map must be NAME:PROTOCOL, several with commas between them, with one of ${PROTOCOLS.join(', ')}; got ${JSON.stringify(part)}`,
      );
    protocols.set(name.trim().toUpperCase(), protocol);
  }
  return protocols;
};

const partsOf = (text: string): readonly string[] =>
  text
    .split(',')
    .map((part) => part.trim())
    .filter((part) => part !== '');
