/** What a few more of the consumer's and the producer's properties do, as a broker sees it. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { describeGroup } from '../../src/client/admin/describe-group.ts';
import { openAdmin } from '../../src/client/admin.ts';
import { Consumer } from '../../src/client/consumer.ts';
import { createConsumer } from '../../src/client/consuming/consumer-client.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { brokerForTest, makeTopic, Wire } from '../broker/wire.ts';
import { metadataOf, type ScriptedBroker, startScriptedBroker } from './scripted-broker.ts';
import { openTransactional } from './transactions/support.ts';

describe('a consumer', () => {
  it('gives up after default.api.timeout.ms when partitions have no leader', async () => {
    let asked = 0;
    const broker: ScriptedBroker = await startScriptedBroker({
      metadata: () => {
        asked++;
        return metadataOf([broker.port], -1);
      },
    });
    onTestFinished(() => broker.close());
    const open = (ms: string) =>
      Consumer.open({
        topic: 't',
        config: parseConsumerProperties({
          'bootstrap.servers': broker.bootstrapServers,
          'default.api.timeout.ms': ms,
          'retry.backoff.ms': '50',
          'retry.backoff.max.ms': '50',
        }),
        partitions: null,
        onRecord: () => true,
      });
    await expect(open('0')).rejects.toThrow('without a leader');
    const atOnce = asked;
    await expect(open('400')).rejects.toThrow('without a leader');
    expect(asked - atOnce).toBeGreaterThan(atOnce);
  });

  it('joins its group by group.protocol=classic, and commits to none without group.id', async () => {
    const { broker } = await brokerForTest({ 'group.initial.rebalance.delay.ms': '0' });
    await makeTopic(await Wire.open(broker), 't');
    const servers = { 'bootstrap.servers': `127.0.0.1:${broker.port}` };
    const joins = broker.faults.add({ match: { api: 'JoinGroup' }, delay: { ms: 0 } });
    const consumer = await createConsumer({
      properties: { ...servers, 'group.id': 'g', 'group.protocol': 'classic' },
      topics: ['t'],
    });
    const running = consumer.run({ onRecord: () => undefined });
    await expect.poll(() => consumer.assignment.length, { timeout: 5000 }).toBe(1);
    expect(broker.faults.hits(joins)).toBeGreaterThan(0);
    const admin = openAdmin({ bootstrapServers: servers['bootstrap.servers'], properties: {} });
    expect(await describeGroup(admin.access, 'g')).toMatchObject({ state: 'Stable' });
    admin.close();
    await consumer.close();
    await running;

    const withoutGroup = (value: string) =>
      createConsumer({ properties: { ...servers, 'enable.auto.commit': value }, assign: [{ topic: 't' }] });
    await expect(withoutGroup('true')).rejects.toThrow('enable.auto.commit=true needs group.id');
    const commits = broker.faults.add({ match: { api: 'OffsetCommit' }, delay: { ms: 0 } });
    const reader = await withoutGroup('false');
    await reader.close();
    expect(broker.faults.hits(commits)).toBe(0);
  });
});

describe('a producer with transactions', () => {
  it('asks for transaction.timeout.ms, which a broker may find too long', async () => {
    const { broker } = await brokerForTest({ 'transaction.max.timeout.ms': '5000' });
    await makeTopic(await Wire.open(broker), 't');
    const open = (ms: string) => openTransactional(`127.0.0.1:${broker.port}`, 't', { 'transaction.timeout.ms': ms });
    await expect(open('5001')).rejects.toMatchObject({ name: 'INVALID_TRANSACTION_TIMEOUT' });
    const { producer } = await open('5000');
    producer.close();
  });
});
