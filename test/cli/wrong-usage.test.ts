import { spawnSync } from 'node:child_process';
import { readdirSync, writeFileSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { commands } from '../../src/cli/command.ts';
import { refusal } from './refusal.ts';
import { type Ended, Place } from './spillway.ts';

let place: Place;
beforeAll(() => {
  place = new Place();
});
afterAll(() => place.remove());

const produce = (...more: string[]): string[] => ['producer-perf-test', '--topic', 't', ...more];
const consume = ['consumer-perf-test', '--topic', 't', '--num-records', '5'];
const small = ['--num-records', '1000', '--record-size', '100', '--throughput', '-1'];
const few = ['--num-records', '5', '--throughput', '-1'];

/** Wrong usage says so in one line of stderr and prints nothing else. */
function expectUsageLine({ status, stdout, stderr }: Ended, message: RegExp): void {
  expect(stderr).toMatch(/^spillway[^\n]*: [^\n]+\n$/);
  expect(stderr).toMatch(message);
  expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
}

describe('wrong usage ends with status 2 before anything starts', () => {
  it.concurrent.each([
    ['an unknown command', ['produce'], /expected a command/],
    ['no command', [], /got nothing/],
    ['an unknown flag', produce(...small, '--num-record', '5'), /did you mean --num-records\?/],
    ['a broker without a folder', ['broker'], /--data-dir is missing/],
  ])('for %s', async (_, args, message) => {
    expectUsageLine(await place.run(...args), message);
  });

  it.each([
    ['a flag given twice', produce(...small, '--topic', 'u'), /--topic takes one value/],
    ['a missing flag', produce('--num-records', '5', '--record-size', '5'), /--throughput is missing/],
    ['no records', produce('--num-records', '0', '--record-size', '5', '--throughput', '-1'), /--num-records must be/],
    ['no throughput', produce('--num-records', '5', '--record-size', '5', '--throughput', '0'), /--throughput must be/],
    [
      'a throughput below 0',
      produce(...small.slice(0, 4), '--throughput', '-2'),
      /must be -1 for as fast .* or a rate above 0/,
    ],
    ['a header of a document', [...consume, '--json', '--hide-header'], /--hide-header changes lines/],
    ['a date format of a document', [...consume, '--json', '--date-format', 'yyyy'], /--date-format changes lines/],
    ['two payloads', produce(...small, '--payload-file', 'x'), /exactly one of/],
    ['a property without =', produce(...small, '--command-property', 'acks'), /takes key=value/],
    ['an unknown property', produce(...small, '--command-property', 'ack=1'), /did you mean acks\?/],
    [
      'a feature that is not built',
      produce(...small, '--command-property', 'send.buffer.bytes=1'),
      /send\.buffer\.bytes is not supported: Node has no call/,
    ],
    ['a format by the ending of its files', ['report', 'latest', '--format', 'md'], /did you mean markdown\?$/],
    ['a group and none', [...consume, '--assign', '--group', 'g'], /--assign reads without a group/],
    ['an end-to-end test without records', ['e2e-latency', '--topic', 't'], /--num-records is missing/],
    ['an unknown broker setting', ['broker', '--data-dir', 'd', '--config', 'num.partition=4'], /num\.partition/],
    [
      'a record that is larger than a request may be',
      produce('--num-records', '5', '--throughput', '-1', '--record-size', '1048576'),
      /1048576 bytes \(--record-size\) takes \d+ bytes in a request, more than max\.request\.size=1048576/,
    ],
    [
      'one with a key that is',
      produce(...few, '--record-size', '1048480', '--keys', 'uniform:9', '--key-size', '30'),
      /with a key of 30 and a value of 1048480 bytes \(--record-size\) takes \d+ bytes in a request/,
    ],
  ])('for %s, as the command says itself', async (_, [name = '', ...argv], message) => {
    const entry = commands[name];
    if (entry === undefined) throw new Error(`there is no command ${name}`);
    const { command } = await entry.load();
    await expect(refusal(command, argv)).resolves.toMatch(message);
  });

  it.concurrent('for a record of a file that is larger than a request may be', async () => {
    writeFileSync(place.path('long.txt'), `a\n${'b'.repeat(2000)}\n`);
    expectUsageLine(
      await place.run(...produce(...few, '--payload-file', 'long.txt', '--command-property', 'max.request.size=1500')),
      /value of 2000 bytes \(the longest of --payload-file long\.txt, line \d+\).*more than max\.request\.size=1500/,
    );
  });

  it.concurrent('for a payload file that is missing, empty, or too short to be followed', async () => {
    writeFileSync(place.path('short.txt'), 'more than fourteen bytes\nthirteen byte\n');
    expectUsageLine(
      await place.run(...produce(...few, '--verify', '--payload-file', 'short.txt')),
      /--verify needs values of 14 bytes or more.*; --payload-file short\.txt, line 2, has one of 13/,
    );
    writeFileSync(place.path('empty.txt'), '');
    writeFileSync(place.path('delimiters.txt'), '\n\n\n');
    const line = [...few, '--payload-file'];
    expectUsageLine(await place.run(...produce(...line, 'none.txt')), /"none\.txt" does not exist/);
    expectUsageLine(await place.run(...produce(...line, 'empty.txt')), /"empty\.txt" is empty/);
    expectUsageLine(await place.run(...produce(...line, 'delimiters.txt')), /"delimiters\.txt" holds nothing but/);
    expectUsageLine(await place.run(...produce(...line, '/dev/null')), /"\/dev\/null" is empty/);
  });

  it.concurrent('for a pipe that nobody writes to, which is not waited for', async () => {
    spawnSync('mkfifo', [place.path('pipe')]);
    const ended = await Promise.all([
      place.run(...produce(...few, '--payload-file', 'pipe')),
      place.run(...consume, '--command-config', 'pipe'),
    ]);
    for (const each of ended) expectUsageLine(each, /"pipe" is a pipe that nobody writes to/);
  });

  it('and leaves no file and no process behind', async () => {
    await place.quiet();
    expect(place.leftovers()).toEqual([]);
    expect(readdirSync(place.folder).filter((name) => name === 'results')).toEqual([]);
  });
});
