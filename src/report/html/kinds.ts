/** Kinds of run records that have a page of their own, by their command; what is not here is shown by `generic-part.ts`. */
import type { StoredRun } from '../../results/store.ts';
import { workloadRun } from '../workload-figures.ts';
import { codecKind } from './codec-part.ts';
import { regressionKind } from './regression.ts';
import type { Part } from './run-sections.ts';
import { workloadPart } from './workload-part.ts';

/** How a kind of run is shown. */
export type Kind = {
  /** The page's heading. */
  readonly title: (stored: StoredRun) => string;
  /** All of the page but its files; null for a record that is not as this kind's command writes it. */
  readonly part: (stored: StoredRun) => Part | null;
};

const workload: Kind = {
  title: ({ run }) => `Workload ${workloadRun(run)?.workload ?? ''}`.trim(),
  part: ({ run }) => {
    const found = workloadRun(run);
    return found === null ? null : workloadPart(found);
  },
};

const kinds: ReadonlyMap<string, Kind> = new Map([
  ['run', workload],
  ['compare-codecs', codecKind],
  ['regress', regressionKind],
]);

/** The kind of a run that has ended and has a page of its own; null for tests, which pages compare, and for any other. */
export const kindOf = ({ run }: StoredRun): Kind | null => (run.isPartial ? null : (kinds.get(run.command) ?? null));
