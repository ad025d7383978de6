import type { CodecObserver } from '../../harness/compare-codecs/compare-codecs.ts';
import { codecLines, codecTrialText } from '../../report/codec-text.ts';
import { count } from '../../report/text.ts';
import type { CodecComparison } from '../../results/codec-result.ts';
import { codecFlags, codecHelp, parseCodecCommand } from '../codec-plan.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { shownPath } from '../console.ts';
import { helpText } from '../flags.ts';
import { keepReport } from '../keep-report.ts';
import { checkPayload } from '../payload-check.ts';
import { checkTargetSecurity } from '../target-security.ts';

/** `spillway compare-codecs`: what each codec costs producer, broker and consumer. */
export const command: CommandModule = {
  help: () => helpText(codecFlags, codecHelp),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const { plan, isJson } = parseCodecCommand(argv, (line) => console.note(line));
  checkTargetSecurity(plan.target, plan.producerProperties);
  await checkPayload({ payload: plan.payload, recordCount: plan.mostRecords, properties: plan.producerProperties });
  const [{ compareCodecs }, { requireCodecs }] = await Promise.all([
    import('../../harness/compare-codecs/compare-codecs.ts'),
    import('../../harness/compare-codecs/codecs.ts'),
  ]);
  await requireCodecs(plan.codecs);
  const observer: CodecObserver = {
    onProgress: ({ codec, pace, round, done, total }, recordsPerSecond) =>
      console.progress(
        `${done} of ${total} trials done; ${codec}, ${pace}, round ${round}: ${count(recordsPerSecond)} records/s`,
      ),
    onTrialEnd: (trial) => console.plain(codecTrialText(trial)),
    onNotice: (line) => console.note(line),
    onWarning: (line) => console.note(`warning: ${line}`),
    stop: interrupt.signal,
  };
  const result = await compareCodecs(plan, observer);
  if (isJson) console.result(JSON.stringify(result));
  else for (const line of codecLines(result)) console.result(line);
  await keepReport(result.runRecord, console);
  return conclude(result, 2 * plan.rounds * plan.codecs.length, { argv, console, interrupt });
}

/** Says on stderr how it ended, and gives the exit status. */
function conclude(result: CodecComparison, total: number, { console, interrupt }: CommandRun): number {
  const { trials, failure, runRecord, commonRate } = result;
  if (runRecord !== null) console.note(`run record in ${shownPath(runRecord)}`);
  if (interrupt.exitStatus !== null) {
    console.note(`interrupted after ${trials.length} of ${total} trials`);
    return interrupt.exitStatus;
  }
  const failed = trials.filter((trial) => trial.failure !== null).length;
  if (failure !== null) console.note(`ended after ${trials.length} of ${total} trials: ${failure}`);
  else if (commonRate === null) console.note('no rate was found that all codecs hold; give one by --rate');
  else if (failed > 0) console.note(`${failed} of ${total} trials failed`);
  return failure !== null || failed > 0 || commonRate === null ? 1 : 0;
}
