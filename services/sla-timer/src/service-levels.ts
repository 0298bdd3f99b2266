import type { Administration } from '@ringback/administration';
import { decideServiceLevel, evaluate, toClockEvents } from '@ringback/domain/service-level';
import { foldTicket, type NewTicketEvent, type TicketEvent } from '@ringback/domain/ticket';

/** What the timer keeps of a ticket. */
export interface TicketDeadlines {
  ticketId: string;
  version: number;
  catalog: string | null;
  open: boolean;
  /** Epoch milliseconds: when to look at this ticket again. Instants that have passed mean at once. */
  dueAt: number[];
}

/** The deadlines of a ticket as its history stood when its last event was recorded. */
export async function deadlinesOf(
  events: TicketEvent[],
  administration: Administration,
): Promise<TicketDeadlines> {
  const ticket = foldTicket(events);
  const last = events[events.length - 1];
  if (ticket === null || last === undefined)
    throw new Error('a stream that does not begin with TicketOpened');
  const plans = await administration.plansForTicket(ticket.coverage, ticket.openedAt);
  const now = Date.parse(last.recordedAt);
  const dueAt = new Set<number>();
  if (plans.length > 0) {
    for (const { at } of evaluate({ plans, events: toClockEvents(events), asOf: now }).thresholds)
      dueAt.add(at);
    // Something is to be said already: a miss by a change of priority, a retraction, evidence that came late.
    if (decideServiceLevel({ plans, events, now }).length > 0) dueAt.add(now);
  }
  return {
    ticketId: ticket.id,
    version: last.version,
    catalog: ticket.coverage.plan?.catalog ?? null,
    open: ticket.state === 'open',
    dueAt: [...dueAt],
  };
}

/** What is to be recorded of a ticket's clocks at `now`, epoch milliseconds by the database's clock. */
export async function decideAt(
  events: TicketEvent[],
  now: number,
  administration: Administration,
): Promise<NewTicketEvent[]> {
  const ticket = foldTicket(events);
  if (ticket === null) return [];
  const plans = await administration.plansForTicket(ticket.coverage, ticket.openedAt);
  return plans.length === 0 ? [] : decideServiceLevel({ plans, events, now });
}
