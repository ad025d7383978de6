/**
 * A comparison as JUnit XML, which every CI system shows as tests: a test for each metric, each threshold of the workload, and for both sides
 * having run.
 *
 * There is no standard. What is written here is valid by the schema of Maven's Surefire and of Jenkins' xUnit plugin (`junit-10.xsd`), which is
 * what other readers take, too.
 */
import type { RegressionMetric, RegressionResult, WorkloadThresholdComparison } from '../results/regression-result.ts';
import { changeLine } from './regression-figures.ts';

/** A test of a suite; a problem's text is its first line. */
type TestCase = {
  readonly name: string;
  readonly problem: {
    readonly kind: 'failure' | 'error' | 'skipped';
    readonly type: string;
    readonly text: string;
  } | null;
  readonly output: readonly string[];
};

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
  '\t': '&#9;',
  '\n': '&#10;',
};

/** Text for an element. Characters that XML 1.0 does not allow become U+FFFD. */
const escaped = (text: string): string =>
  text
    // biome-ignore lint/suspicious/noControlCharactersInRegex: those are what is replaced
    .replace(/[\u0000-\u0008\u000b-\u001f\u007f\ufffe\uffff]/g, '\ufffd')
    .replace(/\p{Surrogate}/gu, '\ufffd')
    .replace(/[&<>"]/g, (sign) => entities[sign] ?? sign);

/** Text for an attribute, where a line's end has to be named to stay one. */
const attributeText = (text: string): string => escaped(text).replace(/[\t\n]/g, (sign) => entities[sign] ?? sign);

const attributes = (values: Readonly<Record<string, string>>): string =>
  Object.entries(values)
    .map(([name, value]) => ` ${name}="${attributeText(value)}"`)
    .join('');

const problemOf = (
  { verdict, sentence }: RegressionMetric,
  undecided: RegressionResult['undecided'],
): TestCase['problem'] => {
  if (verdict === 'slower') return { kind: 'failure', type: 'slower', text: sentence };
  if (verdict === 'undecided')
    return { kind: undecided === 'fail' ? 'failure' : 'skipped', type: 'undecided', text: sentence };
  return null;
};

const metricCase = (metric: RegressionMetric, undecided: RegressionResult['undecided']): TestCase => ({
  name: metric.name,
  problem: problemOf(metric, undecided),
  output: [metric.sentence, changeLine(metric), ...metric.notes],
});

const thresholdCase = ({ threshold, baseline, candidate }: WorkloadThresholdComparison): TestCase => {
  const text = `${candidate?.value ?? 'not measured'}; the baseline ${baseline?.value ?? 'was not measured'}`;
  const problem =
    candidate === null || candidate.isMet
      ? null
      : ({ kind: 'failure', type: 'threshold', text: `${threshold} is not met: ${text}` } as const);
  return { name: `threshold ${threshold}`, problem, output: [text] };
};

const sidesCase = ({ failure, isInterrupted, sides, sentence }: RegressionResult): TestCase => {
  const text = failure ?? (isInterrupted ? 'interrupted' : null);
  return {
    name: 'both sides ran',
    problem: text === null ? null : { kind: 'error', type: isInterrupted ? 'interrupted' : 'failed', text },
    output: [
      `baseline: ${sides.baseline.label}, ${sides.baseline.target}`,
      `candidate: ${sides.candidate.label}, ${sides.candidate.target}`,
      sentence,
    ],
  };
};

const caseLines = ({ name, problem, output }: TestCase, classname: string): readonly string[] => [
  `    <testcase${attributes({ classname, name })}>`,
  ...(problem === null
    ? []
    : [
        `      <${problem.kind}${attributes({ type: problem.type, message: problem.text })}>${escaped(problem.text)}</${problem.kind}>`,
      ]),
  `      <system-out>${escaped(output.join('\n'))}</system-out>`,
  '    </testcase>',
];

const propertyLine = ([name, value]: readonly [string, string]): string =>
  `      <property${attributes({ name, value })}/>`;

/** The document, for `--junit FILE`. An undecided metric is a skipped test, or with `--undecided fail` a failed one; a side that failed is an error. */
export const junitXml = (result: RegressionResult): string => {
  const name = `spillway regress ${result.workload?.name ?? 'programs'}`;
  const cases = [
    sidesCase(result),
    ...result.metrics.map((metric) => metricCase(metric, result.undecided)),
    ...result.thresholds.map(thresholdCase),
  ];
  const of = (kind: string): string => String(cases.filter(({ problem }) => problem?.kind === kind).length);
  const counts = { tests: String(cases.length), failures: of('failure'), errors: of('error') };
  const time = result.elapsedSeconds.toFixed(3);
  const properties: readonly (readonly [string, string])[] = [
    ['verdict', result.verdict ?? 'none'],
    ['sentence', result.sentence],
    ['method', result.design.method],
    ['seed', String(result.design.seed)],
    ...result.environmentDifferences.map(
      ({ fact, baseline, candidate }) => [`differs: ${fact}`, `${baseline}, ${candidate}`] as const,
    ),
  ];
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    `<testsuites${attributes({ name: 'spillway', time, ...counts })}>`,
    `  <testsuite${attributes({ name, time, ...counts, skipped: of('skipped'), timestamp: result.startedAt })}>`,
    '    <properties>',
    ...properties.map(propertyLine),
    '    </properties>',
    ...cases.flatMap((each) => caseLines(each, name.replaceAll(' ', '.'))),
    '  </testsuite>',
    '</testsuites>',
  ].join('\n')}\n`;
};
