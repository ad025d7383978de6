/** What became of each record of a test, as text. */
import type { Verification, VerificationExample } from '../results/verification.ts';
import type { WorkloadRun } from '../results/workload-run.ts';
import { count } from './text.ts';

const kinds = [
  ['lost', 'lost'],
  ['repeated', 'twice'],
  ['outOfOrder', 'out of order'],
  ['corrupt', 'corrupt'],
  ['unacknowledged', 'there without an acknowledgement'],
] as const satisfies readonly (readonly [keyof Verification, string])[];

/** Kinds that are named also when there are none. */
const alwaysNamed: readonly string[] = ['lost', 'repeated', 'outOfOrder'];

/** The numbers of all verifications together, in one line: `600,000 sent, 600,000 received, 0 lost, 0 twice, 0 out of order`. */
export function verificationLine(parts: readonly Verification[]): string {
  const sum = (of: (part: Verification) => number): number => parts.reduce((total, part) => total + of(part), 0);
  const found = kinds.flatMap(([kind, text]) => {
    const records = sum((part) => part[kind].count);
    return records > 0 || alwaysNamed.includes(kind) ? [`${count(records)} ${text}`] : [];
  });
  const head = [
    `${count(sum((part) => part.recordsSent))} sent`,
    `${count(sum((part) => part.recordsReceived))} received`,
  ];
  return [...head, ...found].join(', ');
}

const exampleText = ({ producer, sequence, partition, offset, detail }: VerificationExample): string => {
  const who = sequence === null ? '' : `record ${sequence} of producer ${producer}`;
  const where = offset === null ? '' : `offset ${offset} of partition ${partition}`;
  const told = detail === null ? '' : ` (${detail})`;
  return `${[who, where].filter((part) => part !== '').join(' at ')}${told}`;
};

/** Examples of what was found, a line for each kind; and what could not be read. */
export function verificationTexts(verification: Verification): readonly string[] {
  const lines = kinds.flatMap(([kind, text]) => {
    const { count: records, examples } = verification[kind];
    if (records === 0) return [];
    const more = records > examples.length ? ', ...' : '';
    return [`${count(records)} ${text}: ${examples.map(exampleText).join(', ')}${more}`];
  });
  const unread = verification.unread.map(
    ({ partition, position, endOffset }) =>
      `partition ${partition} could not be read ${position === null ? 'at all' : `from offset ${position} on`}; it ends at offset ${endOffset}`,
  );
  return [...lines, ...unread];
}

/** That a verification failed, and why, in one line; null when it did not. */
export function verificationFailureText(verification: Verification | null | undefined): string | null {
  if (verification === null || verification === undefined || verification.isPassed) return null;
  return `not every record came through: ${verificationLine([verification])}`;
}

/** How the records were read, in one line; null when it was while they were sent. */
export function readBackText({ readBackSeconds, consumers, recordsReceived }: Verification): string | null {
  if (readBackSeconds === null) return null;
  const who = consumers === 1 ? 'a consumer' : `${consumers} consumers`;
  return `${who} read ${count(recordsReceived)} records back and checked them in ${readBackSeconds.toFixed(2)} s after the load`;
}

/** The numbers of all verified trials of a workload's run, in one line; null when none was verified. */
export function runVerificationLine({ trials }: Pick<WorkloadRun, 'trials'>): string | null {
  const parts = trials.flatMap(({ result, isRepeated }) => {
    const verification = result !== null && !isRepeated && 'verification' in result ? result.verification : null;
    return verification === null || verification === undefined ? [] : [verification];
  });
  return parts.length === 0 ? null : verificationLine(parts);
}
