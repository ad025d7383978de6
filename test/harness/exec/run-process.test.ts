import { existsSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { childrenCpuSeconds, runProgram } from '../../../src/harness/exec/run-process.ts';

const node = (code: string) => ({ file: process.execPath, args: ['-e', code], environment: { MARK: 'here' } });
const watch = (onLine: (line: string) => void = () => {}, stop = new AbortController().signal) => ({ stop, onLine });

describe('a program that is run', () => {
  test('gives its output, its lines as they come, and its status', async () => {
    const lines: string[] = [];
    const end = await runProgram(
      node('console.log("one\\ntwo"); console.error(process.env.MARK); process.exitCode = 3'),
      watch((line) => lines.push(line)),
    );
    expect(end).toMatchObject({ status: 3, stdout: 'one\ntwo\n', stderr: 'here\n', isStopped: false });
    expect(lines).toEqual(['one', 'two']);
    expect(end.wallSeconds).toBeGreaterThan(0);
  });

  test.runIf(existsSync('/proc/self/stat'))('is accounted for, with the children that it waited for', async () => {
    const spin = 'const end = process.cpuUsage(); while (process.cpuUsage(end).user < 200_000);';
    const nested = `require('node:child_process').spawnSync(process.execPath, ['-e', ${JSON.stringify(`${spin} Buffer.alloc(100 << 20, 1)`)}])`;
    const end = await runProgram(node(nested), watch());
    expect(end.status).toBe(0);
    expect(end.cpuSeconds).toBeGreaterThanOrEqual(0.2);
    expect(end.peakRssBytes).toBeGreaterThan(20 << 20);
  });

  test('ends with all it started when it is told to', async () => {
    const stop = new AbortController();
    const forever = `require('node:child_process').spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)'], { stdio: 'inherit' }); console.log('up'); setInterval(() => {}, 1000)`;
    const end = await runProgram(
      node(forever),
      watch(() => stop.abort(), stop.signal),
    );
    expect(end).toMatchObject({ isStopped: true, status: null });
  });

  test('takes its words as they are, without a shell between', async () => {
    const end = await runProgram({ file: '/bin/echo', args: ['$HOME', '`x`', 'a  b', '"'], environment: {} }, watch());
    expect(end.stdout).toBe('$HOME `x` a  b "\n');
  });
});

test('children are accounted for in fields 16 and 17, whatever the name in parentheses holds', () => {
  const stat = '12 (a) b (c)) S 1 12 12 0 -1 4194560 1 2 3 4 5 6 150 50 20 0 1 0';
  expect(childrenCpuSeconds(stat)).toBe(2);
  expect(childrenCpuSeconds('')).toBeNull();
});
