import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { encodeRecordBatch } from '../../src/protocol/record-batch.ts';
import { Place } from './spillway.ts';

let place: Place;
beforeEach(() => {
  place = new Place();
});
afterEach(() => place.remove());

const LOG = 'data/t-0/00000000000000000000.log';

/** A log of one batch with one record, and the batch's size. */
const writeLog = (name: string = LOG): number => {
  const record = { timestampMs: 1_700_000_000_000, key: Buffer.from('k'), value: Buffer.from('v') };
  const batch = encodeRecordBatch([record]);
  mkdirSync(dirname(place.path(name)), { recursive: true });
  writeFileSync(place.path(name), batch);
  return batch.length;
};

it('dump-log prints the records of a file', async () => {
  writeLog();

  const { status, stdout, stderr } = await place.run('dump-log', '--files', LOG, '--print-data-log');

  const lines = stdout.split('\n');
  expect(lines.slice(0, 2)).toEqual([`Dumping ${LOG}`, 'Log starting offset: 0']);
  expect(lines[3]).toMatch(/^\| offset: 0 CreateTime: 1700000000000 .* key: k payload: v$/);
  expect(stderr).toBe('');
  expect(status).toBe(0);
});

it('dump-log takes files between commas and as they are', async () => {
  const other = 'data/t-1/00000000000000000000.log';
  const third = 'data/t-2/00000000000000000000.log';
  for (const name of [LOG, other, third]) writeLog(name);

  const { status, stdout } = await place.run('dump-log', third, '--files', `${LOG},${other}`);

  expect(stdout.match(/^Dumping .*$/gm)).toEqual([`Dumping ${LOG}`, `Dumping ${other}`, `Dumping ${third}`]);
  expect(status).toBe(0);
});

it('dump-log ends with status 1 for a corrupt file, and says where', async () => {
  const size = writeLog();
  const bytes = readFileSync(place.path(LOG));
  bytes[size - 2] = 0x77;
  writeFileSync(place.path(LOG), bytes);

  const { status, stdout, stderr } = await place.run('dump-log', LOG);

  expect(stdout).toMatch(/ isvalid: false\n$/);
  expect(stderr).toBe(`Damage in ${place.path(LOG)}\n  position 0: the CRC-32C does not match\n`);
  expect(status).toBe(1);
});

it('dump-log ignores other files beside those that it knows', async () => {
  writeLog();
  writeFileSync(place.path('data/t-0/leader-epoch-checkpoint'), '0\n0\n');

  const { status, stderr } = await place.run('dump-log', LOG, 'data/t-0/leader-epoch-checkpoint');

  expect(stderr).toMatch(/^Ignoring unknown file data\/t-0\/leader-epoch-checkpoint: /);
  expect(status).toBe(0);
});

it('dump-log says that the log beside an index is missing', async () => {
  mkdirSync(place.path('data'));
  writeFileSync(place.path('data/00000000000000000000.index'), Buffer.alloc(8));

  const { status, stderr } = await place.run('dump-log', 'data/00000000000000000000.index');

  expect(stderr).toMatch(/00000000000000000000\.log cannot be read: no such file or directory/);
  expect(status).toBe(1);
});

it('dump-log stops quietly when nobody reads its output any more', async () => {
  writeLog();
  const many = Array.from({ length: 4_000 }, () => LOG);

  const run = place.start('dump-log', ...many);
  await run.wrote('stdout', /Dumping/);
  run.child.stdout?.destroy();

  expect((await run.ended).status).toBe(1);
});

for (const [title, argv, message] of [
  ['no file', [], /no file is given; name files of a log folder/],
  ['a file that is not there', ['nothing.log'], /"nothing.log" is not there/],
  ['a folder', ['.'], /"\." is no file/],
  ['only files it does not know', ['other'], /none of the files is one that dump-log knows/],
  ['a Java class', ['--value-decoder-class', 'X', LOG], /--value-decoder-class names a Java class/],
  ['a size that is no number', ['--max-bytes', '1k', LOG], /--max-bytes must be a whole number/],
  ['an unknown flag', ['--print-data-logs', LOG], /unknown flag --print-data-logs; did you mean --print-data-log\?/],
] as const) {
  it(`dump-log refuses ${title}`, async () => {
    writeLog();
    writeFileSync(place.path('other'), '');

    const { status, stdout, stderr } = await place.run('dump-log', ...argv);

    expect(stderr).toMatch(message);
    expect(stdout).toBe('');
    expect(status).toBe(2);
  });
}
