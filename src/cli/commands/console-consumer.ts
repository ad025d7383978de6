import type { RecordListener } from '../../client/record-delivery.ts';
import type { CommandModule, CommandRun } from '../command.ts';
import { helpText } from '../flags.ts';
import { consoleConsumerFlags, consoleConsumerHelp } from '../tools/console-consumer-flags.ts';
import { type ConsoleConsumerPlan, readConsoleConsumerPlan } from '../tools/console-consumer-plan.ts';
import { PacedOutput } from '../tools/paced-output.ts';
import { formatRecord } from '../tools/record-format.ts';
import {
  findTopics,
  openAssignedReader,
  openGroupReader,
  type ReaderListeners,
  type RecordReader,
} from '../tools/record-reader.ts';
import { asToolFailure } from '../tools/tool-failure.ts';

/** `spillway console-consumer`: prints records as they come. */
export const command: CommandModule = {
  help: () => helpText(consoleConsumerFlags, consoleConsumerHelp),
  run,
};

async function run({ argv, console, interrupt }: CommandRun): Promise<number> {
  const plan = readConsoleConsumerPlan(argv, (line) => console.note(line));
  const { readRecord } = await import('../../client/consumed-record.ts');
  const topics = await findTopics(plan);
  let count = 0;
  let reader: RecordReader | null = null;
  const output = new PacedOutput(console, (isPaused) => (isPaused ? reader?.pause() : reader?.resume()));
  const idle = new IdleTimer(plan.timeoutMs, () => reader?.stop());
  const onRecord: RecordListener = (...record) => {
    if (count === plan.maxRecords) return false;
    output.print(formatRecord(plan.format, readRecord(...record)));
    idle.touch();
    count++;
    if (count === plan.maxRecords) reader?.stop();
    return true;
  };
  const stop = (): void => reader?.stop();
  interrupt.signal.addEventListener('abort', stop);
  try {
    reader = await open(plan, topics, {
      onRecord,
      onRetry: (error) => console.note(`warning: ${error.message}`),
      onUnreadable: plan.skipsUnreadable ? (error) => console.note(`skipped: ${error.message}`) : null,
    });
    idle.start();
    if (!interrupt.signal.aborted) await reader.run();
  } catch (error) {
    throw asToolFailure(error);
  } finally {
    idle.stop();
    interrupt.signal.removeEventListener('abort', stop);
    await reader?.close();
    await output.finish();
    if (reader !== null && !console.isClosed) console.plain(`Processed a total of ${count} messages`);
  }
  return interrupt.exitStatus ?? shortfallStatus(plan, count, console);
}

const open = (
  plan: ConsoleConsumerPlan,
  topics: readonly string[],
  listeners: ReaderListeners,
): Promise<RecordReader> =>
  plan.groupId === null
    ? openAssignedReader(plan, topics, listeners)
    : openGroupReader(plan, plan.groupId, topics, listeners);

function shortfallStatus(
  { maxRecords, timeoutMs }: ConsoleConsumerPlan,
  count: number,
  console: CommandRun['console'],
): number {
  if (count === maxRecords || maxRecords === Number.POSITIVE_INFINITY) return 0;
  console.note(`only ${count} of ${maxRecords} records came; none for ${timeoutMs} ms (--timeout-ms)`);
  return 1;
}

/** Says when nothing came for some time. */
class IdleTimer {
  readonly #timeoutMs: number | null;
  readonly #onIdle: () => void;
  #timer: NodeJS.Timeout | null = null;

  constructor(timeoutMs: number | null, onIdle: () => void) {
    this.#timeoutMs = timeoutMs;
    this.#onIdle = onIdle;
  }

  start(): void {
    if (this.#timeoutMs !== null) this.#timer = setTimeout(this.#onIdle, this.#timeoutMs);
  }

  touch(): void {
    this.#timer?.refresh();
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
