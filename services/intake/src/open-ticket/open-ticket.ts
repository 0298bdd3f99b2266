import type { Directory } from '@ringback/directory';
import { normaliseEmail } from '@ringback/domain/administration';
import { parsePhoneNumber } from '@ringback/domain/phone';
import {
  asTicketEvent,
  type Caller,
  decideOpening,
  evolve,
  foldTicket,
  type OpenTicket,
  representTicket,
  type TicketRepresentation,
} from '@ringback/domain/ticket';
import type { AppendOutcome, Command, EventLog, Metadata } from '@ringback/event-log';
import { fieldProblem } from '@ringback/service-kit';
import { judgeCustomer, judgeWithoutContract, prioritiesOf } from './coverage.ts';
import type { ReferenceNumbers } from './reference-numbers.ts';
import { refusalProblem } from './refusal.ts';

export interface OpenTicketOptions {
  log: EventLog;
  directory: Directory;
  references: ReferenceNumbers;
  /** Epoch milliseconds by the database's clock. */
  now(): number;
}

/** Who opens a ticket, and how the request is remembered. */
export interface OpeningRequest {
  command: Command | undefined;
  metadata: Metadata;
  /** A portal's key: other customers' tickets do not exist for it. Null: staff. */
  customerId: string | null;
}

export interface Opened {
  outcome: AppendOutcome;
  /** Null where the command was known: what it opened is in the log. */
  ticket: TicketRepresentation | null;
}

/**
 * Opens a ticket for whom the request names, or for the one customer that the number or address leads to; several are
 * candidates, never guessed at. Throws problems that name the field.
 */
export async function openTicket(
  request: OpenTicket,
  { log, directory, references, now }: OpenTicketOptions,
  { command, metadata, customerId }: OpeningRequest,
): Promise<Opened> {
  const instant = new Date(now()).toISOString();
  const caller = readCaller(request.phone);
  await requireEarlierTicket(request, customerId, log);
  const found = await findCustomer(request, caller, directory);
  const { coverage, catalog } =
    found.customerId === null
      ? judgeWithoutContract(directory, null)
      : await judgeCustomer(
          directory,
          found.customerId,
          request.contractId ?? null,
          request.occurredAt ?? instant,
        );
  const { id, reference } = await references.next();
  const decision = decideOpening(
    {
      reference,
      customerId: found.customerId,
      candidateCustomerIds: found.candidates,
      contactId: request.contactId ?? found.contactId,
      coverage,
      priority: request.priority ?? null,
      ...prioritiesOf(directory, catalog),
      channel: request.channel,
      subject: request.subject,
      description: request.description ?? null,
      caller,
      email: request.email ?? null,
      call: null,
      refersToTicketId: request.refersToTicketId ?? null,
      occurredAt: request.occurredAt ?? null,
    },
    instant,
  );
  if (decision.kind === 'refused') throw refusalProblem(decision);
  const outcome = await log.append({
    appends: [{ stream: { category: 'ticket', id }, expected: 'none', events: decision.events }],
    ...(command === undefined ? {} : { command }),
    metadata,
  });
  const [opened] = outcome.events;
  const ticket = opened === undefined ? null : representTicket(evolve(null, asTicketEvent(opened)));
  return { outcome, ticket };
}

/** Who a number or an address belongs to. */
export async function findByContact(
  directory: Directory,
  { e164, email }: { e164: string | null; email: string | null },
): Promise<{ customerId: string | null; contactId: string | null; candidates: string[] }> {
  const contacts = [
    ...(e164 === null ? [] : await directory.contactsByPhone(e164)),
    ...(email === null ? [] : await directory.contactsByEmail(normaliseEmail(email))),
  ];
  const customers = [...new Set(contacts.map(({ customerId }) => customerId))];
  const [only] = customers;
  if (only === undefined || customers.length > 1) {
    return { customerId: null, contactId: null, candidates: customers.sort() };
  }
  const ids = new Set(contacts.map(({ contactId }) => contactId));
  return { customerId: only, contactId: ids.size === 1 ? ([...ids][0] ?? null) : null, candidates: [] };
}

async function findCustomer(request: OpenTicket, caller: Caller | null, directory: Directory) {
  const { customerId, contactId, contractId, email } = request;
  if (customerId === undefined) {
    const found = await findByContact(directory, { e164: caller?.e164 ?? null, email: email ?? null });
    if (found.customerId === null && contractId !== undefined) {
      throw fieldProblem('/body/customerId', 'is needed where a contract is named');
    }
    return found;
  }
  const customer = await directory.customer(customerId);
  if (customer === null) throw fieldProblem('/body/customerId', `there is no customer "${customerId}"`);
  if (contactId !== undefined && !customer.contacts.some(({ id }) => id === contactId)) {
    throw fieldProblem('/body/contactId', `the customer has no contact "${contactId}"`);
  }
  return { customerId, contactId: null, candidates: [] };
}

/** One that there is; where the request says whose ticket it opens, one of theirs. */
async function requireEarlierTicket(
  { refersToTicketId, customerId }: OpenTicket,
  own: string | null,
  log: EventLog,
): Promise<void> {
  if (refersToTicketId === undefined) return;
  const stream = { category: 'ticket' as const, id: refersToTicketId.toLowerCase() };
  const history = await log.readStream(stream, own === null ? {} : { customerId: own });
  const earlier = foldTicket(history.map(asTicketEvent));
  const isForeign =
    customerId !== undefined && earlier?.customerId != null && earlier.customerId !== customerId;
  if (earlier === null || isForeign) {
    const whose = customerId === undefined ? '' : ' of this customer';
    throw fieldProblem('/body/refersToTicketId', `there is no ticket${whose} with this id`);
  }
}

function readCaller(phone: string | undefined): Caller | null {
  if (phone === undefined) return null;
  const parsed = parsePhoneNumber(phone, null);
  if (parsed.e164 === null && !parsed.anonymous) {
    throw fieldProblem(
      '/body/phone',
      'is no number that can be called: write it internationally, such as +44 20 7946 0000',
    );
  }
  return { ...parsed, name: null };
}
