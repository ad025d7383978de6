import { existsSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BrokerStartError } from '../../../src/broker/broker.ts';
import { type EmbeddedBrokerOptions, startBroker } from '../../../src/broker/embedded/start-broker.ts';
import { FaultError } from '../../../src/broker/faults/fault.ts';
import { TopicError } from '../../../src/broker/topics.ts';
import { listOffsets } from '../../../src/protocol/messages/list-offsets.ts';
import { metadata } from '../../../src/protocol/messages/metadata.ts';
import { batchOf, produceTo, temporaryDirectory, Wire } from '../wire.ts';

const start = async (options: EmbeddedBrokerOptions = {}) => {
  const broker = await startBroker(options);
  onTestFinished(() => broker.close());
  return broker;
};

const partitionCounts = async (broker: { host: string; port: number }): Promise<Record<string, number>> => {
  const wire = await Wire.open(broker);
  const { topics } = await wire.ask(metadata, 12, { topics: null });
  return Object.fromEntries(topics.map(({ name, partitions }) => [name ?? '', partitions.length]));
};

describe('a broker in a program', () => {
  it('listens on a free port and keeps its data in a folder that goes when it is closed', async () => {
    const broker = await start();
    expect(broker.bootstrapServers).toBe(`127.0.0.1:${broker.port}`);
    expect([broker.pid, existsSync(join(broker.dataDir, 'meta.properties'))]).toEqual([process.pid, true]);
    await broker.close();
    expect(existsSync(broker.dataDir)).toBe(false);
    const socket = connect(broker.port, broker.host);
    expect(await new Promise((resolve) => socket.once('error', (error) => resolve(error.message)))).toMatch(
      'ECONNREFUSED',
    );
  });

  it('keeps the data in a folder that it was given', async () => {
    const dataDir = temporaryDirectory();
    const before = await startBroker({ dataDir, topics: ['t'] });
    await produceTo(await Wire.open(before), 't', batchOf('a', 'b'));
    await before.close();
    const wire = await Wire.open(await start({ dataDir }));
    const partitions = [{ partitionIndex: 0, timestamp: -1 }];
    const { topics } = await wire.ask(listOffsets, 5, { replicaId: -1, topics: [{ name: 't', partitions }] });
    expect(topics[0]?.partitions[0]?.offset).toBe(2);
  });

  it('has its topics when it is ready, and makes more', async () => {
    const broker = await start({
      config: { 'num.partitions': 3 },
      topics: ['a', { name: 'b', partitions: 2, config: { 'retention.ms': 1000 } }],
    });
    expect(await partitionCounts(broker)).toEqual({ a: 3, b: 2 });
    await broker.createTopics(['c', { name: 'd', partitions: 1 }]);
    expect(await partitionCounts(broker)).toEqual({ a: 3, b: 2, c: 3, d: 1 });
  });

  it('runs beside others, each with its own topics', async () => {
    const brokers = await Promise.all(['a', 'b', 'c'].map((name) => start({ topics: [name] })));
    const names = await Promise.all(brokers.map(async (broker) => Object.keys(await partitionCounts(broker))));
    expect(names).toEqual([['a'], ['b'], ['c']]);
  });

  it('can be closed twice, also by await using', async () => {
    let dataDir = '';
    {
      await using broker = await startBroker();
      dataDir = broker.dataDir;
      await Promise.all([broker.close(), broker.close()]);
    }
    expect(existsSync(dataDir)).toBe(false);
  });

  it('is silent, or tells its log lines to whoever asks', async () => {
    const lines: string[] = [];
    const broker = await start({ log: (line) => lines.push(line) });
    const wire = await Wire.open(broker);
    wire.socket.write('GET / HTTP/1.1\r\n\r\n');
    expect(await wire.frame()).toBeNull();
    expect(lines).toEqual([expect.stringContaining('closed the connection')]);
  });

  it.each<[EmbeddedBrokerOptions, RegExp]>([
    [{ config: { 'num.partition': 3 } }, /num\.partitions/],
    [{ dataDir: '/dev/null/data' }, /dev\/null/],
    [{ faults: [{ match: { api: 'Produse' }, drop: {} }] }, /fault 1: match: .* did you mean Produce\?/],
  ])('says in one line why it cannot start: %j', async (options, message) => {
    const error = await startBroker(options).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(BrokerStartError);
    expect(String(error)).toMatch(message);
  });

  it('does not start with a topic that cannot be, and says which', async () => {
    const error = await startBroker({ topics: ['good', 'not good'] }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TopicError);
    expect(String(error)).toMatch(/topic "not good": .*contains characters/);
  });

  it('has faults that count, go away, and tell what they did', async () => {
    const broker = await start({ topics: ['t'], faults: [{ match: { api: 'Fetch' }, delay: { ms: 1 } }] });
    const wire = await Wire.open(broker);
    const fault = await broker.faults.fail({ api: 'Produce', topic: 't' }, { error: 'NOT_LEADER_OR_FOLLOWER' });
    await broker.faults.delay({ api: 'Produce' }, { uniform: { minMs: 1, maxMs: 2 } });
    expect((await produceTo(wire, 't', batchOf('a'))).errorCode).toBe(6);
    await fault.remove();
    expect((await produceTo(wire, 't', batchOf('a'))).errorCode).toBe(0);
    expect([fault.id, await fault.hits()]).toEqual([2, 1]);
    expect((await broker.faults.history()).map(({ kind }) => kind)).toEqual(['fail', 'delay', 'delay']);
    await broker.faults.clear();
    expect((await broker.faults.history()).length).toBe(3);
    await expect(broker.faults.freeze(0)).rejects.toThrow(FaultError);
  });
});

it('options that it does not have, and values that they cannot have, are refused', async () => {
  const start = (options: object) => startBroker(options);
  await expect(start({ topic: ['t'] })).rejects.toThrow('no option topic: did you mean topics?');
  await expect(start({ process: 'chlid' })).rejects.toThrow("process must be 'same' or 'child'");
  await expect(start({ port: 70_000 })).rejects.toThrow('port must be a whole number');
});
