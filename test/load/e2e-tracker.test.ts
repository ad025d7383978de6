import { expect, test } from 'vitest';
import { changed, foreign } from '../../src/load/e2e-records.ts';
import { E2eTracker } from '../../src/load/e2e-tracker.ts';

test('a record counts when it comes back for the first time, with its sending time', () => {
  const tracker = new E2eTracker();
  tracker.send(0, 10);
  tracker.send(1, 20);
  const seen = [1, 1, foreign, changed].map((index) => tracker.receive(index));
  expect(seen).toEqual([20, null, null, null]);
  expect(tracker).toMatchObject({ newestIndex: 1, received: 1, duplicated: 1, foreign: 1, changed: 1 });
});

test('missing are those that were acknowledged and did not come back, in whichever order that happened', () => {
  const tracker = new E2eTracker();
  for (const index of [0, 1, 2]) tracker.send(index, index);
  tracker.receive(0);
  tracker.acknowledge(0);
  expect(tracker.missing).toBe(0);
  tracker.acknowledge(1);
  expect(tracker.missing).toBe(1);
  tracker.receive(1);
  expect(tracker.missing).toBe(0);
});
