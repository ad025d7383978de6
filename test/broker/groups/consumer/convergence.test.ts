import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ErrorCode } from '../../../../src/protocol/errors.ts';
import { ConsumerGroupOnBench, type Places } from './support.ts';

const TOPICS = { a: 3, b: 2, c: 4 };

/** A client that does as it is told: it gives up what is not in a new assignment, a heartbeat later than it was told. */
class Client {
  readonly memberId: string;
  readonly #bench: ConsumerGroupOnBench;
  #epoch: number | null = null;
  #told: Places = [];
  /** What it reads: what it was given and has not yet given up. */
  has: Places = [];

  constructor(bench: ConsumerGroupOnBench, memberId: string) {
    this.#bench = bench;
    this.memberId = memberId;
  }

  get isMember(): boolean {
    return this.#epoch !== null;
  }

  join(topics: readonly string[]): void {
    this.has = [];
    const { memberEpoch, assignment } = this.#bench.join(this.memberId, { topics, rebalanceTimeoutMs: 60_000 });
    this.#epoch = memberEpoch;
    this.#take(assignment);
  }

  beat(topics?: readonly string[]): void {
    if (this.#epoch === null) return;
    const has = this.has.filter((place) => this.#told.includes(place));
    this.has = this.#told;
    const said = { has, ...(topics === undefined ? {} : { topics }) };
    const answer = this.#bench.beat(this.memberId, this.#epoch, said);
    expect(answer.errorCode).toBe(ErrorCode.NONE);
    this.#epoch = answer.memberEpoch;
    this.#take(answer.assignment);
  }

  leave(): void {
    if (this.#epoch === null) return;
    this.#bench.beat(this.memberId, -1);
    this.#epoch = null;
    this.#told = [];
    this.has = [];
  }

  #take(assignment: Places | null): void {
    if (assignment === null) return;
    this.#told = assignment;
    this.has = [...new Set([...this.has, ...assignment])];
  }
}

const steps = fc.array(
  fc.record({
    client: fc.nat({ max: 3 }),
    what: fc.constantFrom('join', 'beat', 'beat', 'beat', 'subscribe', 'leave', 'grow'),
    topics: fc.subarray(Object.keys(TOPICS)),
  }),
  { maxLength: 40 },
);

test('No partition is ever read by two members, and in the end each is read by one, whatever members do', () => {
  fc.assert(
    fc.property(steps, fc.constantFrom('uniform', 'range'), (taken, assignor) => {
      const bench = new ConsumerGroupOnBench(TOPICS, { consumerAssignors: [assignor] });
      const clients = Array.from({ length: 4 }, (_, index) => new Client(bench, `m${index}`));
      const checkReaders = () => {
        const read = clients.flatMap(({ has }) => has);
        expect(read.length).toBe(new Set(read).size);
      };
      for (const { client: index, what, topics } of taken) {
        const client = clients[index];
        if (client === undefined) continue;
        bench.timers.advance(100);
        if (what === 'grow') bench.partitionCounts.set('a', (bench.partitionCounts.get('a') ?? 0) + 1);
        else if (what === 'leave') client.leave();
        else if (client.isMember) client.beat(what === 'subscribe' ? topics : undefined);
        else client.join(topics);
        checkReaders();
      }
      for (let round = 0; round < 8; round++) {
        bench.timers.advance(1_000);
        for (const client of clients) client.beat();
        checkReaders();
      }
      const topics = new Set(Array.from(bench.group.members(), ({ topicNames }) => topicNames).flat());
      const all = [...bench.partitionCounts].flatMap(([topic, count]) =>
        topics.has(topic) ? Array.from({ length: count }, (_, partition) => `${topic}:${partition}`) : [],
      );
      expect(clients.flatMap(({ has }) => has).toSorted()).toEqual(all.toSorted());
      if (bench.group.memberCount > 0) expect(bench.group.state).toBe('Stable');
    }),
    { numRuns: 300 },
  );
});
