import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { faultsOf } from '../results/schema.ts';
import { type Ended, Place } from './spillway.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

const produce = (...more: string[]): string[] => ['producer-perf-test', '--topic', 't', '--no-record', ...more];
const small = ['--num-records', '1000', '--record-size', '100', '--throughput', '-1'];
/** About half an hour of work, with a window every tenth of a second. */
const long = [
  '--num-records',
  '2000000',
  '--record-size',
  '100',
  '--throughput',
  '1000',
  '--reporting-interval',
  '100',
];

/** The lines of stderr that are no plain notices of what is done. */
const complaints = ({ stderr }: Ended): readonly string[] =>
  stderr
    .split('\n')
    .filter(
      (line) =>
        line !== '' &&
        !/embedded broker ready|filling topic \S+ with|only \d+ files may be open|starting \d+ load threads|stopping, and flushing/.test(
          line,
        ),
    );

/** A run that went wrong says so in one line and leaves nothing behind. */
async function expectOneLine(ended: Ended, status: number, message: RegExp, lines = complaints(ended)): Promise<void> {
  expect(lines, ended.stderr).toHaveLength(1);
  expect(lines[0]).toMatch(message);
  expect(ended.stderr).not.toMatch(/^\s+at /m);
  expect({ status: ended.status, signal: ended.signal }).toEqual({ status, signal: null });
  await place.quiet();
  expect(place.leftovers()).toEqual([]);
}

/** What a test that measured something warns of, beside what it measured. */
const warnings = ({ stderr }: Ended): readonly string[] =>
  stderr.split('\n').filter((line) => /^spillway \S+: warning: /.test(line));

describe('what the target or the machine refuses ends with status 1', () => {
  it('for a broker that cannot be reached', async () => {
    const port = await freePort();
    const target = ['--bootstrap-server', `127.0.0.1:${port}`];
    const consume = ['consumer-perf-test', '--topic', 't', '--num-records', '5', '--no-record', ...target];
    const ended = await Promise.all([place.run(...produce(...small, ...target)), place.run(...consume)]);
    for (const each of ended) await expectOneLine(each, 1, new RegExp(`127\\.0\\.0\\.1:${port}`));
  });

  it('for an unknown topic when topics are not made by themselves', async () => {
    const { address, stop } = await startBroker('--config', 'auto.create.topics.enable=false');
    const ended = await place.run(
      ...produce(...small, '--bootstrap-server', address, '--command-property', 'max.block.ms=1000'),
    );
    await stop();
    await expectOneLine(ended, 1, /\bt\b/);
  });

  it('for a port that is in use', async () => {
    const { address, stop } = await startBroker();
    const ended = await place.run('broker', '--data-dir', place.path('other'), '--listen', address);
    await stop();
    expect(ended.stdout).toBe('');
    await expectOneLine(ended, 1, /is in use/);
  });

  it('for a data directory that another broker uses or that is none', async () => {
    const { stop } = await startBroker();
    const ended = await place.run('broker', '--data-dir', place.path('data'), '--listen', '127.0.0.1:0');
    const inTest = await place.run(...produce(...small, '--data-dir', place.path('data')));
    await stop();
    await expectOneLine(ended, 1, /data/);
    await expectOneLine(inTest, 1, /data/);
    writeFileSync(place.path('file'), '');
    await expectOneLine(
      await place.run('broker', '--data-dir', place.path('file'), '--listen', '127.0.0.1:0'),
      1,
      /file/,
    );
  });

  it.skipIf(!existsSync('/proc/self'))('for a data directory that the kernel lets nobody make', async () => {
    const ended = await place.run('broker', '--data-dir', '/proc/spillway', '--listen', '127.0.0.1:0');
    await expectOneLine(ended, 1, /cannot use \/proc\/spillway as data directory: no such file or directory/);
  });

  it('for fewer records than asked, with the row of what was read', async () => {
    const { address, stop } = await startBroker();
    const target = ['--bootstrap-server', address, '--topic', 't', '--no-record'];
    expect((await place.run('producer-perf-test', ...small, ...target)).status).toBe(0);
    const more = ['--num-records', '1001', '--timeout', '300', '--hide-header'];
    const ended = await place.run('consumer-perf-test', ...target, ...more);
    await stop();
    expect(ended.stdout.split(', ')[4]).toBe('1000');
    await expectOneLine(ended, 1, /timeout \(300 ms\) exceeded.*1000 of 1001 records/);
  });

  it('for an embedded broker that is killed in the middle', async () => {
    const running = place.start(...produce(...long));
    await running.wrote('stdout', /records sent/);
    process.kill(place.broker(), 'SIGKILL');
    const ended = await running.ended;
    await expectOneLine(ended, 1, /\d+ acknowledged, \d+ failed/);
  });
});

