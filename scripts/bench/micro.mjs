// Micro-benchmarks of what runs for each record, batch or request; tinybench, times a call.
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bench } from 'tinybench';
import { microTasks } from './micro-tasks.mjs';
import { table } from './table.mjs';

const dist = fileURLToPath(new URL('../../dist', import.meta.url));

/** @param {{ smoke: boolean }} options */
export const run = async ({ smoke }) => {
  const directory = mkdtempSync(join(tmpdir(), 'spillway-bench-'));
  const bench = new Bench({ time: smoke ? 20 : 500, warmupTime: smoke ? 5 : 100 });
  const tasks = await microTasks(dist, directory);
  for (const { name, work } of tasks) bench.add(name, work);
  await bench.run();
  rmSync(directory, { recursive: true, force: true });
  const rows = bench.tasks.map((task) => {
    const { count, unit } = tasks.find(({ name }) => name === task.name) ?? { count: 1, unit: 'call' };
    const { result } = task;
    if (result.state !== 'completed')
      throw new Error(`micro-benchmark "${task.name}" did not complete: ${result.state}`);
    const nsPerCall = result.latency.p50 * 1e6;
    return [
      task.name,
      (nsPerCall / count).toFixed(1),
      unit,
      (1000 / (nsPerCall / count)).toFixed(1),
      `±${result.latency.rme.toFixed(1)} %`,
    ];
  });
  return { title: 'Micro-benchmarks', text: table(['what', 'ns', 'per', 'M/s', 'error'], rows) };
};
