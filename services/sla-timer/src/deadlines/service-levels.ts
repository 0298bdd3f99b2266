import type { Directory } from '@ringback/directory';
import {
  type Clock,
  decideServiceLevel,
  evaluate,
  type PlanInForce,
  toClockEvents,
} from '@ringback/domain/service-level';
import { foldTicket, type NewTicketEvent, type Ticket, type TicketEvent } from '@ringback/domain/ticket';

export type Plans = Pick<Directory, 'plansForTicket'>;

/** What the timer keeps of a ticket. */
export interface Assessment {
  ticketId: string;
  version: number;
  catalog: string | null;
  contractId: string | null;
  /** Whether its clocks run: the contract was active at the opening, or came to cover it later. */
  covered: boolean;
  open: boolean;
  /** Epoch milliseconds: since when it has been open with neither a clock nor an owner. */
  unattendedSince: number | null;
  /** Epoch milliseconds: when to decide this ticket again. Instants that have passed mean at once. */
  dueAt: number[];
}

export interface Verdict {
  /** What is to be appended now. */
  decided: NewTicketEvent[];
  /** Epoch milliseconds: something came due in the millisecond that is not over yet, so it may still be met. */
  openQuestionAt: number | null;
  /** The instant that was decided by: nothing in the history is later. */
  asOf: number;
}

function foldOrThrow(events: readonly TicketEvent[]): Ticket {
  const ticket = foldTicket(events);
  if (ticket === null) throw new Error('the stream holds no event');
  return ticket;
}

/** The latest instant that a history knows: no one may look at it as of an earlier one. */
export function latestInstant(events: readonly TicketEvent[]): number {
  let latest = Date.parse(events[events.length - 1]?.recordedAt ?? '');
  // An event may have happened a few milliseconds after its recording: it was dated by another clock.
  for (const { occurredAt } of events) latest = Math.max(latest, Date.parse(occurredAt));
  return latest;
}

/**
 * What the history calls for. `limit` is the last millisecond that is over by the database's clock: a miss is only
 * said when no one can meet it any more by something recorded later, and that is when its millisecond is over.
 */
export async function decideHistory(events: TicketEvent[], limit: number, plans: Plans): Promise<Verdict> {
  const { coverage, openedAt } = foldOrThrow(events);
  const inForce = await plans.plansForTicket(coverage, openedAt);
  // Never before what is recorded already: a breach of this very millisecond would look like one that never was.
  const asOf = Math.max(limit, latestInstant(events));
  if (inForce.length === 0) return { decided: [], openQuestionAt: null, asOf };
  let openQuestionAt: number | null = null;
  const decided = decideServiceLevel({ plans: inForce, events, now: asOf }).filter(({ occurredAt }) => {
    if (occurredAt === null) return true;
    const at = Date.parse(occurredAt);
    if (at <= limit) return true;
    openQuestionAt = Math.min(openQuestionAt ?? at, at);
    return false;
  });
  return { decided, openQuestionAt, asOf };
}

/** What is to be kept of a ticket as its history stands at `asOf`, which must not lie before its last event. */
export async function assess(events: TicketEvent[], asOf: number, plans: Plans): Promise<Assessment> {
  const ticket = foldOrThrow(events);
  const { coverage } = ticket;
  const inForce = await plans.plansForTicket(coverage, ticket.openedAt);
  const { clocks, thresholds } =
    inForce.length === 0
      ? { clocks: [], thresholds: [] }
      : evaluate({ plans: inForce, events: toClockEvents(events), asOf });
  const dueAt = new Set(thresholds.map(({ at }) => at));
  // What is missed, moved or taken back by now and not recorded yet: without a row it would be lost with this process.
  if (inForce.length > 0 && mayOweEvents(events, clocks, inForce)) {
    for (const { occurredAt } of decideServiceLevel({ plans: inForce, events, now: asOf }))
      dueAt.add(occurredAt === null ? asOf : Date.parse(occurredAt));
  }
  const covered =
    coverage.standing === 'active' ||
    inForce.some(({ cause, from }) => cause?.kind === 'contract' && from <= asOf);
  const isAttended = ticket.assignee !== null || clocks.some(({ endedAt }) => endedAt === null);
  const isUnattended = ticket.state === 'open' && !isAttended;
  return {
    ticketId: ticket.id,
    version: ticket.version,
    catalog: coverage.plan?.catalog ?? null,
    contractId: coverage.contractId,
    covered,
    open: ticket.state === 'open',
    unattendedSince: isUnattended ? latestInstant(events) : null,
    dueAt: [...dueAt],
  };
}

/** Where no threshold was ever passed, recorded or amended, there is nothing to say. */
function mayOweEvents(events: TicketEvent[], clocks: Clock[], plans: PlanInForce[]): boolean {
  return (
    plans.length > 1 ||
    clocks.some(({ targetMissedAt, breachedAt }) => targetMissedAt !== null || breachedAt !== null) ||
    events.some(({ type }) => type === 'SlaBreached')
  );
}
