import { mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { BrokerStartError, startBroker } from '../../src/broker/broker.ts';
import { metadata } from '../../src/protocol/messages/metadata.ts';
import { brokerForTest, makeTopic, temporaryDirectory, Wire } from './wire.ts';

const start = (more: Partial<Parameters<typeof startBroker>[0]>) =>
  startBroker({ host: '127.0.0.1', port: 0, dataDir: temporaryDirectory(), config: {}, log: () => {}, ...more });

describe('a broker', () => {
  it('says what is wrong with a setting', async () => {
    const failure = start({ config: { 'num.partition': '1' } });
    await expect(failure).rejects.toThrow(BrokerStartError);
    await expect(failure).rejects.toMatchObject({ isUsage: true, message: expect.stringContaining('num.partitions') });
  });

  it('says that its port is in use, and gives the data directory free again', async () => {
    const server = createServer();
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      server.close();
    });
    const address = server.address();
    const port = typeof address === 'object' && address !== null ? address.port : 0;
    const dataDir = temporaryDirectory();
    await expect(start({ port, dataDir })).rejects.toMatchObject({
      isUsage: false,
      message: expect.stringContaining(`127.0.0.1:${port} is in use`),
    });
    const broker = await start({ dataDir });
    await broker.close();
  });

  it('leaves nothing of a data directory that it made in vain', async () => {
    const { broker } = await brokerForTest();
    const parent = temporaryDirectory();
    await expect(start({ port: broker.port, dataDir: join(parent, 'new', 'data') })).rejects.toThrow('in use');
    expect(readdirSync(parent)).toEqual([]);
    await expect(start({ port: broker.port, dataDir: parent })).rejects.toThrow('in use');
    expect(readdirSync(parent)).toEqual([]);
  });

  it('leaves a data directory that it found as it was when it cannot listen', async () => {
    const { broker, dataDir } = await brokerForTest();
    await makeTopic(await Wire.open(broker), 't');
    await broker.close();
    const before = readdirSync(dataDir);
    const { broker: other } = await brokerForTest();
    await expect(start({ port: other.port, dataDir })).rejects.toThrow('in use');
    expect(readdirSync(dataDir)).toEqual(before);
  });

  it('says that it could not note its clean stop, and gives the data directory free all the same', async () => {
    const { broker, dataDir, lines } = await brokerForTest();
    // Stands for a full disk: the marker cannot be written.
    mkdirSync(join(dataDir, '.kafka_cleanshutdown.tmp'));
    await broker.close();
    expect(lines).toEqual([expect.stringContaining('cannot note the clean stop (EISDIR)')]);
    expect(readdirSync(dataDir)).not.toContain('.lock');
  });

  it('says that its data directory is in use, and by whom', async () => {
    const { dataDir } = await brokerForTest();
    await expect(start({ dataDir })).rejects.toThrow(String(process.pid));
  });

  it('says that its data directory is not one', async () => {
    const file = join(temporaryDirectory(), 'file');
    writeFileSync(file, '');
    await expect(start({ dataDir: file })).rejects.toThrow(BrokerStartError);
  });

  it('says that its list of topics is broken', async () => {
    const dataDir = temporaryDirectory();
    mkdirSync(dataDir, { recursive: true });
    writeFileSync(join(dataDir, 'topics.json'), '{"version":1,"topics":[{"name":5}]}');
    await expect(start({ dataDir })).rejects.toThrow('topics.json');
  });

  it('tells clients the advertised address', async () => {
    const broker = await start({ advertised: { host: 'broker.example', port: 1234 } });
    onTestFinished(() => broker.close());
    const wire = await Wire.open(broker);
    expect((await wire.ask(metadata, 9, { topics: [] })).brokers).toMatchObject([
      { host: 'broker.example', port: 1234 },
    ]);
  });

  it('warns when it listens beyond loopback, and tells clients a name they can use', async () => {
    const lines: string[] = [];
    const broker = await start({ host: '0.0.0.0', log: (line) => lines.push(line) });
    onTestFinished(() => broker.close());
    expect(lines).toEqual([expect.stringContaining('not loopback'), expect.stringContaining('--advertise HOST:PORT')]);
    expect(broker.advertised).toEqual({ host: 'localhost', port: broker.port });
  });

  it('closes with clients connected, and twice', async () => {
    const { broker } = await brokerForTest();
    const wire = await Wire.open(broker);
    await makeTopic(wire, 't');
    await Promise.all([broker.close(), broker.close()]);
    expect(await wire.frame()).toBeNull();
  });
});
