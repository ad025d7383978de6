import type { Delay, Drop, Failure, FaultHit, FaultMatch, FaultSpec, Freeze, Queue, Trace } from '../faults/fault.ts';
import type { BrokerControl } from './control.ts';

/** A fault that was set. */
export type Fault = {
  /** 1 for the first fault of a broker. */
  readonly id: number;
  /** How often it has taken effect; still counts those before it was removed. */
  hits(): Promise<number>;
  /** Takes it away; requests that it holds back are answered in their time. A freeze ends at once. */
  remove(): Promise<void>;
};

/**
 * The faults of a broker. A fault is in effect when its promise resolves; all of them reject with FaultError for a fault that
 * cannot be. Delays of several faults add up; of those that fail and drop, the first that was set and matches takes effect.
 */
export class BrokerFaults {
  readonly #control: BrokerControl;

  constructor(control: BrokerControl) {
    this.#control = control;
  }

  /** Holds back the answers to matching requests: `delay({ api: 'Fetch', topic: 't' }, { ms: 50 })`. */
  delay(match: FaultMatch, delay: Delay): Promise<Fault> {
    return this.add({ match, delay });
  }

  /** Fails matching requests: `fail({ api: 'Produce' }, { error: 'NOT_LEADER_OR_FOLLOWER', times: 3 })`. */
  fail(match: FaultMatch, fail: Failure): Promise<Fault> {
    return this.add({ match, fail });
  }

  /** Closes the connections of matching requests: `drop({ api: 'Produce' }, { when: 'after', times: 1 })`. */
  drop(match: FaultMatch, drop: Drop = {}): Promise<Fault> {
    return this.add({ match, drop });
  }

  /** Answers matching requests no faster than one server at a rate: `queue({ api: 'Produce' }, { requestsPerSecond: 400 })`. */
  queue(match: FaultMatch, queue: Queue): Promise<Fault> {
    return this.add({ match, queue });
  }

  /** Notes when batches came and their answers left: `trace({ api: 'Produce' }, { file: 'trace.bin' })`. */
  trace(match: FaultMatch, trace: Trace): Promise<Fault> {
    return this.add({ match, trace });
  }

  /** Stops the whole broker for some milliseconds, once or every so often. Resolves at once. */
  freeze(ms: number, options: Omit<Freeze, 'ms'> = {}): Promise<Fault> {
    return this.add({ freeze: { ...options, ms } });
  }

  /** Sets a fault as it stands in a file. */
  async add(spec: FaultSpec): Promise<Fault> {
    const control = this.#control;
    const id = await control.addFault(spec);
    return { id, hits: () => control.faultHits(id), remove: () => control.removeFault(id) };
  }

  /** Takes all faults away. */
  clear(): Promise<void> {
    return this.#control.clearFaults();
  }

  /** What took effect, oldest first; at most the last 10,000 times. */
  history(): Promise<readonly FaultHit[]> {
    return this.#control.faultHistory();
  }
}
