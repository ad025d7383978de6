import { describe, expect, it } from 'vitest';
import { ReconnectBackoff } from '../../src/client/reconnect-backoff.ts';

const backoff = (): ReconnectBackoff =>
  new ReconnectBackoff({
    reconnectBackoffMs: 1000,
    reconnectBackoffMaxMs: 3000,
    socketConnectionSetupTimeoutMs: 10,
    socketConnectionSetupTimeoutMaxMs: 35,
  });

describe('a broker that cannot be reached', () => {
  it('is tried again after twice as long each time, up to the bound, and is waited for longer', () => {
    const brokers = backoff();
    expect([brokers.waitMs('a'), brokers.timeoutMs('a')]).toEqual([0, 10]);
    for (const [baseMs, timeoutMs] of [
      [1000, 20],
      [2000, 35],
      [3000, 35],
    ] as const) {
      brokers.failed('a');
      expect(brokers.waitMs('a')).toBeGreaterThan(0.8 * baseMs - 100);
      expect(brokers.waitMs('a')).toBeLessThanOrEqual(1.2 * baseMs);
      expect(brokers.timeoutMs('a')).toBe(timeoutMs);
    }
    expect(brokers.waitMs('b')).toBe(0);
    brokers.connected('a');
    expect([brokers.waitMs('a'), brokers.timeoutMs('a')]).toEqual([0, 10]);
  });

  it('is tried soon when its connection was lost', () => {
    const brokers = backoff();
    brokers.lost('a');
    expect(brokers.waitMs('a')).toBeLessThanOrEqual(1200);
    expect(brokers.waitMs('a')).toBeGreaterThan(700);
    expect(brokers.timeoutMs('a')).toBe(10);
  });
});
