import {
  asTicketEvent,
  type CloudEventTicket,
  foldTicket,
  TicketStreamBroken,
} from '@ringback/domain/ticket';
import {
  createTicketFactsIndex,
  createUpcasters,
  EventUnknown,
  type Logger,
  type RecordedEvent,
  readStreams,
  type TicketFactsIndex,
  tellingTypes,
  upcast,
} from '@ringback/event-log';
import type { Pool } from 'pg';
import { createFeedEntry, type FeedEntry } from '../feed-entry.ts';

/** Makes entries of a page of the log. Events of other categories are left out. */
export type ReadEntries = (page: RecordedEvent[]) => Promise<FeedEntry[]>;

const upcasters = createUpcasters();
const noFacts: CloudEventTicket = { reference: '', subject: '', customerId: null, priority: '', plan: null };

/**
 * For consecutive pages at the end of the log. Remembers the latest tickets, so that most pages need no further query.
 * An entry's owner is the customer as of the ticket's last event in the page.
 */
export function createEntryReader(pool: Pool, logger: Logger): ReadEntries {
  const facts = createTicketFactsIndex((ids) => readTelling(pool, ids), upcasters);
  return async (page) => {
    const events = page.filter(({ category }) => category === 'ticket');
    const found = await factsOf(events, facts, logger);
    const owners = new Map<string, string | null>();
    for (const { streamId, position } of events)
      owners.set(streamId, found.get(position)?.customerId ?? null);
    return toEntries(events, found, (id) => owners.get(id) ?? null, logger);
  };
}

/** For any page. An entry's owner is the ticket's present customer. */
export function createPastReader(pool: Pool, logger: Logger): ReadEntries {
  return async (page) => {
    const events = page.filter(({ category }) => category === 'ticket');
    const streams = await readTelling(pool, [...new Set(events.map(({ streamId }) => streamId))]);
    const facts = createTicketFactsIndex(async () => streams, upcasters, Number.POSITIVE_INFINITY);
    const found = await factsOf(events, facts, logger);
    const owners = new Map<string, string | null>();
    for (const [id, telling] of streams) owners.set(id, ownerOf(telling));
    return toEntries(events, found, (id) => owners.get(id) ?? null, logger);
  };
}

/** The events that determine the facts of these tickets. */
async function readTelling(pool: Pool, ids: string[]): Promise<Map<string, RecordedEvent[]>> {
  if (ids.length === 0) return new Map();
  const events = await readStreams(pool, 'ticket', ids, { types: tellingTypes });
  return Map.groupBy(events, ({ streamId }) => streamId);
}

function ownerOf(telling: RecordedEvent[]): string | null {
  try {
    return foldTicket(telling.map((event) => asTicketEvent(lift(event))))?.customerId ?? null;
  } catch {
    // Unreadable for this release: no customer may see it.
    return null;
  }
}

/** The events of a stream that cannot be folded get no facts; other streams are not affected. */
async function factsOf(
  events: RecordedEvent[],
  facts: TicketFactsIndex,
  logger: Logger,
): Promise<Map<number, CloudEventTicket>> {
  try {
    return await facts.of(events);
  } catch (error) {
    if (!(error instanceof TicketStreamBroken)) throw error;
    const found = new Map<number, CloudEventTicket>();
    for (const event of events) {
      try {
        for (const [position, told] of await facts.of([event])) found.set(position, told);
      } catch (fault) {
        if (!(fault instanceof TicketStreamBroken)) throw fault;
        const { streamId, position } = event;
        logger.error(
          { err: fault, streamId, position },
          'the feed sends an event to staff only, because its ticket cannot be read',
        );
      }
    }
    return found;
  }
}

function toEntries(
  events: RecordedEvent[],
  facts: ReadonlyMap<number, CloudEventTicket>,
  ownerOfTicket: (id: string) => string | null,
  logger: Logger,
): FeedEntry[] {
  return events.map((stored) => {
    const event = lift(stored);
    const isKnown = upcasters.isPresent(event);
    if (!isKnown) {
      const { type, v, position } = event;
      logger.warn(
        { type, v, position },
        'the feed sends an event of a newer release to staff only, as stored',
      );
    }
    const told = facts.get(event.position) ?? noFacts;
    return createFeedEntry(event, told, ownerOfTicket(event.streamId), !isKnown);
  });
}

function lift(event: RecordedEvent): RecordedEvent {
  try {
    return upcast(event, upcasters);
  } catch (error) {
    if (error instanceof EventUnknown) return event;
    throw error;
  }
}
