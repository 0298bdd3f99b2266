import type { Directory } from '@ringback/directory';
import {
  outlookOf,
  type PlanInForce,
  type Threshold,
  toClockEvents,
  toMilliseconds,
} from '@ringback/domain/service-level';
import { foldTicket, type Ticket, type TicketEvent } from '@ringback/domain/ticket';
import { type OutcomeRow, outcomeRow } from './outcome-row.ts';

type Catalogs = Pick<Directory, 'catalog' | 'plansForTicket'>;

/** Where a priority stands in the queue when its catalog does not say. */
const lastRank = 99;

/**
 * A row of `query.tickets`: what a ticket is found, filtered and ordered by. What it says is read from its stream.
 * Instants are epoch milliseconds.
 */
interface TicketRow {
  ticket_id: string;
  reference: string;
  version: number;
  position: number;
  state: string;
  customer_id: string | null;
  contract_id: string | null;
  covered: boolean;
  catalog: string | null;
  plan: string | null;
  priority: string;
  rank: number;
  outage: boolean;
  channel: string;
  assignee: string | null;
  opened_at: number;
  next_due_at: number | null;
}

interface DeadlineRow {
  ticket_id: string;
  objective: string;
  occurrence: number;
  kind: 'target' | 'max';
  due_at: number;
  customer_id: string | null;
}

export interface Projected {
  row: TicketRow;
  deadlines: DeadlineRow[];
  outcomes: OutcomeRow[];
}

/**
 * What the read model holds of a ticket, from its whole history. The same history and the same administration up to
 * the last event's recording give the same rows, so that a rebuild equals what was maintained live.
 */
export async function projectTicket(events: TicketEvent[], catalogs: Catalogs): Promise<Projected> {
  const ticket = foldTicket(events);
  const last = events[events.length - 1];
  if (ticket === null || last === undefined)
    throw new Error('a stream that does not begin with TicketOpened');
  const known = await catalogs.plansForTicket(ticket.coverage, ticket.openedAt);
  // Those recorded in the same millisecond, but after it, are of a later state of the ticket.
  const isKnown = ({ cause }: PlanInForce) => cause === null || cause.position <= last.position;
  const plans = known.every(isKnown) ? known : known.filter(isKnown);
  const asOf = toMilliseconds(last.recordedAt);
  const { outcomes, thresholds } = outlookOf({ plans, events: toClockEvents(events), asOf });
  const isRecovered = ticket.recovered || plans.some(({ cause }) => cause?.kind === 'contract');
  const row = ticketRow(ticket, last.position, { isRecovered, thresholds, catalogs });
  return {
    row,
    deadlines: thresholds.map(({ objective, occurrence, kind, at }) => ({
      ticket_id: row.ticket_id,
      objective,
      occurrence,
      kind,
      due_at: at,
      customer_id: row.customer_id,
    })),
    outcomes: outcomes.map((outcome) => outcomeRow(outcome, row)),
  };
}

function ticketRow(
  ticket: Ticket,
  position: number,
  {
    isRecovered,
    thresholds,
    catalogs,
  }: { isRecovered: boolean; thresholds: Threshold[]; catalogs: Catalogs },
): TicketRow {
  const { plan, standing, contractId } = ticket.coverage;
  const priority =
    plan === null
      ? undefined
      : catalogs.catalog(plan.catalog, plan.catalogVersion)?.content.priorities[ticket.priority];
  let nextDueAt: number | null = null;
  for (const { kind, at } of thresholds)
    if (kind === 'max' && (nextDueAt === null || at < nextDueAt)) nextDueAt = at;
  return {
    ticket_id: ticket.id,
    reference: ticket.reference,
    version: ticket.version,
    position,
    state: ticket.state,
    customer_id: ticket.customerId,
    contract_id: contractId,
    covered: (contractId !== null && standing === 'active') || isRecovered,
    catalog: plan?.catalog ?? null,
    plan: plan?.plan ?? null,
    priority: ticket.priority,
    rank: priority?.rank ?? lastRank,
    outage: priority?.outage ?? false,
    channel: ticket.channel,
    assignee: ticket.assignee,
    opened_at: toMilliseconds(ticket.openedAt),
    next_due_at: nextDueAt,
  };
}
