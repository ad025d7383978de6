// The gate's two error rates for real: comparisons of trials on brokers of our own, alike or with a fault that makes one side's a tenth
// slower. Each trial has a broker of its own: two that live on differ by some per cent from how they happened to start, which no number of
// pairs on the same two can tell from a difference of what is compared.
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import os from 'node:os';
import { fileURLToPath } from 'node:url';
import { median, table } from '../bench/table.mjs';
import { shareText, upperBound } from './bounds.mjs';

const main = process.env.SPILLWAY_MAIN ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));
const workload = fileURLToPath(new URL('in-turn.yaml', import.meta.url));

/**
 * How long a broker takes for a request beside its own work, milliseconds, as one that waits for its followers. Without that the rate
 * is this machine's speed, which strayed by 16 to 37 % from one trial to the next where these figures were made: more than is looked for.
 */
const serviceMs = 5;

/** How much slower the broker is. */
const slowdown = 0.1;
/** Of ten comparisons with a slowdown so many have to find it. */
const leastFound = 0.9;

/** Trials that end at once, to see that all works; their figures mean nothing. */
const shortSet = ['records=3000', 'warmupRecords=500'];

/**
 * The setting of a broker that takes so long for a Produce request beside its own work.
 * @param {number} delayMs
 */
const slowBroker = (delayMs) =>
  `target.faults=${JSON.stringify([{ match: { api: 'Produce' }, delay: { ms: Number(delayMs.toFixed(4)) } }])}`;

/** @typedef {{ verdict: string, metrics: { key: string, verdict: string, change: { estimate: number } }[], design: { lookedAt: number[] }, elapsedSeconds: number, failure: string | null }} Result */

/**
 * Runs a command to its end and gives what it printed. Rejects with its last line for a status that is not among those allowed.
 * @param {readonly string[]} args
 * @param {readonly number[]} statuses
 * @param {AbortSignal} signal
 * @returns {Promise<string>}
 */
const run = async (args, statuses, signal) => {
  signal.throwIfAborted();
  const child = spawn(process.execPath, [main, ...args], { stdio: ['ignore', 'pipe', 'pipe'] });
  const stop = () => child.kill('SIGTERM');
  signal.addEventListener('abort', stop, { once: true });
  let out = '';
  let err = '';
  child.stdout.setEncoding('utf8').on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.setEncoding('utf8').on('data', (chunk) => {
    err += chunk;
  });
  const [status] = await once(child, 'close');
  signal.removeEventListener('abort', stop);
  if (!statuses.includes(status))
    throw new Error(`spillway ${args[0]} ended with ${status}: ${err.trim().split('\n').at(-1)}`);
  return out;
};

/**
 * How long a request takes on a broker that is not slowed down, milliseconds: one is on its way at a time, so that it is the time by the number of requests.
 * @param {boolean} isShort
 * @param {AbortSignal} signal
 */
const requestMs = async (isShort, signal) => {
  /** @type {number[]} */
  const times = [];
  for (let trial = 0; trial < 7; trial++) {
    const set = [slowBroker(serviceMs), ...(isShort ? shortSet : [])];
    const args = ['run', workload, '--set', ...set, '--json', '--no-record'];
    const { result } = JSON.parse(await run(args, [0], signal)).trials[0];
    times.push((1000 * result.elapsedSeconds) / result.requestTimeMs.count);
  }
  return median(times.slice(1));
};

/**
 * One comparison of trials on two brokers.
 * @param {{ delayMs: number, seed: number, isShort: boolean, signal: AbortSignal }} options
 * @returns {Promise<Result>}
 */
const compare = async ({ delayMs, seed, isShort, signal }) => {
  const args = [
    ...['regress', workload, '--a', slowBroker(serviceMs), '--b', slowBroker(serviceMs + delayMs)],
    ...['--seed', String(seed), '--json', '--no-record'],
    ...(isShort ? ['--set', ...shortSet, '--max-pairs', '12'] : []),
  ];
  return JSON.parse(await run(args, [0, 3], signal));
};

/**
 * The table.
 * @param {{ equal: number, slowed: number, isShort: boolean, seed: number, signal: AbortSignal }} options
 * @returns {Promise<{ text: string, isMet: boolean }>}
 */
export const realTables = async ({ equal, slowed, isShort, seed, signal }) => {
  const say = (/** @type {string} */ text) => process.stderr.write(`prove-gate: ${text}\n`);
  const ownMs = await requestMs(isShort, signal);
  // A rate that falls by a share is a time that grows by more.
  const delayMs = ownMs * (1 / (1 - slowdown) - 1);
  say(`a request takes ${ownMs.toFixed(3)} ms; the fault adds ${delayMs.toFixed(3)} ms to each`);
  /** @type {{ name: string, delayMs: number, count: number }[]} */
  const kinds = [
    { name: 'equal', delayMs: 0, count: equal },
    { name: `${100 * slowdown} % slower`, delayMs, count: slowed },
  ];
  let isMet = true;
  /** @type {string[][]} */
  const rows = [];
  for (const kind of kinds) {
    if (kind.count === 0) continue;
    /** @type {Result[]} */
    const results = [];
    for (let round = 0; round < kind.count; round++) {
      const result = await compare({ delayMs: kind.delayMs, seed: seed + round, isShort, signal });
      if (result.failure !== null) throw new Error(result.failure);
      results.push(result);
      const metrics = result.metrics.map(
        ({ key, verdict, change }) => `${key} ${verdict} (${(100 * (change.estimate - 1)).toFixed(1)} %)`,
      );
      say(`${kind.name}, ${round + 1} of ${kind.count}: ${result.verdict}: ${metrics.join(', ')}`);
    }
    const count = (/** @type {string} */ verdict) => results.filter((result) => result.verdict === verdict).length;
    const slower = count('slower');
    const isReached = kind.delayMs === 0 ? slower === 0 : slower >= leastFound * kind.count;
    if (!isReached) isMet = false;
    const change = median(
      results.map(
        ({ metrics }) => metrics.find(({ key }) => key === 'recordsPerSecond')?.change.estimate ?? Number.NaN,
      ),
    );
    rows.push([
      kind.name,
      `${kind.count}`,
      `${slower}${isReached ? '' : ' (target missed)'}`,
      ...['faster', 'same', 'undecided'].map((verdict) => `${count(verdict)}`),
      `${(100 * (change - 1)).toFixed(1)} %`,
      median(results.map(({ design }) => design.lookedAt.at(-1) ?? 0)).toFixed(0),
      `${median(results.map(({ elapsedSeconds }) => elapsedSeconds)).toFixed(0)} s`,
      kind.delayMs === 0
        ? `at most ${(100 * upperBound(slower, kind.count)).toFixed(1)} %`
        : shareText(slower, kind.count, 0),
    ]);
  }
  const text = [
    `Brokers of our own, one for each trial, ${new Date().toISOString().slice(0, 10)} (${os.cpus().length} × ${os.cpus()[0]?.model ?? 'unknown CPU'}, Node ${process.version}); one request at a time, of ${ownMs.toFixed(2)} ms; the fault delays the answer of each by ${delayMs.toFixed(3)} ms.`,
    '',
    table(
      [
        'sides',
        'comparisons',
        'slower',
        'faster',
        'same',
        'undecided',
        'change of records/s',
        'pairs',
        'time',
        'share called slower',
      ],
      rows,
    ),
  ].join('\n');
  return { text, isMet };
};
