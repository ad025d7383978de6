import { spawnSync } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { usageFault } from '../../scripts/kafka-cluster/usage.mjs';

const script = fileURLToPath(new URL('../../scripts/real-kafka.mjs', import.meta.url));
const run = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [script, ...args], { encoding: 'utf8' });
  return { status, stdout, stderr };
};

describe('the command line of real-kafka', () => {
  it('has its usage for who asks', () => {
    const { status, stdout, stderr } = run('start', '--help');
    expect({ status, stderr }).toEqual({ status: 0, stderr: '' });
    expect(stdout).toMatch(/^usage:\n {2}real-kafka start/);
    expect(stdout).toContain('--nodes N');
  });

  it('is refused with one line and status 2 when a flag is not known', () => {
    const { status, stdout, stderr } = run('start', '--bogus');
    expect({ status, stdout }).toEqual({ status: 2, stdout: '' });
    expect(stderr).toMatch(/^real-kafka: unknown flag --bogus; known are --version, --dir, [^\n]+\n$/);
  });

  it.each([
    ['start --nodes 3 --racks --dir=d --config a=b --config c=-1', null],
    ['stop --node 2', null],
    ['', 'expected start, status, stop or --help; got nothing'],
    ['begin', 'expected start, status, stop or --help; got begin'],
    ['start 3', 'got start 3'],
    ['start -x', 'unknown flag -x;'],
    ['start --dir', '--dir needs a value'],
    ['stop --dir --remove', '--dir needs a value'],
    ['start --racks=3', '--racks takes no value'],
    ['start --nodes 10', '--nodes must be from 1 to 9; got 10'],
    ['start --port x', '--port must be from 0 to 65535; got x'],
  ])('%s is used or refused', (line, fault) => {
    const said = usageFault(line.split(' ').filter((word) => word !== ''));
    if (fault === null) expect(said).toBe(null);
    else expect(said).toContain(fault);
  });
});
