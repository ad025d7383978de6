import { describe, expect, it } from 'vitest';
import { aheadOfRateText } from '../../src/report/consumer-text.ts';

describe('aheadOfRateText', () => {
  it('says that consumers were faster than their rate, and what keeps them to it', () => {
    expect(aheadOfRateText(255_035.4, 10_000)).toEqual([
      'warning: 255,035 records per second are more than --throughput 10000, as fetches brought more records at once than were due; give a smaller --fetch-size, or read for longer',
    ]);
  });

  it('has nothing to say of a rate that was kept, or of none', () => {
    expect(aheadOfRateText(10_900, 10_000)).toEqual([]);
    expect(aheadOfRateText(9000, 10_000)).toEqual([]);
    expect(aheadOfRateText(255_035, null)).toEqual([]);
    expect(aheadOfRateText(null, 10_000)).toEqual([]);
  });
});
