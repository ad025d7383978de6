import type { Api } from '../../protocol/schema.ts';
import type { Handler } from '../handler.ts';
import { FaultError, type FaultHit, type FaultSpec, type Freeze } from './fault.ts';
import { type FaultSource, withFaults } from './intercept.ts';
import { MAX_FAULTS, MAX_HISTORY } from './limits.ts';
import { readFault } from './read-fault.ts';
import { Rule } from './rule.ts';

/** A freeze that goes on or is still to come, and the timer of its next step. */
type Freezing = { timer: NodeJS.Timeout; isOn: boolean; hits: number };

/**
 * The faults of one broker. While a fault is set that requests meet, the broker's handlers have it in front of them; when none
 * is, they are the very handlers that were registered, so that requests pass nothing.
 */
export class Faults implements FaultSource {
  /** True while the broker reads nothing, serves nothing and answers nothing. */
  isFrozen = false;
  /** Called when `isFrozen` has changed. */
  onFreezeChange: () => void = () => {};
  /** Handlers by API key, as connections are to call them. */
  readonly handlers: Map<number, Handler>;
  readonly #registered: ReadonlyMap<number, Handler>;
  #nextId = 1;
  readonly #rules = new Map<number, Rule>();
  readonly #freezes = new Map<number, Freezing>();
  /** Hits of faults that were removed. */
  readonly #finished = new Map<number, number>();
  #list: readonly Rule[] = [];
  #history: FaultHit[] = [];

  readonly #initial: readonly FaultSpec[];

  /**
   * @param initial what `start()` sets
   * @throws FaultError for what is not a fault
   */
  constructor(registered: ReadonlyMap<number, Handler>, initial: readonly FaultSpec[] = []) {
    this.#registered = registered;
    this.handlers = new Map(registered);
    const apis = this.#apis();
    this.#initial = initial.map((spec, index) => readFault(spec, apis, `fault ${index + 1}`));
  }

  /** Sets the faults of the beginning; freezes count from here on. */
  start(): void {
    for (const spec of this.#initial) this.add(spec);
  }

  /**
   * Sets a fault; it is in effect when this returns.
   * @param where what messages begin with
   * @returns the fault's id, 1 for the first
   * @throws FaultError for what is not a fault, and when there are too many
   */
  add(spec: FaultSpec, where = 'fault'): number {
    const fault = readFault(spec, this.#apis(), where);
    if (this.#rules.size + this.#freezes.size >= MAX_FAULTS)
      throw new FaultError(`${where}: the broker has ${MAX_FAULTS} faults, as many as it may; remove or clear some`);
    const id = this.#nextId++;
    if ('freeze' in fault) this.#schedule(id, fault.freeze);
    else {
      this.#rules.set(id, new Rule(id, fault));
      this.#apply();
    }
    return id;
  }

  /** Takes a fault away; a freeze that goes on ends. Nothing happens when it is gone already. */
  remove(id: number): void {
    const rule = this.#rules.get(id);
    if (rule !== undefined) {
      this.#rules.delete(id);
      this.#finished.set(id, rule.hits);
      this.#apply();
      rule.close();
    }
    this.#endFreeze(id);
  }

  /** Takes all faults away. */
  clear(): void {
    for (const id of [...this.#rules.keys(), ...this.#freezes.keys()]) this.remove(id);
  }

  /** How often a fault has taken effect, also after it was removed; a freeze once it began. 0 for an id that there is not. */
  hits(id: number): number {
    return this.#rules.get(id)?.hits ?? this.#freezes.get(id)?.hits ?? this.#finished.get(id) ?? 0;
  }

  /** What took effect, oldest first: the last `MAX_HISTORY` times. */
  history(): readonly FaultHit[] {
    return this.#history.slice(-MAX_HISTORY);
  }

  rules(): readonly Rule[] {
    return this.#list;
  }

  struck(rule: Rule, apiName: string, clientId: string, ms: number | null): void {
    this.#note({ fault: rule.id, kind: rule.kind, api: apiName, clientId, ms });
    if (rule.isSpent) this.#apply();
  }

  #apis(): ReadonlyMap<string, Api> {
    return new Map(Array.from(this.#registered.values(), ({ api }) => [api.name, api]));
  }

  #apply(): void {
    this.#list = [...this.#rules.values()].filter((rule) => !rule.isSpent);
    for (const [key, handler] of this.#registered) {
      const { name } = handler.api;
      const isMet = this.#list.some(({ match }) => (match.api ?? name) === name);
      this.handlers.set(key, isMet ? withFaults(handler, this) : handler);
    }
  }

  #schedule(id: number, { ms, afterMs = 0, everyMs }: Freeze): void {
    const firstMs = performance.now() + afterMs;
    const begin = (): void => {
      freezing.isOn = true;
      freezing.hits++;
      freezing.timer = setTimeout(end, ms);
      this.#note({ fault: id, kind: 'freeze', api: null, clientId: null, ms });
      this.#lookAtFreezes();
    };
    const end = (): void => {
      if (everyMs === undefined) {
        this.#endFreeze(id);
        return;
      }
      freezing.isOn = false;
      // Counted from the first, so that a timer that is late puts off none of the later ones.
      freezing.timer = setTimeout(begin, firstMs + freezing.hits * everyMs - performance.now());
      this.#lookAtFreezes();
    };
    const freezing: Freezing = { timer: setTimeout(begin, afterMs), isOn: false, hits: 0 };
    this.#freezes.set(id, freezing);
    if (afterMs > 0) return;
    clearTimeout(freezing.timer);
    begin();
  }

  #endFreeze(id: number): void {
    const freezing = this.#freezes.get(id);
    if (freezing === undefined) return;
    clearTimeout(freezing.timer);
    this.#freezes.delete(id);
    this.#finished.set(id, freezing.hits);
    this.#lookAtFreezes();
  }

  #lookAtFreezes(): void {
    const isFrozen = [...this.#freezes.values()].some(({ isOn }) => isOn);
    if (isFrozen === this.isFrozen) return;
    this.isFrozen = isFrozen;
    this.onFreezeChange();
  }

  #note(hit: FaultHit): void {
    this.#history.push(hit);
    if (this.#history.length >= 2 * MAX_HISTORY) this.#history = this.#history.slice(-MAX_HISTORY);
  }
}
