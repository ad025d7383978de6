import { checkExternalPlan } from '../harness/exec/external-plan.ts';
import { ExternalToolError } from '../harness/exec/external-tool.ts';
import type { TestObserver } from '../harness/observer.ts';
import type { ConsumerPlan, ProducerPlan } from '../harness/plan.ts';
import type { DateFormat } from '../report/date-format.ts';
import { externalConsumerRow, externalProducerLine, externalUsageText } from '../report/external-text.ts';
import { consumerHeader } from '../report/kafka-lines.ts';
import { progressText } from '../report/text.ts';
import type { ExternalResult } from '../results/external-result.ts';
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

/** Makes what a program cannot be asked for wrong usage. */
function check(plan: ProducerPlan | ConsumerPlan): void {
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
  plan: ProducerPlan | ConsumerPlan,
  { isJson, showsHeader, formatDate }: ExternalOutput,
  commandRun: CommandRun,
): Promise<number> {
  const { console, interrupt } = commandRun;
  check(plan);
  const { runExternalConsumer, runExternalProducer } = await import('../harness/exec/external-test.ts');
  const observer: TestObserver = {
    onProgress: ({ done, total, recordsPerSecond }) => console.progress(progressText(done, total, recordsPerSecond)),
    onNotice: (line) => console.note(line),
    onWarning: (line) => console.note(`warning: ${line}`),
    stop: interrupt.signal,
  };
  const result = await withFailureDocument<ExternalResult>(commandRun, isJson ? plan : null, () =>
    plan.command === 'producer-perf-test' ? runExternalProducer(plan, observer) : runExternalConsumer(plan, observer),
  );
  if (isJson) console.result(JSON.stringify(result));
  else if (result.command === 'producer-perf-test') console.result(externalProducerLine(result));
  else {
    if (showsHeader) console.result(consumerHeader);
    console.result(externalConsumerRow(result, formatDate));
  }
  const failed = result.command === 'producer-perf-test' ? (result.recordsFailed ?? 0) : 0;
  const failure = result.failure ?? (failed > 0 ? `${plan.driver} says that ${failed} records failed` : null);
  const status = sayEnding({ console, interrupt }, result.isInterrupted ? 'interrupted' : null, failure, null);
  if (status !== null) return status;
  console.note(externalUsageText(result));
  if (result.runRecord !== null) console.note(`run record in ${shownPath(result.runRecord)}`);
  return 0;
}
