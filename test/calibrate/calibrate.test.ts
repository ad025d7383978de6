import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, it } from 'vitest';

const script = fileURLToPath(new URL('../../scripts/calibrate/main.mjs', import.meta.url));
const main = process.env.SPILLWAY_MAIN ?? fileURLToPath(new URL('../../dist/cli/main.js', import.meta.url));

/** Runs the calibration. Whether it passes is the machine's affair here: only that it can be run is looked at. */
const calibrate = async (...args: string[]): Promise<{ status: number; out: string; err: string }> => {
  const env = { ...process.env, SPILLWAY_DIST: dirname(dirname(main)) };
  const child = spawn(process.execPath, [script, ...args], { env, stdio: ['ignore', 'pipe', 'pipe'] });
  let out = '';
  let err = '';
  child.stdout.on('data', (chunk) => {
    out += chunk;
  });
  child.stderr.on('data', (chunk) => {
    err += chunk;
  });
  const [status] = await once(child, 'close');
  return { status: Number(status), out, err };
};

it('holds a load through a proxy against what the proxy let go', { timeout: 60_000 }, async () => {
  const { status, out, err } = await calibrate('--only', 'proxy', '--seconds', '1', '--let-idle');
  expect([0, 1], err).toContain(status);
  expect(err).toMatch(/^(PASS|FAIL) proxy holds bytes, .*, poisson \(timers late/);
  for (const row of ['response, true', 'response, reported', 'service, true', 'timed from the send, one in flight'])
    expect(out).toContain(`| ${row}`);
});

it('refuses cases that there are not, and no time', async () => {
  expect(await calibrate('--only', 'nothing of the kind')).toMatchObject({
    status: 2,
    err: 'calibrate: no case has "nothing of the kind" in its name\n',
  });
  expect(await calibrate('--seconds', '0')).toMatchObject({
    status: 2,
    err: 'calibrate: --seconds takes a number over 0; got 0\n',
  });
});
