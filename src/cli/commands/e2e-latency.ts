import type { TestObserver } from '../../harness/observer.ts';
import type { E2ePlan } from '../../harness/plan.ts';
import {
  e2eDetailTexts,
  e2eFailureText,
  e2eForeignText,
  e2eRepeatsText,
  e2eSampleLine,
  e2eSummaryLines,
} from '../../report/e2e-text.ts';
import { metricsLines } from '../../report/kafka-lines.ts';
import { interruptionText, progressText } from '../../report/text.ts';
import type { E2eResult } from '../../results/e2e-result.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { shownPath } from '../console.ts';
import { e2eFlags, e2eHelp } from '../e2e-flags.ts';
import { parseE2eCommand } from '../e2e-plan.ts';
import { sayEnding } from '../ending.ts';
import { withFailureDocument } from '../failure-document.ts';
import { helpText } from '../flags.ts';
import { keepReport } from '../keep-report.ts';
import { checkPayload } from '../payload-check.ts';
import { isExternal } from '../plan-flags.ts';
import { sayVerification, verificationLines } from '../say-verification.ts';
import { checkTargetSecurity } from '../target-security.ts';

/** `spillway e2e-latency`: Kafka's end-to-end test. */
export const command: CommandModule = {
  help: () => helpText(e2eFlags, e2eHelp),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const { plan, isJson, warnings } = parseE2eCommand(argv);
  checkTargetSecurity(plan.target, plan.properties);
  await checkRecord(plan);
  for (const warning of warnings) console.plain(warning);
  if (isExternal(plan.driver)) {
    const output = { isJson, showsHeader: false, formatDate: String };
    return (await import('../external-run.ts')).runExternalTest(plan, output, { argv, console, interrupt });
  }
  const { runE2eTest } = await import('../../harness/e2e-test.ts');
  const observer: TestObserver = {
    ...(isJson
      ? {}
      : { onLatencySample: (index: number, latencyMs: number) => console.result(e2eSampleLine(index, latencyMs)) }),
    onProgress: ({ done, total, recordsPerSecond }) => console.progress(progressText(done, total, recordsPerSecond)),
    onNotice: (line) => console.note(line),
    onWarning: (line) => console.note(`warning: ${line}`),
    stop: interrupt.signal,
  };
  const result = await withFailureDocument({ argv, console, interrupt }, isJson ? plan : null, () =>
    runE2eTest(plan, observer),
  );
  for (const line of isJson ? [JSON.stringify(result)] : resultLines(result)) console.result(line);
  await keepReport(result.runRecord, console);
  return conclude(plan, result, { argv, console, interrupt });
}

/** Key and headers count as value here: what they take on top is less than the check leaves room for. */
async function checkRecord({ records, recordCount, properties, keys }: E2ePlan): Promise<void> {
  const { valueBytes, keyBytes, headerCount, headerKeyBytes, headerValueBytes } = records;
  const headerBytes = headerCount * (headerKeyBytes + Math.max(0, headerValueBytes));
  const sizeBytes = valueBytes + keyBytes + headerBytes;
  await checkPayload({ payload: { kind: 'random', sizeBytes, seed: 0 }, recordCount, properties }, keys);
}

const resultLines = (result: E2eResult): readonly string[] => [
  ...e2eSummaryLines(result),
  ...verificationLines(result),
  ...(result.metrics === null ? [] : metricsLines(result.metrics)),
];

/** Says on stderr what went wrong, and gives the exit status. */
function conclude(plan: E2ePlan, result: E2eResult, { console, interrupt }: CommandRun): number {
  const foreign = e2eForeignText(result);
  if (foreign !== null) console.note(foreign);
  const failure = e2eFailureText(result, plan.durationMs === null ? plan.recordCount : null);
  const interruption = interruptionText(result.isInterrupted, result.recordsReceived, plan.recordCount);
  sayVerification(result, console);
  const status = sayEnding({ console, interrupt }, interruption, failure, e2eRepeatsText(result));
  if (status !== null) return status;
  for (const line of e2eDetailTexts(result)) console.note(line);
  if (result.runRecord !== null) console.note(`run record in ${shownPath(result.runRecord)}`);
  return 0;
}
