import { expect, test } from 'vitest';
import { regressionMarkdown } from '../../src/report/regression-markdown.ts';
import { failedComparison, regressionResult } from './regression-result.ts';

test('a slower candidate is a row with both values, the change, its interval and the verdict', () => {
  const text = regressionMarkdown(regressionResult(0.1));
  expect(text.split('\n')[0]).toBe('### 🔴 Slower in orders');
  expect(text).toMatch(
    /^\| records\/s \| [\d,]+ \| [\d,]+ \| −[89]\.\d % \| −\d+\.\d % to −\d\.\d % \| 2 % \| \*\*🔴 slower\*\* \|$/m,
  );
  expect(text).toContain('20 pairs in random order');
});

test('equal sides have rows without bold words', () => {
  const text = regressionMarkdown(regressionResult(0));
  expect(text).toContain('### ⚪ No change in orders');
  expect(text).not.toContain('**');
});

test('undecided metrics say what would be needed', () => {
  const base = regressionResult(0);
  const metrics = base.metrics.map((metric) => ({ ...metric, verdict: 'undecided' as const, sentence: 'run 20 more' }));
  const text = regressionMarkdown({ ...base, verdict: 'undecided', metrics });
  expect(text).toContain('**Undecided is not "no change"**\n\n* run 20 more');
});

test('other surroundings and missed thresholds are said', () => {
  const text = regressionMarkdown(
    regressionResult(0, {
      environmentDifferences: [{ fact: 'Node version', baseline: 'v20', candidate: 'v22' }],
      thresholds: [
        {
          threshold: 'recordsPerSecond >= 5',
          baseline: { value: 6, isMet: true },
          candidate: { value: 4, isMet: false },
        },
      ],
    }),
  );
  expect(text).toContain('* Node version: v20, then v22');
  expect(text).toContain('* recordsPerSecond \\>= 5: 4');
});

test('a failed side has no table, and its reason is no markup', () => {
  const text = regressionMarkdown(failedComparison());
  expect(text).toContain('**Failed**: the candidate failed: \\<no\\> "broker" &');
  expect(text).not.toContain('|');
});
