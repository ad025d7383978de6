/**
 * Faults that a test asks of the broker: plain data, the same in a program, in the file of `spillway broker --faults`, and on
 * the way to a broker in a process of its own.
 */
import type { ErrorName } from '../../protocol/errors.ts';

/** Which requests a fault is for; what is absent matches all. */
export type FaultMatch = {
  /** Kafka's name of the API, such as `Produce`. */
  readonly api?: string;
  /** The client id of the request's header, whole. */
  readonly clientId?: string;
  /** Requests that name this topic, or all topics. Only for APIs whose requests name topics. */
  readonly topic?: string;
  /** Requests that name this partition; of any topic when `topic` is absent. */
  readonly partition?: number;
};

/** How often a fault takes effect; without bounds, on every request that it matches. */
export type FaultBounds = {
  /** After so many hits it has no effect any more. */
  readonly times?: number;
  /** Share of the matching requests that it hits, over 0 and up to 1, drawn from `seed`. */
  readonly share?: number;
  /** It hits each so many-th of the matching requests and no other: 1000 hits the 1000th, the 2000th and so on. Not with `share`. */
  readonly every?: number;
  /** Begins the pseudo-random numbers of `share` and of a delay, a whole number; 1 when absent. The same seed draws the same. */
  readonly seed?: number;
};

/** Holds answers back, each by a time in milliseconds: a fixed one, or one drawn from a distribution. */
export type Delay = FaultBounds &
  (
    | { readonly ms: number }
    | { readonly uniform: { readonly minMs: number; readonly maxMs: number } }
    | { readonly exponential: { readonly meanMs: number } }
    /** `sigma` is the standard deviation of the logarithm: 0.5 is a moderate tail, 1 a long one. */
    | { readonly lognormal: { readonly medianMs: number; readonly sigma: number } }
    /** One of two: the high one with a probability of `highShare`, 0 to 1, else the low one. */
    | { readonly bimodal: { readonly lowMs: number; readonly highMs: number; readonly highShare: number } }
  );

/** Answers with an error in place of doing what was asked. */
export type Failure = FaultBounds & {
  /** Kafka's name of the error, such as `NOT_LEADER_OR_FOLLOWER`. */
  readonly error: ErrorName;
};

/** Closes the connection in place of an answer. */
export type Drop = FaultBounds & {
  /** `before` (when absent): nothing of the request is done. `after`: all of it is done, and the answer is lost. */
  readonly when?: 'before' | 'after';
};

/** Stops the whole broker for a time, as a long garbage collection or SIGSTOP would. */
export type Freeze = {
  /** How long, milliseconds. */
  readonly ms: number;
  /** When it begins, milliseconds from now on; 0 when absent. */
  readonly afterMs?: number;
  /** From the beginning of one freeze to that of the next, milliseconds, longer than `ms`; there is one freeze when absent. */
  readonly everyMs?: number;
};

/**
 * Answers no faster than one server would that serves one request after the other, in the order they come, over all connections:
 * each takes one part of a second, or one part for each of its records (Produce alone).
 */
export type Queue = { readonly requestsPerSecond: number } | { readonly recordsPerSecond: number };

/** Notes when each batch of matching Produce requests came and when its answer left, in a file (`trace-file.ts`). */
export type Trace = {
  /** Made anew, on the broker's machine. */
  readonly file: string;
};

/** A fault that requests meet. */
export type RequestFault = { readonly match?: FaultMatch } & (
  | { readonly delay: Delay }
  | { readonly fail: Failure }
  | { readonly drop: Drop }
  | { readonly queue: Queue }
  | { readonly trace: Trace }
);

/** One fault. */
export type FaultSpec = RequestFault | { readonly freeze: Freeze };

/** What a fault does. */
export type FaultKind = 'delay' | 'fail' | 'drop' | 'queue' | 'trace' | 'freeze';

/** One time that a fault took effect; what a trace notes is in its file alone. */
export type FaultHit = {
  /** Which fault: `id` of its handle. */
  readonly fault: number;
  readonly kind: FaultKind;
  /** Kafka's name of the API, and the client id of the request; null for a freeze. */
  readonly api: string | null;
  readonly clientId: string | null;
  /** How long a delay, a stay in a queue or a freeze was to be, milliseconds; null for the others. */
  readonly ms: number | null;
};

/** A fault that cannot be set; the message is one line that says what was expected. */
export class FaultError extends Error {
  override readonly name = 'FaultError';
  /** A fault is always the user's line. */
  readonly isUsage = true;
}
