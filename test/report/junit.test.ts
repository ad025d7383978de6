import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { validateXML } from 'xmllint-wasm';
import { junitXml } from '../../src/report/junit.ts';
import type { RegressionResult } from '../../src/results/regression-result.ts';
import { failedComparison, regressionResult } from './regression-result.ts';

const schema = readFileSync(new URL('../fixtures/junit.xsd', import.meta.url), 'utf8');

const faultsOf = async (results: readonly RegressionResult[]): Promise<readonly string[]> => {
  const xml = results.map((result, place) => ({ fileName: `${place}.xml`, contents: junitXml(result) }));
  const { errors } = await validateXML({ xml, schema: [schema] });
  return errors.map(({ message }) => message);
};

/** A comparison whose only metric is in between. */
const undecided = (changes: Partial<RegressionResult> = {}): RegressionResult => {
  const result = regressionResult(0, { verdict: 'undecided', ...changes });
  return { ...result, metrics: result.metrics.map((metric) => ({ ...metric, verdict: 'undecided' as const })) };
};

test('JUnit of any verdict, of a failed side and of missed thresholds is valid by the schema', async () => {
  const missed = {
    threshold: 'responseTimeMs.p99 < 10',
    baseline: { value: 9, isMet: true },
    candidate: { value: null, isMet: false },
  };
  const results = [
    regressionResult(0),
    regressionResult(0.1),
    regressionResult(-0.1),
    undecided(),
    failedComparison(),
    regressionResult(0.1, { thresholds: [missed], workload: null }),
  ];
  expect(await faultsOf(results)).toEqual([]);
});

test('any text in JUnit is valid', async () => {
  const base = regressionResult(0.1);
  const texts = fc.sample(fc.string({ unit: 'binary', minLength: 1 }), 40);
  const results = texts.map((text) => ({
    ...base,
    sentence: text,
    failure: `${text}\ud800\u0000]]>`,
    metrics: base.metrics.map((metric) => ({ ...metric, name: text, sentence: text, notes: [text] })),
  }));
  expect(await faultsOf(results)).toEqual([]);
});

test('what is slower is a failed test with its sentence', () => {
  const xml = junitXml(regressionResult(0.1));
  expect(xml).toContain('tests="3" failures="2" errors="0" skipped="0"');
  expect(xml).toContain('<failure type="slower" message="slower: records/s fell by');
});

test('what is undecided is skipped, or fails when that was asked for', () => {
  expect(junitXml(undecided())).toContain('failures="0" errors="0" skipped="2"');
  expect(junitXml(undecided({ undecided: 'fail' }))).toContain('failures="2" errors="0" skipped="0"');
});

test('a side that fails is an error, and never a suite without one', () => {
  const xml = junitXml(failedComparison());
  expect(xml).toContain('tests="1" failures="0" errors="1"');
  expect(xml).toContain('&lt;no&gt; &quot;broker&quot; &amp; \ufffd no topic');
});
