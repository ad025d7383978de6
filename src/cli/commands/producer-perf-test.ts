import type { TestObserver } from '../../harness/observer.ts';
import type { ProducerPlan } from '../../harness/plan.ts';
import {
  metricsLines,
  producerSummaryLine,
  producerWindowLine,
  steadyStateLine,
  steadyStateReachedLine,
  warmupLine,
} from '../../report/kafka-lines.ts';
import { blockedText, latencyTable } from '../../report/latency-text.ts';
import { askedRecords, transactionsText, unsentText, warmupTimeLine } from '../../report/load-text.ts';
import { machineShareText } from '../../report/machine-share-text.ts';
import {
  compressionText,
  interruptionText,
  producerFailureText,
  progressText,
  repeatsText,
} from '../../report/text.ts';
import { verificationFailureText } from '../../report/verification-text.ts';
import type { ProducerResult } from '../../results/result.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { shownPath } from '../console.ts';
import { sayEnding } from '../ending.ts';
import { withFailureDocument } from '../failure-document.ts';
import { helpText } from '../flags.ts';
import { keepReport } from '../keep-report.ts';
import { checkPayload } from '../payload-check.ts';
import { isExternal } from '../plan-flags.ts';
import { producerFlags, producerHelp } from '../producer-flags.ts';
import { parseProducerCommand } from '../producer-plan.ts';
import { sayVerification, verificationLines } from '../say-verification.ts';
import { checkTargetSecurity } from '../target-security.ts';

/** `spillway producer-perf-test`: Kafka's producer test. */
export const command: CommandModule = {
  help: () => helpText(producerFlags, producerHelp),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const { plan, isJson, warnings } = parseProducerCommand(argv);
  checkTargetSecurity(plan.target, plan.properties);
  await checkPayload(plan, plan.shape.keys);
  for (const warning of warnings) console.plain(warning);
  if (isExternal(plan.driver)) {
    const output = { isJson, showsHeader: false, formatDate: String };
    return (await import('../external-run.ts')).runExternalTest(plan, output, { argv, console, interrupt });
  }
  const { warmupDurationMs } = plan.shape;
  if (plan.warmupRecords > 0 && !isJson) console.result(warmupLine(plan.warmupRecords));
  if (warmupDurationMs !== null && !isJson) console.result(warmupTimeLine(warmupDurationMs));
  const { runProducerTest } = await import('../../harness/producer-test.ts');
  const observer: TestObserver = {
    ...(isJson
      ? {}
      : {
          onProducerWindow: (window) => console.result(producerWindowLine(window)),
          onSteadyState: () => console.result(steadyStateReachedLine),
        }),
    onProgress: ({ done, total, recordsPerSecond }) => console.progress(progressText(done, total, recordsPerSecond)),
    onNotice: (line) => console.note(line),
    onWarning: (line) => console.note(`warning: ${line}`),
    stop: interrupt.signal,
  };
  const result = await withFailureDocument({ argv, console, interrupt }, isJson ? plan : null, () =>
    runProducerTest(plan, observer),
  );
  for (const line of isJson ? [JSON.stringify(result)] : resultLines(result)) console.result(line);
  await keepReport(result.runRecord, console);
  return conclude(plan, result, { argv, console, interrupt });
}

function resultLines(result: ProducerResult): readonly string[] {
  return [
    producerSummaryLine(result),
    ...(result.steadyState === null ? [] : [steadyStateLine(result.steadyState)]),
    ...verificationLines(result),
    ...(result.metrics === null ? [] : metricsLines(result.metrics)),
  ];
}

/** Says on stderr what went wrong, and gives the exit status. */
function conclude(plan: ProducerPlan, result: ProducerResult, { console, interrupt }: CommandRun): number {
  const asked = askedRecords(plan.recordCount, plan.shape.durationMs, result);
  const failure =
    producerFailureText(result, asked) ??
    (result.isInterrupted ? null : unsentText(result)) ??
    verificationFailureText(result.verification);
  const interruption = interruptionText(result.isInterrupted, result.recordsSent, plan.recordCount);
  sayVerification(result, console);
  const status = sayEnding({ console, interrupt }, interruption, failure, repeatsText(result));
  if (status !== null) return status;
  for (const line of latencyTable(result)) console.plain(line);
  const blocked = blockedText(result);
  if (blocked !== null) console.note(blocked);
  const compression = compressionText(result);
  if (compression !== null) console.note(compression);
  const transactions = transactionsText(result);
  if (transactions !== null) console.note(transactions);
  console.note(result.verdict.sentence);
  const share = machineShareText(result.machineShare);
  if (share !== null) console.note(share);
  if (result.runRecord !== null) console.note(`run record in ${shownPath(result.runRecord)}`);
  return 0;
}
