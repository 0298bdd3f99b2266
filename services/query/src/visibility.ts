import { isVisibleToCustomer } from '@ringback/api/ticket';
import { asTicketEvent, foldTicket, type Ticket, type TicketEvent } from '@ringback/domain/ticket';
import type { RecordedEvent } from '@ringback/event-log';
import { fieldProblem, type Identity, Problem } from '@ringback/service-kit';
import { readTicket, type TicketLookupOptions } from './tickets/ticket-lookup.ts';

export const isVisible = (type: string, { customerId }: Pick<Identity, 'customerId'>): boolean =>
  customerId === null || isVisibleToCustomer(type);

/**
 * A filter by what a customer may not read would tell it all the same. Throws `validation-failed`, which names the
 * parameter.
 */
export function refuseStaffFilters(
  filters: { readonly [parameter: string]: unknown },
  { customerId }: Pick<Identity, 'customerId'>,
): void {
  if (customerId === null) return;
  const given = Object.keys(filters).find((parameter) => filters[parameter] !== undefined);
  if (given === undefined) return;
  throw fieldProblem(`/query/${given}`, 'is for staff: a customer’s key cannot filter by it');
}

export interface History {
  events: TicketEvent[];
  recorded: RecordedEvent[];
  ticket: Ticket;
}

/**
 * The history of a ticket, by id or reference, that this key may see; for any other there is no such ticket. Throws
 * `ticket-not-found`.
 */
export async function readVisible(
  idOrReference: string,
  { customerId }: Identity,
  options: TicketLookupOptions,
): Promise<History> {
  const recorded = await readTicket(idOrReference, customerId, options);
  const events = (recorded ?? []).map(asTicketEvent);
  const ticket = foldTicket(events);
  // The log has left out what is another customer’s; the fold, which decides whose it is, has the last word.
  if (recorded === null || ticket === null || (customerId !== null && ticket.customerId !== customerId)) {
    throw new Problem('ticket-not-found');
  }
  return { events, recorded, ticket };
}
