/** What the properties of connections do, as the other end sees it. */
import dns from 'node:dns';
import net from 'node:net';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { Cluster, readBlockBytes } from '../../src/client/cluster.ts';
import { clusterForFetches } from '../../src/client/consumer.ts';
import { clusterFor, Producer } from '../../src/client/producer.ts';
import { parseConsumerProperties } from '../../src/client/properties/consumer-properties.ts';
import { parseProducerProperties } from '../../src/client/properties/producer-properties.ts';
import { FrameReader } from '../../src/protocol/frame-reader.ts';
import { metadataOf, type Script, type ScriptedBroker, startScriptedBroker } from './scripted-broker.ts';

const start = async (script: Script): Promise<ScriptedBroker> => {
  const broker = await startScriptedBroker(script);
  onTestFinished(() => broker.close());
  return broker;
};

const clusterAt = (servers: string, properties: Readonly<Record<string, string>> = {}): Cluster => {
  const config = parseConsumerProperties({ 'bootstrap.servers': servers, 'retry.backoff.ms': '5', ...properties });
  const cluster = new Cluster({ ...config, readBlockBytes: readBlockBytes(65_536, config.receiveBufferBytes) });
  onTestFinished(() => cluster.close());
  return cluster;
};

const ask = (cluster: Cluster) => cluster.describeTopics(['t'], { allowAutoCreation: false });

/** A port at which nothing listens any more. */
const closedPort = async (): Promise<number> => {
  const broker = await startScriptedBroker({});
  await broker.close();
  return broker.port;
};

/** Answers every look-up of a name with these addresses, or never. */
const resolveTo = (addresses: readonly string[] | null): void => {
  const lookup = vi.spyOn(dns, 'lookup');
  lookup.mockImplementation(((_host: string, _options: unknown, done: (error: null, found: unknown) => void) => {
    if (addresses !== null)
      done(
        null,
        addresses.map((address) => ({ address, family: 4 })),
      );
  }) as never);
  onTestFinished(() => lookup.mockRestore());
};

describe('a client finds its cluster', () => {
  it('at whichever of bootstrap.servers answers', async () => {
    const broker = await start({});
    const { topics } = await ask(clusterAt(`127.0.0.1:${await closedPort()},${broker.bootstrapServers}`));
    expect(topics.map(({ name }) => name)).toEqual(['t']);
  });

  it('at any address of a host, as client.dns.lookup=use_all_dns_ips says', async () => {
    const broker = await start({});
    resolveTo(['127.0.0.2', '127.0.0.3', '127.0.0.1']);
    const cluster = clusterAt(`kafka.test:${broker.port}`, { 'client.dns.lookup': 'use_all_dns_ips' });
    expect((await ask(cluster)).topics).toHaveLength(1);
  });

  it('again at bootstrap.servers when nobody it knows answers, unless metadata.recovery.strategy is none', async () => {
    const gone = await closedPort();
    const asked = { count: 0 };
    const broker = await start({
      metadata: () => {
        asked.count++;
        return metadataOf([gone]);
      },
    });
    for (const [strategy, isFound] of [
      ['rebootstrap', true],
      ['none', false],
    ] as const) {
      const cluster = clusterAt(broker.bootstrapServers, {
        'metadata.recovery.strategy': strategy,
        'reconnect.backoff.ms': '1',
      });
      asked.count = 0;
      await ask(cluster);
      const again = ask(cluster).then(
        () => true,
        () => false,
      );
      expect(await again).toBe(isFound);
      expect(asked.count).toBe(isFound ? 2 : 1);
    }
  });
});

