import { checkExternalPlan, type ExternalPlan } from '../harness/exec/external-plan.ts';
import { ExternalToolError } from '../harness/exec/external-tool.ts';
import type { TestObserver } from '../harness/observer.ts';
import type { DateFormat } from '../report/date-format.ts';
import {
  externalConsumerRow,
  externalE2eLines,
  externalProducerLine,
  externalUsageText,
} from '../report/external-text.ts';
import { consumerHeader } from '../report/kafka-lines.ts';
import { progressText } from '../report/text.ts';
import type { ExternalE2eResult, ExternalResult } from '../results/external-result.ts';
import type { CommandRun } from './command.ts';
import { shownPath } from './console.ts';
import { sayEnding } from './ending.ts';
import { withFailureDocument } from './failure-document.ts';
import { UsageError } from './usage.ts';

/** How the result of another program is printed. */
export type ExternalOutput = {
  readonly isJson: boolean;
  readonly showsHeader: boolean;
  readonly formatDate: DateFormat;
};

type Found = ExternalResult | ExternalE2eResult;

/** Makes what a program cannot be asked for wrong usage. */
function check(plan: ExternalPlan): void {
  try {
    checkExternalPlan(plan);
  } catch (error) {
    if (error instanceof ExternalToolError) throw new UsageError(error.message, { cause: error });
    throw error;
  }
}

/**
 * Runs a test whose load comes from another program, and prints what it found; resolves to the exit status.
 * @throws UsageError before anything has started, TestFailure when the program fails.
 */
export async function runExternalTest(
  plan: ExternalPlan,
  output: ExternalOutput,
  commandRun: CommandRun,
): Promise<number> {
  const { console, interrupt } = commandRun;
  check(plan);
  const { runExternalConsumer, runExternalE2e, runExternalProducer } = await import('../harness/exec/external-test.ts');
  const observer: TestObserver = {
    onProgress: ({ done, total, recordsPerSecond }) => console.progress(progressText(done, total, recordsPerSecond)),
    onNotice: (line) => console.note(line),
    onWarning: (line) => console.note(`warning: ${line}`),
    stop: interrupt.signal,
  };
  const result = await withFailureDocument<Found>(commandRun, output.isJson ? plan : null, () => {
    if (plan.command === 'e2e-latency') return runExternalE2e(plan, observer);
    return plan.command === 'producer-perf-test'
      ? runExternalProducer(plan, observer)
      : runExternalConsumer(plan, observer);
  });
  for (const line of resultLines(result, output)) console.result(line);
  const failed = result.command === 'consumer-perf-test' ? 0 : (result.recordsFailed ?? 0);
  const failure = result.failure ?? (failed > 0 ? `${plan.driver} says that ${failed} records failed` : null);
  const status = sayEnding({ console, interrupt }, result.isInterrupted ? 'interrupted' : null, failure, null);
  if (status !== null) return status;
  console.note(externalUsageText(result));
  if (result.runRecord !== null) console.note(`run record in ${shownPath(result.runRecord)}`);
  return 0;
}

/** What goes to stdout: one document, or the lines of Kafka's tool. */
function resultLines(result: Found, { isJson, showsHeader, formatDate }: ExternalOutput): readonly string[] {
  if (isJson) return [JSON.stringify(result)];
  if (result.command === 'e2e-latency') return externalE2eLines(result);
  if (result.command === 'producer-perf-test') return [externalProducerLine(result)];
  return [...(showsHeader ? [consumerHeader] : []), externalConsumerRow(result, formatDate)];
}
