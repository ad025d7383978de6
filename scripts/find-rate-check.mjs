/**
 * Holds `spillway find-rate` against a truth: an embedded broker whose service rate is capped at a known value by a fault (a queue of one
 * server). Five searches must each find the cap within 5 %. The cap is none of the rates that a search begins with (1,000 times powers of four).
 *
 *   node scripts/find-rate-check.mjs [--cap 2700] [--searches 5]
 *
 * SPILLWAY_DIST names another build than dist/.
 */
import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { parseArgs } from 'node:util';

const { values } = parseArgs({
  options: {
    cap: { type: 'string', default: '2700' },
    searches: { type: 'string', default: '5' },
    'trial-duration': { type: 'string', default: '3s' },
    limit: { type: 'string', default: 'p99 < 50 ms' },
  },
});
const cap = Number(values.cap);
const within = 0.05;
const dist = resolve(process.env.SPILLWAY_DIST ?? fileURLToPath(new URL('../dist', import.meta.url)));
const { startBroker } = await import(pathToFileURL(`${dist}/index.js`).href);

/** @returns {Promise<{ rate: number | null, edge: { least: number | null, most: number | null } | null, trials: readonly unknown[], limitedBy: string | null }>} */
const search = (/** @type {string} */ bootstrapServers) =>
  new Promise((done, fail) => {
    const args = [
      'find-rate',
      '--bootstrap-server',
      bootstrapServers,
      '--limit',
      values.limit,
      '--json',
      '--no-record',
    ];
    const child = spawn(
      process.execPath,
      [`${dist}/cli/main.js`, ...args, '--trial-duration', values['trial-duration']],
      {
        stdio: ['ignore', 'pipe', 'inherit'],
      },
    );
    let text = '';
    child.stdout.setEncoding('utf8').on('data', (chunk) => {
      text += chunk;
    });
    child.once('close', (status) => (text === '' ? fail(new Error(`exit status ${status}`)) : done(JSON.parse(text))));
  });

let failed = 0;
for (let number = 1; number <= Number(values.searches); number += 1) {
  const faults = [{ match: { api: 'Produce' }, queue: { recordsPerSecond: cap } }];
  const broker = await startBroker({ process: 'child', faults });
  const began = performance.now();
  try {
    const { rate, edge, trials, limitedBy } = await search(broker.bootstrapServers);
    const error = rate === null ? Number.NaN : rate / cap - 1;
    const isFound = Math.abs(error) <= within;
    if (!isFound) failed += 1;
    const seconds = ((performance.now() - began) / 1e3).toFixed(0);
    console.log(
      `${number}: ${rate} of ${cap} records/s, ${(error * 100).toFixed(1)} %, edge ${edge?.least?.toFixed(0)} to ${edge?.most?.toFixed(0)}, ${trials.length} trials in ${seconds} s: ${isFound ? 'found' : 'NOT FOUND'}, the limit was: ${limitedBy}`,
    );
  } finally {
    await broker.close();
  }
}
console.log(failed === 0 ? 'all found' : `${failed} not found`);
process.exit(failed === 0 ? 0 : 1);
