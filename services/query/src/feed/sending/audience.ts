import type { Turns } from '../../turns.ts';
import type { FeedEntry } from '../feed-entry.ts';
import { type FeedFilter, filterKey, isWanted } from '../feed-filter.ts';
import { type Listener, type Piece, piecesOf, send } from './listener.ts';

/** The live listeners: they have every event so far and get the next ones as they arrive. */
export interface Audience {
  /** From now on the listener gets every delivered entry after its position. */
  join(listener: Listener): void;
  leave(listener: Listener): void;
  /** Sends each entry to the listeners that want it; the others cost nothing. One call at a time. */
  deliver(entries: readonly FeedEntry[]): Promise<void>;
  isDelivering(): boolean;
  size(): number;
}

export interface AudienceOptions {
  turns: Turns;
  /** Bytes that may be buffered for one connection. */
  maximumWaiting: number;
  /** The listener has left the audience because more is buffered for it than allowed. */
  onSlow(listener: Listener): void;
}

/** Listeners with equal filters: a piece is made once for all of them. */
interface Group {
  key: string;
  filter: FeedFilter;
  listeners: Set<Listener>;
  entries: FeedEntry[];
}

type Index = Map<string, Set<Group>>;

export function createAudience({ turns, maximumWaiting, onSlow }: AudienceOptions): Audience {
  const groups = new Map<string, Group>();
  // Each group is in one index: the most selective that its filter allows.
  const byTicket: Index = new Map();
  const byCustomer: Index = new Map();
  const byType: Index = new Map();
  const ofAll = new Set<Group>();
  let size = 0;
  let delivering = false;

  /** The index of a filter and its keys there; null: the filter passes everything. */
  function placesOf({ ticketId, customerId, types }: FeedFilter): [Index, Iterable<string>] | null {
    if (ticketId !== null) return [byTicket, [ticketId]];
    if (customerId !== null) return [byCustomer, [customerId]];
    return types === null ? null : [byType, types];
  }

  function addGroup(key: string, filter: FeedFilter): Group {
    const group: Group = { key, filter, listeners: new Set(), entries: [] };
    groups.set(key, group);
    const places = placesOf(filter);
    if (places === null) ofAll.add(group);
    else {
      const [index, names] = places;
      for (const name of names) {
        const known = index.get(name);
        if (known === undefined) index.set(name, new Set([group]));
        else known.add(group);
      }
    }
    return group;
  }

  function removeGroup(group: Group): void {
    groups.delete(group.key);
    ofAll.delete(group);
    const places = placesOf(group.filter);
    if (places === null) return;
    const [index, names] = places;
    for (const name of names) {
      const known = index.get(name);
      known?.delete(group);
      if (known?.size === 0) index.delete(name);
    }
  }

  /** Queues an entry for the groups that want it. */
  function queue(entry: FeedEntry, concerned: Set<Group>): void {
    const { event, owner } = entry;
    const candidates = [
      byTicket.get(event.streamId),
      owner === null ? undefined : byCustomer.get(owner),
      byType.get(event.type),
      ofAll,
    ];
    for (const some of candidates) {
      for (const group of some ?? []) {
        if (!isWanted(group.filter, entry)) continue;
        group.entries.push(entry);
        concerned.add(group);
      }
    }
  }

  async function sendTo(group: Group, piece: Piece): Promise<void> {
    for (const listener of group.listeners) {
      // A listener that joined meanwhile already got it from memory.
      if (listener.position >= piece.id) continue;
      send(listener, piece);
      if (listener.socket.writableLength > maximumWaiting) {
        leave(listener);
        onSlow(listener);
      }
      if (turns.isOver()) await turns.next();
    }
  }

  function leave(listener: Listener): void {
    const group = groups.get(filterKey(listener.filter));
    if (group?.listeners.delete(listener) !== true) return;
    listener.isLive = false;
    size -= 1;
    if (group.listeners.size === 0) removeGroup(group);
  }

  return {
    join(listener) {
      const key = filterKey(listener.filter);
      const group = groups.get(key) ?? addGroup(key, listener.filter);
      group.listeners.add(listener);
      listener.isLive = true;
      size += 1;
    },
    leave,
    async deliver(entries) {
      const concerned = new Set<Group>();
      for (const entry of entries) queue(entry, concerned);
      delivering = true;
      try {
        for (const group of concerned) {
          const waiting = group.entries;
          group.entries = [];
          for (const piece of piecesOf(waiting, group.filter)) await sendTo(group, piece);
        }
      } finally {
        delivering = false;
      }
    },
    isDelivering: () => delivering,
    size: () => size,
  };
}
