import { ClassicGroup } from '../../../src/broker/groups/classic-group.ts';
import { type JoinCall, joinGroup } from '../../../src/broker/groups/join-group.ts';
import type { JoinResult, SyncResult } from '../../../src/broker/groups/member.ts';
import { Rebalance } from '../../../src/broker/groups/rebalance.ts';
import { defaultGroupSettings, type GroupSettings } from '../../../src/broker/groups/settings.ts';
import { type SyncCall, syncGroup } from '../../../src/broker/groups/sync-group.ts';
import type { Timer, Timers } from '../../../src/broker/groups/timers.ts';
import { ErrorCode } from '../../../src/protocol/errors.ts';

/** A clock that stands still until a test moves it, and then runs what is due on the way, in order. */
export class FakeTimers implements Timers {
  #nowMs = 1_000_000;
  readonly #due = new Map<object, { readonly atMs: number; readonly action: () => void }>();

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, action: () => void): Timer {
    const key = {};
    this.#due.set(key, { atMs: this.#nowMs + delayMs, action });
    return { cancel: () => this.#due.delete(key) };
  }

  /** How many timers are set. */
  get count(): number {
    return this.#due.size;
  }

  advance(byMs: number): void {
    const endMs = this.#nowMs + byMs;
    for (;;) {
      const [first] = [...this.#due].filter(([, { atMs }]) => atMs <= endMs).sort(([, a], [, b]) => a.atMs - b.atMs);
      if (first === undefined) break;
      const [key, { atMs, action }] = first;
      this.#due.delete(key);
      this.#nowMs = atMs;
      action();
    }
    this.#nowMs = endMs;
  }
}

/** An answer that may not be there yet. */
export type Answer<T> = { value: T | undefined };

const range: JoinCall['protocols'] = [{ name: 'range', metadata: Buffer.from('r') }];

/** One group whose clock and disk are the test's. */
export class GroupOnBench {
  readonly timers = new FakeTimers();
  readonly settings: GroupSettings;
  readonly group: ClassicGroup;
  readonly rebalance: Rebalance;
  /** Assignments of each write. */
  readonly writes: ReadonlyMap<string, Uint8Array>[] = [];
  /** What the disk says; null keeps writes waiting in `unwritten`. */
  diskAnswer: boolean | null = true;
  readonly unwritten: ((isWritten: boolean) => void)[] = [];
  readonly #memberBytes = { bytes: 0 };

  constructor(settings: Partial<GroupSettings> = {}) {
    this.settings = { ...defaultGroupSettings, ...settings };
    this.group = new ClassicGroup('g', this.timers.now(), this.#memberBytes);
    this.rebalance = new Rebalance(this.group, {
      timers: this.timers,
      settings: this.settings,
      persist: (_group, assignments, done) => {
        this.writes.push(assignments);
        if (this.diskAnswer === null) this.unwritten.push(done);
        else done(this.diskAnswer);
      },
    });
  }

  get memberBytes(): number {
    return this.#memberBytes.bytes;
  }

  join(call: Partial<JoinCall> = {}): Answer<JoinResult> {
    const answer: Answer<JoinResult> = { value: undefined };
    joinGroup(
      this.rebalance,
      {
        memberId: '',
        instanceId: null,
        clientId: 'client',
        clientHost: '/127.0.0.1',
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 60_000,
        protocolType: 'consumer',
        protocols: range,
        isMemberIdRequired: false,
        canSkipAssignment: false,
        ...call,
      },
      (result) => {
        if (answer.value !== undefined) throw new Error('JoinGroup was answered twice');
        answer.value = result;
      },
    );
    return answer;
  }

  sync(member: JoinResult, call: Partial<SyncCall> = {}): Answer<SyncResult> {
    const answer: Answer<SyncResult> = { value: undefined };
    syncGroup(
      this.rebalance,
      {
        memberId: member.memberId,
        instanceId: null,
        generationId: member.generationId,
        protocolType: null,
        protocolName: null,
        assignments: [],
        ...call,
      },
      (result) => {
        if (answer.value !== undefined) throw new Error('SyncGroup was answered twice');
        answer.value = result;
      },
    );
    return answer;
  }

  /** So many members that join together, and a leader that assigns each its own member id. */
  stable(memberCount: number, call: (index: number) => Partial<JoinCall> = () => ({})): JoinResult[] {
    const answers = Array.from({ length: memberCount }, (_, index) => this.join(call(index)));
    this.timers.advance(this.settings.initialRebalanceDelayMs * 2);
    const members = answers.map(answered);
    const leader = members.find(({ memberId, leader: id }) => memberId === id);
    if (leader === undefined) throw new Error('nobody leads');
    const assignments = members.map(({ memberId }) => ({ memberId, assignment: Buffer.from(memberId) }));
    members.forEach((member, index) => {
      if (member !== leader) this.sync(member, { instanceId: call(index).instanceId ?? null });
    });
    const leaderInstance = call(members.indexOf(leader)).instanceId ?? null;
    this.sync(leader, { instanceId: leaderInstance, assignments });
    if (this.group.state !== 'Stable') throw new Error(`the group is ${this.group.state}`);
    return members;
  }
}

/** What was answered. */
export const answered = <T>(answer: Answer<T>): T => {
  if (answer.value === undefined) throw new Error('there is no answer yet');
  return answer.value;
};

/** Name of the error of an answer; "waits" when there is none yet. */
export const errorOf = (answer: Answer<{ readonly errorCode: number }>): string => nameOf(answer.value?.errorCode);

/** Name of an error code. */
export const nameOf = (code: number | undefined): string =>
  code === undefined ? 'waits' : (Object.entries(ErrorCode).find(([, each]) => each === code)?.[0] ?? String(code));
