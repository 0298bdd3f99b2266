import type { Pool, PoolClient } from 'pg';
import type { TicketDeadlines } from './service-levels.ts';

export interface Due {
  ticketId: string;
  dueAt: number;
}

/**
 * Replaces what is kept of these tickets, each only by what was seen of a later version: a second instance, a
 * redelivery or a refresh that comes late changes nothing.
 */
export async function keepDeadlines(transaction: PoolClient, tickets: TicketDeadlines[]): Promise<void> {
  const { rows } = await transaction.query<{ ticket_id: string }>(
    `insert into sla_timer.tickets (ticket_id, version, catalog, open)
     select * from unnest($1::text[], $2::int[], $3::text[], $4::boolean[])
     on conflict (ticket_id) do update
       set version = excluded.version, catalog = excluded.catalog, open = excluded.open
       where sla_timer.tickets.version <= excluded.version
     returning ticket_id`,
    [
      tickets.map(({ ticketId }) => ticketId),
      tickets.map(({ version }) => version),
      tickets.map(({ catalog }) => catalog),
      tickets.map(({ open }) => open),
    ],
  );
  const kept = new Set(rows.map(({ ticket_id }) => ticket_id));
  const current = tickets.filter(({ ticketId }) => kept.has(ticketId));
  const dues = current.flatMap(({ ticketId, dueAt }) => dueAt.map((at) => ({ ticketId, at })));
  await transaction.query(
    `with gone as (delete from sla_timer.deadlines where ticket_id = any ($1::text[])
       and (ticket_id, due_at) not in (select * from unnest($2::text[], $3::timestamptz[])))
     insert into sla_timer.deadlines (ticket_id, due_at)
     select * from unnest($2::text[], $3::timestamptz[]) on conflict do nothing`,
    [
      current.map(({ ticketId }) => ticketId),
      dues.map(({ ticketId }) => ticketId),
      dues.map(({ at }) => new Date(at).toISOString()),
    ],
  );
}

/**
 * Deadlines in [from, to), earliest first. The lower bound keeps the claim off the index entries of deadlines that
 * are long gone, which a pinned snapshot may keep from being cleaned up.
 */
export async function loadDeadlines(pool: Pool, from: number, to: number, limit: number): Promise<Due[]> {
  const { rows } = await pool.query<{ ticket_id: string; due_at: Date }>({
    name: 'sla-timer-load-1',
    text: `select ticket_id, due_at from sla_timer.deadlines
      where due_at >= $1 and due_at < $2 order by due_at, ticket_id limit $3`,
    values: [instant(from), instant(to), limit],
  });
  return rows.map(({ ticket_id, due_at }) => ({ ticketId: ticket_id, dueAt: due_at.getTime() }));
}

export async function countDeadlines(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ count: string }>('select count(*) from sla_timer.deadlines');
  return Number(rows[0]?.count ?? 0);
}

const earliest = Date.UTC(1900, 0, 1);
const latest = Date.UTC(2300, 0, 1);

function instant(milliseconds: number): string {
  return new Date(Math.min(latest, Math.max(earliest, milliseconds))).toISOString();
}
