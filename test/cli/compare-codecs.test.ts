import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { CodecComparison } from '../../src/results/codec-result.ts';
import { faultsOf } from '../results/schema.ts';
import { Place } from './spillway.ts';

const schema = JSON.parse(readFileSync(new URL('../../docs/run.schema.json', import.meta.url), 'utf8'));
const lines = Array.from({ length: 500 }, (_, id) =>
  JSON.stringify({ id, name: `customer ${id % 50}`, paid: id % 3 > 0 }),
);

describe('spillway compare-codecs', () => {
  let place: Place;
  beforeAll(() => {
    place = new Place();
    writeFileSync(place.path('orders.jsonl'), lines.join('\n'));
  });
  afterAll(() => place.remove());

  test('says what each codec takes of each role, keeps a record with a page, and leaves nothing behind', async () => {
    const { status, stdout, stderr } = await place.run(
      ...['compare-codecs', '--payload-file', 'orders.jsonl', '--codecs', 'none,zstd:1', '--rate', '2000'],
      ...['--rounds', '1', '--seconds', '0.5', '--num-records', '2000', '--json'],
    );
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const document: CodecComparison = JSON.parse(stdout);
    expect(faultsOf(schema, { isPartial: false, ...document })).toEqual([]);
    expect(document.trials.map(({ codec, pace, failure }) => [codec, pace, failure])).toEqual([
      ['none', 'full-speed', null],
      ['zstd:1', 'full-speed', null],
      ['none', 'common-rate', null],
      ['zstd:1', 'common-rate', null],
    ]);
    expect(document.recommendation).not.toBeNull();
    for (const { codec, measured } of document.trials) {
      if (measured === null) throw new Error('nothing was measured');
      const { roles, wireBytes, payloadBytes, logBytes } = measured;
      expect(new Set([roles.producer.pid, roles.broker.pid, roles.consumer.pid]).size).toBe(3);
      expect(roles.broker.receivedBytes).toBe((roles.producer.sentBytes ?? 0) + (roles.consumer.sentBytes ?? 0));
      expect(roles.broker.sentBytes ?? 0).toBeGreaterThan(logBytes ?? Number.POSITIVE_INFINITY);
      if (codec === 'none') expect(wireBytes).toBeGreaterThan(payloadBytes);
      else expect(wireBytes).toBeLessThan(payloadBytes);
    }
    const record = document.runRecord ?? '';
    expect(readFileSync(join(record, 'report.html'), 'utf8')).toContain('Codecs on orders.jsonl');
    expect(existsSync(`${record}.partial`)).toBe(false);
    await place.quiet();
    expect(place.leftovers()).toEqual([]);
  });

  test('keeps the topics of its trials and no other', async () => {
    const { status, stderr } = await place.run(
      ...['compare-codecs', '--payload-file', 'orders.jsonl', '--codecs', 'none', '--rate', '2000', '--no-record'],
      ...['--rounds', '1', '--seconds', '0.3', '--num-records', '500', '--keep-topics', '--topic-prefix', 'kept'],
      ...['--data-dir', place.path('data')],
    );
    expect({ status, stderr }).toMatchObject({ status: 0 });
    const topics = readdirSync(place.path('data')).filter((name) => name.startsWith('kept-'));
    expect(topics.toSorted()).toEqual(['kept-1-none-0', 'kept-2-none-0']);
    await place.quiet();
  });

  test('says that an unreachable cluster is, and keeps no record of it', async () => {
    const { status, stderr } = await place.run(
      ...['compare-codecs', '--bootstrap-server', '127.0.0.1:1', '--results-dir', 'none'],
    );
    expect(status).toBe(1);
    expect(stderr).toMatch(/^spillway compare-codecs: no broker of 127\.0\.0\.1:1 answers: .*\n$/);
    await place.quiet();
  });

  test('ends at Ctrl-C with what it has', async () => {
    const running = place.start(
      ...[
        'compare-codecs',
        '--codecs',
        'none',
        '--seconds',
        '0.5',
        '--num-records',
        '500',
        '--rounds',
        '100',
        '--no-record',
      ],
    );
    await running.wrote('stderr', /round 1: /);
    running.child.kill('SIGINT');
    const { status, stdout, stderr } = await running.ended;
    expect(status).toBe(130);
    expect(stderr).toMatch(/interrupted after \d+ of 200 trials/);
    expect(stdout).toContain('At full speed');
    await place.quiet();
    expect(place.leftovers()).toEqual([]);
  });
});
