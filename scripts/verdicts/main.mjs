// npm run verdicts: runs tests whose limit is known by how they are made, and compares what each says was its limit. Exit status 1
// when one is wrong. The thresholds of the verdict (src/measure/verdict.ts) were chosen without these runs; a wrong verdict here is
// a fault to understand, not a threshold to move.
import { execFile, fork } from 'node:child_process';
import { once } from 'node:events';
import { availableParallelism } from 'node:os';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { startBroker } from '../../dist/index.js';

const SECONDS = 8;
const MAIN = fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const run = promisify(execFile);

/**
 * @typedef {{
 *   name: string,
 *   expected: string,
 *   flags: readonly string[],
 *   requestsPerSecond?: number,
 *   proxyBytesPerSecond?: number,
 *   burners?: number,
 * }} Case
 */

/** @type {readonly Case[]} */
const cases = [
  {
    name: 'one producer with tiny records, as fast as it can',
    expected: 'generator-limited',
    flags: [
      '--record-size',
      '1',
      '--throughput',
      '-1',
      '--command-property',
      'batch.size=131072',
      'linger.ms=5',
      'acks=1',
    ],
  },
  {
    name: 'burners on every processor beside a load that is easy otherwise',
    expected: 'machine-limited',
    flags: ['--record-size', '100', '--throughput', '50000', '--command-property', 'acks=1'],
    burners: 4 * availableParallelism(),
  },
  {
    name: 'a broker slowed down to 100 requests a second',
    expected: 'target-limited',
    flags: ['--record-size', '100', '--throughput', '-1', '--command-property', 'acks=1'],
    requestsPerSecond: 100,
  },
  {
    name: 'a slow proxy between, 2 MB a second',
    expected: 'target-limited',
    flags: ['--record-size', '1000', '--throughput', '-1', '--command-property', 'acks=1'],
    proxyBytesPerSecond: 2_000_000,
  },
  {
    name: 'a load that nothing holds up',
    expected: 'pace-held',
    flags: ['--record-size', '100', '--throughput', '2000', '--command-property', 'acks=1'],
  },
];

/** @param {Case} testCase */
const judge = async ({ flags, requestsPerSecond, proxyBytesPerSecond, burners = 0 }) => {
  const proxy =
    proxyBytesPerSecond === undefined
      ? null
      : fork(new URL('slow-proxy.mjs', import.meta.url), [String(proxyBytesPerSecond)]);
  const port = proxy === null ? null : (await once(proxy, 'message'))[0].port;
  const broker = await startBroker({
    process: 'child',
    topics: ['t'],
    ...(port === null ? {} : { advertised: { host: '127.0.0.1', port } }),
  });
  const children = Array.from({ length: burners }, () =>
    fork(new URL('burner.mjs', import.meta.url), [String(SECONDS + 3)]),
  );
  try {
    proxy?.send({ target: { host: broker.host, port: broker.port } });
    if (requestsPerSecond !== undefined) await broker.faults.queue({ api: 'Produce' }, { requestsPerSecond });
    const { stdout } = await run(process.execPath, [
      ...[MAIN, 'producer-perf-test', '--bootstrap-server', broker.bootstrapServers, '--topic', 't'],
      ...['--duration', `${SECONDS}s`, '--no-record', '--json', ...flags],
    ]);
    return JSON.parse(stdout).verdict;
  } finally {
    for (const child of [...children, ...(proxy === null ? [] : [proxy])]) child.disconnect();
    await broker.close();
  }
};

let wrong = 0;
for (const testCase of cases) {
  const { kind, sentence } = await judge(testCase);
  const isRight = kind === testCase.expected;
  if (!isRight) wrong++;
  process.stdout.write(`${isRight ? 'RIGHT' : 'WRONG'} ${testCase.name}: ${kind}\n      ${sentence}\n`);
}
process.exitCode = wrong === 0 ? 0 : 1;
