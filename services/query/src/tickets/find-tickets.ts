import type { Pool } from 'pg';
import { queriesOn } from '../read-tables.ts';
import { matches, readSearch } from './ticket-search.ts';

/** What a list of tickets asks for; what is absent does not matter. Instants are ISO 8601. */
interface TicketFilter {
  state?: string | undefined;
  customerId?: string | undefined;
  contractId?: string | undefined;
  catalog?: string | undefined;
  plan?: string | undefined;
  priority?: string | undefined;
  channel?: string | undefined;
  assignee?: string | undefined;
  /** False: open, with neither an open clock nor an owner. */
  attended?: 'true' | 'false' | undefined;
  /** Inclusive. */
  openedFrom?: string | undefined;
  /** Exclusive. */
  openedTo?: string | undefined;
  /** Words, and perhaps a reference. */
  q?: string | undefined;
}

interface FoundTicket {
  ticketId: string;
  version: number;
  openedAt: Date;
}

const equal = [
  'state',
  'customerId',
  'contractId',
  'catalog',
  'plan',
  'priority',
  'channel',
  'assignee',
] as const;

/**
 * Tickets by these filters, the newest first, after `after`. Only what is asked for stands in the query, so that the
 * planner sees which index serves it. `own`: the customer beyond whom nothing is seen; null: staff asks.
 */
export async function findTickets(
  pool: Pool,
  filter: TicketFilter,
  {
    own,
    after,
    limit,
  }: { own: string | null; after: { openedAt: string; id: string } | null; limit: number },
): Promise<FoundTicket[]> {
  let query = queriesOn(pool)
    .selectFrom('tickets as t')
    .select(['t.ticketId', 't.version', 't.openedAt'])
    .orderBy('t.openedAt', 'desc')
    .orderBy('t.ticketId', 'desc')
    .limit(limit);
  if (own !== null) query = query.where('t.customerId', '=', own);
  for (const column of equal) {
    const value = filter[column];
    if (value !== undefined) query = query.where(`t.${column}`, '=', value);
  }
  const { openedFrom, openedTo, attended, q } = filter;
  if (openedFrom !== undefined) query = query.where('t.openedAt', '>=', new Date(openedFrom));
  if (openedTo !== undefined) query = query.where('t.openedAt', '<', new Date(openedTo));
  if (after !== null) {
    query = query.where(({ eb, refTuple, tuple }) =>
      eb(refTuple('t.openedAt', 't.ticketId'), '<', tuple(new Date(after.openedAt), after.id)),
    );
  }
  if (attended !== undefined) {
    query = query.where(({ and, eb, exists, not, selectFrom }) => {
      const openClock = selectFrom('outcomes as o')
        .select('o.ticketId')
        .whereRef('o.ticketId', '=', 't.ticketId')
        .where('o.endedAt', 'is', null);
      const isUnattended = and([
        eb('t.state', '=', 'open'),
        eb('t.assignee', 'is', null),
        not(exists(openClock)),
      ]);
      return attended === 'false' ? isUnattended : not(isUnattended);
    });
  }
  if (q !== undefined) query = query.where('t.ticketId', 'in', matches(readSearch(q)));
  return await query.execute();
}
