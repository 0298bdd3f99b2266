import type { Part, StoredEvent } from '@ringback/event-log';

export interface ReadOptions {
  /** The last position that counts. */
  until: number;
  part: Part;
  /** Told how many events have been put aside, where they have to be before they are in order. */
  onRead(events: number): void;
}

/**
 * Tickets' histories up to a position, some at a time: each ticket of the part once with all of its events, those in
 * any order and each at least once.
 */
export type HistorySource = (options: ReadOptions) => AsyncGenerator<StoredEvent[][]>;
