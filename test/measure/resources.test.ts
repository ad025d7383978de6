import { writeFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import { cgroupLimits, throttledSeconds } from '../../src/measure/cgroup.ts';
import { readEnvironment } from '../../src/measure/environment.ts';
import { machineCpu } from '../../src/measure/machine.ts';
import {
  cpuOfProcess,
  cpuOfThisThread,
  cpuSecondsBetween,
  ioOfProcess,
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

  test('count the bytes that a process handed to write calls', () => {
    const before = ioOfProcess('self');
    if (process.platform !== 'linux') return expect(before).toBeNull();
    writeFileSync('/dev/null', Buffer.alloc(100_000));
    const written = (ioOfProcess(process.pid)?.writeCallBytes ?? 0) - (before?.writeCallBytes ?? 0);
    expect(written).toBeGreaterThanOrEqual(100_000);
    expect(ioOfProcess(2 ** 30)).toBeNull();
  });

  test('know the peak of resident memory in bytes', () => {
    expect(peakRssBytes()).toBeGreaterThan(10 * 1024 * 1024);
  });

  test('see an event loop that was blocked', async () => {
    const meter = startThreadMeter();
    await new Promise((resolve) => setTimeout(resolve, 30));
    busyFor(100);
    await new Promise((resolve) => setTimeout(resolve, 30));
    const report = meter.stop();
    expect(report.maxEventLoopDelayMs).toBeGreaterThan(50);
    expect(report.activeSeconds).toBeGreaterThan(0.09);
    expect(report.activeSeconds).toBeLessThan(report.elapsedSeconds);
  });

  test('count the CPU time of the thread that asks alone', () => {
    const before = cpuOfThisThread();
    if (process.platform !== 'linux') return expect(before).toBeNull();
    const read = () => cpuSecondsBetween(before ?? { userUs: 0, systemUs: 0 }, cpuOfThisThread() ?? processCpu());
    while (read() < 0.02) busyFor(1);
    expect(read()).toBeLessThan(5);
  });

  test('read what all processors did, or say that they cannot', () => {
    const before = machineCpu();
    if (process.platform !== 'linux') return expect(before).toBeNull();
    while ((machineCpu()?.totalSeconds ?? 0) - (before?.totalSeconds ?? 0) < 0.02) busyFor(1);
    expect(before?.idleSeconds).toBeLessThanOrEqual(before?.totalSeconds ?? 0);
    expect(before?.stealSeconds).toBeGreaterThanOrEqual(0);
  });

  test('know the limits of the cgroup, or that there are none', () => {
    const { cpus, memoryBytes } = cgroupLimits();
    expect(cpus ?? 1).toBeGreaterThan(0);
    expect(memoryBytes ?? 1).toBeGreaterThan(0);
    expect(throttledSeconds() ?? 0).toBeGreaterThanOrEqual(0);
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
