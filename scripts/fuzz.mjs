/**
 * Sends random and damaged requests to a broker for a while (`test/broker/fuzz.test.ts`), from a new seed each time unless one
 * is given: node scripts/fuzz.mjs [--seconds 60] [--seed N]. Exit status 1 when the broker failed or hung.
 */
import { spawnSync } from 'node:child_process';
import { parseArgs } from 'node:util';

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '60' }, seed: { type: 'string' } } });
const seconds = Number(values.seconds);
const seed = values.seed === undefined ? Math.floor(Math.random() * 1e9) : Number(values.seed);
if (!(seconds > 0) || !Number.isSafeInteger(seed)) {
  process.stderr.write('fuzz: --seconds must be a number over 0, --seed a whole number\n');
  process.exit(2);
}
process.stdout.write(`fuzzing the broker for ${seconds} s; again with --seed ${seed}\n`);
const { status } = spawnSync(process.execPath, ['node_modules/vitest/vitest.mjs', 'run', 'test/broker/fuzz.test.ts'], {
  stdio: 'inherit',
  env: { ...process.env, SPILLWAY_FUZZ_SECONDS: String(seconds), SPILLWAY_FUZZ_SEED: String(seed) },
});
process.exit(status === 0 ? 0 : 1);
