import type { Timer, Timers } from '../timers.ts';

/** The times within which each member has to send a heartbeat, and to give up partitions. */
export class MemberTimers {
  readonly #timers: Timers;
  readonly #sessions = new Map<string, Timer>();
  readonly #revocations = new Map<string, Timer>();

  constructor(timers: Timers) {
    this.#timers = timers;
  }

  /** The member is alive; calls `onSilence` once, unless it is heard of again within the time. */
  expectHeartbeat(memberId: string, withinMs: number, onSilence: () => void): void {
    this.#start(this.#sessions, memberId, withinMs, onSilence);
  }

  /** Calls `onFailure` once, unless the member has given up its partitions within the time. */
  expectRevocation(memberId: string, withinMs: number, onFailure: () => void): void {
    this.#start(this.#revocations, memberId, withinMs, onFailure);
  }

  /** The member has given up its partitions. */
  endRevocation(memberId: string): void {
    this.#stop(this.#revocations, memberId);
  }

  /** The member is gone. */
  cancel(memberId: string): void {
    this.#stop(this.#sessions, memberId);
    this.#stop(this.#revocations, memberId);
  }

  /** All members are gone. */
  stop(): void {
    for (const memberId of [...this.#sessions.keys(), ...this.#revocations.keys()]) this.cancel(memberId);
  }

  #start(running: Map<string, Timer>, memberId: string, delayMs: number, action: () => void): void {
    this.#stop(running, memberId);
    running.set(
      memberId,
      this.#timers.after(delayMs, () => {
        running.delete(memberId);
        action();
      }),
    );
  }

  #stop(running: Map<string, Timer>, memberId: string): void {
    running.get(memberId)?.cancel();
    running.delete(memberId);
  }
}
