import { expect, onTestFinished, test } from 'vitest';
import type { TopicPartitions } from '../../src/drivers/driver.ts';
import { openConsumer, openGroupMember } from '../../src/drivers/open-driver.ts';
import { brokerAt, nowUs, openForTest, readAll, sendNumbered } from './kafkajs-support.ts';

/** A topic `t` of two partitions with 100 records in each. */
const filledBroker = async () => {
  const { broker, address } = await brokerAt({ 'num.partitions': '2' });
  const { driver } = await openForTest(address, { 'batch.size': '1000', 'compression.type': 'snappy' });
  sendNumbered(driver, 0, 100, 0);
  sendNumbered(driver, 100, 200, 1);
  await driver.flush();
  return { broker, address, driver };
};

const openMember = async (
  address: string,
  onRecord: (topic: string, partition: number, offset: number) => boolean,
  properties: Record<string, string> = {},
) => {
  const rebalances: { assigned: readonly TopicPartitions[]; revoked: readonly TopicPartitions[] }[] = [];
  const member = await openGroupMember('kafkajs', {
    groupId: 'g',
    topics: /t.*/,
    nowUs,
    properties: {
      'bootstrap.servers': address,
      'auto.offset.reset': 'earliest',
      'fetch.max.wait.ms': '50',
      ...properties,
    },
    listen: (topic) => (_bytes, partition, offset) => onRecord(topic, partition, offset),
    onRebalance: (assigned, revoked) => rebalances.push({ assigned, revoked }),
  });
  onTestFinished(() => member.close());
  return { member, rebalances };
};

test('a kafkajs consumer reads what is there, as the native one does', async () => {
  const { address } = await filledBroker();
  expect(await readAll('kafkajs', address, 200)).toEqual(await readAll('native', address, 200));
});

test('a kafkajs consumer reads only the partitions that it was given, from where it was opened', async () => {
  const { address, driver } = await filledBroker();
  const seen: number[] = [];
  const consumer = await openConsumer('kafkajs', {
    topic: 't',
    partitions: [1],
    nowUs,
    properties: { 'bootstrap.servers': address, 'auto.offset.reset': 'latest', 'fetch.max.wait.ms': '50' },
    onRecord: (_bytes, partition, offset) => {
      seen.push(partition * 1000 + offset);
      return seen.length < 3;
    },
  });
  onTestFinished(() => consumer.close());
  sendNumbered(driver, 200, 205, 0);
  sendNumbered(driver, 205, 210, 1);
  await driver.flush();
  await consumer.run();
  expect(seen).toEqual([1100, 1101, 1102]);
  expect(consumer.partitions).toEqual([1]);
  expect(consumer.notes.join()).toContain('no direct assignment');
});

test('a kafkajs member commits where it stopped, and the next one goes on there', async () => {
  const { address } = await filledBroker();
  const seen: string[] = [];
  const first = await openMember(address, (topic, partition, offset) => {
    if (seen.length === 50) return false;
    seen.push(`${topic} ${partition} ${offset}`);
    return true;
  });
  await first.member.run();
  await first.member.close();
  expect(seen).toHaveLength(50);
  expect(first.member.memberId).not.toBeNull();
  expect(first.rebalances).toEqual([{ assigned: [{ topic: 't', partitions: [0, 1] }], revoked: [] }]);
  const next = await openMember(address, (topic, partition, offset) => {
    seen.push(`${topic} ${partition} ${offset}`);
    if (seen.length === 200) next.member.stop();
    return true;
  });
  await next.member.run();
  expect(new Set(seen).size).toBe(200);
});

test('a kafkajs member that is refused for good says why', async () => {
  const { address, broker } = await filledBroker();
  broker.faults.add({ match: { api: 'JoinGroup' }, fail: { error: 'GROUP_AUTHORIZATION_FAILED' } });
  const { member } = await openMember(address, () => true);
  await expect(member.run()).rejects.toMatchObject({ name: 'GROUP_AUTHORIZATION_FAILED', code: 30 });
});

test('a kafkajs member reads nothing while it is paused', async () => {
  const { address, driver } = await filledBroker();
  let seen = 0;
  const { member } = await openMember(address, () => {
    seen++;
    if (seen === 200) member.pause();
    if (seen === 210) member.stop();
    return true;
  });
  const running = member.run();
  await expect.poll(() => seen).toBe(200);
  sendNumbered(driver, 200, 210, 0);
  await driver.flush();
  expect(seen).toBe(200);
  member.resume();
  await running;
  expect(seen).toBe(210);
});
