import { expect, test } from 'vitest';
import { identityDifference, identityOf } from '../../../src/harness/regress/workload-identity.ts';

const identity = (target: NonNullable<Parameters<typeof identityOf>[1]['target']>) =>
  identityOf('w', { records: 1, target }, { settings: { records: 1 } });

test('a workload on a broker with faults is another one than without, and so is one with other faults', () => {
  const sound = identity({});
  const slow = identity({ faults: [{ match: { api: 'Produce' }, delay: { ms: 5 } }] });
  const slower = identity({ faults: [{ match: { api: 'Produce' }, delay: { ms: 6 } }] });
  expect(identityDifference(sound, slow)).toContain('target.faults is not set there and [{"match"');
  expect(identityDifference(slow, slower)).toMatch(/target\.faults is .*"ms":5.* there and .*"ms":6.* here/);
  expect(identityDifference(slow, identity({ faults: [{ match: { api: 'Produce' }, delay: { ms: 5 } }] }))).toBeNull();
});
