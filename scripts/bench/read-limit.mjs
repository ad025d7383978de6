// What reading from files over a socket could reach: one process reads a log file by positioned reads into one buffer and
// writes it, another reads it off the socket into one buffer and looks at nothing. No protocol, no CRC, no records.
import { fork } from 'node:child_process';
import { once } from 'node:events';
import fs from 'node:fs';
import net from 'node:net';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const BLOCK_BYTES = 1024 * 1024;

const serve = (/** @type {string} */ path) => {
  const fd = fs.openSync(path, 'r');
  const size = fs.fstatSync(fd).size;
  const block = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  const server = net.createServer((socket) => {
    let at = 0;
    const next = () => {
      const count = fs.readSync(fd, block, 0, BLOCK_BYTES, at);
      at = at + count >= size ? 0 : at + count;
      socket.write(block.subarray(0, count), (error) => (error ? undefined : next()));
    };
    socket.on('error', () => undefined);
    next();
  });
  server.listen(0, '127.0.0.1', () => process.send?.({ port: /** @type {net.AddressInfo} */ (server.address()).port }));
  process.once('disconnect', () => process.exit(0));
};

/**
 * Bytes a second between two processes, over the first `.log` file of a partition's folder.
 * @param {string} folder
 * @param {number} seconds
 * @returns {Promise<number>}
 */
export const measureReadLimit = async (folder, seconds) => {
  const log = fs.readdirSync(folder).find((name) => name.endsWith('.log'));
  const child = fork(fileURLToPath(import.meta.url), [join(folder, log ?? '')]);
  const [{ port }] = await once(child, 'message');
  let received = 0;
  const block = Buffer.allocUnsafeSlow(2 * BLOCK_BYTES);
  const socket = net.connect({
    port,
    host: '127.0.0.1',
    onread: {
      buffer: block,
      callback: (count) => {
        received += count;
        return true;
      },
    },
  });
  await once(socket, 'connect');
  const startedMs = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1000));
  const rate = received / ((performance.now() - startedMs) / 1000);
  socket.destroy();
  child.disconnect();
  await once(child, 'exit');
  return rate;
};

if (process.argv[1] === fileURLToPath(import.meta.url)) serve(process.argv[2] ?? '');
