/** Which work a trial is: trials of different workloads are never compared. */
import { createHash } from 'node:crypto';
import type { WorkloadIdentity } from '../../results/baseline.ts';
import { withoutSecrets } from '../run-workload/run-workload.ts';
import type { Step, Workload } from '../run-workload/workloads.ts';

/** What begins the names of our own broker's settings. */
const brokerPrefix = 'target.broker.';

const flat = (value: unknown, name: string): readonly (readonly [string, string])[] => {
  if (typeof value !== 'object' || value === null) return value === undefined ? [] : [[name, String(value)]];
  return Object.entries(value).flatMap(([key, below]) => flat(below, name === '' ? key : `${name}.${key}`));
};

/** Of the settings alone, whatever order they are in. */
export const fingerprintOfSettings = (settings: Readonly<Record<string, string>>): string =>
  createHash('sha256')
    .update(JSON.stringify(Object.entries(settings).toSorted(([one], [other]) => (one < other ? -1 : 1))))
    .digest('hex')
    .slice(0, 16);

/** The identity of a step: all its settings and our own broker's with its faults, secrets hidden; not the target's address, nor how often it runs. */
export const identityOf = (name: string, workload: Workload, step: Pick<Step, 'settings'>): WorkloadIdentity => {
  const { broker = {}, faults } = workload.target ?? {};
  const settings = Object.fromEntries([
    ...flat(withoutSecrets(step.settings), ''),
    ...Object.entries(broker).map(([key, value]) => [`${brokerPrefix}${key}`, String(value)] as const),
    ...(faults === undefined ? [] : [['target.faults', JSON.stringify(faults)] as const]),
  ]);
  return { name, fingerprint: fingerprintOfSettings(settings), settings };
};

/** The identity of a side that overrides some settings. */
export const withOverrides = (
  { name, settings }: WorkloadIdentity,
  overrides: Readonly<Record<string, string>>,
): WorkloadIdentity => {
  const all = { ...settings, ...overrides };
  return { name, fingerprint: fingerprintOfSettings(all), settings: all };
};

const mostNamed = 4;

/** What differs between two workloads, in a few words; null when nothing does. */
export const identityDifference = (one: WorkloadIdentity, other: WorkloadIdentity): string | null => {
  if (one.fingerprint === other.fingerprint) return null;
  const names = [...new Set([...Object.keys(one.settings), ...Object.keys(other.settings)])].toSorted();
  const odd = names.filter((name) => one.settings[name] !== other.settings[name]);
  const shown = odd
    .slice(0, mostNamed)
    .map((name) => `${name} is ${one.settings[name] ?? 'not set'} there and ${other.settings[name] ?? 'not set'} here`);
  const more = odd.length > mostNamed ? `, and ${odd.length - mostNamed} settings more differ` : '';
  return odd.length === 0 ? 'its fingerprint differs' : `${shown.join(', ')}${more}`;
};
