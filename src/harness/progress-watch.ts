/** Looks at the workers' shared memory now and then, so that they send no messages for it. */
import { readProgress } from '../load/progress.ts';
import type { TestObserver } from './observer.ts';

const lookEveryMs = 250;

/** Reports progress about four times a second when someone wants to know. @returns a function that ends this */
export const watchProgress = (
  observer: TestObserver,
  progress: SharedArrayBuffer,
  total: number,
  nowUs: () => number,
): (() => void) => {
  const { onProgress } = observer;
  if (onProgress === undefined) return () => {};
  let doneBefore = 0;
  let beforeUs = nowUs();
  const timer = setInterval(() => {
    const { records } = readProgress(progress);
    const atUs = nowUs();
    const recordsPerSecond = ((records - doneBefore) * 1e6) / (atUs - beforeUs);
    doneBefore = records;
    beforeUs = atUs;
    onProgress.call(observer, { done: records, total, recordsPerSecond });
  }, lookEveryMs);
  return () => clearInterval(timer);
};
