import { type Outcome, parties, type Reading, readings, toInstant } from '@ringback/domain/service-level';
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
  const ended = (time: number) => (outcome.endedAt === null ? null : time);
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
    ended_at: orNull(outcome.endedAt),
    met_at: orNull(outcome.metAt),
    due_at: orNull(outcome.dueAt),
    breached_at: orNull(outcome.breachedAt),
    judged_from: orNull(outcome.judgedFrom),
    served: ended(outcome.served),
    gross: ended(outcome.gross),
    ...(Object.fromEntries(
      readings.map((reading) => [`due_${reading}`, orNull(outcome.deadlines[reading])]),
    ) as Deadlines),
    ...(Object.fromEntries(parties.map((party) => [`held_${party}`, ended(outcome.held[party])])) as Held),
  };
}

const orNull = (milliseconds: number | null): string | null =>
  milliseconds === null ? null : toInstant(milliseconds);
