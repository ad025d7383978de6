import { apiVersions } from '../../protocol/messages/api-versions.ts';
import { saslAuthenticate } from '../../protocol/messages/sasl-authenticate.ts';
import { saslHandshake } from '../../protocol/messages/sasl-handshake.ts';
import { MAX_SASL_MESSAGE_BYTES } from './limits.ts';
import { type PlainUsers, plainExchange } from './plain.ts';
import { type SaslExchange, type SaslStep, scramExchange } from './scram.ts';
import type { ScramStore } from './scram-store.ts';
import type { SaslMechanism } from './security-settings.ts';

/** How the clients of a listener are told apart. */
export type SaslAuthenticator = {
  /** In the order that clients are told. */
  readonly mechanisms: readonly SaslMechanism[];
  readonly plain: PlainUsers;
  readonly scram: ScramStore;
  /** After how many milliseconds a session must authenticate again; 0 for never. */
  readonly maxReauthMs: number;
};

/**
 * `new`: nothing was agreed. `chosen`: a mechanism was, and its messages are under way, in SaslAuthenticate requests or, after
 * SaslHandshake version 0, as bare frames. `failed`: nothing more is served.
 */
type State = 'new' | 'chosen' | 'chosen-bare' | 'authenticated' | 'failed';

/** What became of one SaslAuthenticate. */
export type SaslOutcome =
  | { readonly kind: 'answer'; readonly answer: Buffer; readonly lifetimeMs: number }
  /** It is answered with the state's error, and the connection goes on. */
  | { readonly kind: 'out-of-place' }
  /** The connection ends when this is answered. `message` is for the client, `reason` for the log. */
  | { readonly kind: 'failed'; readonly message: string; readonly reason: string };

/**
 * The SASL side of one connection: which requests it admits, and the exchange that is under way. A session that is
 * authenticated may authenticate again as the same user (KIP-368).
 */
export class SaslSession {
  readonly #authenticator: SaslAuthenticator;
  #state: State = 'new';
  #mechanism: SaslMechanism = 'PLAIN';
  #exchange: SaslExchange | null = null;
  #user: string | null = null;
  #expiresAtMs = Number.POSITIVE_INFINITY;

  constructor(authenticator: SaslAuthenticator) {
    this.#authenticator = authenticator;
  }

  /** The user that was authenticated last; null before. */
  get user(): string | null {
    return this.#user;
  }

  /** True when the next frame is a message of the exchange and no request. */
  get takesBareMessages(): boolean {
    return this.#state === 'chosen-bare';
  }

  /** Why a request must not be served now, for the log; null when it may be. */
  refusal(apiKey: number): string | null {
    switch (this.#state) {
      case 'authenticated':
        if (this.#expiresAtMs === Number.POSITIVE_INFINITY || apiKey === saslHandshake.key) return null;
        return performance.now() > this.#expiresAtMs ? 'its session is over and it did not authenticate again' : null;
      case 'new':
        if (apiKey === apiVersions.key || apiKey === saslHandshake.key) return null;
        return `a request with API key ${apiKey} came before authentication (ILLEGAL_SASL_STATE)`;
      case 'failed':
        return 'authentication had failed';
      default:
        if (apiKey === saslAuthenticate.key) return null;
        return `a request with API key ${apiKey} came in the middle of authentication (ILLEGAL_SASL_STATE)`;
    }
  }

  /** Chooses a mechanism; false when it is not offered: the connection ends when that is answered. */
  choose(mechanism: string, hasBareMessages: boolean): boolean {
    const { mechanisms, plain, scram } = this.#authenticator;
    const chosen = mechanisms.find((each) => each === mechanism);
    if (chosen === undefined) {
      this.#state = 'failed';
      return false;
    }
    this.#mechanism = chosen;
    this.#exchange =
      chosen === 'PLAIN' ? plainExchange(plain) : scramExchange(chosen, (user) => scram.find(user, chosen));
    this.#state = hasBareMessages ? 'chosen-bare' : 'chosen';
    return true;
  }

  /** What clients may choose from. */
  get mechanisms(): readonly string[] {
    return this.#authenticator.mechanisms;
  }

  /** Takes one message of the exchange. */
  take(message: Buffer): SaslOutcome {
    if (this.#exchange === null) return { kind: 'out-of-place' };
    const step: SaslStep =
      message.length > MAX_SASL_MESSAGE_BYTES
        ? { kind: 'failed', reason: `a SASL message of ${message.length} bytes is over ${MAX_SASL_MESSAGE_BYTES}` }
        : this.#exchange.step(message);
    switch (step.kind) {
      case 'continue':
        return { kind: 'answer', answer: step.answer, lifetimeMs: 0 };
      case 'failed':
        return this.#fail(step.reason);
      case 'done': {
        if (this.#user !== null && this.#user !== step.user)
          return this.#fail('it authenticated again as another user');
        const { maxReauthMs } = this.#authenticator;
        this.#user = step.user;
        this.#exchange = null;
        this.#state = 'authenticated';
        this.#expiresAtMs = maxReauthMs === 0 ? Number.POSITIVE_INFINITY : performance.now() + maxReauthMs;
        return { kind: 'answer', answer: step.answer, lifetimeMs: maxReauthMs };
      }
    }
  }

  /** One sentence for all reasons, so that it does not tell which users there are. */
  #fail(reason: string): SaslOutcome {
    this.#state = 'failed';
    this.#exchange = null;
    const message = `Authentication failed: wrong user name or password for SASL mechanism ${this.#mechanism}.`;
    return { kind: 'failed', message, reason: `SASL ${this.#mechanism} failed: ${reason}` };
  }
}
