import { describe, expect, test } from 'vitest';
import { parseIoTest } from '../../src/cli/io-test-plan.ts';
import { UsageError } from '../../src/cli/usage.ts';

const refusal = (...argv: readonly string[]): string => {
  try {
    parseIoTest(argv);
  } catch (error) {
    if (error instanceof UsageError) return error.message;
    throw error;
  }
  return 'taken';
};

describe('the command line of io-test', () => {
  test('takes names of measures and of groups, and puts them into their order', () => {
    expect(parseIoTest(['--only', 'copy,append', 'socket']).plan.measures).toEqual([
      'append',
      'socket-memory',
      'socket-read',
      'socket-stream',
      'socket-sendfile',
      'copy',
    ]);
  });

  test.each([
    ['256MiB', 256 * 2 ** 20],
    ['1GiB', 2 ** 30],
    ['20000000', 19 * 2 ** 20],
    ['100MB', 95 * 2 ** 20],
  ])('takes a size of %s', (text, bytes) => expect(parseIoTest(['--size', text]).plan.sizeBytes).toBe(bytes));

  test('names the nearest measure', () => {
    expect(refusal('--only', 'apend')).toBe(
      '--only takes names of measures or groups; got "apend": did you mean append?',
    );
    expect(refusal('--only', 'nothing like it')).toContain('spillway io-test --list shows all');
  });

  test.each([
    [['--size', '1KiB'], '--size must be a number of bytes'],
    [['--size', '12 parsecs'], '--size must be a number of bytes'],
    [['--time', '1ms'], '--time must be from 10ms to 10m'],
    [['--no-record', '--results-dir', 'x'], 'contradict each other'],
    [['--sise', '1GiB'], 'did you mean --size?'],
  ])('refuses %j', (argv, message) => expect(refusal(...argv)).toContain(message));
});
