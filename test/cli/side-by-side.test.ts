import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { command } from '../../src/cli/commands/side-by-side.ts';
import { refusal } from './refusal.ts';
import { Place } from './spillway.ts';

const refused = (...argv: readonly string[]): Promise<string> => refusal(command, argv);

let folder: string;
beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'spillway-compare-'));
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('side-by-side refuses before anything starts', () => {
  test('a generator of the user that is not there, or that has a place nobody fills', async () => {
    expect(await refused('--producer-command', 'foo=/nope/x')).toMatch(
      /^--producer-command foo: exec:\/nope\/x cannot be run: there is no program \/nope\/x/,
    );
    expect(await refused('--consumer-command', 'foo=no-such-program-here')).toMatch(/^--consumer-command foo: /);
    expect(await refused('--producer-command', 'foo=true {topics}')).toContain('{topics} is not filled in');
  });

  test("Kafka's tools that were asked for, by name or by their home, and are not there", async () => {
    const home = ['--kafka-home', join(folder, 'none')];
    expect(await refused('--tools', 'java', ...home)).toMatch(/^--tools java: no Kafka is in .*none/);
    expect(await refused(...home)).toMatch(/^--kafka-home: no Kafka is in .*none/);
  });

  test('a generator that no chosen case has a place for', async () => {
    expect(await refused('--only', 'consume-100', '--producer-command', 'a=true')).toBe(
      '--producer-command a takes part in none of the chosen cases (consume-100), but in produce-100, produce-defaults, produce-1k; choose one of these with --only, or leave a out',
    );
    expect(await refused('--only', 'produce-100', '--consumer-command', 'a=true')).toContain(
      '(produce-100), but in consume-100, consume-1k;',
    );
    expect(await refused('--only', 'produce-1k', '--tools', 'spillway', 'kafkajs')).toContain(
      '--tools kafkajs takes part in none of the chosen cases (produce-1k), but in produce-100;',
    );
  });

  test('a case of our own broker that nothing can be held against', async () => {
    expect(await refused('--only', 'produce-100', 'embedded-16k')).toMatch(
      /^--only embedded-16k .*--bootstrap-server$/,
    );
    const config = join(folder, 'ssl.properties');
    writeFileSync(config, 'security.protocol=SSL\n');
    const secured = ['--bootstrap-server', 'localhost:1', '--command-config', config];
    expect(await refused('--only', 'embedded-16k', ...secured)).toContain('which speaks plaintext here');
  });

  test.runIf(process.platform === 'linux')('the id of a process that is not there', async () => {
    expect(await refused('--broker-pid', String(process.pid), '99999999')).toMatch(
      /^--broker-pid 99999999: there is no /,
    );
  });
});

describe('side-by-side', () => {
  test('ends with 1 when a generator fails in its sizing run, and says that it failed', async () => {
    const place = new Place();
    try {
      const bin = place.path('bin');
      mkdirSync(bin);
      const program = join(bin, 'fail.sh');
      writeFileSync(program, '#!/bin/sh\nexit 7\n');
      chmodSync(program, 0o755);
      const few = ['--only', 'produce-100', '--rounds', '1', '--seconds', '0.1', '--tools', 'spillway'];
      const { stdout, stderr, status } = await place.run(
        'side-by-side',
        ...few,
        '--producer-command',
        `bad=${program}`,
      );
      expect(stdout).toContain('- produce-100, sizing run: bad failed: it ended with status 7');
      expect(stdout).not.toContain('bad in produce-100 is not here');
      expect(stdout).toMatch(/\| spillway +\|/);
      expect(stderr).toContain('1 of 2 trials failed');
      expect(status).toBe(1);
    } finally {
      await place.remove();
    }
  });
});
