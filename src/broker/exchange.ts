import type { Outgoing } from './outgoing.ts';
import type { ClientSession } from './security/client-session.ts';

/** Writes one whole response frame. */
export type EncodeResponse = (outgoing: Outgoing) => void;

/** Kind of the log lines about faults of the broker itself: a flood of bad requests must not push them out. */
export const UNEXPECTED = 'unexpected failures';

/** What an exchange needs of its connection. */
export type ExchangeOwner = {
  /** Who the peer is, and by which listener it came. */
  readonly session: ClientSession;
  /** Sends what can be sent in order, and goes on with requests that had to wait. */
  pump(): void;
  /** Its next requests wait for so many milliseconds: the client is over its quota. */
  mute(timeMs: number): void;
  /** A response was settled that keeps so many bytes until the socket has taken it. */
  held(sizeBytes: number): void;
  /** Closes the connection with one line in the log; `kind` is what the journal counts it under when there are many. */
  fail(why: string, kind?: string): void;
};

/** One request whose response is to go out in its turn. */
export class Exchange {
  readonly owner: ExchangeOwner;
  readonly version: number;
  readonly correlationId: number;
  /** The client id of the request's header; empty when it had none. */
  readonly clientId: string;
  /** What it counts against the bound on pending requests, bytes. */
  readonly costBytes: number;
  /**
   * Called once when every earlier response was sent and the socket has room: what may hold much memory begins only then,
   * one at a time for each connection, as Kafka serves them.
   */
  onTurn: (() => void) | null = null;
  /** Called when the connection went away first, so that nothing waits for it any more. */
  onAbandoned: (() => void) | null = null;
  #isSettled = false;
  #encode: EncodeResponse | null = null;
  #heldBytes = 0;
  #release: (() => void) | null = null;

  constructor(
    owner: ExchangeOwner,
    header: { readonly version: number; readonly correlationId: number; readonly clientId: string },
    costBytes: number,
  ) {
    this.owner = owner;
    this.version = header.version;
    this.correlationId = header.correlationId;
    this.clientId = header.clientId;
    this.costBytes = costBytes;
  }

  /** True when the response is known and may go out once all before it went. */
  get isSettled(): boolean {
    return this.#isSettled;
  }

  /** Bytes that the response keeps in memory until the socket has taken them, records for the most part. */
  get heldBytes(): number {
    return this.#heldBytes;
  }

  /**
   * Settles the response; it is written when its turn comes, after the owner was pumped. `encode` null sends nothing (acks=0).
   * `release` is called once: when the socket has taken the bytes or never will.
   */
  settle(encode: EncodeResponse | null, heldBytes = 0, release: (() => void) | null = null): void {
    if (this.#isSettled) throw new Error('a response was settled twice');
    this.#isSettled = true;
    this.#encode = encode;
    this.#heldBytes = heldBytes;
    this.owner.held(heldBytes);
    this.#release = release;
  }

  /** Writes the response. */
  writeTo(outgoing: Outgoing): void {
    if (this.#release !== null) outgoing.releases.push(this.#release);
    this.#release = null;
    this.#encode?.(outgoing);
  }

  /** The connection is gone. */
  abandon(): void {
    this.onTurn = null;
    this.onAbandoned?.();
    this.onAbandoned = null;
    this.#release?.();
    this.#release = null;
  }
}
