/**
 * The micro-benchmarks of one build as figures that `spillway regress` compares: `node scripts/gate/micro.mjs [DIST]`, nanoseconds for each record, request or look-up.
 * Short, since each comparison runs it dozens of times in processes of their own: how the same code is compiled differs between those, and that is the noise.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Bench } from 'tinybench';
import { microTasks } from '../bench/micro-tasks.mjs';

const dist = resolve(process.argv[2] ?? fileURLToPath(new URL('../../dist', import.meta.url)));

/** Compiled code differs between processes by several per cent. */
const threshold = 0.08;

const directory = mkdtempSync(join(tmpdir(), 'spillway-gate-'));
try {
  const bench = new Bench({ time: 60, warmupTime: 30 });
  const tasks = await microTasks(dist, directory);
  for (const { name, work } of tasks) bench.add(name, work);
  await bench.run();
  const figures = tasks.map(({ name, count }) => {
    const result = bench.getTask(name)?.result;
    if (result?.state !== 'completed') throw new Error(`micro-benchmark "${name}" did not complete`);
    return [name, { value: (result.latency.p50 * 1e6) / count, better: 'smaller', unit: 'ns', threshold }];
  });
  process.stdout.write(`${JSON.stringify({ figures: Object.fromEntries(figures) })}\n`);
} finally {
  rmSync(directory, { recursive: true, force: true });
}
