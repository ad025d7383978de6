// The outcomes as Markdown.

/** @typedef {import('./truth.mjs').Figures} Figures */
/** @typedef {import('./run-case.mjs').Outcome} Outcome */
/** @typedef {Awaited<ReturnType<typeof import('./pacing.mjs').runPacing>>} Pacing */

/** @param {number} ms */
const shown = (ms) => ms.toFixed(ms < 10 ? 2 : 1);

/** @param {readonly (readonly string[])[]} rows the first is the head */
const table = (rows) => {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)));
  /** @param {readonly string[]} row */
  const line = (row) => `| ${row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join(' | ')} |`;
  const [head = [], ...body] = rows;
  return [line(head), `|${widths.map((width) => '-'.repeat(width + 2)).join('|')}|`, ...body.map(line)].join('\n');
};

/** @param {string} what @param {Figures} figures @param {string} name @param {string} verdict */
const row = (what, figures, name = '', verdict = '') => [
  name,
  what,
  ...[figures.p50, figures.p90, figures.p99, figures.p999, figures.max].map(shown),
  verdict,
];

/** @param {readonly Outcome[]} outcomes */
export const caseTable = (outcomes) =>
  table([
    ['case', '', 'p50', 'p90', 'p99', 'p99.9', 'max', ''],
    ...outcomes.flatMap(
      ({ testCase, responseTruth, response, serviceTruth, service, lindley, startAtSend, complaints }) => [
        row('response, true', responseTruth, testCase.name, complaints.length === 0 ? 'PASS' : 'FAIL'),
        row('response, reported', response, testCase.pace),
        ...(lindley === null ? [] : [row("response, by Lindley's recursion", lindley)]),
        row('service, true', serviceTruth),
        row('service, reported', service),
        row('timed from the send, one in flight', startAtSend),
      ],
    ),
  ]);

/** @param {readonly Pacing[]} pacings */
export const pacingTable = (pacings) =>
  table([
    ['50,000 records/s', 'p50', 'p99', 'p99.9', 'max', 'p99 must be under', ''],
    ...pacings.map(({ name, lateness, mostP99Ms, complaints }) => [
      name,
      ...[lateness.p50, lateness.p99, lateness.p999, lateness.max].map(
        (/** @type {number} */ ms) => `${ms.toFixed(3)}`,
      ),
      String(mostP99Ms),
      complaints.length === 0 ? 'PASS' : 'FAIL',
    ]),
  ]);
