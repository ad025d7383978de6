import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultsOf } from '../results/schema.ts';
import { Place } from './spillway.ts';

const schema = JSON.parse(readFileSync(new URL('../../docs/run.schema.json', import.meta.url), 'utf8'));
const test = (...more: string[]): string[] => ['producer-perf-test', '--topic', 't', ...more];

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

/** Keys, headers and values of partitions, one text each, as their files have them: one process prints them all. */
const recordsOf = async (...partitions: string[]): Promise<readonly (readonly string[])[]> => {
  const files = partitions.map((partition) => {
    const logs = readdirSync(place.path(join('data', partition))).filter((name) => name.endsWith('.log'));
    return logs.toSorted().map((name) => join('data', partition, name));
  });
  const { stdout } = await place.run('dump-log', '--files', files.flat().join(','), '--print-data-log');
  const dumps = stdout.split(/^Dumping /m);
  return partitions.map((partition) =>
    dumps
      .filter((dump) => dump.startsWith(join('data', partition)))
      .flatMap((dump) => [...dump.matchAll(/^\| offset: .* (headerKeys: .*)$/gm)].map(([, rest = '']) => rest)),
  );
};

describe('producer-perf-test', () => {
  it('sends by schedule, in transactions, for a time, and says what it sent', async () => {
    const shape = [
      '--pace',
      'steps:1000@0.3,3000@0.2',
      '--warmup-duration',
      '100ms',
      '--producers',
      '2',
      '--payload',
      'json',
    ];
    const records = ['--keys', 'zipf:100:1', '--headers', 'a=b', '--seed', '7', '--partitions', '2'];
    const transactions = ['--transaction-records', '50', '--transaction-abort-rate', '0.3'];
    const ended = await place.run(...test(...shape, ...records, ...transactions, '--json'));
    expect(ended.stderr).toMatch(/transactions: \d+ committed, \d+ aborted with \d+ records; a commit took/);
    expect(ended.status).toBe(0);
    const result = JSON.parse(ended.stdout);
    expect(faultsOf(schema, { isPartial: false, ...result })).toEqual([]);
    expect(result).toMatchObject({ recordsSent: 900, recordsUnsent: 0, failure: null });
    expect(result.responseTimeMs.count).toBe(900);
    expect(result.steadyState.recordsSent).toBe(800);
    const { committed, aborted, recordsAborted, commitTimeMs } = result.transactions;
    expect(committed + aborted).toBe(18);
    expect(recordsAborted).toBe(aborted * 50);
    expect(commitTimeMs.count).toBe(committed);
    expect(Object.keys(result.payload.measuredCompressibility)).toEqual(['gzip', 'snappy', 'lz4', 'zstd']);
    expect(result.configuration.plan).toMatchObject({ recordCount: null, shape: { durationMs: 500 } });
    expect(result.configuration.client['transactional.id']).toMatch(/^performance-producer-/);
  });

  it('sends the same bytes in the same order again, and those of a topic that it samples', async () => {
    const broker = place.start('broker', '--data-dir', 'data', '--listen', '127.0.0.1:0');
    const [, address = ''] = await broker.wrote('stdout', /listening on (\S+), data in/);
    const common = ['--num-records', '300', '--throughput', '-1', '--bootstrap-server', address, '--no-record'];
    const made = [
      '--payload',
      'log',
      '--record-size',
      'exponential:300',
      '--record-key-range',
      '9',
      '--key-distribution',
      'RANDOM',
    ];
    const sent: string[][] = [
      ['--topic', 'one', ...made, '--seed', '4', '--headers', 'from=test'],
      ['--topic', 'again', ...made, '--seed', '4', '--headers', 'from=test'],
      ['--topic', 'other', ...made, '--seed', '5', '--headers', 'from=test'],
      ['--topic', 'sampled', '--payload-from-topic', 'one', '--keys', 'sampled', '--headers', 'from=test'],
    ];
    const send = async (flags: readonly string[]): Promise<void> => {
      const { status, stderr } = await place.run('producer-perf-test', ...common, ...flags);
      expect(status, stderr).toBe(0);
    };
    await Promise.all(sent.slice(0, -1).map(send));
    await send(sent.at(-1) ?? []);
    broker.child.kill('SIGTERM');
    await broker.ended;
    const [one, again, other, sampled] = await recordsOf('one-0', 'again-0', 'other-0', 'sampled-0');
    expect(one).toHaveLength(300);
    expect(one?.[0]).toMatch(/^headerKeys: \[from\] key: [0-8] payload: 10\./);
    expect(again).toEqual(one);
    expect(sampled).toEqual(one);
    expect(other).not.toEqual(one);
  });

  it('refuses a topic to sample that is not there, after it looked', async () => {
    const flags = ['--num-records', '5', '--throughput', '-1', '--payload-from-topic', 'nowhere', '--no-record'];
    const { status, stderr } = await place.run(...test(...flags));
    expect(stderr).toMatch(/topic nowhere does not exist on 127\.0\.0\.1:\d+: check --payload-from-topic/);
    expect(status).toBe(2);
  });
});
