import { asTicketEvent, foldTicket, type Ticket, type TicketEvent } from '@ringback/domain/ticket';
import type { RecordedEvent } from '@ringback/event-log';
import { type Identity, Problem } from '@ringback/service-kit';

/** What a customer does not see of its own tickets: notes between staff, and the work that was logged. */
const internal: ReadonlySet<string> = new Set(['NoteAdded', 'WorkLogged', 'TicketAssigned']);

export const isVisible = (type: string, { customerId }: Pick<Identity, 'customerId'>): boolean =>
  customerId === null || !internal.has(type);

export interface History {
  events: TicketEvent[];
  recorded: RecordedEvent[];
  ticket: Ticket;
}

/** The history of a ticket that this key may see; for any other there is no such ticket. Throws `ticket-not-found`. */
export function visibleHistory(recorded: RecordedEvent[] | null, { customerId }: Identity): History {
  const events = (recorded ?? []).map(asTicketEvent);
  const ticket = foldTicket(events);
  if (recorded === null || ticket === null || (customerId !== null && ticket.customerId !== customerId)) {
    throw new Problem('ticket-not-found');
  }
  return { events, recorded, ticket };
}
