import { type Outcome, type Reading, toInstant } from '@ringback/domain/service-level';
import type { HoldParty, TicketRepresentation } from '@ringback/domain/ticket';

type Deadlines = { [reading in Reading as `due_${reading}`]: string | null };
type Held = { [party in HoldParty as `held_${party}`]: number | null };

/** A row of `query.outcomes`. */
export interface OutcomeRow extends Deadlines, Held {
  ticket_id: string;
  objective: string;
  occurrence: number;
  customer_id: string | null;
  contract_id: string | null;
  catalog: string;
  plan: string;
  priority: string;
  month: string;
  started_at: string;
  ended_at: string | null;
  met_at: string | null;
  due_at: string | null;
  breached_at: string | null;
  judged_from: string | null;
  served: number | null;
  gross: number | null;
}

/** Whose outcome it was and what became of it; times are left out while they still run. */
export function outcomeRow(outcome: Outcome, { id, customerId, contract }: TicketRepresentation): OutcomeRow {
  const { objective, occurrence, catalog, plan, priority, month, startedAt } = outcome;
  const { deadlines, held, endedAt } = outcome;
  const ended = (time: number) => (endedAt === null ? null : time);
  return {
    ticket_id: id,
    objective,
    occurrence,
    customer_id: customerId,
    contract_id: contract?.id ?? null,
    catalog,
    plan,
    priority,
    month,
    started_at: toInstant(startedAt),
    ended_at: orNull(endedAt),
    met_at: orNull(outcome.metAt),
    due_at: orNull(outcome.dueAt),
    breached_at: orNull(outcome.breachedAt),
    judged_from: orNull(outcome.judgedFrom),
    served: ended(outcome.served),
    gross: ended(outcome.gross),
    // One by one: there are millions of them, and each column is one of the table's anyway.
    due_gross: orNull(deadlines.gross),
    due_customer: orNull(deadlines.customer),
    due_carrier: orNull(deadlines.carrier),
    due_manufacturer: orNull(deadlines.manufacturer),
    due_nobody: orNull(deadlines.nobody),
    due_all: orNull(deadlines.all),
    held_customer: ended(held.customer),
    held_carrier: ended(held.carrier),
    held_manufacturer: ended(held.manufacturer),
    held_nobody: ended(held.nobody),
  };
}

const orNull = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : toInstant(milliseconds);
