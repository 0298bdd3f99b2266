import type { Configuration } from '@ringback/service-kit';
import type { FeedLimits } from './feed-keys.ts';

/** Sizes and times of the feed. Only the limits are configurable; tests make the others small. */
export interface FeedOptions {
  limits: FeedLimits;
  /** The longest silence on a connection. */
  heartbeatMilliseconds: number;
  /** A connection that accepts no data for this long is closed. */
  stalledMilliseconds: number;
  /** Bytes buffered for one connection before it leaves the live audience and catches up at its own pace. */
  maximumWaiting: number;
  /** The end of the log that is held in memory. */
  recent: { events: number; bytes: number };
  /** Pages of the log for connections that catch up: positions in a page, and bytes of pages kept in memory. */
  pages: { size: number; bytes: number };
  /** How long the log is still read after the last feed has closed, for readers that reconnect. */
  lingerMilliseconds: number;
  /** How long the feed occupies the event loop before other work gets its turn. */
  sliceMilliseconds: number;
}

const mebibyte = 1_024 * 1_024;

export const defaultFeedOptions = ({ feeds, feedsPerKey }: Configuration): FeedOptions => ({
  limits: { all: feeds, perKey: feedsPerKey },
  heartbeatMilliseconds: 15_000,
  stalledMilliseconds: 60_000,
  maximumWaiting: mebibyte / 4,
  recent: { events: 10_000, bytes: 32 * mebibyte },
  pages: { size: 500, bytes: 16 * mebibyte },
  lingerMilliseconds: 30_000,
  sliceMilliseconds: 4,
});