/** More than the small disk below holds, in records of 100 bytes. */
const large = ['--num-records', '1000000', '--record-size', '100', '--throughput', '-1'];

describe('a topic setting that the cluster refuses', () => {
  it('ends with status 2 and its name', async () => {
    const { address, stop } = await startBroker();
    const ended = await place.run(
      ...produce(...small, '--bootstrap-server', address, '--topic-config', 'segment.byte=1'),
    );
    await stop();
    expect(ended.stdout).toBe('');
    await expectOneLine(ended, 2, /INVALID_CONFIG.*segment\.byte.*--topic-config/);
  });
});

describe('a disk that is full ends a test with status 1', () => {
  it('at once when it is that of the embedded broker, with the counts of both kinds', async (context) => {
    if (!place.mountSmallDisk('tmp')) return context.skip('no small disk can be mounted here');
    const ended = await place.run(...produce(...large));
    expect(ended.stdout).toMatch(/^\d+ records sent, /m);
    await expectOneLine(
      ended,
      1,
      /cannot append to .*t-0.*\.log: no space left on the device.*\d+ acknowledged, \d+ failed/,
    );
  });

  it('at once also when nothing is acknowledged', async (context) => {
    if (!place.mountSmallDisk('tmp')) return context.skip('no small disk can be mounted here');
    const ended = await place.run(...produce(...large, '--command-property', 'acks=0', '--partitions', '3'));
    const last = complaints(ended).at(-1);
    expect(last).toMatch(/no space left on the device.*\d+ acknowledged, \d+ failed/);
    expect({ status: ended.status, leftovers: place.leftovers() }).toEqual({ status: 1, leftovers: [] });
  });

  it('at once when it is filled for a consumer', async (context) => {
    if (!place.mountSmallDisk('tmp')) return context.skip('no small disk can be mounted here');
    const ended = await place.run('consumer-perf-test', '--topic', 't', '--num-records', '1000000', '--no-record');
    await expectOneLine(ended, 1, /filling topic t ended after \d+ of 1000000 records: .*no space left on the device/);
  });

  it('after delivery.timeout.ms when it is that of a cluster, with a warning before and the reason', async (context) => {
    if (!place.mountSmallDisk('data')) return context.skip('no small disk can be mounted here');
    const { address, stop } = await startBroker();
    const times = ['request.timeout.ms=500', 'delivery.timeout.ms=1000'];
    const running = place.start(
      ...produce(...large, '--bootstrap-server', address, '--command-property', ...times, 'linger.ms=0'),
    );
    await running.wrote(
      'stderr',
      /warning: .*KAFKA_STORAGE_ERROR \(56\).*; trying again until delivery\.timeout\.ms=1000/,
    );
    running.child.kill('SIGINT');
    const ended = await running.ended;
    await stop();
    // How often it warns is a matter of time: of the same error again after a while.
    const lines = complaints(ended);
    expect(lines.slice(0, -1).filter((line) => !line.includes('warning: '))).toEqual([]);
    expect(lines.at(-1)).toMatch(
      /interrupted after [\d,]+ of 1,000,000 records; .*DELIVERY_TIMED_OUT x\d+: not acknowledged within delivery\.timeout\.ms=1000; last error: .*KAFKA_STORAGE_ERROR/,
    );
    expect(ended.status).toBe(130);
  });
});

