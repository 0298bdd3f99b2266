import { representTicket, type TicketRepresentation } from '@ringback/api/ticket';
import type { Directory } from '@ringback/directory';
import { asTicketEvent, decideOpening, evolve, foldTicket, toUtc } from '@ringback/domain/ticket';
import type { AppendOutcome, Command, EventLog, Metadata } from '@ringback/event-log';
import { fieldProblem } from '@ringback/service-kit';
import { type Judged, judgeCustomer, judgeWithoutContract, prioritiesOf, requireJudged } from './coverage.ts';
import { findCustomer } from './find-customer.ts';
import type { OpeningRequest } from './opening-request.ts';
import type { ReferenceNumbers } from './reference-numbers.ts';
import { refusalProblem } from './refusal.ts';

export interface OpenTicketOptions {
  log: EventLog;
  directory: Directory;
  references: ReferenceNumbers;
  /** Epoch milliseconds by the database's clock. */
  now(): number;
}

/** Where a request comes from, and how it is remembered. */
export interface Origin {
  command: Command | undefined;
  metadata: Metadata;
  /** A portal's key: other customers' tickets do not exist for it. Null: staff, or a system of ours. */
  customerId: string | null;
  /**
   * For a source that cannot be asked, such as a call: what cannot be decided is left open instead of refused. A
   * contract that is ambiguous is none, under this catalog; a priority that the catalog lacks is its default; an instant
   * in the future is now. Null: the request is refused, with the field that has to say it.
   */
  unattended: { catalog: string | null } | null;
}

export interface Opened {
  outcome: AppendOutcome;
  /** Null where the command was known: what it opened is in the log. */
  ticket: TicketRepresentation | null;
}

/**
 * Opens a ticket, for every source: for the customer that is named, or the one that the number or address leads to;
 * several are candidates. Throws problems that name the field.
 */
export async function openTicket(
  request: OpeningRequest,
  { log, directory, references, now }: OpenTicketOptions,
  { command, metadata, customerId, unattended }: Origin,
): Promise<Opened> {
  const instant = new Date(now()).toISOString();
  await requireEarlierTicket(request, customerId, log);
  const found = await findCustomer(request, directory);
  const { coverage, catalog } = await judge(found.customerId, request, instant, directory, unattended);
  const known = prioritiesOf(directory, catalog);
  const { priority, occurredAt } =
    unattended === null ? request : adapted(request, known.priorities, instant);
  const { caller, email, call, channel, subject, description, refersToTicketId } = request;
  const { id, reference } = await references.next();
  const decision = decideOpening(
    {
      reference,
      customerId: found.customerId,
      candidateCustomerIds: found.candidates,
      contactId: found.contactId,
      coverage,
      ...known,
      ...{ priority, occurredAt, caller, email, call, channel, subject, description, refersToTicketId },
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

async function judge(
  customerId: string | null,
  { contractId, occurredAt }: OpeningRequest,
  instant: string,
  directory: Directory,
  unattended: Origin['unattended'],
): Promise<Judged> {
  if (customerId === null) return judgeWithoutContract(directory, unattended?.catalog ?? null);
  const judgement = await judgeCustomer(directory, customerId, contractId, occurredAt ?? instant);
  if (judgement.kind === 'ambiguous' && unattended !== null) {
    return judgeWithoutContract(directory, unattended.catalog);
  }
  return requireJudged(judgement);
}

/** What a source that cannot be asked would be refused for. Its clock may be ahead of ours. */
function adapted(
  { priority, occurredAt }: OpeningRequest,
  priorities: readonly string[],
  instant: string,
): Pick<OpeningRequest, 'priority' | 'occurredAt'> {
  return {
    priority: priority !== null && priorities.includes(priority) ? priority : null,
    occurredAt: occurredAt !== null && toUtc(occurredAt) > instant ? null : occurredAt,
  };
}

/** One that there is; where the request says whose ticket it opens, one of theirs. */
async function requireEarlierTicket(
  { refersToTicketId, customerId }: OpeningRequest,
  own: string | null,
  log: EventLog,
): Promise<void> {
  if (refersToTicketId === null) return;
  const stream = { category: 'ticket' as const, id: refersToTicketId.toLowerCase() };
  const history = await log.readStream(stream, own === null ? {} : { customerId: own });
  const earlier = foldTicket(history.map(asTicketEvent));
  const isForeign = customerId !== null && earlier?.customerId != null && earlier.customerId !== customerId;
  if (earlier === null || isForeign) {
    const whose = customerId === null ? '' : ' of this customer';
    throw fieldProblem('/body/refersToTicketId', `there is no ticket${whose} with this id`);
  }
}
