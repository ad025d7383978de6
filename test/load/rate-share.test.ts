import { expect, test } from 'vitest';
import { createRateShare, holdRateShare } from '../../src/load/rate-share.ts';

test('Records that are due are taken once, by whoever is first, and those given back are taken again', () => {
  const shared = createRateShare();
  const [one, other] = [holdRateShare(shared), holdRateShare(shared)];
  expect(one.take(4096, 10)).toBe(10);
  expect(other.take(4096, 10)).toBe(0);
  expect(other.take(4096, 12)).toBe(2);
  one.giveBack(3);
  expect(other.take(2, 12)).toBe(2);
  expect(other.take(2, 12)).toBe(1);
  expect(one.take(4096, 11)).toBe(0);
});
