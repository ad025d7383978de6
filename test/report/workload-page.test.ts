import { describe, expect, test } from 'vitest';
import { csvText } from '../../src/report/csv.ts';
import { reportPage } from '../../src/report/html/page.ts';
import { workloadPart } from '../../src/report/html/workload-part.ts';
import { markdownText } from '../../src/report/markdown.ts';
import { namedRuns } from '../../src/report/named-runs.ts';
import { listLines, showLines } from '../../src/report/run-text.ts';
import { workloadTable } from '../../src/report/workload-text.ts';
import { storedWorkload, workloadRun } from './stored-workload.ts';

const evil = '<img src=x onerror=alert(1)>';
const run = workloadRun(evil);
const stored = storedWorkload(run);

describe('the page of a workload', async () => {
  const page = await reportPage([stored]);
  const { charts } = workloadPart(run);

  test('shows the best point, what it is not told apart from, and thresholds that are not met', () => {
    expect(page).toContain('Best: linger.ms=1 kind=json');
    expect(page).toContain('Not told apart from it by these trials: linger.ms=0 kind=json');
    expect(page).toContain('serviceTimeMs.p99 &lt; 8 is not met by linger.ms=0');
  });

  test('has a map over both axes, deepest at the highest figure', () => {
    expect(page).toContain('<span class="heat rate best" style="--heat:55%">4,000<span class="unseen"> best</span>');
    expect(page).toContain('<span class="heat rate" style="--heat:0%">1,000</span>');
    expect(page).toContain('<span class="heat tail best" style="--heat:0%">7.000');
  });

  test('draws a point a step, joins those that none beats, and marks the best', () => {
    const chart = charts.find(({ id }) => id === 'trade-off');
    expect(chart?.names).toEqual(
      run.steps.map((_, index) => `linger.ms=${index % 2} kind=${index < 2 ? evil : 'json'}`),
    );
    expect(chart?.ringed).toBe(3);
    // The last one is the most and the quickest.
    expect(chart?.series.find(({ isLine }) => isLine)?.values).toEqual([null, null, null, 7]);
    expect(chart?.series.filter(({ isLine }) => !isLine).map(({ label }) => label)).toEqual([
      'linger.ms=0',
      'linger.ms=1',
    ]);
  });

  test('has a small chart for each value of the first axis, all with one scale', () => {
    const small = charts.filter(({ id }) => id.startsWith('rate-'));
    expect(small.map(({ names, isSmall, yRange }) => ({ names, isSmall, yRange }))).toEqual(
      [0, 1].map(() => ({ names: [evil, 'json'], isSmall: true, yRange: [0, 4001] })),
    );
  });

  test('escapes names and values', () => {
    expect(page).not.toContain('<img');
  });

  test('of several runs has all their steps, told apart by the run', async () => {
    const several = await reportPage([stored, { ...stored, name: 'x' }]);
    expect(several).toContain(
      'x: linger.ms=1 kind=json, 4,000 records/s, 99 % within 7.000 ms, by the highest median records/s',
    );
    expect(several).toContain('x linger.ms=1 kind=json'.replace('x', 'run=x'));
    expect(several).not.toContain('<img');
  });

  test('is told in Markdown, and as CSV with a line a trial', () => {
    const text = markdownText([stored]);
    expect(text).toContain('**Best**: linger.ms=1 kind=json, by the highest median records/s.');
    expect(text).toContain('| **4** | 1 | json | 4,000 (3,999 – 4,001) |');
    const [head, row] = csvText(namedRuns(stored)).split('\r\n');
    expect(head).toMatch(/^run,step,trial,client\.linger\.ms,payload\.kind,command,/);
    expect(row).toMatch(/^w,4,1,1,json,producer-perf-test,/);
  });

  test('a trial that failed before its first record has a line of CSV with its failure', () => {
    const trials = run.trials.map((trial) => ({ ...trial, failure: 'no broker answers', result: null }));
    const [, row] = csvText(namedRuns(storedWorkload({ ...run, trials }))).split('\r\n');
    expect(row).toMatch(/^w,4,1,1,json,,,,.*,no broker answers$/);
  });

  test('a run that stopped says why, and shows the steps so far', async () => {
    const { isPartial: _, trials, elapsedSeconds, isInterrupted, steps, thresholds, best, ...plan } = run;
    const failed = trials.map((trial) => ({ ...trial, failure: 'two records were lost' }));
    const end = {
      elapsedSeconds,
      isInterrupted,
      failure: 'two records were lost',
      steps,
      thresholds,
      best,
      trialCount: 1,
    };
    const partial = { ...plan, plan: { onFailure: 'stop' }, isPartial: true } as never;
    const stopped = {
      name: 'w.partial',
      folder: '/w.partial',
      run: partial,
      files: {},
      soFar: { trials: failed, end },
    };
    const why = 'the workload stopped the run at a failed trial (onFailure: stop): two records were lost; 1 trial had';
    expect(showLines(stopped).join('\n')).toContain(`partial: ${why}`);
    expect(showLines(stopped).join('\n')).toMatch(/linger\.ms=1 kind=json +4,000 +7\.000/);
    const made = await reportPage([stopped]);
    expect(made).toContain(why);
    expect(made).toContain('All steps');
    expect(markdownText([stopped])).toContain('| **4** | 1 | json |');
    const killed = { ...stopped, soFar: { trials: failed, end: null } };
    expect(showLines(killed).join('\n')).toMatch(
      /killed before it could end; 1 trial had ended[\s\S]*step 4 trial 1: failed/,
    );
  });

  test('tables show the figure that the best step was chosen by', async () => {
    const steps = run.steps.map((step, index) => ({
      ...step,
      figures: { ...step.figures, 'ackResponseTimeMs.p99': { median: 50 + index, least: 50, most: 60 } },
    }));
    const best = {
      step: 0,
      rule: 'lowest median ackResponseTimeMs.p99 of the steps without a failed trial',
      notTold: [],
    };
    const chosen = { ...run, steps, best };
    expect(workloadTable(chosen)[0]).toMatch(/p99\.9 +ackResponseTime p99 ms +limit/);
    expect(workloadTable(chosen).join('\n')).toContain('50.00 (50.00..60.00)');
    expect(workloadTable(run)[0]).not.toContain('ackResponseTime');
    expect(await reportPage([storedWorkload(chosen)])).toContain('ackResponseTime p99 ms');
    expect(markdownText([storedWorkload(chosen)])).toContain('ackResponseTime p99 ms');
    expect(showLines(storedWorkload(chosen)).join('\n')).toContain('ackResponseTime p99 ms');
  });

  test('a list says how many trials failed, before what thresholds say', () => {
    const [ended] = run.trials;
    if (ended === undefined) throw new Error('the run has no trial');
    const failed = { ...ended, failure: 'no broker answers', result: null };
    const trials = [ended, { ...failed, isRepeated: true }, failed, { ...failed, trial: 2 }];
    const listed = { ...storedWorkload({ ...run, trials }), problem: null };
    expect(listLines([listed])[1]).toMatch(/2 of 3 trials failed$/);
    expect(listLines([{ ...stored, problem: null }])[1]).toMatch(/threshold not met$/);
  });

  test('is shown in a terminal, too', () => {
    expect(showLines(stored).join('\n')).toMatch(/best +linger\.ms=1 kind=json \(highest median records\/s\)/);
  });
});
