/** Which known name a person most likely meant. */

/** Longer names are compared by their beginning. */
const LONGEST_NAME = 100;

/** Edits (insert, delete, replace, swap of neighbours) that turn `from` into `to`: optimal string alignment distance. */
export function editDistance(from: string, to: string): number {
  let beforePrevious: number[] = [];
  let previous = Array.from({ length: to.length + 1 }, (_, column) => column);
  for (let row = 1; row <= from.length; row += 1) {
    const current = [row];
    for (let column = 1; column <= to.length; column += 1) {
      const cost = from[row - 1] === to[column - 1] ? 0 : 1;
      let best = Math.min(
        (previous[column] ?? 0) + 1,
        (current[column - 1] ?? 0) + 1,
        (previous[column - 1] ?? 0) + cost,
      );
      const isSwap = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
      if (isSwap) best = Math.min(best, (beforePrevious[column - 2] ?? 0) + 1);
      current.push(best);
    }
    beforePrevious = previous;
    previous = current;
  }
  return previous[to.length] ?? 0;
}

/**
 * The candidate a person most likely meant by `name`, or null when none is close: at most a third of the letters may differ.
 * Case, and `_` or `-` in place of `.`, count for nothing.
 */
export function nearest(name: string, candidates: Iterable<string>): string | null {
  const wanted = plain(name.slice(0, LONGEST_NAME));
  let best: string | null = null;
  let bestDistance = Math.floor(wanted.length / 3) + 1;
  for (const candidate of candidates) {
    const distance = editDistance(wanted, plain(candidate));
    if (distance < bestDistance) {
      best = candidate;
      bestDistance = distance;
    }
  }
  return best;
}

/** A question that ends a message about an unknown name, or what stands in its place when no candidate is near: `otherwise`. */
export function didYouMean(name: string, candidates: Iterable<string>, otherwise: string): string {
  const meant = nearest(name, candidates);
  return meant === null ? otherwise : `did you mean ${meant}?`;
}

const plain = (name: string): string => name.toLowerCase().replace(/[_.-]/g, '.');
