import { describe, expect, it } from 'vitest';
import { ClientQuotas } from '../../../src/broker/security/client-quotas.ts';
import { entityOf, type QuotaEntity } from '../../../src/broker/security/quota-entity.ts';
import { alterClientQuotas } from '../../../src/protocol/messages/alter-client-quotas.ts';
import { describeClientQuotas } from '../../../src/protocol/messages/describe-client-quotas.ts';
import { fetch } from '../../../src/protocol/messages/fetch.ts';
import { metadata } from '../../../src/protocol/messages/metadata.ts';
import { produce } from '../../../src/protocol/messages/produce.ts';
import { batchOf, brokerForTest, fetchRequest, makeTopic, produceRequest, temporaryDirectory, Wire } from '../wire.ts';

const entity = (names: Readonly<Record<string, string | null>>): QuotaEntity => {
  const read = entityOf(Object.entries(names).map(([entityType, entityName]) => ({ entityType, entityName })));
  if (typeof read === 'string') throw new Error(read);
  return read;
};
const rate = (bytesPerSecond: number) => new Map([['producer_byte_rate', bytesPerSecond]]);
const alice = { principal: 'User:alice' };

const quotasAt = (clock: { nowMs: number }) =>
  new ClientQuotas(temporaryDirectory(), { windowCount: 11, windowSeconds: 1 }, () => clock.nowMs);

describe('quotas', () => {
  it('let a burst of ten seconds through, then ask for as much time as the bytes are worth', () => {
    const clock = { nowMs: 0 };
    const quotas = quotasAt(clock);
    quotas.replace([{ entity: entity({ 'client-id': 'app' }), values: rate(1000) }]);
    const send = (sizeBytes: number) => quotas.throttleMs('producer_byte_rate', alice, 'app', sizeBytes);

    expect(send(10_000)).toBe(0);
    expect(send(500)).toBe(500);
    clock.nowMs += 1000;
    expect(send(400)).toBe(0);
    expect(quotas.throttleMs('producer_byte_rate', alice, 'other', 1e9)).toBe(0);
    expect(quotas.throttleMs('consumer_byte_rate', alice, 'app', 1e9)).toBe(0);
  });

  it('take the one for user and client before that of the user, and names before defaults', () => {
    const quotas = quotasAt({ nowMs: 0 });
    quotas.replace([
      { entity: entity({ 'client-id': null }), values: rate(1) },
      { entity: entity({ 'client-id': 'app' }), values: rate(2) },
      { entity: entity({ user: null }), values: rate(4) },
      { entity: entity({ user: 'alice' }), values: rate(8) },
      { entity: entity({ user: 'alice', 'client-id': 'app' }), values: rate(16) },
    ]);
    // What is over the burst of ten seconds, here 1600 bytes, shows the rate.
    const rateOf = (user: string, clientId: string) => {
      const ms = quotas.throttleMs('producer_byte_rate', { principal: `User:${user}` }, clientId, 1e6);
      return Math.round(1e6 / (ms / 1000 + 10));
    };

    expect([rateOf('alice', 'app'), rateOf('alice', 'x'), rateOf('bob', 'app')]).toEqual([16, 8, 4]);
    quotas.replace([{ entity: entity({ user: null }), values: new Map() }]);
    expect([rateOf('bob', 'app'), rateOf('bob', 'x')]).toEqual([2, 1]);
  });
});

const altering = (names: Readonly<Record<string, string | null>>, key: string, value: number | null) => ({
  entries: [
    {
      entity: Object.entries(names).map(([entityType, entityName]) => ({ entityType, entityName })),
      ops: [{ key, value: value ?? 0, remove: value === null }],
    },
  ],
  validateOnly: false,
});
const everything = { components: [], strict: false };

describe('a broker with quotas', () => {
  it('keeps them over a restart, and gives them out by filters', async () => {
    const { broker, dataDir } = await brokerForTest();
    const wire = await Wire.open(broker);
    await wire.ask(alterClientQuotas, 1, altering({ user: 'alice' }, 'request_percentage', 12.5));
    await wire.ask(alterClientQuotas, 1, altering({ user: null, 'client-id': 'x' }, 'consumer_byte_rate', 5));
    await wire.ask(alterClientQuotas, 1, altering({ ip: '127.0.0.1' }, 'connection_creation_rate', 5));
    await wire.ask(alterClientQuotas, 1, altering({ ip: '127.0.0.1' }, 'connection_creation_rate', null));
    await broker.close();
    const again = await Wire.open((await brokerForTest({}, dataDir)).broker);
    const find = async (matchType: number, match: string | null, strict: boolean) =>
      (await again.ask(describeClientQuotas, 1, { components: [{ entityType: 'user', matchType, match }], strict }))
        .entries;

    expect((await again.ask(describeClientQuotas, 1, everything)).entries).toHaveLength(2);
    expect(await find(0, 'alice', true)).toEqual([
      { entity: [{ entityType: 'user', entityName: 'alice' }], values: [{ key: 'request_percentage', value: 12.5 }] },
    ]);
    expect(await find(1, null, true)).toEqual([]);
    expect(await find(1, null, false)).toHaveLength(1);
    expect(await find(2, null, false)).toHaveLength(2);
  });

  it('refuses quotas that make no sense', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    const errorOf = async (names: Readonly<Record<string, string | null>>, key: string, value: number) =>
      (await wire.ask(alterClientQuotas, 1, altering(names, key, value))).entries[0]?.errorCode;

    expect(await errorOf({}, 'producer_byte_rate', 1)).toBe(42);
    expect(await errorOf({ user: 'a', ip: '1.2.3.4' }, 'producer_byte_rate', 1)).toBe(42);
    expect(await errorOf({ planet: 'a' }, 'producer_byte_rate', 1)).toBe(42);
    expect(await errorOf({ user: 'a' }, 'connection_creation_rate', 1)).toBe(42);
    expect(await errorOf({ user: 'a' }, 'producer_byte_rate', 0)).toBe(42);
    expect((await wire.ask(describeClientQuotas, 1, everything)).entries).toEqual([]);
  });

  it('tells producers and consumers to wait, and serves their next request afterwards', async () => {
    const { broker } = await brokerForTest({ 'quota.window.num': '1' });
    const wire = await Wire.open(broker);
    await makeTopic(wire, 'limited');
    const batch = batchOf('x'.repeat(2_000));
    await wire.ask(alterClientQuotas, 1, altering({ 'client-id': 'test' }, 'producer_byte_rate', 5_000));
    await wire.ask(alterClientQuotas, 1, altering({ 'client-id': 'test' }, 'consumer_byte_rate', 20_000));

    const produced = await wire.ask(produce, 9, produceRequest('limited', batch));
    expect(produced.throttleTimeMs).toBeGreaterThan(50);
    const sentAtMs = performance.now();
    await wire.ask(metadata, 9, { topics: null, allowAutoTopicCreation: false });
    expect(performance.now() - sentAtMs).toBeGreaterThan(produced.throttleTimeMs / 4);
    const fetched = await wire.ask(fetch, 12, fetchRequest({ name: 'limited' }, 0));
    expect(fetched.responses[0]?.partitions[0]?.records?.length).toBe(batch.length);
    expect(fetched.throttleTimeMs).toBeGreaterThan(50);
    await wire.ask(metadata, 9, { topics: null, allowAutoTopicCreation: false });
  });
});
