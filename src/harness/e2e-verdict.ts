/** What was the limit of an end-to-end test with a schedule. */
import type { E2eDone } from '../load/e2e-messages.ts';
import { judge, type Verdict } from '../measure/verdict.ts';
import type { LatencySummary } from '../results/result.ts';
import type { Driven } from './drive-jobs.ts';
import { gatherEvidence } from './evidence.ts';
import { usageBetween } from './usage.ts';

/** A consumer's event loop with less than a tenth of its time left has nothing to spare. */
const fullShare = 0.9;

/** Judges the producers as in a producer test, and the consumers, which may be late to receive, too. */
export const judgeE2e = (
  dones: readonly E2eDone[],
  end: Pick<Driven, 'usageBefore' | 'usageAfter'>,
  latenessMs: LatencySummary | null,
): Verdict => {
  const senders = dones.flatMap(({ sender, thread }) => (sender === null ? [] : [{ ...sender, thread }]));
  const used = usageBetween(end.usageBefore, end.usageAfter);
  const verdict = judge(gatherEvidence(senders, used, { hasSchedule: true, latenessMs }));
  if (verdict.kind !== 'pace-held') return verdict;
  const consumers = dones.filter(({ sender }) => sender === null).map(({ thread }) => thread);
  const busiest = Math.max(0, ...consumers.map(({ activeSeconds, elapsedSeconds }) => activeSeconds / elapsedSeconds));
  if (busiest < fullShare) return verdict;
  const percent = Math.min(100, Math.round(busiest * 100));
  return {
    ...verdict,
    kind: 'generator-limited',
    sentence: `the generator was the limit: a consumer's thread was busy ${percent} % of the time; use --consumers ${consumers.length + 1} with as many partitions`,
  };
};
