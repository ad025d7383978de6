// The pacing error: from when records are due to when they are sent, at a high rate and while nothing stalls.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startChild } from './child.mjs';
import { fromDist } from './dist.mjs';
import { watchMachine } from './machine.mjs';

const RECORDS_PER_SECOND = 50_000;

/** @typedef {{ name: string, flags: readonly string[], mostP99Ms: number }} Way */
/** How records can be waited for, and the p99 of the lateness that it must keep. @type {readonly Way[]} */
export const ways = [
  { name: 'by timer', flags: [], mostP99Ms: 2 },
  { name: 'with --pace-spin', flags: ['--pace-spin'], mostP99Ms: 0.3 },
];

/**
 * @param {Way} way
 * @param {{ seconds: number, warmupSeconds: number }} lengths
 */
export const runPacing = async ({ name, flags, mostP99Ms }, { seconds, warmupSeconds }) => {
  const folder = mkdtempSync(join(tmpdir(), 'spillway-calibrate-'));
  const { startBroker } = await fromDist('broker/embedded/start-broker.js');
  const broker = await startBroker({ process: 'child', dataDir: join(folder, 'data'), topics: ['pacing'] });
  try {
    const endWatch = watchMachine();
    const child = startChild('load.mjs', [
      ...['--bootstrap-server', broker.bootstrapServers, '--topic', 'pacing', '--no-record', '--record-size', '100'],
      ...['--num-records', String(RECORDS_PER_SECOND * (seconds + warmupSeconds))],
      ...['--warmup-records', String(RECORDS_PER_SECOND * warmupSeconds)],
      ...['--throughput', String(RECORDS_PER_SECOND), '--command-property', 'acks=1', ...flags],
    ]);
    const { result } = await child.next('end');
    await child.end();
    const machine = endWatch();
    const lateness = result.steadyState.sendLatenessMs ?? null;
    if (lateness === null) throw new Error('the result has no sendLatenessMs');
    const isKept = lateness.p99 < mostP99Ms;
    const complaints = isKept ? [] : [`p99 of the lateness is ${lateness.p99.toFixed(3)} ms, not under ${mostP99Ms}`];
    return { name, mostP99Ms, lateness, complaints, machine };
  } finally {
    await broker.close();
    rmSync(folder, { recursive: true, force: true });
  }
};
