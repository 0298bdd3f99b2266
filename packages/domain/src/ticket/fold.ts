import type { TicketEvent } from './events/events.ts';
import { evolve, evolveInPlace, type Ticket } from './ticket.ts';

/** Both inclusive, ISO 8601 UTC with milliseconds. */
export interface FoldOptions {
  /** As it stood at this instant: only what had happened by then. */
  at?: string;
  /** As it was known at this instant: only what had been recorded by then. */
  knownAt?: string;
}

/**
 * The ticket that a stream (in the order of recording) tells of, or null when it was not opened by then.
 *
 * Events are read in the order in which they happened, equal instants in the order of recording, exactly as the
 * clocks read them: a call-back at 09:10 that is reported at 11:00 is the first acknowledgement. Reading in the
 * order of recording gives the same state (`open`, `resolved` …), because `decide` refuses
 * a change of state that happened before one that is recorded, unless it leads to where the ticket is anyway.
 */
export function foldTicket(events: readonly TicketEvent[], options: FoldOptions = {}): Ticket | null {
  const { at, knownAt } = options;
  const isKnown = ({ occurredAt, recordedAt }: TicketEvent) =>
    (at === undefined || occurredAt <= at) && (knownAt === undefined || recordedAt <= knownAt);
  const known = at === undefined && knownAt === undefined ? events : events.filter(isKnown);
  let ticket: Ticket | null = null;
  for (const event of inOrderOfOccurrence(known))
    ticket = ticket === null ? evolve(null, event) : evolveInPlace(ticket, event);
  return ticket;
}

function inOrderOfOccurrence(events: readonly TicketEvent[]): readonly TicketEvent[] {
  if (events.every((event, index) => index === 0 || isAfter(event, events[index - 1] as TicketEvent)))
    return events;
  return events.toSorted((one, other) => {
    if (one.occurredAt !== other.occurredAt) return one.occurredAt < other.occurredAt ? -1 : 1;
    return one.version - other.version;
  });
}

/** Most histories are in order already. */
function isAfter(one: TicketEvent, other: TicketEvent): boolean {
  return one.occurredAt === other.occurredAt
    ? one.version > other.version
    : one.occurredAt > other.occurredAt;
}
