/** Ports of 127.0.0.1 that nobody uses. */
import { createServer } from 'node:net';

/**
 * Ports that were free just now, all different.
 *
 * @param {readonly number[]} wanted for each: the port to take when it is free, or 0 for any
 * @returns {Promise<number[]>} in the same order; another port where the wanted one is in use
 */
export async function freePorts(wanted) {
  // All are held at once, so that no two are the same.
  const held = [];
  for (const port of wanted) held.push((await hold(port)) ?? (await holdAny()));
  for (const server of held) server.release();
  return held.map(({ port }) => port);
}

/**
 * @param {number} port 0 for any
 * @returns {Promise<{ port: number, release: () => void } | null>} a port nobody else gets until it is released; null when it is in use
 */
function hold(port) {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(null));
    server.listen(port, '127.0.0.1', () => {
      const address = server.address();
      resolve({
        port: typeof address === 'object' && address !== null ? address.port : 0,
        release: () => server.close(),
      });
    });
  });
}

async function holdAny() {
  const server = await hold(0);
  if (server === null) throw new Error('127.0.0.1 has no free port');
  return server;
}
