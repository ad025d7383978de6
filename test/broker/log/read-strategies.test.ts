import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { writeFileSync } from 'node:fs';
import { connect, createServer, type Socket } from 'node:net';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test } from 'vitest';
import { FileCache, LogFile } from '../../../src/broker/log/file-cache.ts';
import { ReadPool } from '../../../src/broker/log/read-pool.ts';
import {
  blockingReadStrategy,
  loadSendfileStrategy,
  positionedReadStrategy,
  readStreamStrategy,
  tailCacheStrategy,
} from '../../../src/broker/log/read-strategies.ts';
import { temporaryFolder } from './support.ts';

const content = randomBytes(6_000_000);

/** Both ends of a TCP connection over loopback. */
const connectPair = async (): Promise<{ sending: Socket; receiving: Socket }> => {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('a TCP server has a port');
  const receiving = connect(address.port, '127.0.0.1');
  const [sending] = await once(server, 'connection');
  onTestFinished(() => {
    receiving.destroy();
    sending.destroy();
    server.close();
  });
  return { sending, receiving };
};

const receive = async (socket: Socket, sizeBytes: number): Promise<Buffer> => {
  const chunks: Buffer[] = [];
  let received = 0;
  for await (const chunk of socket.iterator({ destroyOnReturn: false })) {
    chunks.push(chunk);
    received += chunk.length;
    if (received >= sizeBytes) break;
  }
  return Buffer.concat(chunks);
};

describe('every strategy', () => {
  test('brings the same bytes to the socket, in order and behind what was written before', async () => {
    const path = join(temporaryFolder(), 'segment');
    writeFileSync(path, content);
    const files = new FileCache();
    const file = new LogFile(path);
    onTestFinished(() => files.close(file));
    const pool = new ReadPool();
    const memory = tailCacheStrategy(({ position, sizeBytes }) => ({
      slices: [content.subarray(position, position + 1), content.subarray(position + 1, position + sizeBytes)],
      sizeBytes,
      memoryBytes: sizeBytes,
      release: () => {},
    }));
    const sendfile = await loadSendfileStrategy(files, pool);
    const strategies = [memory, positionedReadStrategy(files, pool), blockingReadStrategy(files, pool)];
    for (const strategy of [...strategies, readStreamStrategy(files), ...(sendfile === null ? [] : [sendfile])]) {
      const { sending, receiving } = await connectPair();
      const ranges = [
        { file, position: 3, sizeBytes: 5_000_000 },
        { file, position: 100, sizeBytes: 1 },
        { file, position: 5_900_000, sizeBytes: 100_000 },
      ];
      const expected = Buffer.concat([
        content.subarray(0, 300_000),
        ...ranges.map(({ position, sizeBytes }) => content.subarray(position, position + sizeBytes)),
      ]);
      const received = receive(receiving, expected.length);
      sending.write(content.subarray(0, 300_000));
      for (const range of ranges) await strategy.send(range, sending);
      expect([strategy.name, (await received).equals(expected)]).toEqual([strategy.name, true]);
    }
  });
});
