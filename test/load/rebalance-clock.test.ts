import { describe, expect, test } from 'vitest';
import { RebalanceClock } from '../../src/load/rebalance-clock.ts';

const some = (...partitions: number[]) => [{ topic: 't', partitions }];

describe('the time without partitions', () => {
  test('begins at the start and ends with the first ones', () => {
    const clock = new RebalanceClock();
    clock.start(1000);
    expect(clock.rebalanced(some(0, 1), [], 4000, 2500)).toBe(3000);
    expect(clock.partitions).toEqual(some(0, 1));
  });

  test('is that of a rebalance in which a member gives all back', () => {
    const clock = new RebalanceClock();
    clock.start(0);
    clock.rebalanced(some(0, 1), [], 100, 100);
    expect(clock.rebalanced(some(1), some(0, 1), 5000, 700)).toBe(700);
    expect(clock.partitions).toEqual(some(1));
  });

  test('is none when a member keeps some meanwhile', () => {
    const clock = new RebalanceClock();
    clock.start(0);
    clock.rebalanced(some(0, 1), [], 100, 100);
    expect(clock.rebalanced([], some(0), 5000, 700)).toBe(0);
    expect(clock.rebalanced(some(2), [], 6000, 700)).toBe(0);
    expect(clock.partitions).toEqual(some(1, 2));
  });

  test('goes on over rebalances that bring nothing', () => {
    const clock = new RebalanceClock();
    clock.start(0);
    clock.rebalanced(some(0), [], 100, 100);
    expect(clock.rebalanced([], some(0), 1000, 400)).toBe(0);
    expect(clock.rebalanced([], [], 2000, 100)).toBe(0);
    expect(clock.rebalanced(some(0), [], 3000, 100)).toBe(3000 - 600);
  });

  test('of a member that never had any is not known to end: it is idle', () => {
    const clock = new RebalanceClock();
    clock.start(0);
    expect(clock.isIdle).toBe(false);
    expect(clock.rebalanced([], [], 100, 100)).toBe(0);
    expect(clock.isIdle).toBe(true);
    expect(clock.endWindow(1000)).toBe(1000);
    clock.rebalanced(some(0), [], 1500, 100);
    expect(clock.isIdle).toBe(false);
  });

  test('is spread over the intervals that it falls into, and is never longer than one', () => {
    const clock = new RebalanceClock();
    clock.start(0);
    expect(clock.endWindow(1000)).toBe(1000);
    clock.rebalanced(some(0), [], 1200, 1200);
    expect(clock.endWindow(2000)).toBe(200);
    expect(clock.endWindow(3000)).toBe(0);
    // What began in an interval that was reported counts from the beginning of the next one.
    clock.rebalanced(some(0), some(0), 3500, 900);
    expect(clock.endWindow(4000)).toBe(500);
  });
});
