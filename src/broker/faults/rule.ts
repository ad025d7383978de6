import { delayTimes } from './delay-times.ts';
import type { FaultKind, FaultMatch, RequestFault } from './fault.ts';
import { seededRandom } from './random.ts';

const DEFAULT_SEED = 1;

/** A fault that is set, and how often it has taken effect. */
export class Rule {
  readonly id: number;
  readonly fault: RequestFault;
  readonly kind: FaultKind;
  readonly match: FaultMatch;
  /** How often it took effect. */
  hits = 0;
  readonly #times: number;
  readonly #isDrawn: () => boolean;
  readonly #delayMs: () => number;

  constructor(id: number, fault: RequestFault) {
    this.id = id;
    this.fault = fault;
    this.match = fault.match ?? {};
    this.kind = 'delay' in fault ? 'delay' : 'fail' in fault ? 'fail' : 'drop';
    const { times, share, seed } = 'delay' in fault ? fault.delay : 'fail' in fault ? fault.fail : fault.drop;
    const random = seededRandom(seed ?? DEFAULT_SEED);
    this.#times = times ?? Number.POSITIVE_INFINITY;
    this.#isDrawn = share === undefined ? () => true : () => random() < share;
    this.#delayMs = 'delay' in fault ? delayTimes(fault.delay, random) : () => 0;
  }

  /** True when it has taken effect as often as it may. */
  get isSpent(): boolean {
    return this.hits >= this.#times;
  }

  /** True when the match looks into the request beyond its header. */
  get asksForTopics(): boolean {
    return this.match.topic !== undefined || this.match.partition !== undefined;
  }

  /** True when it is for this API and client, and may still take effect. */
  isFor(apiName: string, clientId: string): boolean {
    const { api = apiName, clientId: client = clientId } = this.match;
    return !this.isSpent && api === apiName && client === clientId;
  }

  /** Whether it takes effect on a request that it matches, by its share; a hit is counted. */
  strike(): boolean {
    if (!this.#isDrawn()) return false;
    this.hits++;
    return true;
  }

  /** The next delay, milliseconds. */
  nextDelayMs(): number {
    return this.#delayMs();
  }
}
