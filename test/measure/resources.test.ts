import { describe, expect, test } from 'vitest';
import { readEnvironment } from '../../src/measure/environment.ts';
import {
  cpuOfProcess,
  cpuSecondsBetween,
  peakRssBytes,
  processCpu,
  startThreadMeter,
} from '../../src/measure/resources.ts';

const busyFor = (milliseconds: number): void => {
  const end = performance.now() + milliseconds;
  while (performance.now() < end);
};

describe('resource meters', () => {
  test('count the CPU time that this process used', () => {
    const before = processCpu();
    while (cpuSecondsBetween(before, processCpu()) < 0.01) busyFor(1);
    expect(cpuSecondsBetween(before, processCpu())).toBeLessThan(10);
  });

  test('read the CPU time of a process by its id', () => {
    const own = cpuOfProcess(process.pid);
    if (process.platform !== 'linux') return expect(own).toBeNull();
    const meter = processCpu();
    expect(Math.abs(cpuSecondsBetween(own ?? { userUs: 0, systemUs: 0 }, meter))).toBeLessThan(1);
  });

  test('say nothing about a process that is not there', () => {
    expect(cpuOfProcess(2 ** 30)).toBeNull();
  });

  test('know the peak of resident memory in bytes', () => {
    expect(peakRssBytes()).toBeGreaterThan(10 * 1024 * 1024);
  });

  test('see an event loop that was blocked', async () => {
    const meter = startThreadMeter();
    await new Promise((resolve) => setTimeout(resolve, 30));
    busyFor(100);
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(meter.stop().maxEventLoopDelayMs).toBeGreaterThan(50);
  });
});

describe('environment', () => {
  test('names the software and the machine', () => {
    const environment = readEnvironment();
    expect(environment.nodeVersion).toBe(process.version);
    expect(environment.spillwayVersion).toMatch(/^\d+\.\d+\.\d+/);
    expect(environment.cpuCount).toBeGreaterThan(0);
    expect(environment.clockResolutionUs).toBeGreaterThan(0);
    expect(environment.gitCommit).toSatisfy((commit) => commit === null || /^[0-9a-f]{40}$/.test(String(commit)));
  });
});
