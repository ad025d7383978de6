import net from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { Cluster } from '../../src/client/cluster.ts';
import { Connection } from '../../src/client/connection.ts';
import { plaintext } from '../../src/client/security/security-config.ts';
import { metadata } from '../../src/protocol/messages/metadata.ts';
import { produce } from '../../src/protocol/messages/produce.ts';
import { metadataOf, startScriptedBroker } from './scripted-broker.ts';

const options = {
  host: '127.0.0.1',
  clientId: 'test',
  requestTimeoutMs: 500,
  connectTimeoutMs: 500,
  readBlockBytes: 65_536,
  maxIdleMs: -1,
  security: plaintext,
};
const cleanUps: (() => unknown)[] = [];

/** A server that answers whatever comes with the same bytes. */
const serve = async (bytes: Buffer | null): Promise<number> => {
  const server = net.createServer((socket) => {
    socket.on('error', () => undefined);
    socket.on('data', () => (bytes === null ? socket.end() : socket.write(bytes)));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  cleanUps.push(() => server.close());
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
};

afterEach(async () => {
  for (const cleanUp of cleanUps.splice(0)) await cleanUp();
});

describe('opening a connection', () => {
  it('says that it was refused', async () => {
    await expect(Connection.open({ ...options, port: 1 })).rejects.toThrow(
      'cannot connect to 127.0.0.1:1: connection refused',
    );
  });

  it('says so when what answers is no Kafka broker', async () => {
    for (const [answer, message] of [
      [Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'), 'it answers like an HTTP server; check the port'],
      [Buffer.from('15030100020246', 'hex'), 'it answers in TLS; set security.protocol=SSL or SASL_SSL'],
      [Buffer.from('SSH-2.0-OpenSSH_9'), 'it answers "SSH-2.0-OpenSSH_"; check the port'],
      [Buffer.from('ff00ff00ff', 'hex'), 'its answer begins with the bytes ff00ff00ff; check the port'],
    ] as const) {
      const port = await serve(answer);
      await expect(Connection.open({ ...options, port })).rejects.toThrow(
        `127.0.0.1:${port} does not look like a Kafka broker: ${message}`,
      );
    }
  });

  it('shows an IPv6 host in brackets', async () => {
    await expect(Connection.open({ ...options, host: '::1', port: 1 })).rejects.toThrow('cannot connect to [::1]:1: ');
  });

  it('says so when the other side closes', async () => {
    await expect(Connection.open({ ...options, port: await serve(null) })).rejects.toThrow('closed the connection');
  });

  it('does not wait longer than its time for an answer that never comes', async () => {
    await expect(Connection.open({ ...options, port: await serve(Buffer.alloc(0)) })).rejects.toThrow('did not answer');
  });

  it('asks again in version 0 when the broker does not know version 3', async () => {
    const asked: number[] = [];
    const broker = await startScriptedBroker({
      apiVersions: (version) => {
        asked.push(version);
        return version > 0
          ? { errorCode: 35, apiKeys: [] }
          : { errorCode: 0, apiKeys: [{ apiKey: 3, minVersion: 0, maxVersion: 5 }] };
      },
    });
    cleanUps.push(broker.close);
    const connection = await Connection.open({ ...options, port: broker.port });
    expect([asked, connection.versionOf(metadata)]).toEqual([[3, 0], 5]);
    connection.close();
  });

  it('names the versions when both sides have none in common', async () => {
    const broker = await startScriptedBroker({
      apiVersions: () => ({ errorCode: 0, apiKeys: [{ apiKey: produce.key, minVersion: 0, maxVersion: 2 }] }),
    });
    cleanUps.push(broker.close);
    const connection = await Connection.open({ ...options, port: broker.port });
    expect(() => connection.versionOf(produce)).toThrow('offers Produce versions 0 to 2; versions 3 to 11');
    connection.close();
  });
});

describe('a connection', () => {
  it('answers many requests at once, each with its own response', async () => {
    const broker = await startScriptedBroker({ metadata: () => metadataOf([9]) });
    cleanUps.push(broker.close);
    const connection = await Connection.open({ ...options, port: broker.port });
    const answers = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        connection.request(metadata, { topics: null }, { version: 1 + (index % 12) }),
      ),
    );
    expect(answers.map((answer) => answer.brokers[0]?.port)).toEqual(answers.map(() => 9));
    connection.close();
  });

  it('fails what is pending when it is lost, and what comes later too', async () => {
    const broker = await startScriptedBroker({ metadata: () => 'drop' });
    cleanUps.push(broker.close);
    const connection = await Connection.open({ ...options, port: broker.port });
    const [first, second] = [
      connection.request(metadata, { topics: null }),
      connection.request(metadata, { topics: null }),
    ];
    await expect(first).rejects.toThrow('was lost');
    await expect(second).rejects.toThrow('was lost');
    await expect(connection.request(metadata, { topics: null })).rejects.toThrow('was lost');
  });
});

describe('a cluster at the address of another program', () => {
  const clusterAt = async (answer: Buffer | null): Promise<Cluster> => {
    const cluster = new Cluster({
      bootstrapServers: [{ host: '127.0.0.1', port: await serve(answer) }],
      clientId: 'test',
      requestTimeoutMs: 500,
      retryBackoffMs: 1000,
      retryBackoffMaxMs: 1000,
      reconnectBackoffMs: 1,
      reconnectBackoffMaxMs: 1,
      socketConnectionSetupTimeoutMs: 500,
      socketConnectionSetupTimeoutMaxMs: 500,
      readBlockBytes: 65_536,
      connectionsMaxIdleMs: -1,
      isRebootstrapping: true,
      security: plaintext,
    });
    cleanUps.push(() => cluster.close());
    return cluster;
  };

  it('is given up at once when the program can be named', async () => {
    const cluster = await clusterAt(Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'));
    await expect(cluster.anyConnection()).rejects.toThrow(
      /^no broker of 127\.0\.0\.1:\d+ answers: .* like an HTTP server; check the port$/,
    );
  });

  it('is asked whether it is a broker, and about its security, when it only hangs up', async () => {
    const cluster = await clusterAt(null);
    await expect(cluster.anyConnection()).rejects.toThrow(
      /closed the connection before it answered; .* look at security\.protocol; does a Kafka broker listen there\?$/,
    );
  });
});
