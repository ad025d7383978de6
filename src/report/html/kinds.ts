/**
 * Kinds of run records that have a page of their own, by their command; what is not here is shown by `generic-part.ts`. Each is loaded when a
 * page has one: the page of a test is made at the end of every test, and needs none of them.
 */
import type { StoredRun } from '../../results/store.ts';
import type { Part } from './run-sections.ts';

/** How a kind of run is shown. */
export type Kind = {
  /** The page's heading. */
  readonly title: (stored: StoredRun) => string;
  /** All of the page but its files; null for a record that is not as this kind's command writes it. */
  readonly part: (stored: StoredRun) => Part | null;
  /** Runs of this kind beside each other; null for records that are not as they should be. */
  readonly several?: (runs: readonly StoredRun[]) => Part | null;
};

const loaders: ReadonlyMap<string, () => Promise<Kind>> = new Map([
  ['run', async () => (await import('./workload-part.ts')).workloadKind],
  ['compare-codecs', async () => (await import('./codec-part.ts')).codecKind],
  ['find-rate', async () => (await import('./find-rate-part.ts')).findRateKind],
  ['regress', async () => (await import('./regression.ts')).regressionKind],
]);

/** The kinds of runs that ended, by their command: not those of tests, which pages compare, and none that is not known. */
export const kindsOf = async (runs: readonly StoredRun[]): Promise<ReadonlyMap<string, Kind>> => {
  const commands = new Set(runs.filter(({ run }) => !run.isPartial).map(({ run }): string => run.command));
  const loaded = [...commands].map(async (command) => [command, (await loaders.get(command)?.()) ?? null] as const);
  const known = new Map<string, Kind>();
  for (const [command, kind] of await Promise.all(loaded)) if (kind !== null) known.set(command, kind);
  return known;
};
