import type { FeedEntry } from './feed-entry.ts';

/** What a listener asked for and may see. */
export interface FeedFilter {
  /** Set for a customer's own key: other customers' tickets do not exist for it. */
  customerId: string | null;
  ticketId: string | null;
  /** Null: all types, including those of a newer release. */
  types: ReadonlySet<string> | null;
}

export function isWanted({ customerId, ticketId, types }: FeedFilter, { event, owner }: FeedEntry): boolean {
  return (
    (customerId === null || customerId === owner) &&
    (ticketId === null || ticketId === event.streamId) &&
    (types === null || types.has(event.type))
  );
}

/** Equal for filters that pass the same entries. */
export function filterKey({ customerId, ticketId, types }: FeedFilter): string {
  return JSON.stringify([customerId, ticketId, types === null ? null : [...types].sort()]);
}