describe('a connection', () => {
  it('is closed when it is unused for connections.max.idle.ms, and made again when it is needed', async () => {
    const broker = await start({});
    const cluster = clusterAt(broker.bootstrapServers, { 'connections.max.idle.ms': '40' });
    const connection = await cluster.anyConnection();
    expect(connection.closedBy).toBeNull();
    await expect.poll(() => connection.closedBy?.name).toBe('DISCONNECTED');
    expect((await ask(cluster)).topics).toHaveLength(1);
    expect(cluster.reconnects).toBe(1);
  });

  it('that a producer had for long enough is made again for the next record, which loses nothing', async () => {
    let asked = 0;
    const broker: ScriptedBroker = await start({
      metadata: () => {
        asked++;
        return metadataOf([broker.port]);
      },
    });
    const retries: string[] = [];
    const errors: unknown[] = [];
    const producer = await Producer.open({
      topic: 't',
      config: parseProducerProperties({
        'bootstrap.servers': broker.bootstrapServers,
        'linger.ms': '0',
        'connections.max.idle.ms': '40',
        'retry.backoff.ms': '5',
      }),
      nowUs: () => performance.now() * 1000,
      onSettled: (_batch, error) => errors.push(error),
      onRetry: ({ name }) => retries.push(name),
    });
    onTestFinished(() => producer.close());
    for (let count = 0; count < 3; count++) {
      const before = asked;
      producer.send(0, Date.now(), null, Buffer.from('v'), performance.now() * 1000, 0, 0);
      await producer.flush();
      // A connection that was lost has the producer ask who leads, once.
      await expect.poll(() => asked).toBeGreaterThan(before);
    }
    expect(errors).toEqual([null, null, null]);
    expect(retries).toEqual([]);
    const before = asked;
    await new Promise((resolve) => setTimeout(resolve, 300));
    expect(asked - before).toBeLessThan(3);
  });

  it('is not unused while an answer is awaited, and never when connections.max.idle.ms is below 0', async () => {
    const broker = await start({ metadata: () => 'silence' });
    const waiting = clusterAt(broker.bootstrapServers, {
      'connections.max.idle.ms': '40',
      'request.timeout.ms': '300',
    });
    await expect(ask(waiting)).rejects.toThrow('did not answer within 300 ms (request.timeout.ms');
    const kept = await clusterAt(broker.bootstrapServers, { 'connections.max.idle.ms': '-1' }).anyConnection();
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(kept.closedBy).toBeNull();
  });

  it('is waited for as long as socket.connection.setup.timeout.ms, then twice as long up to its max', async () => {
    const atMs: number[] = [];
    const server = net.createServer((socket) => {
      atMs.push(performance.now());
      socket.on('error', () => undefined).resume();
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void server.close());
    const address = server.address();
    const port = typeof address === 'object' ? address?.port : 0;
    // Without TLS a connection is made as soon as the system has taken it; here nobody answers the handshake.
    const cluster = clusterAt(`127.0.0.1:${port}`, {
      'security.protocol': 'SSL',
      'socket.connection.setup.timeout.ms': '60',
      'socket.connection.setup.timeout.max.ms': '120',
      'reconnect.backoff.ms': '0',
    });
    const asked = expect(ask(cluster)).rejects.toThrow();
    // Without the bound, 60, 120, 240, 480, 960 and 1920 ms would be all.
    await expect.poll(() => atMs.length, { timeout: 3000 }).toBeGreaterThan(7);
    cluster.close();
    await asked;
    expect((atMs[1] ?? 0) - (atMs[0] ?? 0)).toBeGreaterThan(50);
    expect((atMs[2] ?? 0) - (atMs[1] ?? 0)).toBeGreaterThan(110);
  });

  it.each([
    ['producer', (properties: Record<string, string>) => clusterFor(parseProducerProperties(properties))],
    ['consumer', (properties: Record<string, string>) => clusterForFetches(parseConsumerProperties(properties))],
  ] as const)('of a %s reads into receive.buffer.bytes of memory at once', async (_, open) => {
    const broker: ScriptedBroker = await start({
      metadata: () => {
        const metadata = metadataOf([broker.port]);
        const [topic] = metadata.topics;
        if (topic === undefined) throw new Error('metadata without a topic');
        return { ...metadata, topics: Array.from({ length: 2000 }, (_, index) => ({ ...topic, name: `t${index}` })) };
      },
    });
    const mostAtOnce = async (bytes: string): Promise<number> => {
      let most = 0;
      const target = vi.spyOn(FrameReader.prototype, 'target');
      const cluster = open({ 'bootstrap.servers': broker.bootstrapServers, 'receive.buffer.bytes': bytes });
      for (let count = 0; count < 3; count++) await cluster.describeTopics(null, { allowAutoCreation: false });
      for (const { value } of target.mock.results) if (Buffer.isBuffer(value)) most = Math.max(most, value.length);
      target.mockRestore();
      cluster.close();
      return most;
    };
    expect(await mostAtOnce('-1')).toBeLessThan(4_000_000);
    expect(await mostAtOnce('4000000')).toBe(4_000_000);
  });
});
