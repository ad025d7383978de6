import { findRate } from '../../harness/find-rate/find-rate.ts';
import { findRateLines, rateTableLines, rateTrialText } from '../../report/find-rate-text.ts';
import { count } from '../../report/text.ts';
import type { FindRateResult } from '../../results/find-rate-result.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { shownPath } from '../console.ts';
import { findRateFlags, findRateHelp } from '../find-rate-flags.ts';
import { readFindRate } from '../find-rate-plan.ts';
import { helpText, readFlags } from '../flags.ts';
import { keepReport } from '../keep-report.ts';

/** `spillway find-rate`: the highest rate at which a latency limit holds. */
export const command: CommandModule = {
  help: () => helpText(findRateFlags, findRateHelp),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const flags = readFlags('find-rate', findRateFlags, argv);
  const request = await readFindRate(flags, argv);
  let trials = 0;
  let known = '';
  const result = await findRate(request, {
    onTrialStart(rate, edge) {
      trials += 1;
      known = edge === null ? '' : `; the edge is between ${count(edge.least)} and ${count(edge.most)}`;
      console.progress(`trial ${trials}: ${count(rate)} records/s${known}`);
    },
    onProgress: (rate, recordsPerSecond) =>
      console.progress(`trial ${trials}: ${count(recordsPerSecond)} of ${count(rate)} records/s${known}`),
    onTrialEnd: (trial) => console.plain(`trial ${trials}: ${rateTrialText(trial)}`),
    onWarning: (line) => console.note(`warning: ${line}`),
    stop: interrupt.signal,
  });
  const lines = [...findRateLines(result), ...rateTableLines(result)];
  for (const line of flags.isOn('json') ? [JSON.stringify(result)] : lines) console.result(line);
  await keepReport(result.runRecord, console);
  if (result.runRecord !== null) console.note(`run record in ${shownPath(result.runRecord)}`);
  return interrupt.exitStatus ?? statusOf(result);
}

function statusOf({ end }: FindRateResult): number {
  if (end === 'none-held') return 3;
  return end === 'found' || end === 'most-rate' ? 0 : 1;
}
