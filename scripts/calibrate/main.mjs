// npm run calibrate -- [--only TEXT] [--write] [--seconds N] [--let-idle]: holds reported latencies against injected truth.
// Exit status 1 when a case fails. --only takes the cases whose name holds the text; --write puts the tables into docs/measuring.md;
// --seconds is the measured part of each case; --let-idle does without the processes that keep processors from idling.
import { readFileSync, writeFileSync } from 'node:fs';
import os from 'node:os';
import { parseArgs } from 'node:util';
import { keepAwake } from './awake.mjs';
import { cases } from './cases.mjs';
import { runPacing, ways } from './pacing.mjs';
import { runCase } from './run-case.mjs';
import { caseTable, pacingTable } from './table.mjs';

const { values } = parseArgs({
  options: {
    only: { type: 'string', default: '' },
    write: { type: 'boolean', default: false },
    seconds: { type: 'string', default: '7' },
    'let-idle': { type: 'boolean', default: false },
  },
});
const seconds = Number(values.seconds);
if (!(seconds > 0)) {
  process.stderr.write(`calibrate: --seconds takes a number over 0; got ${values.seconds}\n`);
  process.exit(2);
}
const lengths = { seconds, warmupSeconds: 1, closedSeconds: Math.max(1, seconds / 2) };

/** @param {string} name */
const isAsked = (name) => name.includes(values.only);
let failures = 0;

/**
 * Runs one and says how it went. What cannot be run is a failure like others.
 * @template Result
 * @param {string} name
 * @param {() => Promise<Result & { complaints: readonly string[], machine: string }>} run
 */
const attempt = async (name, run) => {
  try {
    const result = await run();
    const { complaints, machine } = result;
    if (complaints.length > 0) failures++;
    process.stderr.write(`${complaints.length === 0 ? 'PASS' : 'FAIL'} ${name} (${machine})\n`);
    for (const complaint of complaints) process.stderr.write(`     ${complaint}\n`);
    return [result];
  } catch (error) {
    failures++;
    process.stderr.write(`FAIL ${name}: ${error instanceof Error ? error.message : String(error)}\n`);
    return [];
  }
};

for (const [signal, status] of /** @type {const} */ ([
  ['SIGINT', 130],
  ['SIGTERM', 143],
]))
  process.once(signal, () => process.exit(status));
const letIdle = values['let-idle'] ? () => {} : keepAwake();
process.once('exit', letIdle);
const outcomes = [];
for (const testCase of cases.filter(({ name, pace }) => isAsked(`${name}, ${pace}`)))
  outcomes.push(...(await attempt(`${testCase.name}, ${testCase.pace}`, () => runCase(testCase, lengths))));
const pacings = [];
for (const way of ways.filter(({ name }) => isAsked(`pacing ${name}`)))
  pacings.push(...(await attempt(`pacing ${way.name}`, () => runPacing(way, lengths))));
letIdle();

if (outcomes.length + pacings.length + failures === 0) {
  process.stderr.write(`calibrate: no case has ${JSON.stringify(values.only)} in its name\n`);
  process.exit(2);
}
const processors = os.cpus();
const day = new Date().toISOString().slice(0, 10);
const machine = `${processors.length} × ${processors[0]?.model ?? 'unknown CPU'}, ${os.type()} ${os.release()}, Node ${process.version}, ${day}.`;
const text = `${machine} Times in milliseconds, ${seconds} s a case after the warm-up.\n\n${caseTable(outcomes)}\n\n${pacingTable(pacings)}\n`;
process.stdout.write(`\n${text}`);
if (values.write && values.only === '') {
  const file = new URL('../../docs/measuring.md', import.meta.url);
  const [begin, end] = ['<!-- calibrate: begin -->', '<!-- calibrate: end -->'];
  const page = readFileSync(file, 'utf8');
  const before = page.slice(0, page.indexOf(begin) + begin.length);
  writeFileSync(file, `${before}\n\n${text}\n${page.slice(page.indexOf(end))}`);
}
process.exitCode = failures === 0 ? 0 : 1;
