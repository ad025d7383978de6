// A TCP proxy in a process of its own that lets so many bytes a second pass towards the broker: `slow-proxy.mjs BYTES_PER_SECOND`. It tells
// its port, and takes `{ target }`.
import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

const bytesPerSecond = Number(process.argv[2]);
/** Bytes that pass at a time; the time they take is waited for afterwards. */
const PORTION_BYTES = 16 * 1024;
/** @type {{ host: string, port: number } | null} */
let target = null;

const server = createServer({ noDelay: true }, (client) => {
  if (target === null) {
    client.destroy();
    return;
  }
  const upstream = connect({ ...target, noDelay: true });
  upstream.pipe(client);
  for (const socket of [client, upstream])
    socket.on('error', () => {}).on('close', () => [client, upstream].forEach((each) => void each.destroy()));
  void carrySlowly(client, upstream);
});

/** @param {import('node:net').Socket} from @param {import('node:net').Socket} to */
const carrySlowly = async (from, to) => {
  let freeAtMs = performance.now();
  for await (const chunk of from) {
    for (let at = 0; at < chunk.length; at += PORTION_BYTES) {
      const portion = chunk.subarray(at, at + PORTION_BYTES);
      to.write(portion);
      freeAtMs = Math.max(freeAtMs, performance.now()) + (portion.length / bytesPerSecond) * 1e3;
      const waitMs = freeAtMs - performance.now();
      if (waitMs >= 1) await sleep(waitMs);
    }
  }
};

process.on('message', (message) => {
  target = /** @type {any} */ (message).target;
});
process.on('disconnect', () => process.exit());
server.listen(0, '127.0.0.1');
await once(server, 'listening');
process.send?.({ port: /** @type {import('node:net').AddressInfo} */ (server.address()).port });
