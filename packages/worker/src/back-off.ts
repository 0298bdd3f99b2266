export interface BackOff {
  /** The upper bound of the pause after the first failure, milliseconds. */
  first: number;
  /** The upper bound of every pause, milliseconds. */
  longest: number;
}

/**
 * Milliseconds to pause after the given number of failures in a row (1, 2, 3 …). The bound doubles with each failure;
 * the pause is random between half the bound and all of it, so that workers that failed together do not return together.
 */
export function pauseAfter(
  failures: number,
  { first, longest }: BackOff,
  random: () => number = Math.random,
): number {
  const bound = Math.min(longest, first * 2 ** Math.min(failures - 1, 30));
  return bound * (0.5 + random() / 2);
}
