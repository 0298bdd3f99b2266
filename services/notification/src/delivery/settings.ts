import type { Resolve } from '@ringback/service-kit';

/** How deliveries are made; the defaults are for production, tests shorten the waits. */
export interface NotificationSettings {
  /** The longest wait before each further try, seconds. There is one try more than there are waits. */
  retryDelays: readonly number[];
  /** From 0 (inclusive) to 1: the share of the longest wait that is taken. */
  random(): number;
  /** How long a receiver may take to answer, milliseconds. */
  answerTimeout: number;
  /** How long a delivery stays with an instance that is not heard of, milliseconds. */
  lease: number;
  /**
   * How long a process has run before it takes what an earlier try has not ended, milliseconds. Whatever else may end it
   * at its start then does so without that in hand.
   */
  suspectsAfter: number;
  /** Deliveries under way at once: in all, to one host, and for one subscription. */
  concurrency: { total: number; host: number; subscription: number };
  /** Finds the addresses of a webhook's host; null: the system's resolver. */
  resolve: Resolve | null;
}

/** With full jitter the twelve tries take about 18 hours, 36 at most. */
export const defaultSettings: NotificationSettings = {
  retryDelays: [5, 30, 120, 600, 3_600, 7_200, 10_800, 14_400, 21_600, 28_800, 43_200],
  random: Math.random,
  answerTimeout: 15_000,
  lease: 20_000,
  suspectsAfter: 6_000,
  concurrency: { total: 128, host: 8, subscription: 4 },
  resolve: null,
};
