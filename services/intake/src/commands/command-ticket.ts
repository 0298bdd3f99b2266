import { representTicket, type TicketRepresentation } from '@ringback/api/ticket';
import type { Directory } from '@ringback/directory';
import {
  asTicketEvent,
  decide,
  foldTicket,
  planTerms,
  priorityUnder,
  type Ticket,
  type TicketCommand,
  type TicketEvent,
} from '@ringback/domain/ticket';
import { type Command, type EventLog, type Metadata, VersionConflict } from '@ringback/event-log';
import { checkVersion, type ExpectedVersions, fieldProblem, Problem } from '@ringback/service-kit';
import { judgeCustomer, prioritiesOf, requireJudged } from '../open-ticket/coverage.ts';
import { readCustomer } from '../open-ticket/find-customer.ts';
import { refusalProblem } from '../open-ticket/refusal.ts';

export interface CommandTicketOptions {
  log: EventLog;
  directory: Directory;
  /** Epoch milliseconds by the database's clock. */
  now(): number;
}

export interface TicketRequest {
  id: string;
  command: TicketCommand;
  /** From `If-Match`; null: whatever it is. */
  expectedVersions: ExpectedVersions;
  /** A portal's key: other customers' tickets do not exist for it. */
  customerId: string | null;
  idempotency: Command | undefined;
  metadata: Metadata;
}

const maximumTries = 10;

/**
 * Decides a command against the ticket's history and appends what it leads to; decides again when somebody else was
 * faster. Answers the ticket as it stands then. Throws problems.
 */
export async function commandTicket(
  request: TicketRequest,
  { log, directory, now }: CommandTicketOptions,
): Promise<TicketRepresentation> {
  const { id, command, customerId, expectedVersions, idempotency, metadata } = request;
  for (let attempt = 0; attempt < maximumTries; attempt += 1) {
    const history = await readHistory(log, id, customerId);
    const ticket = foldTicket(history) as Ticket;
    // The log has left out what is another customer’s; the fold, which decides whose it is, has the last word.
    if (customerId !== null && ticket.customerId !== customerId) throw new Problem('ticket-not-found');
    checkVersion(expectedVersions, ticket.version);
    const decision = decide(history, command, {
      now: new Date(now()).toISOString(),
      terms: planTerms(ticket.coverage, catalogOf(ticket, directory)),
      ...(command.name === 'identify-customer'
        ? { identification: await identify(ticket, command.body, directory) }
        : {}),
    });
    if (decision.kind === 'refused') throw refusalProblem(decision);
    const events = decision.kind === 'events' ? decision.events : [];
    if (events.length === 0 && idempotency === undefined) return representTicket(ticket);
    try {
      const stream = { category: 'ticket' as const, id };
      const outcome = await log.append({
        appends: [{ stream, expected: ticket.version, events }],
        ...(idempotency === undefined ? {} : { command: idempotency }),
        metadata,
      });
      if (outcome.status === 'repeated') return await representAt(log, id, outcome.streams[0]?.version);
      return representTicket(foldTicket([...history, ...outcome.events.map(asTicketEvent)]) as Ticket);
    } catch (error) {
      if (!(error instanceof VersionConflict)) throw error;
    }
  }
  throw new Problem('conflict');
}

/** The ticket as it stood at a version of its stream: what a repeated request is answered with. */
export async function representAt(
  log: EventLog,
  id: string,
  version?: number,
): Promise<TicketRepresentation> {
  const range = version === undefined ? {} : { toVersion: version };
  const events = await log.readStream({ category: 'ticket', id }, range);
  return representTicket(foldTicket(events.map(asTicketEvent)) as Ticket);
}

async function readHistory(log: EventLog, id: string, customerId: string | null): Promise<TicketEvent[]> {
  const options = customerId === null ? {} : { customerId };
  const history = await log.readStream({ category: 'ticket', id }, options);
  if (history.length === 0) throw new Problem('ticket-not-found');
  return history.map(asTicketEvent);
}

function catalogOf({ coverage }: Ticket, directory: Directory) {
  const { plan } = coverage;
  return plan === null ? null : (directory.catalogWithPlan(plan.catalog, plan.plan)?.content ?? null);
}

/** Null: there is no such customer. Throws `validation-failed` for what the customer or its catalog does not have. */
async function identify(
  ticket: Ticket,
  { customerId, contactId, contractId, priority }: (TicketCommand & { name: 'identify-customer' })['body'],
  directory: Directory,
) {
  const customer = await readCustomer(customerId, directory);
  if (customer === null) return null;
  if (contactId !== undefined && !customer.contacts.some(({ id }) => id === contactId)) {
    throw fieldProblem('/body/contactId', `the customer has no contact "${contactId}"`);
  }
  const judgement = await judgeCustomer(directory, customerId, contractId ?? null, ticket.openedAt);
  const { coverage, catalog } = requireJudged(judgement);
  const { priorities } = prioritiesOf(directory, catalog);
  if (priority !== undefined && !priorities.includes(priority)) {
    throw fieldProblem('/body/priority', `must be one of ${priorities.join(', ')}`);
  }
  const kept = catalog === null ? ticket.priority : priorityUnder(catalog, ticket.priority);
  return { coverage, priority: priority ?? kept };
}
