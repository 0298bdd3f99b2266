import * as z from 'zod';
import { toUtc } from '../../common/instants.ts';
import { EmailAddress, plainText } from '../../common/plain-text.ts';
import type { Caller, CallReference, Coverage, NewTicketEvent } from '../events/events.ts';
import { newTicketEvent } from '../events/new-event.ts';
import { Channel, Instant } from '../vocabulary.ts';
import type { Refused } from './decision.ts';

const Identifier = plainText(200);

/** The body of a request to open a ticket. */
export const OpenTicket = z
  .strictObject({
    subject: plainText(500).meta({ description: 'In a line.', example: 'No outgoing calls' }),
    description: plainText(65_536).optional().meta({
      description: 'In full.',
      example: 'Since 09:00 every outgoing call ends with a busy tone.',
    }),
    customerId: Identifier.optional().meta({ description: 'Whose ticket it is.', example: 'corner-bakery' }),
    contactId: Identifier.optional().meta({ description: 'Who of the customer.', example: 'reception' }),
    contractId: Identifier.optional().meta({
      description: 'Needed where the customer has several contracts and not exactly one is active.',
      example: 'corner-bakery-2026',
    }),
    priority: Identifier.optional().meta({
      description: 'One of the catalog’s priorities. Default: the catalog’s default.',
      example: 'important',
    }),
    channel: Channel.default('portal').meta({ description: 'How the request reached us.' }),
    phone: plainText(100).optional().meta({
      description: 'The caller’s number; finds the customer where none is named.',
      example: '+44 20 7946 0000',
    }),
    email: EmailAddress.optional().meta({
      description: 'The sender’s address; finds the customer where none is named.',
      example: 'reception@bakery.example',
    }),
    refersToTicketId: z.uuid().optional().meta({ description: 'An earlier ticket that this one follows.' }),
    occurredAt: Instant.optional().meta({
      description:
        'When it was reported: not in the future. Default: when it is recorded. Not for a customer’s own key, which ' +
        'cannot date what it does.',
      example: '2026-03-02T09:00:00.000Z',
    }),
  })
  .meta({ id: 'OpenTicketRequest', description: 'A new ticket.' });
export type OpenTicket = z.output<typeof OpenTicket>;

/** Everything that a ticket opens with, looked up: whose it is, under which contract, in which catalog's priorities. */
export interface Opening {
  reference: string;
  customerId: string | null;
  candidateCustomerIds: string[];
  contactId: string | null;
  coverage: Coverage;
  /** Null: the default. */
  priority: string | null;
  defaultPriority: string;
  /** The priorities of the catalog. */
  priorities: readonly string[];
  channel: Channel;
  subject: string;
  description: string | null;
  caller: Caller | null;
  email: string | null;
  call: CallReference | null;
  refersToTicketId: string | null;
  /** ISO 8601; null: at the instant of recording. */
  occurredAt: string | null;
}

export type OpeningDecision = { kind: 'events'; events: [NewTicketEvent] } | Refused;

/** Opens a ticket, unless its priority is unknown or its instant lies in the future. `now` is the database's. */
export function decideOpening(opening: Opening, now: string): OpeningDecision {
  const { occurredAt: given, priority: wanted, defaultPriority, priorities, ...rest } = opening;
  const occurredAt = given === null ? null : toUtc(given);
  if (occurredAt !== null && occurredAt > now) {
    return refuse('in-the-future', `occurredAt is after ${now}, which is now: leave it out.`);
  }
  const priority = wanted ?? defaultPriority;
  if (!priorities.includes(priority)) {
    return refuse('priority-unknown', `"${priority}" is none of the priorities: ${priorities.join(', ')}.`);
  }
  return { kind: 'events', events: [newTicketEvent('TicketOpened', { ...rest, priority }, occurredAt)] };
}

function refuse(code: 'in-the-future' | 'priority-unknown', reason: string): Refused {
  return { kind: 'refused', code, reason, state: null, allowed: [] };
}
