import { lstatSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { afterAll, describe, expect, test } from 'vitest';
import { command as baselineCommand } from '../../src/cli/commands/baseline.ts';
import { command as regress } from '../../src/cli/commands/regress.ts';
import { refusal } from './refusal.ts';
import { Place } from './spillway.ts';

const place = new Place();
afterAll(() => place.remove());

const file = (name: string, text: string): string => {
  writeFileSync(place.path(name), text);
  return name;
};

const wordsOf = (line: string): readonly string[] => line.split(' ').filter((word) => word !== '');

describe('spillway regress', () => {
  test('runs pairs of programs until the verdict is clear, and writes what CI reads', async () => {
    // Figures that no machine has a part in: each run of `slow` is slower than each of `quick`.
    const program = (name: string, rate: number): string =>
      `${process.execPath} ${file(name, `globalThis.console.log(JSON.stringify({ figures: { lookups: ${rate} + Math.random() } }))`)}`;
    const ended = await place.run(
      ...['regress', '--a-command', program('quick.mjs', 1000), '--b-command', program('slow.mjs', 800)],
      ...['--alpha', '0.3', '--max-pairs', '5', '--junit', 'junit.xml', '--markdown', 'table.md', '--json'],
      ...['--benchmark-bigger', 'bigger.json'],
    );
    expect(ended.status).toBe(3);
    const result = JSON.parse(ended.stdout);
    expect(result).toMatchObject({ command: 'regress', verdict: 'slower', workload: null });
    expect(result.metrics).toMatchObject([{ name: 'lookups', verdict: 'slower' }]);
    expect(readFileSync(place.path('junit.xml'), 'utf8')).toContain('<failure');
    expect(readFileSync(place.path('table.md'), 'utf8')).toContain('lookups');
    expect(JSON.parse(readFileSync(place.path('bigger.json'), 'utf8'))[0].name).toBe('programs: lookups');
    expect(place.leftovers()).toEqual([]);
  }, 60_000);

  const printing = (name: string, figure: string): string =>
    `${process.execPath} ${file(name, `globalThis.console.log('{"figures":{"a":${figure}}}')`)}`;

  test('writes reports that say why when the sides cannot be compared', async () => {
    writeFileSync(place.path('old.xml'), '<testsuite/>');
    const ended = await place.run(
      ...['regress', '--a-command', printing('down.mjs', '{"value":1,"better":"smaller"}')],
      ...['--b-command', printing('up.mjs', '2'), '--junit', 'old.xml', '--markdown', '/dev/null', '--no-record'],
    );
    expect(ended.status).toBe(2);
    expect(ended.stderr).toContain('"better" of "a" is "smaller" in the baseline and left out');
    expect(readFileSync(place.path('old.xml'), 'utf8')).toContain('<error');
    expect(lstatSync('/dev/null').isCharacterDevice()).toBe(true);
  }, 60_000);

  test('ends with 1 when a trial fails, and keeps a record that says which side', async () => {
    const name = file(
      'load.yaml',
      'records: 100\ntopic: { config: { max.message.bytes: 1000 } }\nclient: { batch.size: 500 }',
    );
    const ended = await place.run('regress', name, '--b', 'payload.size=5000', '--a', 'payload.size=1');
    expect(ended.stderr).toMatch(/the candidate \(payload.size=5000\) failed: .*MESSAGE_TOO_LARGE/);
    expect(ended.status).toBe(1);
    expect(ended.stdout).toContain('not compared: the candidate');
    expect(readdirSync(place.path('results')).some((each) => /-regress-load$/.test(each))).toBe(true);
    expect(place.leftovers()).toEqual([]);
  }, 60_000);

  test.each([
    ['', 'expected a workload'],
    ['batch-and-linger', 'the workload has 16 steps, and one is compared: choose it by --step N'],
    ['batch-and-linger --step 17', '--step 17: the workload has 16 steps'],
    ['quick-start --a lingr.ms=5', 'did you mean linger.ms? (--a)'],
    ['quick-start --b recods=5', '(--b)'],
    ['quick-start --metrics recordPerSecond', 'did you mean recordsPerSecond?'],
    ['quick-start --threshold recordsPerSecond=x', 'must be a percentage above 0'],
    ['quick-start --threshold brokerCpuUsPerRecord=5', 'is for a metric that is not compared'],
    ['quick-start --undecided maybe', '--undecided must be pass or fail'],
    ['quick-start --a-baseline none', 'no baseline is named "none"'],
    ['quick-start --a-baseline x --a linger.ms=5', '--a would not apply'],
    ['quick-start --a-command true', 'is no Spillway: to --version it said'],
    ['quick-start --a-command no-such-program', 'there is no program no-such-program'],
    ['quick-start --a driver=exec:no-such-program', 'there is no program no-such-program'],
    ['quick-start --junit no/such/folder.xml', '--junit: no/such is no folder'],
    ['quick-start --junit r.xml --markdown ./r.xml', '--junit and --markdown name one file'],
    ['quick-start --a-bootstrap foo', '--a-bootstrap: '],
    ['quick-start --budgte 5m', 'did you mean --budget?'],
    ['quick-start --set records=1 records=2', '--set sets records twice'],
    ['quick-start --set thresholds=[responseTimeMs.p99<10]', 'can never be told'],
    ['quick-start --no-record --results-dir x', 'contradict each other'],
    ['--a-command true --b-command true --set records=1', '--set and --step are for a workload'],
    ['--a-command true --b-command true --metrics x', 'programs print what their figures are'],
  ])('refuses %j', async (line, reason) => {
    await expect(refusal(regress, wordsOf(line))).resolves.toContain(reason);
  });
});

describe('spillway baseline', () => {
  test.each([
    ['', 'expected one of save, list, show'],
    ['safe x', 'did you mean save?'],
    ['save x', 'expected spillway baseline save NAME RUN'],
    ['save ../x latest', "a baseline's name is 1 to 100 letters"],
    ['save x latest --results-dir no-such-folder', 'the results directory no-such-folder is not there'],
    ['show none', 'no baseline is named "none"'],
    ['remove ../x', "a baseline's name is 1 to 100 letters"],
    ['list --force', '--force is for spillway baseline save'],
  ])('refuses %j', async (line, reason) => {
    await expect(refusal(baselineCommand, wordsOf(line))).resolves.toContain(reason);
  });
});
