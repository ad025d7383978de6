import { describe, expect, test } from 'vitest';
import { ioTestLines, ioTestSentences } from '../../src/report/io-test-text.ts';
import { madeEnvironment, madeIoTest, madeMeasure } from '../results/io-test-made.ts';

const textOf = (...measures: Parameters<typeof madeIoTest>[0]) => ioTestSentences(madeIoTest(measures)).join('\n');

describe('sentences of io-test', () => {
  test('say how many times as much append writes', () => {
    const text = textOf(
      madeMeasure('append-synced', [90, 100, 110]),
      madeMeasure('random-write-synced', [9, 10, 11]),
      madeMeasure('append', [900, 1000, 1100]),
      madeMeasure('random-write', [950, 980, 1050]),
    );
    expect(text).toContain(
      'Sequential append writes 10 times as much as random writes when every write is synced, as much as random writes when the page cache takes them and nothing is.',
    );
    expect(text).toContain('A sync after every write leaves 1/10 of what append does without');
  });

  test('claim nothing where the rounds overlap', () => {
    const text = textOf(madeMeasure('append', [100, 200, 300]), madeMeasure('random-write', [90, 110, 150]));
    expect(text).toBe('Sequential append and random writes are alike here: the ranges of their rounds overlap.');
  });

  test('hold the ways to a socket against memory', () => {
    const text = textOf(
      madeMeasure('socket-memory', [990, 1000, 1010]),
      madeMeasure('socket-stream', [300, 310, 320]),
      madeMeasure('socket-sendfile', [500, 600, 700]),
    );
    expect(text).toContain('createReadStream 31 %, sendfile 60 %');
  });

  test('are none of what was not measured', () => {
    const failed = { state: 'failed', reason: 'no space', mebibytesPerSecond: null, callUs: null } as const;
    expect(textOf(madeMeasure('append', [1, 2, 3], failed), madeMeasure('random-write', [1, 2, 3]))).toBe('');
  });
});

describe('the text of io-test', () => {
  test('has a line for each measure, and why one has no figure', () => {
    const skipped = { state: 'skipped', reason: 'koffi is missing', mebibytesPerSecond: null, callUs: null } as const;
    const lines = ioTestLines(
      madeIoTest([
        madeMeasure('append', [900, 1234.4, 1300]),
        madeMeasure('socket-sendfile', [0, 0, 0], { group: 'socket', ...skipped }),
      ]),
    );
    expect(lines.find((line) => line.startsWith('append '))).toMatch(
      /1,234\s+900 to 1,300\s+10\.0\s+200\s+what append/,
    );
    expect(lines.find((line) => line.startsWith('socket-sendfile'))).toMatch(
      /–\s+what socket-sendfile.*koffi is missing$/,
    );
  });

  test('says when files lay in memory, when others used the machine, and when a host may cache', () => {
    const text = ioTestLines(
      madeIoTest([madeMeasure('read-cold', [1, 2, 3], { group: 'read', note: 'only 60 % came from the device' })], {
        storage: { fileSystem: 'tmpfs', device: 'tmpfs', isMemory: true, freeBytes: 1 },
        othersCpuShare: 0.42,
        environment: { ...madeEnvironment, isVirtualMachine: true },
      }),
    ).join('\n');
    expect(text).toContain('lay in memory (tmpfs)');
    expect(text).toContain('Other programs took 42 %');
    expect(text).toContain('virtual machine');
    expect(text).toContain('read-cold: only 60 % came from the device');
  });
});
