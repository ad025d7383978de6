// The serving side of the comparison of fetch strategies: answers each request with the bytes of one range of a file.
// Request: 8 bytes, uint32 position and uint32 size. The strategy is chosen by a message from the parent.
import { readSync } from 'node:fs';
import net from 'node:net';
import { FileCache, LogFile } from '../../dist/broker/log/file-cache.js';
import { ReadPool } from '../../dist/broker/log/read-pool.js';
import {
  blockingReadStrategy,
  loadSendfileStrategy,
  positionedReadStrategy,
  readStreamStrategy,
  tailCacheStrategy,
} from '../../dist/broker/log/read-strategies.js';

const REQUEST_BYTES = 8;
const [path = '', memoryBytes = '0'] = process.argv.slice(2);
const files = new FileCache();
const file = new LogFile(path);
const pool = new ReadPool();

/** The part of the file that the tail cache would hold; ranges behind it wrap around. */
const memory = Buffer.allocUnsafeSlow(Number(memoryBytes));
readSync(files.use(file), memory, 0, memory.length, 0);

/** @type {import('../../dist/broker/log/read-strategy.js').ReadStrategy[]} */
const strategies = [
  tailCacheStrategy(({ position, sizeBytes }) => {
    const at = position % (memory.length - sizeBytes + 1);
    return {
      slices: [memory.subarray(at, at + sizeBytes)],
      sizeBytes,
      memoryBytes: sizeBytes,
      release: () => undefined,
    };
  }),
  positionedReadStrategy(files, pool),
  blockingReadStrategy(files, pool),
  readStreamStrategy(files),
];
const sendfile = await loadSendfileStrategy(files, pool);
if (sendfile !== null) strategies.push(sendfile);
let strategy = strategies[0];

const server = net.createServer({ noDelay: true }, (socket) => {
  let pending = Buffer.alloc(0);
  let isBusy = false;
  const next = async () => {
    if (isBusy || pending.length < REQUEST_BYTES || strategy === undefined) return;
    isBusy = true;
    const range = { file, position: pending.readUInt32BE(0), sizeBytes: pending.readUInt32BE(4) };
    pending = pending.subarray(REQUEST_BYTES);
    await strategy.send(range, socket);
    isBusy = false;
    await next();
  };
  socket.on('data', (chunk) => {
    pending = Buffer.concat([pending, chunk]);
    next().catch((error) => socket.destroy(error));
  });
  socket.on('error', () => undefined);
});

process.on('message', (/** @type {{ strategy?: string }} */ message) => {
  if (message.strategy !== undefined) strategy = strategies.find(({ name }) => name === message.strategy);
  const { user, system } = process.cpuUsage();
  process.send?.({ cpuUs: user + system });
});
process.once('disconnect', () => process.exit(0));
server.listen(0, '127.0.0.1', () => {
  const { port } = /** @type {net.AddressInfo} */ (server.address());
  process.send?.({ port, strategies: strategies.map(({ name }) => name) });
});
