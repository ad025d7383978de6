import { delayTimes } from './delay-times.ts';
import type { FaultBounds, FaultKind, FaultMatch, RequestFault } from './fault.ts';
import { type Random, seededRandom } from './random.ts';
import { SingleServer } from './single-server.ts';
import { TraceFile } from './trace-file.ts';

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
  readonly #server = new SingleServer();
  /** Where a trace notes requests; null for other kinds. */
  readonly trace: TraceFile | null;

  /** @throws FaultError when the file of a trace cannot be made */
  constructor(id: number, fault: RequestFault) {
    this.id = id;
    this.fault = fault;
    this.match = fault.match ?? {};
    this.kind = kindOf(fault);
    const { times, share, every, seed } = boundsOf(fault);
    const random = seededRandom(seed ?? DEFAULT_SEED);
    this.#times = times ?? Number.POSITIVE_INFINITY;
    this.#isDrawn = drawOf(share, every, random);
    this.#delayMs = 'delay' in fault ? delayTimes(fault.delay, random) : () => 0;
    this.trace = 'trace' in fault ? new TraceFile(fault.trace.file) : null;
  }

  /** Lets go what it holds; requests that it holds back are answered in their time. */
  close(): void {
    this.trace?.close();
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

  /** True when it needs to know how many records a request has. */
  get asksForRecords(): boolean {
    return 'queue' in this.fault && 'recordsPerSecond' in this.fault.queue;
  }

  /** When the server of a queue is done with a request that comes now, milliseconds of the clock of `nowMs`. */
  departureMs(nowMs: number, recordCount: number): number {
    const { fault } = this;
    if (!('queue' in fault)) return nowMs;
    const { queue } = fault;
    const serviceMs =
      'requestsPerSecond' in queue ? 1000 / queue.requestsPerSecond : (1000 * recordCount) / queue.recordsPerSecond;
    return this.#server.departureOf(nowMs, serviceMs);
  }
}

const kindOf = (fault: RequestFault): FaultKind => {
  if ('delay' in fault) return 'delay';
  if ('fail' in fault) return 'fail';
  if ('queue' in fault) return 'queue';
  return 'trace' in fault ? 'trace' : 'drop';
};

const boundsOf = (fault: RequestFault): FaultBounds => {
  if ('delay' in fault) return fault.delay;
  if ('fail' in fault) return fault.fail;
  return 'drop' in fault ? fault.drop : {};
};

/** Says of one matching request after the other whether the fault hits it. */
const drawOf = (share: number | undefined, every: number | undefined, random: Random): (() => boolean) => {
  if (share !== undefined) return () => random() < share;
  if (every === undefined) return () => true;
  let count = 0;
  return () => ++count % every === 0;
};
