/** What share of this machine's limits a test reached, in one line. */
import type { LimitShare } from '../results/io-test-share.ts';
import { rateCell } from './io-test-text.ts';

const percent = (share: number): string => (share < 0.01 ? 'under 1 %' : `${Math.round(share * 100)} %`);

const dayOf = (time: string): string => time.slice(0, 10);

/** One line, with the day of the measure beside those that are older than the latest; null for no limits. */
export const machineShareText = (shares: readonly LimitShare[] | undefined): string | null => {
  if (shares === undefined || shares.length === 0) return null;
  const latest = shares.map(({ measuredAt }) => dayOf(measuredAt)).reduce((one, other) => (one > other ? one : other));
  const parts = shares.map(({ title, share, limitMebibytesPerSecond, measuredAt }) => {
    const day = dayOf(measuredAt) === latest ? '' : ` on ${dayOf(measuredAt)}`;
    return `${title} ${percent(share)} of ${rateCell(limitMebibytesPerSecond)} MiB/s${day}`;
  });
  return `of this machine's limits (io-test of ${latest}): ${parts.join(', ')}`;
};
