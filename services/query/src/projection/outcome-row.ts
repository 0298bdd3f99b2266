import type { Outcome, Reading } from '@ringback/domain/service-level';
import type { HoldParty } from '@ringback/domain/ticket';

type Deadlines = { [reading in Reading as `due_${reading}`]: number | null };
type Held = { [party in HoldParty as `held_${party}`]: number | null };

/** A row of `query.outcomes`; instants are epoch milliseconds. */
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
  started_at: number;
  ended_at: number | null;
  met_at: number | null;
  due_at: number | null;
  breached_at: number | null;
  judged_from: number | null;
  served: number | null;
  gross: number | null;
}

/** Whose outcome it is. */
export interface Owner {
  ticket_id: string;
  customer_id: string | null;
  contract_id: string | null;
}

/**
 * Whose outcome it was and what became of it; times are left out while they still run. Most clocks were never on hold:
 * what the readings do not change is left out too.
 */
export function outcomeRow(outcome: Outcome, { ticket_id, customer_id, contract_id }: Owner): OutcomeRow {
  const { objective, occurrence, catalog, plan, priority, month, startedAt } = outcome;
  const { deadlines, held, endedAt, dueAt } = outcome;
  const isEnded = endedAt !== null;
  return {
    ticket_id,
    objective,
    occurrence,
    customer_id,
    contract_id,
    catalog,
    plan,
    priority,
    month,
    started_at: startedAt,
    ended_at: endedAt,
    met_at: outcome.metAt,
    due_at: dueAt,
    breached_at: outcome.breachedAt,
    judged_from: outcome.judgedFrom,
    // One by one: there are millions of them, and each column is one of the table's anyway.
    due_gross: unlessSame(deadlines.gross, dueAt),
    due_customer: unlessSame(deadlines.customer, dueAt),
    due_carrier: unlessSame(deadlines.carrier, dueAt),
    due_manufacturer: unlessSame(deadlines.manufacturer, dueAt),
    due_nobody: unlessSame(deadlines.nobody, dueAt),
    due_all: unlessSame(deadlines.all, dueAt),
    served: isEnded ? outcome.served : null,
    gross: isEnded ? outcome.gross : null,
    held_customer: isEnded ? unlessNone(held.customer) : null,
    held_carrier: isEnded ? unlessNone(held.carrier) : null,
    held_manufacturer: isEnded ? unlessNone(held.manufacturer) : null,
    held_nobody: isEnded ? unlessNone(held.nobody) : null,
  };
}

const unlessSame = (deadline: number | null, dueAt: number | null): number | null =>
  deadline === dueAt ? null : (deadline ?? Number.POSITIVE_INFINITY);

const unlessNone = (time: number): number | null => (time === 0 ? null : time);
