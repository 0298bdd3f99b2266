import { type FeedEntry, setOwner } from '../feed-entry.ts';

export interface RecentEventsLimits {
  events: number;
  bytes: number;
}

/** The end of the log in memory, up to the position that was read last. */
export interface RecentEvents {
  /** Every event after this position is in memory. */
  start(): number;
  end(): number;
  /** Adds what was read up to `position`, and drops the oldest entries beyond the limits. */
  push(entries: readonly FeedEntry[], position: number): void;
  /** The entries after a position, which must not be before `start`. */
  after(position: number): Iterable<FeedEntry>;
}

/** Dropped entries are cut off the array in batches of at least this many. */
const smallestCut = 1_000;

export function createRecentEvents(position: number, limits: RecentEventsLimits): RecentEvents {
  let entries: FeedEntry[] = [];
  let first = 0;
  let bytes = 0;
  let start = position;
  let end = position;

  function makeRoom(): void {
    while (entries.length - first > limits.events || bytes > limits.bytes) {
      const oldest = entries[first];
      if (oldest === undefined) break;
      bytes -= oldest.bytes;
      start = oldest.event.position;
      first += 1;
    }
    if (first >= smallestCut && first * 2 >= entries.length) {
      entries = entries.slice(first);
      first = 0;
    }
  }

  /** A ticket's earlier events belong to its present customer too. */
  function updateOwner(latest: FeedEntry): void {
    for (let index = first; index < entries.length; index += 1) {
      const entry = entries[index] as FeedEntry;
      if (entry.event.streamId === latest.event.streamId) setOwner(entry, latest.owner);
    }
  }

  return {
    start: () => start,
    end: () => end,
    push(added, position) {
      for (const entry of added) {
        entries.push(entry);
        bytes += entry.bytes;
      }
      for (const entry of added) if (entry.event.type === 'CustomerIdentified') updateOwner(entry);
      end = position;
      makeRoom();
    },
    *after(position) {
      let low = first;
      let high = entries.length;
      while (low < high) {
        const middle = (low + high) >> 1;
        if ((entries[middle] as FeedEntry).event.position <= position) low = middle + 1;
        else high = middle;
      }
      for (let index = low; index < entries.length; index += 1) yield entries[index] as FeedEntry;
    },
  };
}
