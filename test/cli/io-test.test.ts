import { readdirSync, readFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { faultsOf } from '../results/schema.ts';
import { Place } from './spillway.ts';

const schema = JSON.parse(readFileSync(new URL('../../docs/run.schema.json', import.meta.url), 'utf8'));
const short = ['--size', '8MiB', '--time', '10ms'] as const;

describe('spillway io-test', () => {
  let place: Place;
  beforeAll(() => {
    place = new Place();
  });
  afterAll(() => place.remove());

  test('measures everything, keeps a record, and leaves no file behind; a later test refers to it', async () => {
    const { status, stdout, stderr } = await place.run('io-test', ...short, '--json');
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const document = JSON.parse(stdout);
    expect(faultsOf(schema, { isPartial: false, ...document })).toEqual([]);
    expect(document.measures.filter(({ state }: { state: string }) => state === 'failed')).toEqual([]);
    expect(document.measures.length).toBeGreaterThan(20);
    expect(place.leftovers()).toEqual([]);
    const produced = await place.run(
      'producer-perf-test',
      '--topic',
      't',
      '--num-records',
      '2000',
      '--record-size',
      '100',
      '--throughput',
      '-1',
      '--json',
    );
    const { machineShare } = JSON.parse(produced.stdout);
    expect(machineShare.map(({ name }: { name: string }) => name)).toEqual(['append', 'socket-memory', 'crc32c']);
    for (const each of machineShare) expect(faultsOf(schema, each, schema.$defs.limitShare)).toEqual([]);
    expect(produced.stderr).toMatch(/of this machine's limits \(io-test of [\d-]+\): sequential append/);
  });

  test('ends at once at Ctrl-C, with what it has, and leaves neither files nor processes', async () => {
    const running = place.start('io-test', '--size', '8MiB', '--time', '100s', '--no-record', '--json');
    await running.wrote('stderr', /24 measures/);
    running.child.kill('SIGINT');
    const { status } = await running.ended;
    expect(status).toBe(130);
    expect(place.leftovers()).toEqual([]);
    await place.quiet();
  });

  test('refuses a folder that cannot be written, with status 2', async () => {
    const { status, stderr } = await place.run('io-test', ...short, '--data-dir', 'missing');
    expect({ status, stderr }).toMatchObject({
      status: 2,
      stderr: expect.stringMatching(/^spillway io-test: nothing can be written in missing.*\n$/),
    });
    expect(readdirSync(place.path('results')).filter((name) => name.endsWith('.partial'))).toEqual([]);
  });
});
