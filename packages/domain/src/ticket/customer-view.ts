import type { TicketRepresentation } from './representation.ts';

/**
 * An event's data as the ticket's customer may read them: without the remarks that staff keep with what they do. Before
 * it was known whose ticket it is, it could be another customer's, or was taken for another's: who that was is nobody
 * else's business. Anything else stays.
 */
export function dataForCustomer(
  data: Readonly<{ [field: string]: unknown }>,
  customerId: string,
): { [field: string]: unknown } {
  const seen = {
    ...data,
    ...('note' in data ? { note: null } : {}),
    ...('candidateCustomerIds' in data ? { candidateCustomerIds: [] } : {}),
  };
  if (typeof data.customerId !== 'string' || data.customerId === customerId) return seen;
  const coverage = data.coverage as object | undefined;
  return {
    ...seen,
    customerId: null,
    contactId: null,
    ...(coverage === undefined ? {} : { coverage: { ...coverage, contractId: null } }),
  };
}

/** A ticket as it stood, for the customer whose ticket it is now. */
export function ticketForCustomer(ticket: TicketRepresentation, customerId: string): TicketRepresentation {
  const seen = { ...ticket, candidateCustomerIds: [] };
  return ticket.customerId === customerId
    ? seen
    : { ...seen, customerId: null, contactId: null, contract: null };
}
