import type { Caller, CallReference, OpenTicket } from '@ringback/domain/ticket';

/** A ticket that is asked for, whatever the source. What it does not say is null. */
export interface OpeningRequest {
  customerId: string | null;
  contactId: string | null;
  contractId: string | null;
  priority: string | null;
  channel: OpenTicket['channel'];
  subject: string;
  description: string | null;
  caller: Caller | null;
  email: string | null;
  call: CallReference | null;
  refersToTicketId: string | null;
  /** ISO 8601; null: at the instant of recording. */
  occurredAt: string | null;
}
