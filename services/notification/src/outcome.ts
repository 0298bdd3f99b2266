/** What became of one try. */
export interface Outcome {
  kind: 'delivered' | 'failed' | 'gone' | 'waiting';
  status: number | null;
  /** Short, and free of secrets. */
  detail: string | null;
  /** The receiver's own wish, seconds. */
  retryAfter: number | null;
}

export const delivered = (status: number | null): Outcome => ({
  kind: 'delivered',
  status,
  detail: null,
  retryAfter: null,
});

export const failed = (
  detail: string,
  status: number | null = null,
  retryAfter: number | null = null,
): Outcome => ({
  kind: 'failed',
  status,
  detail,
  retryAfter,
});

/** Before each further try, seconds: quick at first, for about a day. */
const schedule = [5, 30, 120, 600, 1_800, 3_600, 7_200, 10_800, 14_400, 21_600, 28_800];
export const maximumAttempts = schedule.length + 1;

/** Exponential back-off with full jitter above a half, so that those who failed together do not return together. */
export function delayBefore(
  attempt: number,
  retryAfter: number | null,
  random: () => number = Math.random,
): number {
  const planned = schedule[Math.min(attempt, schedule.length) - 1] ?? 0;
  return Math.max(planned * (0.5 + random() / 2), Math.min(retryAfter ?? 0, 86_400));
}
