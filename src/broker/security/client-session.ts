import { Access } from './access.ts';
import type { Authorizer } from './authorizer.ts';
import type { Address, SecurityProtocol } from './listeners.ts';
import { ANONYMOUS, userPrincipal } from './principal.ts';
import { type SaslAuthenticator, SaslSession } from './sasl-session.ts';

/** A listener of a running broker. */
export type Listener = Address & {
  readonly name: string;
  readonly protocol: SecurityProtocol;
  /** What its clients are told to connect to. */
  readonly advertised: Address;
  /** Null when its clients do not authenticate with SASL. */
  readonly sasl: SaslAuthenticator | null;
};

/** Who is at the other end of a connection, and by which listener it came. */
export class ClientSession {
  readonly listener: Listener;
  /** The peer's address without its port. */
  readonly host: string;
  /** Null when the listener asks for no SASL. */
  readonly sasl: SaslSession | null;
  /** What it may do; null when that is everything. */
  readonly access: Access | null;
  #principal: string;

  /** @param principal who the client is unless SASL says so: ANONYMOUS or the name of its certificate */
  constructor(listener: Listener, authorizer: Authorizer | null, host: string, principal: string = ANONYMOUS) {
    this.listener = listener;
    this.host = host;
    this.sasl = listener.sasl === null ? null : new SaslSession(listener.sasl);
    this.#principal = principal;
    this.access = authorizer === null ? null : new Access(authorizer, this);
  }

  /** Such as `User:alice`. */
  get principal(): string {
    const user = this.sasl?.user ?? null;
    return user === null ? this.#principal : userPrincipal(user);
  }
}
