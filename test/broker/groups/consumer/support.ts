import { ConsumerGroup } from '../../../../src/broker/groups/consumer/consumer-group.ts';
import { GroupReconciler } from '../../../../src/broker/groups/consumer/group-reconciler.ts';
import { GroupRefusal } from '../../../../src/broker/groups/consumer/group-refusal.ts';
import { failedHeartbeat, type HeartbeatAnswer } from '../../../../src/broker/groups/consumer/heartbeat-call.ts';
import { readConsumerRecord } from '../../../../src/broker/groups/consumer/read-consumer-record.ts';
import { defaultGroupSettings, type GroupSettings } from '../../../../src/broker/groups/settings.ts';
import type { PlainRecord } from '../../../../src/protocol/record-batch.ts';
import { FakeTimers } from '../support.ts';

/** Partitions as a test writes them: topic and partition with a colon between. */
export type Places = readonly string[];

/** What a member says beside its id and epoch. */
export type Said = {
  readonly topics?: readonly string[];
  readonly regex?: string;
  readonly has?: Places;
  readonly instanceId?: string;
  readonly assignor?: string;
  readonly rebalanceTimeoutMs?: number;
  readonly mayDescribe?: (topic: string) => boolean;
};

/** An answer with its partitions as a test writes them. */
export type Told = Omit<HeartbeatAnswer, 'assignment'> & { readonly assignment: Places | null };

/** One consumer group whose clock, topics and disk are the test's. */
export class ConsumerGroupOnBench {
  readonly timers = new FakeTimers();
  readonly partitionCounts = new Map<string, number>();
  readonly records: PlainRecord[] = [];
  /** What the disk says. */
  canWrite = true;
  readonly group = new ConsumerGroup('g', { bytes: 0 });
  readonly reconciler: GroupReconciler;

  constructor(topics: Readonly<Record<string, number>>, settings: Partial<GroupSettings> = {}) {
    for (const [name, count] of Object.entries(topics)) this.partitionCounts.set(name, count);
    this.reconciler = new GroupReconciler(this.group, {
      timers: this.timers,
      settings: { ...defaultGroupSettings, ...settings },
      topics: {
        get: (name) => {
          const length = this.partitionCounts.get(name);
          return length === undefined ? undefined : { id: idOf(name), partitions: { length } };
        },
        all: () => Array.from(this.partitionCounts.keys(), (name) => ({ name })),
      },
      write: (_groupId, records) => {
        if (this.canWrite) this.records.push(...records);
        return Promise.resolve(this.canWrite);
      },
    });
  }

  join(memberId: string, said: Said): Told {
    return this.beat(memberId, 0, { rebalanceTimeoutMs: 60_000, has: [], ...said });
  }

  beat(memberId: string, memberEpoch: number, said: Said = {}): Told {
    const call = {
      groupId: 'g',
      memberId,
      memberEpoch,
      instanceId: said.instanceId ?? null,
      rackId: null,
      rebalanceTimeoutMs: said.rebalanceTimeoutMs ?? -1,
      topicNames: said.topics ?? null,
      topicRegex: said.regex ?? null,
      serverAssignor: said.assignor ?? null,
      topicPartitions: said.has === undefined ? null : topicPartitions(said.has),
      clientId: 'client',
      clientHost: '/127.0.0.1',
      makesOwnId: true,
      mayDescribe: said.mayDescribe ?? (() => true),
    };
    try {
      const { answer } = memberEpoch < 0 ? this.reconciler.leave(call) : this.reconciler.heartbeat(call);
      return { ...answer, assignment: answer.assignment === null ? null : placesOf(answer.assignment) };
    } catch (error) {
      if (error instanceof GroupRefusal) return { ...failedHeartbeat(error.code, error.message), assignment: null };
      throw error;
    }
  }

  /** What a member is known to have. */
  assigned(memberId: string): Places {
    return placesOf(this.group.member(memberId)?.assigned ?? new Map());
  }

  /** What a member shall have. */
  target(memberId: string): Places {
    return placesOf(this.group.target(memberId));
  }

  /** What was written, as the log is read again. */
  read() {
    return this.records.flatMap(({ key, value }) => {
      if (key === null) throw new Error('a record without a key');
      const record = readConsumerRecord(Buffer.from(key), value === null ? null : Buffer.from(value));
      return record === null ? [] : [record];
    });
  }
}

/** The id of a topic: its name, filled up to the length of an id. */
export const idOf = (name: string): string => `${name.padEnd(21, '_')}A`;

const nameOf = (topicId: string): string => topicId.slice(0, -1).replace(/_+$/, '');

/** Partitions of an assignment, sorted. */
export const placesOf = (assignment: ReadonlyMap<string, ReadonlySet<number>>): Places =>
  Array.from(assignment, ([topic, partitions]) => Array.from(partitions, (each) => `${nameOf(topic)}:${each}`))
    .flat()
    .sort();

/** The assignment that these partitions are. */
export const assignmentOfPlaces = (places: Places): ReadonlyMap<string, ReadonlySet<number>> => {
  const assignment = new Map<string, Set<number>>();
  for (const { topicId, partitions } of topicPartitions(places))
    assignment.set(topicId, new Set([...(assignment.get(topicId) ?? []), ...partitions]));
  return assignment;
};

const topicPartitions = (places: Places) =>
  places.map((place) => {
    const [topic = '', partition = ''] = place.split(':');
    return { topicId: idOf(topic), partitions: [Number(partition)] };
  });
