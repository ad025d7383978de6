/** Flags of where a run's record is kept, which every command that measures has. */
import type { Flag } from './flags.ts';

const group = 'Output:';

/** --results-dir. */
export const resultsDirFlag: Flag = {
  kind: 'value',
  group,
  metavar: 'DIR',
  description: 'Folder for run records',
  shownDefault: 'results',
};

/** --no-record. */
export const noRecordFlag: Flag = { kind: 'switch', group, description: 'Keep no run record' };
