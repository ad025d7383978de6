/** What Kafka's lines have no place for in the result of a consumer test, in words. */
import type { ConsumerGroupResult } from '../results/consumer-result.ts';
import type { ConsumerResult } from '../results/result.ts';
import { count, milliseconds } from './text.ts';

/**
 * A line for each group with several consumers, rebalances after the first one, or records that came again; one for a test that
 * --duration ended. None for a test that was as simple as it gets.
 */
export function consumerGroupsText(result: ConsumerResult): readonly string[] {
  const { groups, isDurationOver, recordsConsumed } = result;
  const lines = groups
    .filter(
      ({ consumers, rebalances, recordsRedelivered }) =>
        groups.length > 1 || consumers > 1 || rebalances > 1 || recordsRedelivered > 0,
    )
    .map(groupText);
  return isDurationOver ? [...lines, `the time was over (--duration) after ${count(recordsConsumed)} records`] : lines;
}

/** A rate that is higher by less than this is one burst ahead in a test of ten bursts. */
const tolerance = 1.1;

/**
 * A line when consumers were faster than the rate that they are held to: they pause behind a burst of records, and one may be larger than
 * all that were due.
 * @param recordsPerSecond the result's
 * @param throughput records per second, null without a bound
 */
export function aheadOfRateText(recordsPerSecond: number | null, throughput: number | null): readonly string[] {
  if (recordsPerSecond === null || throughput === null || recordsPerSecond <= throughput * tolerance) return [];
  return [
    `warning: ${count(recordsPerSecond)} records per second are more than --throughput ${throughput}, as fetches brought more records at once than were due; give a smaller --fetch-size, or read for longer`,
  ];
}

function groupText(group: ConsumerGroupResult): string {
  const { groupId, assignor, consumers, idleConsumers, recordsConsumed, rebalances, rebalanceTimeMs } = group;
  const parts = [
    `${count(recordsConsumed)} records by ${amount(consumers, 'consumer')}`,
    ...(idleConsumers > 0 ? [`${idleConsumers} of them had no partition to read`] : []),
    `${amount(rebalances, 'rebalance')}, ${milliseconds(rebalanceTimeMs)} until there were partitions to read`,
    ...(group.recordsRedelivered > 0
      ? [`${amount(group.recordsRedelivered, 'record')} came again after a rebalance and did not count`]
      : []),
  ];
  return `group ${groupId}${assignor === null ? '' : ` (${assignor})`}: ${parts.join('; ')}`;
}

const amount = (value: number, one: string): string => `${count(value)} ${one}${value === 1 ? '' : 's'}`;
