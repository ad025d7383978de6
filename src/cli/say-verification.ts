import { readBackText, verificationLine, verificationTexts } from '../report/verification-text.ts';
import type { Verification } from '../results/verification.ts';
import type { CommandRun } from './command.ts';

type Verified = { readonly verification?: Verification | null };

/** The result of --verify for stdout; no line without it. */
export const verificationLines = ({ verification }: Verified): readonly string[] =>
  verification === null || verification === undefined ? [] : [verificationLine([verification])];

/** Says on stderr how records were read, and gives examples of what was found. */
export function sayVerification({ verification }: Verified, console: CommandRun['console']): void {
  if (verification === null || verification === undefined) return;
  const readBack = readBackText(verification);
  for (const line of [...(readBack === null ? [] : [readBack]), ...verificationTexts(verification)]) console.note(line);
}
