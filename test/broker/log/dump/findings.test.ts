import { expect, it } from 'vitest';
import { Findings } from '../../../../src/broker/log/dump/findings.ts';
import { FINDINGS_SHOWN } from '../../../../src/broker/log/dump/limits.ts';

it('keeps a bounded number of findings of a kind, and counts the others', () => {
  const findings = new Findings();
  for (let index = 0; index < FINDINGS_SHOWN + 5; index++) findings.add('gap', '/f', `  ${index}`);

  expect(findings.lines()).toHaveLength(FINDINGS_SHOWN + 2);
  expect(findings.lines().at(-1)).toBe('  and 5 more');
});
