import { type EncodeResponse, Exchange } from '../exchange.ts';
import { callAt } from './precise-timer.ts';

/** A response that a handler has settled and that has not gone to the connection. */
export type HeldAnswer = {
  readonly encode: EncodeResponse | null;
  readonly heldBytes: number;
  readonly release: (() => void) | null;
};

/** An exchange that hands its response to a listener in place of its connection. */
class HeldExchange extends Exchange {
  readonly #onSettled: (answer: HeldAnswer) => void;

  constructor(outer: Exchange, onSettled: (answer: HeldAnswer) => void) {
    super(outer.owner, outer, outer.costBytes);
    this.#onSettled = onSettled;
  }

  override settle(encode: EncodeResponse | null, heldBytes = 0, release: (() => void) | null = null): void {
    this.#onSettled({ encode, heldBytes, release });
  }
}

/**
 * Has a request served whose response goes to `onSettled`. The exchange of the connection keeps its place among the others, its
 * turn and the end of its connection reach the handler, and whoever is told of the response settles it.
 */
export const holdAnswer = (
  outer: Exchange,
  serve: (inner: Exchange) => void,
  onSettled: (answer: HeldAnswer) => void,
): void => {
  const inner = new HeldExchange(outer, (answer) => {
    outer.onAbandoned = null;
    onSettled(answer);
  });
  outer.onAbandoned = () => inner.abandon();
  serve(inner);
  if (inner.onTurn === null) return;
  outer.onTurn = () => {
    const { onTurn } = inner;
    inner.onTurn = null;
    onTurn?.();
  };
};

/** How long an answer is held back. */
export type Hold = {
  /** From when it is known, milliseconds. */
  readonly delayMs: number;
  /** The delay begins no earlier than this, milliseconds of `performance.now()`, kept to by less than a turn of the event loop. */
  readonly notBeforeMs: number;
};

/** No hold at all. */
export const NO_HOLD: Hold = { delayMs: 0, notBeforeMs: 0 };

/** Takes a step when a hold is over, or now, unless the connection goes away first; then `onAbandoned` is called. */
export const afterHold = (
  exchange: Exchange,
  { delayMs, notBeforeMs }: Hold,
  step: () => void,
  onAbandoned: () => void,
): void => {
  // What settles an exchange may be in the middle of work for others, so nothing is thrown at it.
  const attempt = (): void => {
    try {
      step();
    } catch (error) {
      exchange.owner.fail(`a fault could not be carried out (${error instanceof Error ? error.stack : String(error)})`);
    }
  };
  const nowMs = performance.now();
  if (delayMs <= 0 && notBeforeMs <= nowMs) {
    attempt();
    return;
  }
  const end = (): void => {
    exchange.onAbandoned = null;
    attempt();
    exchange.owner.pump();
  };
  // A timer knows whole milliseconds alone, and lets go of the rest.
  const isForTimer = notBeforeMs <= nowMs && Number.isInteger(delayMs);
  const cancel = isForTimer ? timer(delayMs, end) : callAt(Math.max(nowMs, notBeforeMs) + delayMs, end);
  exchange.onAbandoned = () => {
    cancel();
    onAbandoned();
  };
};

const timer = (delayMs: number, step: () => void): (() => void) => {
  const timeout = setTimeout(step, delayMs);
  return () => clearTimeout(timeout);
};
