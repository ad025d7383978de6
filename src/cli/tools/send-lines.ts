import type { SettledListener } from '../../client/batch-fates.ts';
import { ClientError } from '../../client/client-error.ts';
import { type OutgoingRecord, Producer } from '../../client/producer.ts';
import { parseProducerProperties } from '../../client/properties/producer-properties.ts';
import type { Console } from '../console.ts';
import type { ConsoleProducerPlan } from './console-producer-flags.ts';
import { linesOf, readLine } from './line-reader.ts';

/** Losses that are told one by one; the others are only counted. */
const TOLD_LOSSES = 10;

/** What became of the lines. */
export type SentLines = { readonly sent: number; readonly lost: number };

const nowUs = (): number => performance.now() * 1000;

/**
 * Sends each line of `input` as a record, and resolves when each is acknowledged or lost. Losses are told as they come.
 * Rejects with a ClientError when the topic cannot be written to at all, and with a ToolFailure for a line that cannot be read, when
 * those before it are acknowledged.
 */
export async function sendLines(
  plan: ConsoleProducerPlan,
  input: AsyncIterable<Buffer>,
  console: Pick<Console, 'note'>,
): Promise<SentLines> {
  const losses = new Losses(console);
  let lineNumber = 0;
  const producer = await Producer.open({
    topic: plan.topic,
    config: parseProducerProperties(plan.properties),
    nowUs,
    onSettled: losses.onSettled,
    onRetry: (error) => console.note(`warning: ${error.message}; sending again`),
  });
  try {
    for await (const line of linesOf(input)) {
      lineNumber++;
      if (!(await send(producer, readLine(plan.format, line, lineNumber, Date.now()), lineNumber, losses))) break;
      if (plan.isSync) await producer.flush();
    }
  } finally {
    await producer.flush();
    producer.close();
  }
  return { sent: lineNumber, lost: losses.count };
}

/** Waits for room; false when the producer has failed for good. */
async function send(producer: Producer, record: OutgoingRecord, lineNumber: number, losses: Losses): Promise<boolean> {
  try {
    while (!producer.sendRecord(record, nowUs(), lineNumber)) await producer.ready();
    return true;
  } catch (error) {
    if (!(error instanceof ClientError)) throw error;
    losses.add(lineNumber, lineNumber, 1, error);
    return error.name === 'RECORD_TOO_LARGE';
  }
}

/** Lines that were not acknowledged. */
class Losses {
  count = 0;
  #told = 0;
  readonly #console: Pick<Console, 'note'>;

  constructor(console: Pick<Console, 'note'>) {
    this.#console = console;
  }

  readonly onSettled: SettledListener = ({ recordCount, tags }, error) => {
    if (error === null) return;
    this.add(tags[0] ?? 0, tags[recordCount - 1] ?? 0, recordCount, error);
  };

  /** Lines from `first` to `last`, of which `recordCount` went to one partition. */
  add(first: number, last: number, recordCount: number, error: ClientError): void {
    this.count += recordCount;
    this.#told++;
    const lines = recordCount === 1 ? `line ${first}` : `${recordCount} lines from ${first} to ${last}`;
    if (this.#told <= TOLD_LOSSES) this.#console.note(`lost ${lines}: ${error.message}`);
    else if (this.#told === TOLD_LOSSES + 1) this.#console.note('further losses are only counted');
  }
}
