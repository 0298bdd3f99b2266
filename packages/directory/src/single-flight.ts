/**
 * Runs `task` so that whoever asks gets a run that began after they asked: at most one at a time, and one run for
 * all who ask before it begins. `interval`: milliseconds at least between two beginnings.
 */
export function createSingleFlight<T>(task: () => Promise<T>, interval = 0): () => Promise<T> {
  /** The run that has not begun, for those who ask now to join. */
  let next: Promise<T> | null = null;
  let latest: Promise<unknown> = Promise.resolve();
  let begunAt = Number.NEGATIVE_INFINITY;

  const begin = async (): Promise<T> => {
    const wait = begunAt + interval - performance.now();
    if (wait > 0) await new Promise((resolve) => setTimeout(resolve, wait));
    next = null;
    begunAt = performance.now();
    return await task();
  };
  return () => {
    if (next !== null) return next;
    const asked = latest.then(begin);
    next = asked;
    latest = asked.catch(() => {});
    return asked;
  };
}
