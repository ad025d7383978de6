// A producer-perf-test in a process of its own, started by run-case.mjs with an IPC channel: it tells when its schedule begins, and
// at the end its result and its plan. Arguments are those of the command.
import { fromDist } from './dist.mjs';

const { parseProducerCommand } = await fromDist('cli/producer-plan.js');
const { runProducerTest } = await fromDist('harness/producer-test.js');
// Ends with its parent.
process.once('disconnect', () => process.exit());
const { plan } = parseProducerCommand(process.argv.slice(2));

/** @param {unknown} message */
const tell = (message) => new Promise((resolve) => process.send?.(message, undefined, undefined, resolve));

const observer = {
  /** @param {{ monotonicNs: string, wallMs: number }} origin @param {number} startUs */
  onStart: (origin, startUs) => void tell({ kind: 'start', ...origin, startUs }),
  onNotice: () => {},
  /** @param {string} line */
  onWarning: (line) => process.stderr.write(`load: ${line}\n`),
  stop: new AbortController().signal,
};
const result = await runProducerTest({ ...plan, resultsDir: null }, observer);
await tell({ kind: 'end', result, plan });
process.disconnect();
