import { describe, expect, it } from 'vitest';
import { matchPattern } from '../../../../src/broker/groups/consumer/pattern.ts';

const NAMES = ['orders', 'orders-eu', 'Orders', 'a.b', 'a_b', 'axb', 'été'];

describe('A pattern', () => {
  it.each([
    ['orders', ['orders']],
    ['orders.*', ['orders', 'orders-eu']],
    ['^orders$', ['orders']],
    ['orders|a\\.b', ['orders', 'a.b']],
    ['orders\\-eu', ['orders-eu']],
    ['a[\\-\\_.]b', ['a.b', 'a_b']],
    ['(?i)ORDERS', ['orders', 'Orders']],
    ['\\p{L}t\\p{L}', ['été']],
    ['', []],
  ])('%s matches whole names as in Kafka', (pattern, expected) => {
    expect(matchPattern(pattern, NAMES)).toEqual(expected);
  });

  it('that is none is refused with the reason', () => {
    expect(() => matchPattern('a(', NAMES)).toThrow('SubscribedTopicRegex `a(` is not a valid regular expression');
    expect(() => matchPattern('a'.repeat(4_097), NAMES)).toThrow('it is longer than 4096 characters');
  });

  it('that would take for ever is refused in time', () => {
    expect(() => matchPattern('(a+)+b', ['a'.repeat(249)])).toThrow('matching it takes too long');
  });
});
