/** Says when a test ended within its warm-up. */

const beginning = 'the warm-up was not over when the test ended';

/** Whether a warning is one of these, for whoever has other words for it. */
export const isWarmUpNotOver = (line: string): boolean => line.startsWith(beginning);

/**
 * What to warn of when nothing was measured after the warm-up.
 * @param measured what the figures are of instead, such as `the figures are of the whole test`
 */
export const warmUpNotOver = (measured: string): string =>
  `${beginning}: no steady state was measured, and ${measured}; make the warm-up shorter or the test longer`;
