/** Every workload that comes with the program runs, shortened: here in this process, those with more to look at in test/cli/run-workload.test.ts. */
import { readdirSync, readFileSync } from 'node:fs';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import type { CommandModule, CommandRun } from '../../src/cli/command.ts';
import type { WorkloadRun } from '../../src/results/workload-run.ts';
import { faultsOf } from '../results/schema.ts';

const { SPILLWAY_MAIN } = process.env;
const mainFile =
  SPILLWAY_MAIN === undefined ? new URL('../../dist/cli/main.js', import.meta.url) : pathToFileURL(SPILLWAY_MAIN);

const schema = JSON.parse(readFileSync(new URL('../../docs/run.schema.json', import.meta.url), 'utf8'));

const shortened: Readonly<Record<string, readonly string[]>> = {
  acks: ['duration=200ms', 'warmup=50ms', 'rate=1000', 'trials=1'],
  codecs: ['records=500', 'warmup=1ms', 'client.compression.type=[none,zstd]', 'trials=1'],
  drivers: ['records=200', 'warmup=1ms', 'trials=1'],
  partitions: ['records=500', 'warmup=1ms', 'topic.partitions=[1,4]', 'trials=1'],
  'quick-start': ['records=1000', 'trials=1'],
  'record-sizes': ['duration=200ms', 'rate=100', 'payload.size=[10 B,1 MiB]', 'trials=1'],
  'zipf-keys': ['records=500', 'warmup=1ms', 'keys=[uniform:10,zipf:10:1.1]', 'trials=1'],
};

const runHere = async (argv: readonly string[]): Promise<{ readonly status: number; readonly printed: string }> => {
  const { command }: { command: CommandModule } = await import(new URL('./commands/run.js', mainFile).href);
  const printed: string[] = [];
  const console = {
    result: (line: string) => printed.push(line),
    note: () => {},
    plain: () => {},
    progress: () => {},
  };
  const interrupt = { signal: new AbortController().signal, exitStatus: null };
  // Of both, a command uses no more than this.
  const status = await command.run({ argv, console, interrupt } as unknown as CommandRun);
  return { status, printed: printed.join('\n') };
};

test.each(Object.entries(shortened))('%s runs, shortened', async (name, settings) => {
  const { status, printed } = await runHere([name, '--no-record', '--json', '--set', ...settings]);
  const run: WorkloadRun = JSON.parse(printed);
  expect(run.trials.map(({ failure }) => failure).filter((failure) => failure !== null)).toEqual([]);
  expect(run.steps.every(({ trialsDone }) => trialsDone === 1)).toBe(true);
  expect(status).toBe(0);
  expect(faultsOf(schema, run)).toEqual([]);
});

test('no workload is left out', () => {
  const elsewhere = readFileSync(new URL('../cli/run-workload.test.ts', import.meta.url), 'utf8');
  const names = readdirSync(new URL('../../workloads/', import.meta.url)).map((file) => file.replace('.yaml', ''));
  expect(names.filter((name) => shortened[name] === undefined && !elsewhere.includes(`'${name}'`))).toEqual([]);
});
