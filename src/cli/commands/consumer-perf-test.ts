import type { TestObserver } from '../../harness/observer.ts';
import { aheadOfRateText, consumerGroupsText } from '../../report/consumer-text.ts';
import {
  consumerDetailHeader,
  consumerDetailRow,
  consumerHeader,
  consumerRow,
  consumerShortfallLine,
  metricsLines,
} from '../../report/kafka-lines.ts';
import { machineShareText } from '../../report/machine-share-text.ts';
import { consumerFailureText, interruptionText, progressText, repeatsText } from '../../report/text.ts';
import type { ConsumerResult, ConsumerWindow } from '../../results/result.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { shownPath } from '../console.ts';
import { type ConsumerCommand, consumerFlags, consumerHelp, parseConsumerCommand } from '../consumer-plan.ts';
import { sayEnding } from '../ending.ts';
import { withFailureDocument } from '../failure-document.ts';
import { helpText } from '../flags.ts';
import { keepReport } from '../keep-report.ts';
import { isExternal } from '../plan-flags.ts';
import { checkTargetSecurity } from '../target-security.ts';

/** `spillway consumer-perf-test`: Kafka's consumer test. */
export const command: CommandModule = {
  help: () => helpText(consumerFlags, consumerHelp),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const asked = parseConsumerCommand(argv);
  checkTargetSecurity(asked.plan.target, asked.plan.properties);
  for (const warning of asked.warnings) console.plain(warning);
  const { plan, isJson, isDetailed } = asked;
  if (isExternal(plan.driver))
    return (await import('../external-run.ts')).runExternalTest(plan, asked, { argv, console, interrupt });
  if (isDetailed && asked.showsHeader) console.result(consumerDetailHeader);
  let shownWindows = 0;
  const printDetail = detailPrinter(asked, (line) => console.result(line));
  const showWindow = (window: ConsumerWindow): void => {
    shownWindows++;
    printDetail(window);
  };
  const { runConsumerTest } = await import('../../harness/consumer-test.ts');
  const observer: TestObserver = {
    ...(isDetailed ? { onConsumerWindow: showWindow } : {}),
    onProgress: ({ done, total, recordsPerSecond }) => console.progress(progressText(done, total, recordsPerSecond)),
    onNotice: (line) => console.note(line),
    onWarning: (line) => console.note(`warning: ${line}`),
    stop: interrupt.signal,
  };
  const result = await withFailureDocument({ argv, console, interrupt }, isJson ? plan : null, () =>
    runConsumerTest(plan, observer),
  );
  // The last interval is rarely a whole one, and nobody is told of it before the end.
  if (isDetailed) result.windows.slice(shownWindows).forEach(showWindow);
  for (const line of isJson ? [JSON.stringify(result)] : resultLines(asked, result)) console.result(line);
  await keepReport(result.runRecord, console);
  return conclude(asked, result, { argv, console, interrupt });
}

/** Prints a row for each interval, with amounts added up since the start. */
function detailPrinter(
  { formatDate }: ConsumerCommand,
  print: (line: string) => void,
): (window: ConsumerWindow) => void {
  let recordsConsumed = 0;
  let bytesConsumed = 0;
  return (window) => {
    recordsConsumed += window.recordsConsumed;
    bytesConsumed += window.bytesConsumed;
    print(consumerDetailRow(window, { recordsConsumed, bytesConsumed }, formatDate));
  };
}

/** Kafka's tool prints no final row beside detailed ones. */
function resultLines(
  { isDetailed, showsHeader, formatDate }: ConsumerCommand,
  result: ConsumerResult,
): readonly string[] {
  return [
    ...(isDetailed || !showsHeader ? [] : [consumerHeader]),
    ...(isDetailed ? [] : [consumerRow(result, formatDate)]),
    ...(result.metrics === null ? [] : metricsLines(result.metrics)),
  ];
}

/** Says on stderr what went wrong, and gives the exit status. */
function conclude({ plan }: ConsumerCommand, result: ConsumerResult, { console, interrupt }: CommandRun): number {
  const recordCount = plan.recordCount * plan.consumerGroups;
  for (const line of consumerGroupsText(result)) console.note(line);
  for (const line of aheadOfRateText(result.recordsPerSecond, plan.throughput)) console.note(line);
  const failure = consumerFailureText(result, recordCount, consumerShortfallLine(plan.timeoutMs));
  const interruption = interruptionText(result.isInterrupted, result.recordsConsumed, recordCount);
  const status = sayEnding({ console, interrupt }, interruption, failure, repeatsText(result));
  if (status !== null) return status;
  const share = machineShareText(result.machineShare);
  if (share !== null) console.note(share);
  if (result.runRecord !== null) console.note(`run record in ${shownPath(result.runRecord)}`);
  return 0;
}