describe('a test that is ended early', () => {
  it.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
    ['SIGHUP', 129],
  ] as const)('by %s prints what was measured', async (signal, status) => {
    const running = place.start(...produce(...long));
    await running.wrote('stdout', /records sent/);
    running.child.kill(signal);
    await running.wrote('stderr', /stopping, and flushing what is on its way/);
    const ended = await running.ended;
    expect(ended.stdout.trimEnd().split('\n').at(-1)).toMatch(/^\d+ records sent, .* ms 99\.9th\.$/);
    await expectOneLine(ended, status, /interrupted after [\d,]+ of 2,000,000 records/);
  });

  it('while its broker is stuck at its start says so at once and leaves no process', async () => {
    // Opening a pipe without a writer blocks the whole process.
    mkdirSync(place.path('data'));
    spawnSync('mkfifo', [place.path('data/.lock')]);
    const running = place.start(...produce(...small, '--data-dir', 'data'));
    while (running.processes().length < 2) await new Promise((resolve) => setTimeout(resolve, 20));
    running.child.kill('SIGINT');
    await expectOneLine(await running.ended, 130, /: interrupted before the first record$/);
  });

  it('while very many threads start says so and ends, though most have not begun', async () => {
    const running = place.start(...produce(...small, '--producers', '128'));
    await running.wrote('stderr', /starting 128 load threads/);
    running.child.kill('SIGINT');
    await expectOneLine(await running.ended, 130, /: interrupted before the first record$/);
  });

  it('by nobody reading its output says so and ends', async () => {
    const running = place.start(...produce(...long));
    await running.wrote('stdout', /records sent/);
    running.child.stdout?.destroy();
    await expectOneLine(await running.ended, 1, /nobody reads it any more/);
  });

  it('by kill -9 takes its broker and its folder along', async () => {
    const running = place.start(...produce(...long));
    await running.wrote('stdout', /records sent/);
    running.child.kill('SIGKILL');
    await running.ended;
    await place.quiet();
    expect(place.leftovers()).toEqual([]);
  });
});

describe('a test that fails before its first record', () => {
  const schema = JSON.parse(readFileSync(new URL('../../docs/run.schema.json', import.meta.url), 'utf8'));

  it('prints one document with --json, which says why', async () => {
    const { address, stop } = await startBroker();
    const target = ['--bootstrap-server', address, '--json'];
    const [produced, consumed] = await Promise.all([
      place.run(...produce(...small, ...target, '--topic-config', 'segment.byte=1')),
      place.run('consumer-perf-test', '--topic', 'none', '--num-records', '5', '--no-record', ...target),
    ]);
    await stop();
    const sent = JSON.parse(produced.stdout);
    expect(sent).toMatchObject({ recordsSent: 0, elapsedSeconds: null, windows: [], isInterrupted: false });
    expect(faultsOf(schema, sent, { $ref: '#/$defs/unbegunProducerRun' })).toEqual([]);
    expect(produced.stderr).toContain(sent.failure);
    await expectOneLine(produced, 2, /INVALID_CONFIG.*--topic-config/);
    const read = JSON.parse(consumed.stdout);
    expect(read).toMatchObject({ recordsConsumed: 0, startedAtMs: null });
    expect(faultsOf(schema, read, { $ref: '#/$defs/unbegunConsumerRun' })).toEqual([]);
    await expectOneLine(consumed, 1, /topic none does not exist/);
  });
});

