// What reports cost: their time at the end of a test, and size and opening of pages of 500 trials in Chromium (`CHROMIUM` names one).
import { execFileSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { median, table } from './table.mjs';

const dist = process.env.SPILLWAY_MAIN
  ? path.resolve(path.dirname(process.env.SPILLWAY_MAIN), '..')
  : fileURLToPath(new URL('../../dist', import.meta.url));
const [TRIALS, REPEATS] = [500, 5];

/** @param {{ smoke: boolean }} options @returns {Promise<{ title: string, text: string }>} */
export async function run({ smoke }) {
  const folder = mkdtempSync(path.join(tmpdir(), 'spillway-bench-report-'));
  try {
    const record = realRun(folder, smoke);
    const rows = [keeping(record, smoke ? 1 : REPEATS)];
    for (const [name, runs] of await pagesOf(record)) rows.push(await opening(folder, name, runs, smoke ? 1 : REPEATS));
    const head = ['what', 'time, ms', 'KiB', 'opened in Chromium after, ms'];
    return { title: `Reports: medians of ${smoke ? 1 : REPEATS}`, text: table(head, rows) };
  } finally {
    rmSync(folder, { recursive: true });
  }
}

/** The record of a test with 20 windows. */
function realRun(/** @type {string} */ folder, /** @type {boolean} */ smoke) {
  const [records, interval] = smoke ? [2000, 100] : [20_000, 250];
  const test = ['--topic', 't', '--num-records', String(records), '--throughput', '4000', '--record-size', '100'];
  const output = ['--results-dir', folder, '--reporting-interval', String(interval)];
  const command = [path.join(dist, 'cli/main.js'), 'producer-perf-test', ...test, ...output];
  execFileSync(process.execPath, command, { stdio: 'ignore' });
  return path.join(folder, readdirSync(folder)[0] ?? '');
}

/** What a test waits for when it has ended: a program of its own, from the first import to the written page. */
function keeping(/** @type {string} */ record, /** @type {number} */ repeats) {
  const program = `const start = performance.now();
const { keepReport } = await import('${path.join(dist, 'cli/keep-report.js')}');
await keepReport(${JSON.stringify(record)}, { note: (text) => { throw new Error(text); } });
process.stdout.write(String(performance.now() - start));`;
  const args = ['--input-type=module', '--eval', program];
  const times = Array.from({ length: repeats }, () =>
    Number(execFileSync(process.execPath, args, { encoding: 'utf8' })),
  );
  const kib = statSync(path.join(record, 'report.html')).size / 1024;
  return [
    'report of a test, in a process that has loaded nothing of it',
    median(times).toFixed(0),
    kib.toFixed(0),
    '–',
  ];
}

/** 500 runs beside each other, and a workload of 500 trials: all with the figures of the one run, its rate changed. */
async function pagesOf(/** @type {string} */ record) {
  const { readStoredRun } = await import(path.join(dist, 'results/store.js'));
  const stored = readStoredRun(record);
  const numbers = Array.from({ length: TRIALS }, (_, index) => index);
  const runs = numbers.map((index) => ({
    ...stored,
    name: `${stored.name}-${index}`,
    run: { ...stored.run, recordsPerSecond: stored.run.recordsPerSecond * (1 + index / TRIALS) },
  }));
  const range = (/** @type {number} */ value) => ({ median: value, least: value * 0.9, most: value * 1.1 });
  const steps = numbers.slice(0, TRIALS / 5).map((index) => ({
    index,
    point: { 'client.batch.size': 1024 * (1 + (index % 10)), 'client.linger.ms': Math.floor(index / 10) },
    argv: [],
    trialsDone: 5,
    trialsFailed: 0,
    figures: {
      recordsPerSecond: range(1000 * (index + 1)),
      ...Object.fromEntries(
        Object.entries(stored.run.responseTimeMs).map(([name, value]) => [
          `responseTimeMs.${name}`,
          range(value + index),
        ]),
      ),
    },
    verdicts: { 'target-limited': 5 },
  }));
  const { environment, startedAt, elapsedSeconds } = stored.run;
  const workload = {
    ...{ isPartial: false, schemaVersion: 1, command: 'run', workload: 'bench', source: 'bench', argv: [], plan: {} },
    ...{ environment, startedAt, elapsedSeconds, isInterrupted: false, failure: null, thresholds: [], runRecord: null },
    steps,
    trials: numbers.map((index) => ({
      ...{ step: index % steps.length, trial: 1 + Math.floor(index / steps.length), attempt: 1, startedAt },
      ...{ failure: null, isRepeated: false, result: stored.run },
    })),
    best: { step: steps.length - 1, rule: 'highest median records/s', notTold: [] },
  };
  return /** @type {const} */ ([
    [`page of ${TRIALS} runs`, runs],
    [`page of a workload of ${TRIALS} trials`, [{ name: 'workload', folder: record, run: workload, files: {} }]],
  ]);
}

const chromiumPath = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'].find(existsSync);

/** Makes a page, and opens it in a browser that has just started. */
async function opening(
  /** @type {string} */ folder,
  /** @type {string} */ name,
  /** @type {readonly unknown[]} */ runs,
  /** @type {number} */ repeats,
) {
  const { reportPage } = await import(path.join(dist, 'report/html/page.js'));
  const startedMs = performance.now();
  const page = await reportPage(runs);
  const madeMs = performance.now() - startedMs;
  const file = path.join(folder, 'page.html');
  writeFileSync(file, page);
  const opened = await openTimes(file, repeats);
  return [
    `${name}, made`,
    madeMs.toFixed(0),
    (Buffer.byteLength(page) / 1024).toFixed(0),
    opened.length === 0 ? 'Chromium is not installed' : median(opened).toFixed(0),
  ];
}

/** @returns {Promise<readonly number[]>} from the request to the end of `load`, by when all charts are drawn, milliseconds */
async function openTimes(/** @type {string} */ file, /** @type {number} */ repeats) {
  const executablePath = process.env.CHROMIUM ?? chromiumPath;
  if (executablePath === undefined) return [];
  const { chromium } = await import('playwright-core');
  const times = [];
  for (let repeat = 0; repeat < repeats; repeat++) {
    const browser = await chromium.launch({ executablePath, args: ['--no-sandbox', '--disable-gpu'] });
    try {
      const page = await browser.newPage({ viewport: { width: 1180, height: 900 } });
      await page.goto(`file://${file}`);
      times.push(Number(await page.evaluate('performance.timing.loadEventEnd - performance.timing.navigationStart')));
    } finally {
      await browser.close();
    }
  }
  return times;
}
