// How far a share that was counted may be from the true one.

/**
 * The largest share that sees `count` or fewer of `all` with 5 % probability: the upper 95 % bound of Clopper and Pearson (1934).
 * @param {number} count
 * @param {number} all
 */
export const upperBound = (count, all) => {
  if (count >= all) return 1;
  const atMost = (/** @type {number} */ share) => {
    // In logarithms: with many comparisons the first terms are smaller than any number.
    let term = all * Math.log1p(-share);
    let sum = Math.exp(term);
    for (let place = 1; place <= count; place++) {
      term += Math.log((all - place + 1) / place) + Math.log(share) - Math.log1p(-share);
      sum += Math.exp(term);
    }
    return sum;
  };
  let low = 0;
  let high = 1;
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (atMost(middle) > 0.05) low = middle;
    else high = middle;
  }
  return high;
};

/** @param {number} count @param {number} all @param {number} [digits] */
export const shareText = (count, all, digits = 2) => `${((100 * count) / all).toFixed(digits)} %`;
