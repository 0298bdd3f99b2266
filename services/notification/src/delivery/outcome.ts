/** What became of one try. */
export interface DeliveryOutcome {
  /** `failed` is tried again; `refused` and `gone` are not; `waiting` was not a try, for there is no mail server. */
  kind: 'delivered' | 'failed' | 'refused' | 'gone' | 'waiting';
  /** Of HTTP or SMTP. */
  status: number | null;
  /** Short, and free of secrets. */
  detail: string | null;
  /** The receiver's own wish, seconds. */
  retryAfter: number | null;
  /** It was not confirmed, and yet the receiver may have it: an answer that was lost or late. */
  mayHaveArrived: boolean;
}

const base: DeliveryOutcome = {
  kind: 'failed',
  status: null,
  detail: null,
  retryAfter: null,
  mayHaveArrived: false,
};
const longestDetail = 300;

export const delivered = (status: number | null): DeliveryOutcome => ({ ...base, kind: 'delivered', status });

export const failed = (detail: string, rest: Partial<DeliveryOutcome> = {}): DeliveryOutcome => ({
  ...base,
  ...rest,
  detail: detail.replace(/\s+/g, ' ').trim().slice(0, longestDetail),
});

/** A receiver may ask for a pause, not for months of silence: a day at most, in seconds. */
const longestRetryAfter = 86_400;

/** The pause that a receiver asks for, as far as it is granted. */
export const grantedPause = (retryAfter: number): number =>
  Math.min(Math.max(0, retryAfter), longestRetryAfter);

/**
 * Seconds to wait after the `attempt`th try, null when it was the last. Full jitter: anything from nothing to the
 * longest wait, so that those who failed together do not return together; never before the receiver wishes.
 */
export function delayAfter(
  attempt: number,
  retryAfter: number | null,
  { retryDelays, random }: { retryDelays: readonly number[]; random(): number },
): number | null {
  const longest = retryDelays[attempt - 1];
  if (longest === undefined) return null;
  return Math.max(longest * random(), grantedPause(retryAfter ?? 0));
}
