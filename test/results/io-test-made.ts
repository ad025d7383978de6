/** Results of io-test, made up for tests. */
import type { IoMeasure, IoTestResult } from '../../src/results/io-test-result.ts';

/** A measure with the rates of its rounds: lowest, median, highest. */
export const madeMeasure = (
  name: string,
  [least, median, most]: readonly [number, number, number],
  changes: Partial<IoMeasure> = {},
): IoMeasure => ({
  name,
  group: 'write',
  title: `what ${name} does`,
  call: '1 write',
  bytesPerCall: 65_536,
  by: null,
  state: 'measured',
  reason: null,
  note: null,
  mebibytesPerSecond: { median, least, most },
  callUs: { p50: 10, p99: 200, max: 3000 },
  calls: 100,
  rounds: 5,
  ...changes,
});

/** The machine that they were made on. */
export const madeEnvironment = {
  platform: 'linux',
  arch: 'x64',
  cpuModel: 'Processor',
  cpuCount: 2,
  availableParallelism: 2,
  totalMemoryBytes: 8e9,
  kernel: '6.1',
  nodeVersion: 'v20.20.2',
  isVirtualMachine: false,
} as const;

/** A result with these measures. */
export const madeIoTest = (measures: readonly IoMeasure[], changes: Partial<IoTestResult> = {}): IoTestResult => ({
  isPartial: false,
  schemaVersion: 1,
  command: 'io-test',
  startedAt: '2026-03-01T10:20:30.456Z',
  plan: { dataDir: '/data', sizeBytes: 2 ** 28, timeMs: 1000, measures: measures.map(({ name }) => name) },
  elapsedSeconds: 30,
  environment: madeEnvironment,
  storage: { fileSystem: 'ext4', device: '/dev/vda', isMemory: false, freeBytes: 1e12 },
  othersCpuShare: 0.01,
  measures,
  isInterrupted: false,
  runRecord: null,
  ...changes,
});
