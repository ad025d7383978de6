/** Adds up what the consumers of a test tell: for each one, each group, and the test. */
import type { ConsumerGroupResult, ConsumerMemberResult } from '../results/consumer-result.ts';
import type { CollectedConsumer } from './consumer-collector.ts';
import type { ConsumerLoadEnd } from './consumer-load.ts';
import { groupIdsOf, type Reader } from './consumer-readers.ts';
import type { ConsumerPlan } from './plan.ts';

/** The consumers' part of a result. */
export type ConsumerSummary = {
  readonly rebalanceTimeMs: number;
  readonly groups: readonly ConsumerGroupResult[];
  readonly consumers: readonly ConsumerMemberResult[];
};

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/** Milliseconds without partitions that ended before the last record; what rebalances afterwards is no part of the test. */
const withoutPartitionsMs = ({ rebalances }: CollectedConsumer, lastRecordUs: number): number =>
  sum(rebalances.filter(({ atUs }) => atUs <= lastRecordUs).map((one) => one.withoutPartitionsUs)) / 1e3;

/** The mean of those that had something to read; of all when none had. */
const meanRebalanceMs = (members: readonly ConsumerMemberResult[]): number => {
  const readers = members.filter(({ isIdle }) => !isIdle);
  const counted = readers.length === 0 ? members : readers;
  return counted.length === 0 ? 0 : sum(counted.map((member) => member.rebalanceTimeMs)) / counted.length;
};

/** @param clientId of a consumer by its place among all */
export const summariseConsumers = (
  plan: ConsumerPlan,
  readers: readonly Reader[],
  end: Pick<ConsumerLoadEnd, 'consumers' | 'openUs' | 'startUs' | 'lastRecordUs'>,
  clientId: (worker: number) => string,
): ConsumerSummary => {
  const openingMs = (end.startUs - end.openUs) / 1e3;
  const nothing: CollectedConsumer = { rebalances: [], done: null };
  const consumers = readers.map(({ reading }, worker): ConsumerMemberResult => {
    const collected = end.consumers[worker] ?? nothing;
    const { rebalances, done } = collected;
    const isAssigned = reading.kind === 'assigned';
    return {
      groupId: isAssigned ? null : reading.groupId,
      clientId: clientId(worker),
      memberId: done?.memberId ?? null,
      recordsConsumed: done?.recordsConsumed ?? 0,
      bytesConsumed: done?.bytesConsumed ?? 0,
      recordsRedelivered: done?.recordsRedelivered ?? 0,
      rebalances: rebalances.filter(({ atUs }) => atUs <= end.lastRecordUs).length,
      rebalanceTimeMs: openingMs + withoutPartitionsMs(collected, end.lastRecordUs),
      partitions: isAssigned
        ? reading.assignments.map(({ topic, partitions }) => ({ topic, partitions: partitions ?? [] }))
        : (rebalances.at(-1)?.partitions ?? []),
      isIdle: !isAssigned && rebalances.every(({ partitions }) => partitions.length === 0),
    };
  });
  const groups = groupIdsOf(plan).map((groupId): ConsumerGroupResult => {
    const members = consumers.filter((consumer) => consumer.groupId === groupId);
    return {
      groupId,
      assignor:
        end.consumers.find(({ done }, worker) => consumers[worker]?.groupId === groupId && done?.assignor != null)?.done
          ?.assignor ?? null,
      consumers: members.length,
      idleConsumers: members.filter(({ isIdle }) => isIdle).length,
      recordsConsumed: sum(members.map((member) => member.recordsConsumed)),
      bytesConsumed: sum(members.map((member) => member.bytesConsumed)),
      recordsRedelivered: sum(members.map((member) => member.recordsRedelivered)),
      rebalances: Math.max(0, ...members.map((member) => member.rebalances)),
      rebalanceTimeMs: meanRebalanceMs(members),
    };
  });
  return { rebalanceTimeMs: meanRebalanceMs(consumers), groups, consumers };
};