describe('surroundings that do not allow a test end it with status 1', () => {
  it('when the working directory is gone', async () => {
    const ended = await place.startAfter('mkdir gone && cd gone && rmdir ../gone', ...produce(...small)).ended;
    await expectOneLine(ended, 1, /: the working directory does not exist any more; change to another one/);
  });

  it('when there is no folder for temporary files', async () => {
    const ended = await place.startAfter('export TMPDIR=$PWD/none', ...produce(...small)).ended;
    await expectOneLine(
      ended,
      1,
      /nothing can be made in .*\/none, .*: no such directory, .*give --data-dir, or set TMPDIR/,
    );
  });

  it('when files or threads cannot be opened', async () => {
    const ended = await place.startAfter('ulimit -n 64', ...produce(...small, '--producers', '30')).ended;
    await expectOneLine(ended, 1, /too many open files.*raise the limit/);
  });
});

describe('a row for each interval', () => {
  it('is printed for the last one too, which is rarely whole', async () => {
    const ended = await place.run(
      ...['consumer-perf-test', '--topic', 't', '--num-records', '1000', '--no-record', '--show-detailed-stats'],
    );
    const [header = '', row = '', ...rest] = ended.stdout.trimEnd().split('\n');
    expect([header.split(', ')[0], row.split(', ')[4], rest]).toEqual(['time', '1000', []]);
    expect(ended.status).toBe(0);
  });
});

describe('what is no failure', () => {
  it('is a results folder that cannot be written: one warning', async () => {
    writeFileSync(place.path('file'), '');
    const args = ['producer-perf-test', '--topic', 't', ...small, '--results-dir', place.path('file')];
    const ended = await place.run(...args);
    expect(ended.stdout).toMatch(/^1000 records sent/);
    await expectOneLine(ended, 0, /warning: /, warnings(ended));
  });

  it.skipIf(!existsSync('/proc/self'))(
    'is a results folder that the kernel lets nobody make: one warning',
    async () => {
      const ended = await place.run(
        'producer-perf-test',
        '--topic',
        't',
        ...small,
        '--results-dir',
        '/proc/spillway/r',
      );
      expect(ended.stdout).toMatch(/^1000 records sent/);
      await expectOneLine(
        ended,
        0,
        /warning: no run record is kept in \/proc\/spillway\/r: no such directory, .*\(ENOENT\); give another --results-dir/,
        warnings(ended),
      );
    },
  );

  it('is a broker that is told to stop', async () => {
    const { stop } = await startBroker();
    expect((await stop()).status).toBe(0);
    expect(existsSync(place.path('data'))).toBe(true);
  });

  it('is a test with --json: one document and nothing else on stdout', async () => {
    mkdirSync(place.path('data'));
    const ended = await place.run(...produce(...small, '--json', '--warmup-records', '10', '--print-metrics'));
    const result: unknown = JSON.parse(ended.stdout);
    expect(result).toMatchObject({ command: 'producer-perf-test', recordsSent: 1000, recordsFailed: 0 });
    expect(ended.status).toBe(0);
    const consumed = await place.run(
      'consumer-perf-test',
      '--topic',
      't',
      '--num-records',
      '1000',
      '--json',
      '--no-record',
    );
    expect(JSON.parse(consumed.stdout)).toMatchObject({ command: 'consumer-perf-test', recordsConsumed: 1000 });
  });
});

/** Starts `spillway broker` in the folder `data`, on a free port. */
async function startBroker(...more: string[]) {
  const running = place.start('broker', '--data-dir', place.path('data'), '--listen', '127.0.0.1:0', ...more);
  const [, address = ''] = await running.wrote('stdout', /listening on (\S+), data in/);
  const stop = (): Promise<Ended> => {
    running.child.kill('SIGTERM');
    return running.ended;
  };
  return { address, stop };
}

/** A port that nobody listens on, just now. */
async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  await new Promise((resolve) => server.close(resolve));
  return typeof address === 'object' && address !== null ? address.port : 0;
}
