import type { Administration } from '@ringback/administration';
import { outlookOf, type Threshold, toClockEvents, toInstant } from '@ringback/domain/service-level';
import {
  foldTicket,
  representTicket,
  type TicketEvent,
  type TicketRepresentation,
} from '@ringback/domain/ticket';
import { type OutcomeRow, outcomeRow } from './outcome-row.ts';

type Catalogs = Pick<Administration, 'catalog' | 'plansForTicket'>;

/** Where a priority stands in the queue when its catalog does not say. */
const lastRank = 99;

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
  opened_at: string;
  next_due_at: string | null;
  ticket: TicketRepresentation;
}

export interface Projected {
  row: TicketRow;
  deadlines: Threshold[];
  outcomes: OutcomeRow[];
}

/**
 * What the read model holds of a ticket, from its whole history. The same history and the same administration up to
 * the last event's recording give the same rows, so that a rebuild equals what was maintained live.
 */
export async function projectTicket(events: TicketEvent[], catalogs: Catalogs): Promise<Projected> {
  const state = foldTicket(events);
  const last = events[events.length - 1];
  if (state === null || last === undefined) throw new Error('a stream that does not begin with TicketOpened');
  const { plan } = state.coverage;
  const priority =
    plan === null
      ? undefined
      : catalogs.catalog(plan.catalog, plan.catalogVersion)?.content.priorities[state.priority];
  const plans = (await catalogs.plansForTicket(state.coverage, state.openedAt)).filter(
    // Those recorded in the same millisecond, but after it, are of a later state of the ticket.
    ({ cause }) => cause === null || cause.position <= last.position,
  );
  const recovered = state.recovered || plans.some(({ cause }) => cause?.kind === 'contract');
  const ticket = representTicket(state, { recovered });
  const asOf = Date.parse(last.recordedAt);
  const { outcomes, thresholds: deadlines } = outlookOf({ plans, events: toClockEvents(events), asOf });
  const nextMax = deadlines.filter(({ kind }) => kind === 'max').map(({ at }) => at);
  return {
    row: {
      ticket_id: ticket.id,
      reference: ticket.reference,
      version: ticket.version,
      position: last.position,
      state: ticket.state,
      customer_id: ticket.customerId,
      contract_id: ticket.contract?.id ?? null,
      covered: ticket.contract?.standing === 'active' || recovered,
      catalog: plan?.catalog ?? null,
      plan: plan?.plan ?? null,
      priority: ticket.priority,
      rank: priority?.rank ?? lastRank,
      outage: priority?.outage ?? false,
      channel: ticket.channel,
      assignee: ticket.assignee,
      opened_at: ticket.openedAt,
      next_due_at: nextMax.length === 0 ? null : toInstant(Math.min(...nextMax)),
      ticket,
    },
    deadlines,
    outcomes: outcomes.map((outcome) => outcomeRow(outcome, ticket)),
  };
}

/** The thresholds ahead as `query.deadlines` holds them. */
export function deadlineRows({ row, deadlines }: Projected) {
  return deadlines.map(({ objective, occurrence, kind, at }) => ({
    ticket_id: row.ticket_id,
    objective,
    occurrence,
    kind,
    due_at: toInstant(at),
    customer_id: row.customer_id,
  }));
}
