import { FINDINGS_SHOWN } from './limits.ts';

/**
 * What is wrong or remarkable in dumped files, said after all of them as Kafka's tool does, in this order. Offsets that do
 * not follow each other are no damage: compaction makes them.
 */
const KINDS = [
  { name: 'indexMismatch', heading: (file: string) => `Mismatches in :${file}`, isDamage: true },
  { name: 'timeMismatch', heading: (file: string) => `Found timestamp mismatch in :${file}`, isDamage: true },
  { name: 'timeOrder', heading: (file: string) => `Found out of order timestamp in :${file}`, isDamage: true },
  { name: 'offsetNotFound', heading: () => 'The following indexed offsets are not found in the log.', isDamage: true },
  { name: 'gap', heading: (file: string) => `Non-consecutive offsets in ${file}`, isDamage: false },
  { name: 'damage', heading: (file: string) => `Damage in ${file}`, isDamage: true },
] as const;

/** A kind of finding. */
export type FindingKind = (typeof KINDS)[number]['name'];

/** The findings of one kind in one file: the first of them, and how many there are. */
type Found = { readonly shown: string[]; count: number };

/** Collects findings, bounded for each file and kind. */
export class Findings {
  readonly #found = new Map<FindingKind, Map<string, Found>>();

  /** Takes in a finding in the file at this absolute path. */
  add(kind: FindingKind, file: string, line: string): void {
    let byFile = this.#found.get(kind);
    if (byFile === undefined) {
      byFile = new Map();
      this.#found.set(kind, byFile);
    }
    let found = byFile.get(file);
    if (found === undefined) {
      found = { shown: [], count: 0 };
      byFile.set(file, found);
    }
    found.count++;
    if (found.shown.length < FINDINGS_SHOWN) found.shown.push(line);
  }

  /** Whether a file is corrupt or could not be read in full. */
  get hasDamage(): boolean {
    return KINDS.some(({ name, isDamage }) => isDamage && this.#found.has(name));
  }

  /** The sentences: a heading for each kind and file, and a line for each finding. */
  lines(): readonly string[] {
    return KINDS.flatMap(({ name, heading }) =>
      [...(this.#found.get(name) ?? [])].flatMap(([file, { shown, count }]) => {
        const more = count > shown.length ? [`  and ${count - shown.length} more`] : [];
        return [heading(file), ...shown, ...more];
      }),
    );
  }
}
